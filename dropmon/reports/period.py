"""The time that a report tells of: an ISO week or a day, by the clock on the wall of a zone. Pure."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import NamedTuple

from dropmon.errors import UsageError
from dropmon.zone import askable

BASE = 4  # periods before it that one is compared with
DAY = timedelta(days=1)
UNITS = {"weekly": timedelta(weeks=1), "daily": DAY}


class Period(NamedTuple):
    """`start <= time < end`, in seconds since 1970: a week has 167, 168 or 169 hours."""

    kind: str  # weekly, daily
    first: date
    zone: tzinfo

    @property
    def name(self) -> str:
        """As it is asked for: 2026-W47, or 2026-11-22."""
        return f"{self.first:%G-W%V}" if self.kind == "weekly" else self.first.isoformat()

    @property
    def last(self) -> date:
        return self.first + UNITS[self.kind] - DAY

    @property
    def start(self) -> float:
        return midnight(self.first, self.zone)

    @property
    def end(self) -> float:
        return midnight(self.last + DAY, self.zone)

    @property
    def days(self) -> list[date]:
        return [self.first + index * DAY for index in range(UNITS[self.kind].days)]

    def back(self, count: int = 1) -> Period:
        """The period so many before it."""
        return self._replace(first=self.first - count * UNITS[self.kind])


def midnight(day: date, zone: tzinfo) -> float:
    """When a day begins, in seconds since 1970.

    >>> from zoneinfo import ZoneInfo
    >>> paris = ZoneInfo("Europe/Paris")
    >>> [(midnight(day + DAY, paris) - midnight(day, paris)) / 3600 for day in (date(2026, 3, 29), date(2026, 10, 25))]
    [23.0, 25.0]
    """
    return datetime.combine(day, time(), zone).timestamp()


def before(kind: str, at: float, zone: tzinfo) -> Period:
    """The last period that is over at a time.

    >>> before("weekly", 1795428000.0, UTC).name, before("daily", 1795428000.0, UTC).name  # Monday, 2026-11-23
    ('2026-W47', '2026-11-22')
    """
    today = datetime.fromtimestamp(askable(at), UTC).astimezone(zone).date()
    first = today - today.weekday() * DAY if kind == "weekly" else today
    return Period(kind, first, zone).back()


def named(kind: str, text: str, zone: tzinfo) -> Period:
    """The period of that name. Raises UsageError.

    >>> named("weekly", "2026-W53", UTC).first, named("daily", "2026-11-22", UTC).name
    (datetime.date(2026, 12, 28), '2026-11-22')
    >>> named("weekly", "2027-W53", UTC)
    Traceback (most recent call last):
    dropmon.errors.UsageError: '2027-W53' is no week
    """
    weekly = kind == "weekly"
    try:
        if re.fullmatch(r"\d{4}-W\d{2}" if weekly else r"\d{4}-\d{2}-\d{2}", text):
            first = date.fromisoformat(f"{text}-1" if weekly else text)
            askable(datetime.combine(first, time(), UTC).timestamp())
            return Period(kind, first, zone)
    except ValueError:
        pass
    hint = "write an ISO week, such as 2026-W47" if weekly else "write a date, such as 2026-11-22"
    raise UsageError(f"{text!r} is no {'week' if weekly else 'day'}", hint)


def due(at: float, weekday: int, clock: time, zone: tzinfo) -> float:
    """The last time that it was that weekday (Monday is 0) and that time of day, in seconds since 1970.

    >>> monday = datetime(2026, 11, 23, 9, tzinfo=UTC).timestamp()
    >>> due(monday, 0, time(9), UTC) == monday, (monday - due(monday - 1, 0, time(9), UTC)) / 86400
    (True, 7.0)
    """
    today = datetime.fromtimestamp(askable(at), UTC).astimezone(zone).date()
    day = today - (today.weekday() - weekday) % 7 * DAY
    found = datetime.combine(day, clock, zone).timestamp()
    return found if found <= at else datetime.combine(day - timedelta(weeks=1), clock, zone).timestamp()
