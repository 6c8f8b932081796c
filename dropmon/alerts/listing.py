"""Alerts as tables: what fires, since when, who was told, and what went on before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING

from dropmon.alerts.notification import Phase, Severity
from dropmon.alerts.rule import Labels, Rule
from dropmon.alerts.state import State, Told
from dropmon.alerts.step import gone
from dropmon.model import Status, moment
from dropmon.output.table import Column, Row, Table, local, timed
from dropmon.units import human_duration

if TYPE_CHECKING:
    from datetime import tzinfo

    from dropmon.alerts.silence import Silence
    from dropmon.storage.alerts import Changed

BAD = {Severity.LOW: Status.WARNING, Severity.MEDIUM: Status.WARNING}  # the others are critical
LOST, HELD, FAILED = "could not be told", "waits to be told", "failed"
TIMES = {"since", "last_judged", "last_begun", "acknowledged_until"}  # facts
ORDER = {Phase.FIRING: 0, Phase.RECOVERING: 1, Phase.UNKNOWN: 2, Phase.PENDING: 3, Phase.RESOLVED: 4}


Fates = Mapping[str, str]
NONE: Fates = MappingProxyType({})


def series(labels: Labels) -> str:
    """Labels for people.

    >>> series((("check", "Stripe"), ("kind", "apis")))
    'check=Stripe kind=apis'
    """
    return " ".join(f"{name}={value}" for name, value in labels)


def status(state: State) -> Status:
    """How bad that is now: what fires as bad as it is severe, what waits is well, what is not known is unknown."""
    if state.unknown is not None:
        return Status.UNKNOWN
    return BAD.get(state.severity, Status.CRITICAL) if state.active else Status.OK


def worth_a_row(state: State) -> bool:
    return state.phase is not Phase.RESOLVED or state.unknown is not None


def fates(lost: Iterable[str], held: Iterable[str], instead: Iterable[tuple[str, str]] = ()) -> dict[str, str]:
    """What became of messages that have not arrived, in words, by their ids; `instead` names who has some of them.

    >>> fates(["1"], ["2"], [("3", "chat"), ("3", "mail")])
    {'2': 'waits to be told', '3': 'failed; chat and mail were told instead', '1': 'could not be told'}
    """
    others: dict[str, list[str]] = {}
    for id_, channel in instead:
        others.setdefault(id_, []).append(channel)
    were = {True: "was", False: "were"}
    passed = {
        id_: f"{FAILED}; {' and '.join(names)} {were[len(names) == 1]} told instead" for id_, names in others.items()
    }
    return {**dict.fromkeys(held, HELD), **passed, **dict.fromkeys(lost, LOST)}


def table(
    rules: Mapping[str, Rule], states: Iterable[State], at: float, notes: tuple[str, ...] = (), fates: Fates = NONE
) -> Table:
    """What fires, is about to, or is not known, the worst first; `fates` tells of messages that have not arrived."""
    found = sorted(filter(worth_a_row, states), key=lambda one: (ORDER[one.shown], -one.severity, one.key))
    rows = [row(rules.get(one.rule) or gone(one), one, at, fates) for one in found]
    count = {phase: sum(one.shown is phase for one in found) for phase in ORDER}
    headline = ", ".join(f"{number} {phase.value}" for phase, number in count.items() if number) or "nothing fires"
    worst = Status.worst([Status.OK, *map(status, found)])
    return Table("alerts", COLUMNS, rows, headline, worst, notes, {"at": moment(at), "status": worst.value})


def row(rule: Rule, state: State, at: float, fates: Fates = NONE) -> Row:
    """One series with its raw values."""
    from dropmon.alerts.group import alert

    told = alert(rule, state, at)
    untold = {each.channel: fate for each in state.told if (fate := untold_by(each, fates))}
    return {
        "status": status(state).value,
        "phase": state.shown.value,
        "severity": state.severity.word,
        "rule": rule.id,
        "name": told.name,
        "key": told.key,
        "labels": dict(state.labels),
        "value": state.value,
        "since": moment(began(state)),
        "for_seconds": round(at - began(state), 3),
        "told": [each.channel for each in state.told if (each.open or each.unknown) and each.channel not in untold],
        "untold": untold,
        "acknowledged_by": state.ack.author if state.ack else None,
        "flaps": told.flaps,
        "why": state.why or None,
    }


def untold_by(told: Told, fates: Fates) -> str:
    """Why a channel does not know what it was to be told; nothing when it knows."""
    last = told.unknown_id if told.unknown else told.id if told.open else ""
    return fates.get(last, "")


def began(state: State) -> float:
    """When it came to what it is now."""
    if state.unknown is not None:
        return state.unknown
    return state.fired if state.active else state.since


def facts(
    rule: Rule, state: State, at: float, fates: Fates = NONE, more: Row = NONE, zone: tzinfo | None = None
) -> Table:  # fmt: skip
    """Everything about one series, a fact a row, with what else is known of it."""
    from dropmon.alerts.group import alert

    told = alert(rule, state, at)
    found: dict[str, object] = {
        **row(rule, state, at, fates),
        "description": told.description or None,
        "condition": rule.condition or "no rule of the file is called that",
        "runbook": told.runbook,
        "last_judged": moment(state.at),
        "last_begun": [moment(time) for time in state.begun],
        "acknowledged_until": moment(state.ack.until) if state.ack and state.ack.until else None,
        "comment": state.ack.comment or None if state.ack else None,
        **more,
    }
    columns = Column("fact", "alert"), Column("value", "", partial(_fact, zone))
    rows = [{"fact": fact, "value": value} for fact, value in found.items()]
    return Table("alert", columns, [each for each in rows if each["value"] not in (None, [], {}, "")], facts=found)


def history(changes: Sequence[Changed], zone: tzinfo | None = None) -> Table:
    """What went from which phase to which, the latest last."""
    rows = [
        {"at": moment(one.at), "rule": one.rule, "labels": dict(one.labels), "before": one.before, "after": one.after,
         "value": one.value}
        for one in changes
    ]  # fmt: skip
    columns = (
        timed("at", "Time", zone), Column("rule", "Alert", whole=True), LABELS, Column("before", "From"),
        Column("after", "To"), VALUE,
    )  # fmt: skip
    return Table("changes", columns, rows, f"{len(rows)} changes" if rows else "nothing changed")


def silences(
    found: Iterable[Silence], at: float, notes: tuple[str, ...] = (), zone: tzinfo | None = None
) -> Table:  # fmt: skip
    """Silences, those that hold first."""
    from dropmon.alerts.silence import shown

    words = {True: "active", False: "ended"}
    rows = [
        {"id": one.id, "state": "waiting" if at < one.start else words[one.active(at)], "matchers": shown(one.matchers),
         "start": moment(one.start), "end": moment(one.end), "author": one.author, "comment": one.comment}
        for one in found
    ]  # fmt: skip
    rows.sort(key=lambda each: ("active", "waiting", "ended").index(each["state"]))
    active = sum(each["state"] == "active" for each in rows)
    columns = (
        Column("id", "Id", whole=True), Column("state", "State"), Column("matchers", "Series"),
        timed("start", "From", zone), timed("end", "Until", zone), Column("author", "By"), Column("comment", "Comment"),
    )  # fmt: skip
    return Table("silences", columns, rows, f"{active} active" if rows else "nothing is silenced", notes=notes)


def _labels(row: Row) -> str:
    labels = row["labels"]
    return series(tuple(labels.items())) if isinstance(labels, Mapping) else ""


def _value(row: Row) -> str:
    from dropmon.alerts.template import short

    return short(row["value"]) if isinstance(row["value"], float | int) else ""


def _for(row: Row) -> str:
    seconds = round(float(str(row["for_seconds"])))
    return human_duration(seconds) if seconds > 0 else "now"


def _told(row: Row) -> str:
    told = row["told"]
    missed = row["untold"] if isinstance(row["untold"], Mapping) else {}
    known = told if isinstance(told, list) else []
    who = ", ".join([*known, *(f"{name} ({fate})" for name, fate in missed.items())])
    return f"{who} (acknowledged by {row['acknowledged_by']})" if row["acknowledged_by"] else who


def _fact(zone: tzinfo | None, row: Row) -> str:
    value = row["value"]
    if row["fact"] in TIMES:
        return ", ".join(local(str(each), zone) for each in (value if isinstance(value, list) else [value]))
    if isinstance(value, Mapping):
        return series(tuple(value.items()))
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


LABELS = Column("labels", "Series", _labels)
VALUE = Column("value", "Value", _value, right=True)
COLUMNS = (
    Column("status", "Status", human=False), Column("phase", "Phase"), Column("severity", "Severity"),
    Column("rule", "Alert", whole=True), Column("name", "Name", human=False), Column("key", "Key", human=False), LABELS,
    VALUE, Column("since", "Since", human=False),
    Column("for_seconds", "For", _for, right=True),
    Column("told", "Told", _told), Column("untold", "Untold", human=False),
    Column("acknowledged_by", "By", human=False),
    Column("flaps", "Flaps", lambda row: str(row["flaps"] or ""), right=True), Column("why", "Why", detail=True),
)  # fmt: skip
