"""Who can be called, and in which order they are. Pure data. Times in seconds since 1970."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time, timedelta, tzinfo
from types import MappingProxyType
from typing import Literal, NamedTuple

Role = Literal["primary", "backup"]
ROLES: tuple[Role, Role] = ("primary", "backup")
WEEK = timedelta(days=7)


class Person(NamedTuple):
    """Somebody who can be called; `zone` is where they live, when it is elsewhere."""

    id: str
    name: str
    phone: str | None = None
    email: str | None = None
    slack: str | None = None
    zone: tzinfo | None = None


class Row(NamedTuple):
    """One week: the short names of two people."""

    primary: str
    backup: str | None = None


class Rotation(NamedTuple):
    """Rows, one a week, over and over; the first of them from the hand-off of a day on."""

    day: date  # of the hand-off that begins the week of the first row
    rows: tuple[Row, ...]


class Override(NamedTuple):
    """Somebody stands in: for whoever of the rotation is replaced, or for whoever holds a role. `end` is not in it."""

    id: str
    person: str  # who takes it
    start: float
    end: float
    replaces: str | None = None  # None: whoever holds the role
    role: Role | None = None  # None: whichever the replaced person holds
    reason: str = ""
    author: str = ""
    created: float = 0.0  # 0 of those in the rules: what is added later goes before them

    def means(self, role: Role, holder: str | None) -> bool:
        """Whether it takes a role from whoever the rotation gives it to.

        >>> one = Override("1", "carol", 0, 1, replaces="ann")
        >>> one.means("primary", "ann"), one.means("primary", "bob"), one.means("backup", "ann")
        (True, False, True)
        """
        return self.role in (None, role) and self.replaces in (None, holder)


class Roster(NamedTuple):
    """The people, the rotations they are in, and when one week ends and the next begins by the clock on the wall."""

    zone: tzinfo
    weekday: int = 0  # of the hand-off; Monday is 0
    at: time = time(9)
    people: Mapping[str, Person] = MappingProxyType({})
    rotations: tuple[Rotation, ...] = ()  # each until the next begins; the first also before it

    def row(self, day: date) -> Row | None:
        """Who has the week that begins with the hand-off of a day: counted from the anchor, never by ISO weeks."""
        if not self.rotations:
            return None
        own = [one for one in self.rotations if one.day <= day] or self.rotations[:1]
        return own[-1].rows[(day - own[-1].day) // WEEK % len(own[-1].rows)]

    def person(self, name: str | None) -> Person | None:
        return self.people.get(name) if name else None

    def once(self, name: str) -> Person | None:
        """Somebody of the past, whom the rules may not know any more."""
        return self.person(name) or (Person(name, name) if name else None)


def handed(day: date, weekday: int) -> date:
    """The day of the hand-off with which the week of a day begins.

    >>> handed(date(2026, 1, 5), 0).isoformat(), handed(date(2026, 1, 5), 4).isoformat()
    ('2026-01-05', '2026-01-02')
    """
    return day - timedelta(days=(day.weekday() - weekday) % 7)
