"""The parts of a date in UTC: hour(), day_of_week() and their like."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from math import isfinite, nan

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)

PARTS: dict[str, Callable[[datetime], int]] = {
    "day_of_month": lambda time: time.day,
    "day_of_week": lambda time: time.isoweekday() % 7,  # Sunday is 0
    "day_of_year": lambda time: time.timetuple().tm_yday,
    "days_in_month": lambda time: days(time),
    "hour": lambda time: time.hour,
    "minute": lambda time: time.minute,
    "month": lambda time: time.month,
    "year": lambda time: time.year,
}


def days(time: datetime) -> int:
    """How many its month has."""
    from calendar import monthrange  # which is seldom asked for, and slow to import

    return monthrange(time.year, time.month)[1]


def part(name: str, seconds: float) -> float:
    """A part of the time so many seconds after 1970; NaN of what Python has no date for.

    >>> part("day_of_week", 1795419127), part("hour", -1), part("year", 1e18)
    (1.0, 23.0, nan)
    """
    try:
        return float(PARTS[name](BEGINNING + timedelta(seconds=int(seconds)))) if isfinite(seconds) else nan
    except OverflowError:
        return nan
