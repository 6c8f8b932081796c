"""Who holds the pager when: the rotation, and what overrides make of it. Pure. Times in seconds since 1970.

A hand-off is a time on the wall's clock: where a change of the clock skips it or repeats it, it is as RFC 5545 §3.3.5
says, the offset before the change. A shift ends where the next begins, by the same call; that moment is the next one's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from dropmon.errors import UsageError
from dropmon.oncall.roster import ROLES, WEEK, Override, Person, Role, Roster, handed

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
END = date(9999, 12, 1)
FIRST, LAST = datetime(1, 2, 1, tzinfo=UTC), datetime(9999, 11, 1, tzinfo=UTC)  # calendars go no further
Weekly = Callable[[Roster, Sequence[Override], date], Iterator["Shift"]]


class Shift(NamedTuple):
    """A span in which nothing changes, and who holds what in it. `end` is not in it."""

    start: float
    end: float
    primary: Person | None
    backup: Person | None
    by: tuple[Override | None, Override | None] = (None, None)  # what gave each of them the role, if not the rotation

    @property
    def source(self) -> str:
        return "override" if any(self.by) else "rotation"

    @property
    def roles(self) -> Iterator[tuple[Role, Person | None, str]]:
        """Each role, who holds it, and whether by the rotation or by an override."""
        for role, person, by in zip(ROLES, (self.primary, self.backup), self.by, strict=True):
            yield role, person, "override" if by else "rotation"


class Duty(NamedTuple):
    """Who holds the pager at a moment, in which shift, and what is not well about that."""

    at: float
    primary: Person | None
    backup: Person | None
    start: float
    end: float
    source: str  # rotation, override
    warnings: tuple[str, ...] = ()


def duty(roster: Roster, overrides: Iterable[Override], at: float) -> Duty:
    """Who holds the pager at a moment."""
    given = sorted(overrides, key=_created)
    found = next(shift for shift in week(roster, given, day_of(roster, at)) if at < shift.end)
    told = (*missing(found.primary, found.backup), *doubled(roster, given, at))
    return Duty(at, found.primary, found.backup, found.start, found.end, found.source, told)


def shifts(roster: Roster, overrides: Iterable[Override], start: float, end: float) -> Iterator[Shift]:
    """Every shift of which any part lies in `start <= at < end`, whole, in order."""
    return _between(week, roster, overrides, start, end)


def pieces(roster: Roster, overrides: Iterable[Override], start: float, end: float) -> Iterator[Shift]:
    """The same, cut wherever an override begins or ends: each says of itself by which override it is."""
    return _between(_cut, roster, overrides, start, end)


def _between(
    weekly: Weekly, roster: Roster, overrides: Iterable[Override], start: float, end: float
) -> Iterator[Shift]:
    given = sorted(overrides, key=_created)
    day = day_of(roster, start)
    while day < END:
        for shift in weekly(roster, given, day):
            if shift.start >= end:
                return
            if start < shift.end:
                yield shift
        day += WEEK


def handoff(roster: Roster, day: date) -> float:
    """When the hand-off of a day is.

    >>> from datetime import time
    >>> from zoneinfo import ZoneInfo
    >>> handoff(Roster(ZoneInfo("America/Chicago"), 6, time(2, 30)), date(2020, 3, 8))  # skipped: 03:30 CDT
    1583656200.0
    """
    return datetime.combine(day, roster.at, roster.zone).timestamp()


def day_of(roster: Roster, at: float) -> date:
    """The day of the last hand-off at or before a moment. Raises UsageError when it is beyond what calendars know."""
    try:
        when = EPOCH + timedelta(seconds=at)
    except (OverflowError, ValueError):
        when = EPOCH.replace(year=1)
    if not FIRST < when < LAST:
        raise UsageError("the time is beyond what calendars know", "write one of the years 2 to 9998")
    day = handed(when.astimezone(roster.zone).date(), roster.weekday)
    while handoff(roster, day) > at:
        day -= WEEK
    while handoff(roster, day + WEEK) <= at:
        day += WEEK
    return day


def week(roster: Roster, overrides: Sequence[Override], day: date) -> Iterator[Shift]:
    """The shifts of the week that begins with the hand-off of a day: more than one where overrides cut it.

    `overrides` in the order in which they were made. They never change whose week the next one is.
    """
    last: Shift | None = None
    for found in _cut(roster, overrides, day):
        if last and _same(last, found):
            last = last._replace(end=found.end)
        else:
            if last:
                yield last
            last = found
    if last:
        yield last


def _cut(roster: Roster, overrides: Sequence[Override], day: date) -> Iterator[Shift]:
    start, end = handoff(roster, day), handoff(roster, day + WEEK)
    near = [one for one in overrides if one.start < end and one.end > start]
    inner = {time for one in near for time in (one.start, one.end) if start < time < end}
    for one, other in pairwise(sorted({start, end, *inner})):
        yield _held(roster, near, day, one, other)


def missing(primary: Person | None, backup: Person | None) -> Iterator[str]:
    """What is not well about who holds the roles."""
    if primary is None:
        yield "nobody is on call"
    if backup is None:
        yield "nobody is backup: there is no second line"
    elif primary == backup:
        yield f"{backup.name} holds both roles: there is no second line"


def doubled(roster: Roster, overrides: Sequence[Override], at: float) -> Iterator[str]:
    """Overrides, in the order in which they were made, of which a later one takes the same role."""
    for role, holder in zip(ROLES, rotated(roster, day_of(roster, at)), strict=True):
        own = [one for one in overrides if one.start <= at < one.end and one.means(role, holder)]
        if len({one.person for one in own}) > 1:
            names = ", ".join(one.id for one in own)
            yield f"overrides overlap for {role} ({names}): the latest wins, which is {own[-1].id}"


def rotated(roster: Roster, day: date) -> tuple[str | None, str | None]:
    """Who holds each role by the rotation, in the week that begins with the hand-off of a day."""
    row = roster.row(day)
    return (row.primary, row.backup) if row else (None, None)


def winner(overrides: Sequence[Override], role: Role, holder: str | None, at: float) -> Override | None:
    """The override that gives a role to somebody at a moment: of several the one that was made last."""
    own = (one for one in reversed(overrides) if one.start <= at < one.end and one.means(role, holder))
    return next(own, None)


def _held(roster: Roster, overrides: Sequence[Override], day: date, start: float, end: float) -> Shift:
    own = rotated(roster, day)
    by = [winner(overrides, role, holder, start) for role, holder in zip(ROLES, own, strict=True)]
    primary, backup = (roster.person(one.person if one else holder) for one, holder in zip(by, own, strict=True))
    return Shift(start, end, primary, backup, (by[0], by[1]))


def _same(one: Shift, other: Shift) -> bool:
    return [*one.roles] == [*other.roles]


def _created(one: Override) -> float:
    return one.created
