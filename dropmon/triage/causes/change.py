"""What changed: errors of a new kind, and the deployment before them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dropmon.model import Event
from dropmon.triage.cause import Cause
from dropmon.triage.facts import Burst, Facts
from dropmon.triage.words import errors, named
from dropmon.units import human_duration

AFTER = 3600.0  # seconds after a deployment in which errors are likely its doing
BEFORE = 120.0  # seconds that clocks of two systems may differ, or a first error is late in a log
THROUGH = frozenset({"ready", "rolled back", ""})  # states of a deployment that runs
MANY = 5  # errors of a new kind that are no accident


def release(facts: Facts) -> Iterator[Cause]:
    """Errors that were not there before began soon after a deployment."""
    told: dict[tuple[str, str], list[Burst]] = {}
    by: dict[tuple[str, str], Event] = {}
    for burst in facts.bursts:
        if burst.number >= MANY and (event := before(facts.changes, burst.first)):
            told.setdefault((event.source, event.id), []).append(burst)
            by[event.source, event.id] = event
    for key, bursts in told.items():
        event, labels = by[key], dict(by[key].labels)
        began = min(burst.first or facts.at for burst in bursts)
        later = f"{human_duration(max(0.0, began - event.at))} after it"
        evidence = (f"deployed: {named(event)}", *(f"{later}: {errors(burst)}" for burst in bursts[:3]))
        commit = labels.get("commit", "")[:7]
        yield Cause(
            "release",
            f"the deployment {commit or event.id} broke something",
            0.93,
            evidence,
            event.at,
            ("dropmon logs top --since 1h", *([f"roll back: {event.link}"] if event.link else [])),
            "high-error-rate",
        )


def burst(facts: Facts) -> Iterator[Cause]:
    """Errors that were not there before, and nothing was deployed."""
    found = [each for each in facts.bursts if each.number >= MANY and not before(facts.changes, each.first)]
    if found:
        places = sorted({place for each in found for place in each.places})
        where = f" in {', '.join(places[:3])}" if places else ""
        yield Cause(
            "errors",
            f"errors of a new kind{where}",
            0.6,
            tuple(map(errors, found[:3])),
            min((each.first for each in found if each.first is not None), default=None),
            ("dropmon logs top --since 1h",),
            "edge-function-errors",
        )


def failed(facts: Facts) -> Iterator[Cause]:
    """The last deployment did not come through: what runs is older than somebody thinks."""
    last = facts.changes[-1] if facts.changes else None
    if last and last.state == "failed" and facts.at - last.at < AFTER:
        yield Cause(
            "deployment", "the last deployment failed", 0.4, (named(last),), last.at, (last.link,) if last.link else ()
        )


def before(changes: Sequence[Event], at: float | None) -> Event | None:
    """The last deployment that came through before a time, if that was not long before.

    One a little later counts where there is none before: clocks differ, and a log's first entry may be old.

    >>> deployed = Event("deployment", "vercel", "d1", 1000.0, "Change", "ready")
    >>> [bool(before([deployed], at)) for at in (1060.0, 940.0, 800.0, 9000.0, None)]
    [True, True, False, False, False]
    >>> before([deployed, deployed._replace(id="hotfix", at=1090.0)], 1060.0).id
    'd1'
    """
    if at is None:
        return None
    through = [each for each in changes if each.state in THROUGH]
    earlier = [each for each in through if 0 <= at - each.at <= AFTER]
    later = [each for each in through if 0 < each.at - at <= BEFORE]
    return earlier[-1] if earlier else later[0] if later else None
