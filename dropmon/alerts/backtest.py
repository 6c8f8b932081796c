"""What would have been told: the past, played through the same step that judges the present. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from dropmon.alerts.condition import Answer
from dropmon.alerts.listing import LABELS, VALUE
from dropmon.alerts.notification import Phase
from dropmon.alerts.rule import Labels, Plan
from dropmon.alerts.silence import Silence
from dropmon.alerts.state import Key, State
from dropmon.alerts.step import Step, step
from dropmon.model import moment
from dropmon.output.table import Column, Row, Table, timed
from dropmon.units import human_duration

if TYPE_CHECKING:
    from datetime import tzinfo

Answers = Callable[[float], Mapping[str, Answer]]  # of every rule at a time


class Interval(NamedTuple):
    """A series that was in one phase, or one message that would have gone out. Times in seconds since 1970."""

    start: float
    end: float | None  # None: it still was at the end
    rule: str
    labels: Labels
    what: str  # a phase, or the reason of a message
    channel: str = ""  # of a message
    value: float | None = None


def replay(plan: Plan, answers: Answers, times: Iterable[float], silences: tuple[Silence, ...] = ()) -> Iterator[Step]:
    """One step after the other, from nothing remembered."""
    states: Mapping[Key, State] = {}
    for at in times:
        done = step(plan, states, answers(at), silences, at)
        states = done.states
        yield done


def intervals(steps: Iterable[Step]) -> list[Interval]:
    """Every time that a series was pending, firing, recovering or unknown, and every message, by their beginnings."""
    open_: dict[tuple[str, Labels], Interval] = {}
    found: list[Interval] = []
    for done in steps:
        for edge in done.edges:
            key = edge.rule, edge.labels
            if key in open_:
                found.append(open_.pop(key)._replace(end=edge.at))
            if edge.after is not Phase.RESOLVED:
                open_[key] = Interval(edge.at, None, *key, edge.after.value, value=edge.value)
        found += [
            Interval(one.at, one.at, alert.rule, tuple(sorted(alert.labels.items())), one.reason.value, one.channel,
                     alert.value)
            for one in done.notifications
            for alert in one.alerts
        ]  # fmt: skip
    return sorted([*found, *open_.values()], key=lambda one: (one.start, one.rule, one.labels, bool(one.channel)))


def table(
    found: list[Interval], start: float, end: float, silences: int = 0, zone: tzinfo | None = None
) -> Table:  # fmt: skip
    """The intervals and messages of a span, of which so many silences kept some from being told."""
    messages = [one for one in found if one.channel]
    fired = sum(1 for one in found if one.what == Phase.FIRING.value)
    rows = [_row(one, end) for one in found]
    columns = (
        timed("start", "Time", zone), Column("end", "Until", human=False), Column("seconds", "For", _for, right=True),
        Column("rule", "Alert", whole=True), LABELS, Column("what", "What"), Column("channel", "Told"), VALUE,
    )  # fmt: skip
    headline = f"fired {fired} times, {len(messages)} notices in {human_duration(end - start)}"
    notes = (f"with the silences of that time: {silences}",) if silences else ()
    return Table("intervals", columns, rows, headline, notes=notes, facts={"from": moment(start), "to": moment(end)})


def _row(one: Interval, end: float) -> Row:
    return {
        "start": moment(one.start),
        "end": None if one.end is None or one.channel else moment(one.end),
        "seconds": None if one.channel else (end if one.end is None else one.end) - one.start,
        "rule": one.rule,
        "labels": dict(one.labels),
        "what": one.what,
        "channel": one.channel or None,
        "value": one.value,
    }


def _for(row: Row) -> str:
    seconds = row["seconds"]
    if not isinstance(seconds, float | int):
        return ""
    return human_duration(round(seconds)) + ("" if row["end"] else " …")
