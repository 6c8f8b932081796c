"""From facts to likely causes: each rule of inference is one small function that sees the facts and nothing else.

A rule weighs how surely its facts mean its cause, not how bad that is: a certificate that has ended is certain, errors
that began after a deployment are likely its doing, a host that does not answer explains little. The weights only order
the causes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from dropmon.triage.cause import Cause
from dropmon.triage.causes.change import burst, failed, release
from dropmon.triage.causes.database import blocked, database_away, leak, slow
from dropmon.triage.causes.reach import certificate, credentials, host, limited, network, vendor
from dropmon.triage.facts import Facts

RULES: tuple[Callable[[Facts], Iterator[Cause]], ...] = (
    network, certificate, database_away, vendor, leak, release, blocked,
    credentials, host, limited, burst, slow, failed,
)  # fmt: skip


def causes(facts: Facts) -> list[Cause]:
    """The likely causes, the likeliest first; of equals the one that began first.

    >>> causes(Facts(0.0))
    []
    """
    found = [cause for rule in RULES for cause in rule(facts)]
    return sorted(found, key=lambda cause: (-cause.weight, cause.at or facts.at, cause.title))
