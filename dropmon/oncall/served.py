"""Who held the pager, as each turn found it: the past is what was served, whatever the rules say by now. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from dropmon.oncall.roster import ROLES, Roster
from dropmon.oncall.schedule import Duty, Shift, missing


class Served(NamedTuple):
    """A role as it was held. Times in seconds since 1970."""

    role: str
    start: float
    end: float  # of the shift, as it was known then
    seen: float  # by the last turn that found it so
    person: str  # '' for nobody
    source: str  # rotation, override

    @property
    def until(self) -> float:
        """How far it is known."""
        return min(self.seen, self.end)

    def holds(self, at: float) -> bool:
        """Whether it tells of a moment: an end belongs to what follows, the last look to what it saw."""
        return self.start <= at <= self.seen and at < self.end


def serving(known: Sequence[Served], shifts: Iterable[Shift], at: float) -> list[Served]:
    """What is to be written down at a moment, after the last row of each role; nothing when that is of a later time.

    `shifts` are those from the last look (or, before any, of the shift that is on) up to that moment.
    """
    last = {one.role: one for one in known}
    found: list[Served] = []
    given = list(shifts)
    for role in ROLES:
        row = last.get(role)
        if row is None or row.seen <= at:
            found += _of(role, row, given, at)
    return found


def _of(role: str, row: Served | None, shifts: Sequence[Shift], at: float) -> Iterator[Served]:
    for shift in shifts:
        person, source = next((who.id if who else "", source) for own, who, source in shift.roles if own == role)
        now = Served(role, shift.start, shift.end, min(at, shift.end), person, source)
        if row is None or now.start > row.seen or now.start == row.end > row.start:
            row = now
            yield row
        elif now.end > row.until:  # the shift that was on at the last look
            rows = [*_going_on(row, now)]
            yield from rows
            row = rows[-1]


def _going_on(row: Served, now: Served) -> Iterator[Served]:
    """What becomes of a row whose shift is still on, or was until it ended."""
    if (row.person, row.source) == (now.person, now.source) or row.start == now.seen:
        yield now._replace(start=row.start)
        return
    yield row._replace(end=now.seen, seen=now.seen)  # the rules have changed since: nobody has been told before now
    if now.seen < now.end:
        yield now._replace(start=now.seen)


def past(rows: Iterable[Served], roster: Roster, at: float) -> Duty | None:
    """Who held the pager at a moment, if that was written down for both roles."""
    own = {one.role: one for one in rows if one.holds(at)}
    if set(own) != set(ROLES):
        return None
    primary, backup = (roster.once(own[role].person) for role in ROLES)
    start, end = max(one.start for one in own.values()), min(one.end for one in own.values())
    source = "override" if any(one.source == "override" for one in own.values()) else "rotation"
    return Duty(at, primary, backup, start, end, source, tuple(missing(primary, backup)))
