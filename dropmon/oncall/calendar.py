"""Shifts as a calendar (RFC 5545): UTC instants, ids that stay, and what is off still told, as cancelled."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from dropmon.errors import UsageError
from dropmon.oncall.fairness import Span
from dropmon.oncall.roster import WEEK
from dropmon.oncall.schedule import day_of, handoff

if TYPE_CHECKING:
    from icalendar import Event as Entry

    from dropmon.oncall.roster import Roster

PIP = "pip install 'dropmon[calendar]'"
TITLES = {
    "en": {"primary": "On call: {}", "backup": "Backup: {}"},
    "fr": {"primary": "Astreinte : {}", "backup": "Renfort : {}"},
}


class Event(NamedTuple):
    """A shift in a calendar. Times in seconds since 1970; `end` is not in it."""

    uid: str
    role: str
    person: str
    start: float
    end: float
    sequence: int = 0  # how often it was changed
    cancelled: bool = False
    changed: float = 0.0


def uid(schedule: str, role: str, start: float, person: str) -> str:
    """The id of a shift: the same from every machine, however often it is asked for; never a counter.

    >>> uid("Shop", "primary", 0.0, "ann") == uid("Shop", "primary", 0.0, "ann") != uid("Shop", "backup", 0.0, "ann")
    True
    """
    text = "\n".join((schedule, role, f"{start:.3f}", person))
    return f"{sha256(text.encode()).hexdigest()[:32]}@dropmon"


def window(roster: Roster, start: float, end: float) -> tuple[float, float]:
    """The same in whole weeks: a shift that is cut has another id."""
    first, last = day_of(roster, start), day_of(roster, end)
    return handoff(roster, first), handoff(roster, last if handoff(roster, last) == end else last + WEEK)


def events(schedule: str, found: Iterable[Span], roster: Roster) -> Iterator[Event]:
    """An event for each shift that somebody has: in one piece, whatever happens to the other role meanwhile."""
    joined: list[Span] = []
    for one in sorted(found, key=lambda span: (span.role, span.start)):
        last = joined[-1] if joined else None
        if last and (last.role, last.person, last.end) == (one.role, one.person, one.start) and not _new(roster, one):
            joined[-1] = last._replace(end=one.end)
        else:
            joined.append(one)
    for one in joined:
        if one.person:
            yield Event(uid(schedule, one.role, one.start, one.person), one.role, one.person, one.start, one.end)


def _new(roster: Roster, one: Span) -> bool:
    return handoff(roster, day_of(roster, one.start)) == one.start


def published(before: Mapping[str, Event], now: Sequence[Event], span: tuple[float, float], at: float) -> list[Event]:
    """What a calendar is given now, which follows what it was given before: what is off in the span is cancelled."""
    found = [_next(before.get(one.uid), one, at) for one in now]
    known = {one.uid for one in now}
    off = [one for one in before.values() if one.uid not in known and one.end > span[0] and one.start < span[1]]
    found += [one if one.cancelled else _next(one, one._replace(cancelled=True), at) for one in off]
    return sorted(found, key=lambda one: (one.start, one.role, one.uid))


def _next(before: Event | None, now: Event, at: float) -> Event:
    if before is None:
        return now._replace(changed=at)
    same = (before.end, before.cancelled) == (now.end, now.cancelled)
    return before if same else now._replace(sequence=before.sequence + 1, changed=at)


def text(found: Iterable[Event], roster: Roster, name: str, language: str) -> bytes:
    """The file. Raises UsageError when the library that writes it is not installed."""
    try:
        from icalendar import Calendar
    except ImportError:
        raise UsageError("calendars need the library icalendar, which is not installed", PIP) from None
    calendar = Calendar()
    calendar.add("prodid", "-//dropmon//on-call//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval;value=duration", "PT1H")
    for one in found:
        calendar.add_component(_event(one, roster, language))
    written: bytes = calendar.to_ical()
    return written


def _event(one: Event, roster: Roster, language: str) -> Entry:
    from icalendar import Event as Entry

    person = roster.once(one.person)
    entry = Entry()
    entry.add("uid", one.uid)
    entry.add("sequence", one.sequence)
    entry.add("dtstamp", _utc(one.changed))
    entry.add("last-modified", _utc(one.changed))
    entry.add("dtstart", _utc(one.start))
    entry.add("dtend", _utc(one.end))
    entry.add("summary", TITLES[language][one.role].format(person.name if person else one.person))
    entry.add("status", "CANCELLED" if one.cancelled else "CONFIRMED")
    entry.add("transp", "TRANSPARENT")
    entry.add("categories", [one.role])
    return entry


def _utc(at: float) -> datetime:
    return datetime.fromtimestamp(round(at), UTC)
