"""The time over which a promise is kept: rolling, or as a calendar on the wall shows it. Times are seconds. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import NamedTuple

DAY = 86400.0
NOMINAL = {"week": 7 * DAY, "month": 30 * DAY, "quarter": 90 * DAY, "year": 365 * DAY}
MONTHS = {"month": 1, "quarter": 3, "year": 12}


class Span(NamedTuple):
    """`start < time <= end`, seconds since 1970."""

    start: float
    end: float

    @property
    def length(self) -> float:
        return self.end - self.start


class Window(NamedTuple):
    """So many seconds back from any moment; or the week, month, quarter or year that a moment is in."""

    seconds: float = 30 * DAY
    calendar: str | None = None
    zone: tzinfo = UTC

    @property
    def nominal(self) -> float:
        """Seconds by which burn rates are scaled: a month is taken for thirty days."""
        return NOMINAL[self.calendar] if self.calendar else self.seconds

    def whole(self, at: float) -> Span:
        """All of the window, which of a calendar is not over yet. A moment belongs to what it ends.

        >>> from zoneinfo import ZoneInfo
        >>> paris = Window(calendar="week", zone=ZoneInfo("Europe/Paris"))
        >>> paris.whole(datetime(2026, 10, 21, tzinfo=UTC).timestamp()).length / 3600  # the clocks go back on Sunday
        169.0
        """
        if self.calendar is None:
            return Span(at - self.seconds, at)
        first = beginning(self.calendar, datetime.fromtimestamp(at, self.zone).date())
        if midnight(first, self.zone) >= at:
            first = beginning(self.calendar, first - timedelta(days=1))
        return Span(midnight(first, self.zone), midnight(following(self.calendar, first), self.zone))

    def until(self, at: float) -> Span:
        """As much of the window as has gone by."""
        return self.whole(at)._replace(end=at)


def beginning(unit: str, day: date) -> date:
    """The first day of the week, month, quarter or year that a day is in; weeks begin on Monday.

    >>> str(beginning("quarter", date(2026, 11, 23))), str(beginning("week", date(2026, 11, 22)))
    ('2026-10-01', '2026-11-16')
    """
    if unit == "week":
        return day - timedelta(days=day.weekday())
    length = MONTHS[unit]
    return day.replace(month=(day.month - 1) // length * length + 1, day=1)


def following(unit: str, first: date) -> date:
    """The first day of what comes after.

    >>> str(following("month", date(2026, 12, 1))), str(following("week", date(2026, 12, 28)))
    ('2027-01-01', '2027-01-04')
    """
    if unit == "week":
        return first + timedelta(days=7)
    month = first.month - 1 + MONTHS[unit]
    return date(first.year + month // 12, month % 12 + 1, 1)


def midnight(day: date, zone: tzinfo) -> float:
    """When a day begins there."""
    return datetime.combine(day, time(), zone).timestamp()


def midnights(start: float, end: float, zone: tzinfo) -> Iterator[float]:
    """Every midnight in `start < time < end`: days are 23 or 25 hours when the clocks change.

    >>> len([*midnights(0.0, 3 * DAY, UTC)])
    2
    """
    day = datetime.fromtimestamp(start, zone).date()
    while (begins := midnight(day, zone)) < end:
        if begins > start:
            yield begins
        day += timedelta(days=1)
