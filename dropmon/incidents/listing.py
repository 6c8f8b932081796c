"""Incidents as tables: the worst first, what is asked next and of whom, and a timeline. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, tzinfo

from dropmon.incidents import measure
from dropmon.incidents.incident import Incident, Kind, State
from dropmon.incidents.policy import Asked, Level, Obligation, next_due
from dropmon.model import Status, moment
from dropmon.output.table import Column, Row, Table
from dropmon.units import human_duration

BAD = {Level.CRITICAL: Status.CRITICAL, Level.MAJOR: Status.CRITICAL, Level.MINOR: Status.WARNING}

EVENTS = {Kind.FIRED.value: "due", Kind.TRIAGED.value: "triage", Kind.STEP.value: "runbook"}  # for people
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")

Who = Callable[[Incident], str]  # who has it, or would be called


def status(incident: Incident) -> Status:
    """How bad that is now."""
    return BAD[incident.level] if incident.open else Status.OK


def rank(incident: Incident) -> tuple[bool, int, bool, float]:
    """The worst first: open ones, by their level, those that nobody has, the oldest."""
    taken = incident.state is not State.TRIGGERED
    return not incident.open, incident.level.rank, taken, incident.opened if incident.open else -incident.opened


def table(incidents: Sequence[Incident], at: float, who: Who, notes: tuple[str, ...] = ()) -> Table:
    """The incidents at a time, in seconds since 1970."""
    found = sorted(incidents, key=rank)
    rows = [row(each, at, who) for each in found]
    worst = Status.worst([Status.OK, *map(status, found)])
    means = {
        "mean_seconds_to_acknowledge": measure.mean(map(measure.to_acknowledge, found)),
        "mean_seconds_to_resolve": measure.mean(map(measure.to_resolve, found)),
    }
    facts = {"at": moment(at), "status": worst.value, **means}
    return Table("incidents", COLUMNS, rows, headline(found), worst, notes, facts)


def headline(found: Sequence[Incident]) -> str:
    """
    >>> headline([])
    'no incident is open'
    """
    counts = {level: sum(each.open and each.level is level for each in found) for level in Level}
    said = ", ".join(f"{count} {level.value}" for level, count in counts.items() if count)
    return f"{said} open" if said else "no incident is open"


def row(incident: Incident, at: float, who: Who) -> Row:
    """One incident with its raw values."""
    coming = next_due(incident.asked)
    return {
        "status": status(incident).value,
        "number": incident.number,
        "level": incident.level.value,
        "state": incident.state.value,
        "title": incident.title,
        "opened": moment(incident.opened),
        "for_seconds": round((at if incident.open else incident.changed) - incident.opened, 3),
        "next": {"what": coming.name, "due": moment(coming.due), "in_seconds": round(coming.due - at, 3)}
        if coming
        else None,
        "holder": incident.holder or None,
        "who": who(incident) if incident.open else incident.resolver or incident.holder,
        "alerts": [each.key for each in incident.members],
        "firing": [each.key for each in incident.firing],
        "acknowledged": moment(incident.acknowledged) if incident.acknowledged is not None else None,
        "resolved": moment(incident.resolved) if incident.resolved is not None else None,
        "seconds_to_acknowledge": measure.to_acknowledge(incident),
        "seconds_to_resolve": measure.to_resolve(incident),
        "recurrent": incident.recurrent,
        "merged_into": incident.merged,
        "runbook": incident.runbook or None,
    }


def shown(incident: Incident, lines: Sequence[Row], at: float, who: str, zone: tzinfo | None = None) -> Table:
    """Everything about one incident: the verdict, what to do next, its timeline in a zone's time."""
    asked = [
        {"what": each.name, "due": moment(each.due), "told": _time(each.fired), "met": _time(each.met),
         "dropped": _time(each.dropped), "target": each.target or None}
        for each in incident.asked
    ]  # fmt: skip
    facts = {**row(incident, at, lambda _: who), "obligations": asked, "impact": incident.impact or None}
    verdict = status(incident)
    said, notes = verdict_of(incident, at, who), tuple(todo(incident, at))
    return Table("timeline", timeline(zone), lines, said, verdict, notes, facts)


def timeline(zone: tzinfo | None) -> tuple[Column, ...]:
    """The columns of a timeline; people read the time of a zone, or of their machine."""

    def clock(at: str) -> str:
        return datetime.fromisoformat(at).astimezone(zone).strftime("%b %d %H:%M:%S")

    def what(row: Row) -> str:
        text = str(row["text"])
        return MOMENT.sub(lambda found: clock(found[0]), text) if row["kind"] == Kind.FIRED else text

    return (
        Column("at", "Time", lambda row: clock(str(row["at"])), whole=True),
        Column("recorded", "Recorded", human=False),
        Column("kind", "Event", lambda row: EVENTS.get(str(row["kind"]), str(row["kind"])), whole=True),
        Column("author", "By"), Column("text", "What", what, detail=True),
    )  # fmt: skip


