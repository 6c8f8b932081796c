"""Who is on call, as tables and as JSON: with times of a zone, for people."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, tzinfo
from functools import cache
from typing import TYPE_CHECKING

from dropmon.model import Status, moment
from dropmon.output.table import Column, Row, Table
from dropmon.units import human_duration

if TYPE_CHECKING:
    from dropmon.oncall.roster import Override, Person
    from dropmon.oncall.schedule import Duty, Shift

Show = Callable[[float], tuple[str, str]]
REACHED = ("phone", "email", "slack")


def local(at: float, zone: tzinfo) -> str:
    """A time as the wall's clock shows it.

    >>> from zoneinfo import ZoneInfo
    >>> local(1795422060, ZoneInfo("Europe/Paris"))
    'Mon 2026-11-23 09:21 CET'
    """
    return datetime.fromtimestamp(at, UTC).astimezone(zone).strftime("%a %Y-%m-%d %H:%M %Z")


def short(at: float, zone: tzinfo) -> str:
    """The same without its zone, which stands above the table.

    >>> from zoneinfo import ZoneInfo
    >>> short(1795422060, ZoneInfo("Europe/Paris"))
    'Mon 2026-11-23 09:21'
    """
    return datetime.fromtimestamp(at, UTC).astimezone(zone).strftime("%a %Y-%m-%d %H:%M")


def status(duty: Duty) -> Status:
    """Critical when nobody is on call, a warning when something about it is not well."""
    if duty.primary is None:
        return Status.CRITICAL
    return Status.WARNING if duty.warnings else Status.OK


def as_object(duty: Duty) -> dict[str, object]:
    """What programs read."""
    return {
        "at": moment(duty.at),
        "primary": _person(duty.primary),
        "backup": _person(duty.backup),
        "shift": {"start": moment(duty.start), "end": moment(duty.end)},
        "source": duty.source,
        "warnings": list(duty.warnings),
    }


def _person(one: Person | None) -> dict[str, object] | None:
    return {key: getattr(one, key) for key in ("id", "name", *REACHED)} if one else None


def on_duty(duty: Duty, then: Shift | None, zone: tzinfo) -> Table:
    """Who holds the pager, until when, and who then."""
    rows = [
        {"role": role, **(_person(one) or {"name": "nobody"}), "status": None if one else found.value}
        for role, one, found in (
            ("primary", duty.primary, Status.CRITICAL),
            ("backup", duty.backup, Status.WARNING),
        )
    ]
    who = f"{duty.primary.name} has the pager" if duty.primary else "nobody has the pager"
    left = human_duration(duty.end - duty.at)
    headline = f"{who} until {local(duty.end, zone)}, for {left} ({duty.source})"
    notes = [f"warning: {each}" for each in duty.warnings]
    if then:
        names = [one.name if one else "nobody" for one in (then.primary, then.backup)]
        notes.append(f"then: {names[0]}, backup {names[1]}")
    columns = (
        Column("role", "Role"), Column("id", "Id", human=False), Column("name", "Name"),
        Column("phone", "Phone", whole=True), Column("email", "Mail", whole=True), Column("slack", "Slack"),
    )  # fmt: skip
    return Table("oncall", columns, rows, headline, status(duty), tuple(notes))


def schedule(found: Iterable[Shift], zone: tzinfo, warnings: Sequence[str] = ()) -> Table:
    """Shifts, one a row."""
    show = _shown(zone)
    rows = [_shift(shift, show) for shift in found]
    count = f"{len(rows)} shift{'' if len(rows) == 1 else 's'}, times of {zone}"
    alone = sum(row["status"] is not None for row in rows)
    headline = f"{count}, {alone} without a second line" if alone else count
    notes = tuple(f"warning: {each}" for each in dict.fromkeys(warnings))
    return Table("shifts", SHIFTS, rows, headline, Status.WARNING if alone or notes else Status.OK, notes)


def _shown(zone: tzinfo) -> Show:
    """Shows a time to programs and to people; once, for one shift ends where the next begins."""
    return cache(lambda at: (moment(at), short(at, zone)))


def _shift(shift: Shift, show: Show) -> Row:
    primary, backup, by = shift.primary, shift.backup, [one for one in shift.by if one]
    alone = Status.WARNING.value if backup in (None, primary) else None
    (start, since), (end, until) = show(shift.start), show(shift.end)
    return {
        "start": start, "end": end, "hours": round((shift.end - shift.start) / 3600, 2),
        "primary": primary.id if primary else None, "backup": backup.id if backup else None,
        "primary_name": primary.name if primary else "nobody", "backup_name": backup.name if backup else "nobody",
        "source": shift.source, "why": "; ".join(dict.fromkeys(filter(None, (one.reason for one in by)))),
        "status": alone if primary else Status.CRITICAL.value,
        "from": since, "until": until,
    }  # fmt: skip


def upcoming(who: Person, found: Sequence[Shift], at: float, zone: tzinfo) -> Table:
    """Somebody's shifts, by the clock where they live."""
    show = _shown(zone)
    rows = [{**_shift(shift, show), "role": _role(shift, who)} for shift in found]
    headline = f"{who.name} has no shift to come"
    if found and found[0].start <= at:
        headline = f"{who.name} is {rows[0]['role']} now, until {local(found[0].end, zone)}"
    elif found:
        left = human_duration(found[0].start - at)
        headline = f"{who.name} is {rows[0]['role']} from {local(found[0].start, zone)}, in {left}"
    return Table("shifts", (Column("role", "Role"), *SHIFTS), rows, headline, Status.OK if found else None)


