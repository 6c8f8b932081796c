"""What began when, in one line of time: so that one sees what came first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from dropmon.triage.facts import Facts, Failing
from dropmon.triage.words import among, errors, named

TOGETHER = 60.0  # seconds
FEW = 3  # errors of a new kind: fewer would only fill the line of time


class Moment(NamedTuple):
    """Something that began."""

    at: float  # seconds since 1970
    what: str  # 'deployment', 'check', 'alert', 'errors', 'lock'
    text: str


def timeline(facts: Facts) -> list[Moment]:
    """All that began, oldest first.

    >>> from dropmon.model import Event
    >>> timeline(Facts(2000.0, changes=(Event("deployment", "vercel", "d1", 1000.0, "Change", "ready"),)))
    [Moment(at=1000.0, what='deployment', text='Change: ready')]
    """
    return sorted([*_checks(facts), *_others(facts)])


def _checks(facts: Facts) -> Iterator[Moment]:
    """Checks that began to fail together, in the same way, are one moment."""
    groups: dict[tuple[int, str], list[Failing]] = {}
    for check in facts.failing:
        if check.since is not None:
            key = (int(check.since // TOGETHER), f"{check.verdict.word}: {check.error}".rstrip(": "))
            groups.setdefault(key, []).append(check)
    for (_, said), failing in groups.items():
        yield Moment(min(each.since or facts.at for each in failing), "check", f"{among(failing)} {said}")


def _others(facts: Facts) -> Iterator[Moment]:
    for event in facts.changes:
        yield Moment(event.at, event.kind, f"{named(event)}: {event.state}" if event.state else named(event))
    for alert in facts.firing:
        yield Moment(
            alert.since, "alert", f"{alert.name or alert.key} ({alert.severity if alert.known else 'unknown'})"
        )
    for burst in facts.bursts:
        if burst.first is not None and burst.number >= FEW:
            yield Moment(burst.first, "errors", f"new: {errors(burst)}")
    for pressure in facts.pressures:
        for root in pressure.roots:
            yield Moment(
                facts.at - max(root.transaction, root.waited), "lock", f"{pressure.database}: {root.session} begins"
            )
