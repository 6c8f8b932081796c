"""Facts in a line, and the commands that look at them again."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from dropmon.model import Event
from dropmon.triage.facts import Burst, Failing


def first(failing: Sequence[Failing]) -> float | None:
    """When the first of them began."""
    return min((each.since for each in failing if each.since is not None), default=None)


def among(failing: Sequence[Failing], most: int = 2) -> str:
    """Their names, as many as can be read at a glance.

    >>> from dropmon.model import Verdict
    >>> among([Failing("apis", name, Verdict.DOWN) for name in "abcd"])
    'a, b +2'
    """
    names = ", ".join(each.name for each in failing[:most])
    return f"{names} +{len(failing) - most}" if len(failing) > most else names


def why(failing: Sequence[Failing]) -> list[str]:
    """What they say, each thing once: at most three.

    >>> from dropmon.model import Verdict
    >>> why([Failing("apis", name, Verdict.DOWN, "HTTP 503") for name in "ab"])
    ['a, b: HTTP 503']
    """
    groups: dict[str, list[Failing]] = {}
    for each in failing:
        groups.setdefault(each.error or each.verdict.word, []).append(each)
    return [f"{among(group)}: {said}" for said, group in list(groups.items())[:3]]


def runbook(failing: Sequence[Failing], usual: str) -> str:
    return next((each.runbook for each in failing if each.runbook), usual)


def check(failing: Failing) -> str:
    """The command that looks at it again."""
    return f"dropmon check {failing.kind} {quoted(failing.name)}"


def errors(burst: Burst) -> str:
    """A burst in a line."""
    where = f" in {', '.join(burst.places[:2])}" if burst.places else ""
    return f"{burst.number} × {burst.example or burst.template}"[:160] + where


def named(event: Event) -> str:
    """An event in a line."""
    labels = dict(event.labels)
    about = ", ".join(labels[key] for key in ("project", "commit", "branch", "author") if labels.get(key))
    return f"{event.title[:80]} ({about})" if about else event.title[:80]


def quoted(name: str) -> str:
    """A name as an argument of a command.

    >>> quoted("Stripe"), quoted("merchants / Alpha")
    ('Stripe', "'merchants / Alpha'")
    """
    return shlex.quote(name)
