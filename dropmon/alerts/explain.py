"""Why a channel was told of an alert, or was not, and when it will be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from dropmon.alerts.listing import LABELS, LOST, NONE, Fates, status, untold_by
from dropmon.alerts.route import Decision, Why
from dropmon.alerts.rule import Rule
from dropmon.alerts.state import Key, State
from dropmon.alerts.template import short
from dropmon.model import Status, moment
from dropmon.output.table import Column, Row, Table
from dropmon.units import human_duration

WORDS = {
    Why.FIRST: "is told now: it fires", Why.REPEAT: "is reminded now", Why.ESCALATED: "is told now: it is more severe",
    Why.RESOLVED: "is told now", Why.UNKNOWN: "is told now that nothing is known", Why.TOLD: "knows",
    Why.LOST: "could not be told",
    Why.ACKNOWLEDGED: "not reminded: somebody has it", Why.THROTTLED: "not told: throttled", Why.SILENCED: "silenced",
    Why.MAINTENANCE: "not told: maintenance", Why.EXPLAINED: "not told: explained", Why.SEVERITY: "not told: severity",
    Why.PENDING: "not told yet: pending", Why.RECOVERING: "not told yet: recovering", Why.UNSEEN: "waits: no data",
    Why.UNTOLD: "not told that it is over", Why.QUIET: "nothing to tell",
}  # fmt: skip


KNOWN = {Why.TOLD, Why.LOST}  # unless it waits in the outbox


def explain(
    rule: Rule, states: Mapping[Key, State], decisions: Iterable[Decision], at: float, value: str, fates: Fates = NONE
) -> Table:
    """What an evaluation decided for every series of a rule and every channel."""
    own = [one for one in decisions if one.rule == rule.id]
    rows = [_row(one, states.get((one.rule, one.labels)), at, fates) for one in own]
    if not rows:
        rows = [_nothing(rule, channel) for channel in rule.channels or ("",)]
    known = [state for (id_, _), state in states.items() if id_ == rule.id]
    worst = Status.worst([Status.OK, *map(status, known)])
    columns = (
        Column("status", "Status", human=False), LABELS, Column("phase", "Phase"), Column("channel", "Channel"),
        Column("what", "Decision"), Column("why", "why", human=False), Column("detail", "Because"),
        Column("next_at", "Next", _next),
    )  # fmt: skip
    return Table("decisions", columns, rows, f"{rule.id}: {rule.condition}", worst, notes(rule, value), facts(rule, at))


def notes(rule: Rule, value: str) -> tuple[str, ...]:
    """What the condition is now, and what the rule asks for, in words."""
    asks = [
        f"for {human_duration(rule.wait)}" if rule.wait else "",
        f"{rule.fail_after} evaluations in a row" if rule.fail_after > 1 else "",
        f"throttle {human_duration(rule.throttle)}" if rule.throttle else "",
        f"reminders every {human_duration(rule.remind_every)}" if rule.remind_every else "no reminders",
        f"silent while {' or '.join(rule.depends_on)} fires" if rule.depends_on else "",
        "" if rule.channels else "no channels: nobody is ever told",
        "" if rule.enabled else "the rule is not enabled",
    ]
    return value, "; ".join(filter(None, asks))


def facts(rule: Rule, at: float) -> Row:
    return {"at": moment(at), "rule": rule.id, "condition": rule.condition, "throttle_seconds": rule.throttle}


def now(vector: Sequence[tuple[object, float]], known: bool, error: str) -> str:
    """What the condition says now.

    >>> now([], True, ""), now([], False, ""), now([((), 1.5)], True, "")
    ('its condition does not hold', 'nothing is known: no fresh sample', 'its condition holds for 1 series: 1.5')
    """
    if vector:
        values = ", ".join(short(value) for _, value in vector[:5])
        return f"its condition holds for {len(vector)} series: {values}{', …' if len(vector) > 5 else ''}"
    return "its condition does not hold" if known else f"nothing is known: {error or 'no fresh sample'}"


def _row(one: Decision, state: State | None, at: float, fates: Fates = NONE) -> Row:
    state = state or State(one.rule, one.labels)
    fate = untold_by(state.of(one.channel), fates) if one.why in KNOWN else ""
    return {
        "status": status(state).value,
        "labels": dict(one.labels),
        "phase": state.shown.value,
        "channel": one.channel,
        "what": fate or WORDS[one.why],
        "why": one.why.value,
        "detail": "" if fate not in ("", LOST) else one.detail,
        "next_at": None if one.next_at is None else moment(one.next_at),
        "_in": None if one.next_at is None else one.next_at - at,
    }


def _nothing(rule: Rule, channel: str) -> Row:
    quiet = Decision(rule.id, (), channel, 0.0, Why.QUIET, "its condition does not hold")
    return _row(quiet, None, 0.0)


def _next(row: Row) -> str:
    wait = row["_in"]
    return "" if not isinstance(wait, float | int) else f"in {human_duration(max(0, round(wait)))}"