def verdict_of(incident: Incident, at: float, who: str) -> str:
    """Where it stands, in a line."""
    age = lasted((at if incident.open else incident.changed) - incident.opened)
    alone = lasted(at - incident.changed)  # since it came back, if it did
    where = {
        State.TRIGGERED: f"nobody has taken it in {alone}" + (f", {who}" if who and who != "nobody" else ""),
        State.ACKNOWLEDGED: f"{incident.holder} has it, open for {age}",
        State.RESOLVED: f"resolved after {age}" + (f" by {incident.resolver}" if incident.resolver else ""),
        State.MERGED: f"merged into incident {incident.merged}",
    }[incident.state]
    return f"incident {incident.number} ({incident.level.value}): {incident.title} — {where}"


def lasted(seconds: float) -> str:
    """
    >>> lasted(0.2), lasted(90.0)
    ('a moment', '1m 30s')
    """
    return human_duration(round(seconds)) if seconds >= 0.5 else "a moment"


def todo(incident: Incident, at: float) -> list[str]:
    """What to do next, the most urgent first."""
    number, found = incident.number, []
    if incident.state is State.TRIGGERED:
        found.append(f"take it: dropmon incident ack {number}")
    if incident.open and incident.runbook:
        found.append(f"what to do: dropmon runbook show {incident.runbook}")
    late = (each for each in incident.asked if each.due <= at)
    if incident.open and any(_unmet(each, Asked.COMMUNICATE, Asked.UPDATE) for each in late):
        found.append(f"tell users: dropmon incident status {number} --publish")
    if incident.open and (coming := next_due(incident.asked)):
        found.append(f"next: {due(coming, at)}")
    if incident.firing and incident.open:
        found.append(f"{len(incident.firing)} of {len(incident.members)} alerts fire")
    if incident.state is State.ACKNOWLEDGED:
        found.append(f"when it is over: dropmon incident resolve {number}")
    if incident.state is State.RESOLVED and incident.said not in {"", "resolved"}:
        found.append(f"tell users that it is over: dropmon incident status {number} --publish")
    if incident.state is State.RESOLVED and any(_unmet(each, Asked.POSTMORTEM) for each in incident.asked):
        found.append(f"its post-mortem is to be written: dropmon incident postmortem {number}")
    return found


def due(one: Obligation, at: float) -> str:
    """What is asked, and in what time.

    >>> due(Obligation(Asked.ESCALATE, 900.0, 1, target="backup"), 300.0), due(Obligation(Asked.CLOSE, 60.0), 180.0)
    ('escalate to backup in 10m', 'close, 2m late')
    """
    left = round(one.due - at)
    what = one.kind.value + (f" to {one.target}" if one.target else "")
    return (
        f"{what} in {human_duration(left)}" if left > 0 else f"{what}, {human_duration(-left)} late" if left else what
    )


def _unmet(one: Obligation, *kinds: Asked) -> bool:
    return one.kind in kinds and one.met is None and one.dropped is None


def _time(at: float | None) -> str | None:
    return None if at is None else moment(at)


def _next(row: Row) -> str:
    coming = row["next"]
    if not isinstance(coming, Mapping):
        return ""
    left = round(float(coming["in_seconds"]))
    what = re.split(r"[-.]", coming["what"])[0]  # which step and round it is are for programs
    return f"{what} in {human_duration(left)}" if left > 0 else f"{what} is due"


def _for(row: Row) -> str:
    seconds = round(float(str(row["for_seconds"])))
    return human_duration(seconds) if seconds > 0 else "now"


def _duration(key: str) -> Callable[[Row], str]:
    def cell(row: Row) -> str:
        seconds = row[key]
        return human_duration(round(seconds)) if isinstance(seconds, float) and seconds >= 0.5 else ""

    return cell


COLUMNS = (
    Column("status", "Status", human=False), Column("number", "No.", right=True), Column("level", "Level"),
    Column("state", "State"), Column("title", "Incident", detail=True), Column("opened", "Opened", human=False),
    Column("for_seconds", "For", _for, right=True), Column("next", "Next", _next), Column("who", "Who"),
    Column("seconds_to_acknowledge", "Taken in", _duration("seconds_to_acknowledge"), right=True),
    Column("seconds_to_resolve", "Solved in", _duration("seconds_to_resolve"), right=True),
    Column("holder", "Holder", human=False), Column("alerts", "Alerts", human=False),
    Column("firing", "Firing", human=False), Column("acknowledged", "Acknowledged", human=False),
    Column("resolved", "Resolved", human=False), Column("recurrent", "Recurrent", human=False),
    Column("merged_into", "Merged into", human=False), Column("runbook", "Runbook", human=False),
)  # fmt: skip
