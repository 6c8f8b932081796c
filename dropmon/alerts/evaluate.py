"""The states of one series: pending, firing, recovering, resolved; and not knowing, during which they wait. Pure.

What is counted is time that was watched: of a pause that is longer than usual only so much as nobody would call late.
"""

from __future__ import annotations

from typing import NamedTuple

from dropmon.alerts.flap import remembered
from dropmon.alerts.notification import Phase, Severity
from dropmon.alerts.rule import Rule
from dropmon.alerts.state import Ack, State

LATE = 3.0  # times `every`: of a longer pause no more is counted
EARLY = 0.5  # of `every`: an evaluation so soon after another one is no second observation
CLOSE = 1e-3  # seconds that floating point may lack


class Seen(NamedTuple):
    """What one evaluation says of one series."""

    holds: bool | None  # None: nothing is known
    value: float | None = None
    severity: Severity = Severity.LOW
    why: str = ""  # what kept it from being known
    sample: float | None = None  # when the newest number that it was seen by was measured; None: nobody can say
    side: int | None = None  # which side of an `or` gave it


def moved(rule: Rule, past: State, seen: Seen, at: float) -> State:
    """The state after an evaluation. The clock is not behind it: see `state.not_after`.

    >>> from dropmon.alerts.notification import Severity
    >>> rule = Rule("r", "x > 1", Severity.LOW, wait=60)
    >>> first = moved(rule, State("r", ()), Seen(True, 2.0), 0.0)
    >>> first.phase.value, moved(rule, first, Seen(True, 2.0), 60.0).phase.value
    ('pending', 'firing')
    """
    if seen.holds is None:
        return _waiting(rule, past, seen, at)
    now = past._replace(at=at, pause=pause(past, at), unknown=None, unseen=0.0, why="", ack=_lasting(past))
    if seen.holds:
        now = now._replace(value=seen.value, severity=seen.severity, side=seen.side)
    return _settled(rule, _stepped(rule, past, now, seen))


def _lasting(past: State) -> Ack | None:
    """The acknowledgement, unless it was only of not knowing: that is over, and what comes is something else."""
    only = past.ack and past.unknown is not None and not past.active and past.ack.at >= past.unknown
    return None if only else past.ack


def pause(past: State, at: float) -> float | None:
    """Seconds since the last evaluation; None before there was one."""
    return at - past.at if past.at else None


def watched(rule: Rule, past: State, at: float) -> float:
    """Seconds since the last evaluation that count: of a long pause only the end."""
    return min(max(0.0, at - past.at), LATE * rule.every)


def _waiting(rule: Rule, past: State, seen: Seen, at: float) -> State:
    unseen = past.unseen + watched(rule, past, at) if past.unknown is not None else 0.0
    began = at if past.unknown is None else past.unknown
    severity = seen.severity if past.phase is Phase.RESOLVED else past.severity
    return past._replace(at=at, pause=pause(past, at), unknown=began, unseen=unseen, why=seen.why, severity=severity)


def _stepped(rule: Rule, past: State, now: State, seen: Seen) -> State:
    """One evaluation further on its way, or on another way."""
    match past.phase, seen.holds:
        case Phase.RESOLVED, True:
            return _begun(now, Phase.PENDING, seen)
        case Phase.FIRING, False:
            return _begun(now, Phase.RECOVERING, seen)
        case (Phase.PENDING, True) | (Phase.RECOVERING, False):
            return _further(rule, past, now, seen)
        case Phase.PENDING, False:
            return now._replace(phase=Phase.RESOLVED, since=now.at, held=0.0, streak=0, ack=None)
        case Phase.RECOVERING, True:
            return now._replace(phase=Phase.FIRING, since=now.fired, held=0.0, streak=0)
    return now


def _begun(now: State, phase: Phase, seen: Seen) -> State:
    return now._replace(phase=phase, since=now.at, held=0.0, streak=1, counted=now.at, sample=seen.sample)


def _further(rule: Rule, past: State, now: State, seen: Seen) -> State:
    passed = watched(rule, past, now.at) if past.unknown is None else 0.0
    now = now._replace(held=now.held + passed)
    another = seen.sample is None or past.sample is None or seen.sample > past.sample
    if another and now.at - now.counted >= EARLY * rule.every:
        now = now._replace(streak=now.streak + 1, counted=now.at, sample=seen.sample)
    return now


def _settled(rule: Rule, now: State) -> State:
    """Whether it has gone on for long enough."""
    if now.phase is Phase.PENDING and now.streak >= rule.fail_after and now.held + CLOSE >= rule.wait:
        begun = remembered(rule, now.begun, now.at)
        return now._replace(phase=Phase.FIRING, since=now.at, fired=now.at, ended=None, begun=begun)
    if now.phase is Phase.RECOVERING and now.streak >= rule.recover_after and now.held + CLOSE >= rule.calm:
        return now._replace(phase=Phase.RESOLVED, since=now.at, ended=now.at, ack=None)
    return now


def due(rule: Rule, now: State) -> float | None:
    """When a state that waits will have waited for long enough, if it goes on; None for one that does not wait."""
    waits = {Phase.PENDING: (rule.wait, rule.fail_after), Phase.RECOVERING: (rule.calm, rule.recover_after)}
    if now.phase not in waits or now.unknown is not None:
        return None
    time, count = waits[now.phase]
    missing = max(0, count - now.streak - 1) * rule.every + (EARLY * rule.every if count > now.streak else 0.0)
    return max(now.at + max(0.0, time - now.held), now.counted + missing)