def _role(shift: Shift, who: Person) -> str:
    return " and ".join(role for role, person, _ in shift.roles if person == who)


def overrides(found: Sequence[tuple[Override, bool]], at: float, zone: tzinfo) -> Table:
    """Overrides, and whether each has been taken back, in the order in which they were made."""
    rows = [_override(one, gone, at, zone) for one, gone in found]
    active = sum(row["state"] == "active" for row in rows)
    columns = (
        Column("id", "Id", whole=True), Column("state", "State"), Column("who", "Who", raw=False),
        Column("person", "", human=False), Column("replaces", "", human=False), Column("role", "", human=False),
        Column("start", "", human=False), Column("end", "", human=False),
        Column("from", "From", raw=False, whole=True), Column("until", "Until", raw=False, whole=True),
        Column("author", "", human=False), Column("reason", "", human=False),
        Column("by", "By", _said, raw=False, detail=True),
    )  # fmt: skip
    return Table(
        "overrides", columns, rows, f"{active} active, {len(rows)} in all, times of {zone}" if rows else "no overrides"
    )


def _override(one: Override, gone: bool, at: float, zone: tzinfo) -> Row:
    state = "removed" if gone else "ended" if one.end <= at else "waiting" if one.start > at else "active"
    return {
        "id": one.id, "state": state, "person": one.person, "replaces": one.replaces, "role": one.role,
        "start": moment(one.start), "end": moment(one.end), "reason": one.reason, "author": one.author,
        "who": f"{one.person} for {one.replaces}" if one.replaces else f"{one.person} as {one.role}",
        "from": short(one.start, zone), "until": short(one.end, zone),
    }  # fmt: skip


def _by(row: Row) -> str:
    """Why somebody else has it than the rotation says.

    >>> _by({"source": "override", "why": "dentist"}), _by({"source": "rotation", "why": ""})
    ('override: dentist', '')
    """
    return ": ".join(filter(None, ("override", str(row["why"])))) if row["source"] == "override" else ""


def _said(row: Row) -> str:
    return ": ".join(filter(None, (str(row["author"]), str(row["reason"]))))


SHIFTS = (
    Column("start", "", human=False), Column("end", "", human=False),
    Column("from", "From", raw=False, whole=True), Column("until", "Until", raw=False, whole=True),
    Column("hours", "Hours", lambda row: f"{row['hours']:g}", right=True),
    Column("primary_name", "Primary", raw=False), Column("backup_name", "Backup", raw=False),
    Column("primary", "", human=False), Column("backup", "", human=False),
    Column("source", "", human=False), Column("why", "", human=False), Column("by", "By", _by, raw=False, detail=True),
)  # fmt: skip
