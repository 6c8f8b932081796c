"""Who held the pager, as each turn found it: the past is what was served, whatever the rules say by now. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import product
from typing import NamedTuple

from dropmon.oncall.roster import ROLES, Override, Roster
from dropmon.oncall.schedule import Duty, Shift, day_of, handoff, missing


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
    """What is to be written down at a moment, after the last row of each role, none of which was seen later.

    `shifts` are those from the last look (or, before any, of the shift that is on) up to that moment.
    """
    last = {one.role: one for one in known}
    given = list(shifts)
    return [row for role in ROLES for row in _of(role, last.get(role), given, at)]


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


def told(rows: Sequence[Served], shifts: Iterable[Shift], roster: Roster) -> Iterator[Shift]:
    """Shifts, in order: as they were served, and where nobody looked as the rules say."""
    if not rows:
        yield from shifts
        return
    last: Shift | None = None
    for shift in _pieces(_known(rows, roster), shifts):
        if last and _goes_on(roster, last, shift):
            last = shift._replace(start=last.start)
        else:
            if last:
                yield last
            last = shift
    if last:
        yield last


def _known(rows: Sequence[Served], roster: Roster) -> list[Shift]:
    """The spans of which it is written down who held both roles."""
    found = []
    for one, other in product(*([row for row in rows if row.role == role] for role in ROLES)):
        start, end = max(one.start, other.start), min(one.until, other.until)
        if start < end:
            primary, backup = (roster.once(row.person) for row in (one, other))
            marks = [_mark(row) if row.source == "override" else None for row in (one, other)]
            found.append(Shift(start, end, primary, backup, (marks[0], marks[1])))
    return sorted(found, key=lambda shift: shift.start)


def _mark(row: Served) -> Override:
    return Override("", row.person, row.start, row.end)


def _pieces(known: Sequence[Shift], shifts: Iterable[Shift]) -> Iterator[Shift]:
    """What is known, and between it what of other shifts it leaves."""
    left = [*known]
    for shift in shifts:
        start = shift.start
        while left and left[0].start < shift.end:
            one = left.pop(0)
            if start < one.start:
                yield shift._replace(start=start, end=one.start)
            yield one
            start = max(start, one.end)
        if start < shift.end:
            yield shift._replace(start=start)
    yield from left


def _goes_on(roster: Roster, last: Shift, shift: Shift) -> bool:
    """Whether a shift is the rest of the one before it."""
    same = (last.end, *last[2:4], last.source) == (shift.start, *shift[2:4], shift.source)
    return same and handoff(roster, day_of(roster, shift.start)) < shift.start
