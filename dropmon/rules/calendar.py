"""Time zones, dates and times of day, as a calendar on the wall shows them."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from typing import Annotated, NamedTuple
from zoneinfo import ZoneInfo

from dropmon.rules.types import Written

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class WeeklyTime(NamedTuple):
    """A moment of every week by the wall clock. Monday is 0."""

    weekday: int
    at: time

    def __str__(self) -> str:
        return f"{WEEKDAYS[self.weekday]} {clock(self.at)}"


def zone(name: str) -> ZoneInfo:
    """An IANA time zone.

    >>> str(zone("Europe/Paris"))
    'Europe/Paris'
    """
    try:
        return ZoneInfo(name)
    except (OSError, LookupError, ValueError):
        raise ValueError(f"{name!r} is not a time zone: write an IANA name, such as Europe/Paris or UTC") from None


def parse_date(text: str) -> date:
    """A day, as 2026-01-05."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a date: write 2026-01-05") from None


def parse_moment(text: str) -> datetime:
    """A date and a time; without an offset it is local to the section's time zone.

    >>> parse_moment("2026-12-24 09:00"), parse_moment("2026-12-24T09:00Z").tzinfo
    (datetime.datetime(2026, 12, 24, 9, 0), datetime.timezone.utc)
    """
    try:
        if not re.match(r"\S+[ T]\d", text):  # a date alone would silently mean midnight
            raise ValueError
        return datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a date and time: write 2026-12-24 09:00") from None


def in_order(start: datetime, end: datetime) -> bool:
    """Whether one moment comes before another; by the wall clock when only one of them has an offset."""
    if (start.tzinfo is None) != (end.tzinfo is None):
        return start.replace(tzinfo=None) < end.replace(tzinfo=None)
    return start < end


def parse_clock(text: str) -> time:
    """A time of day.

    >>> parse_clock("09:00")
    datetime.time(9, 0)
    """
    match = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)", text)
    if not match:
        raise ValueError(f"{text!r} is not a time of day: write 09:00 (24 hours)")
    return time(int(match[1]), int(match[2]))


def clock(at: time) -> str:
    """A time of day as the rules write it."""
    return at.strftime("%H:%M")


def parse_weekly(text: str) -> WeeklyTime:
    """A weekday and a time of day.

    >>> parse_weekly("monday 09:00")
    WeeklyTime(weekday=0, at=datetime.time(9, 0))
    """
    day, _, at = text.strip().partition(" ")
    if day.lower() not in WEEKDAYS:
        raise ValueError(f"{text!r} is not a weekday and a time: write monday 09:00")
    return WeeklyTime(WEEKDAYS.index(day.lower()), parse_clock(at.strip()))


Zone = Annotated[ZoneInfo, Written(zone, str, "Europe/Paris", wants="a time zone")]
Date = Annotated[date, Written(parse_date, date.isoformat, "2026-01-05", wants="a date")]
Moment = Annotated[
    datetime, Written(parse_moment, lambda at: at.isoformat(" "), "2026-12-24 09:00", wants="a date and time")
]
Clock = Annotated[time, Written(parse_clock, clock, '"09:00"', wants="a time of day")]
Weekly = Annotated[WeeklyTime, Written(parse_weekly, str, "monday 09:00", wants="a weekday and a time")]
