"""The machine's own time zone, summer and winter."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo

from dropmon.errors import UsageError


class Here(tzinfo):
    """The zone that the machine's clock shows, whatever TZ or /etc/localtime say; UTC where they say nothing.

    Unlike the zone of `datetime.astimezone()`, which is the offset of one moment, it knows that clocks change.
    """

    def utcoffset(self, when: datetime | None) -> timedelta | None:
        return when.replace(tzinfo=None).astimezone().utcoffset() if when else None

    def dst(self, when: datetime | None) -> timedelta | None:
        return None

    def tzname(self, when: datetime | None) -> str | None:
        return when.replace(tzinfo=None).astimezone().tzname() if when else None

    def fromutc(self, when: datetime) -> datetime:
        local = datetime.fromtimestamp(when.replace(tzinfo=UTC, microsecond=0).timestamp())  # noqa: DTZ006
        return local.replace(tzinfo=self, microsecond=when.microsecond)


HERE = Here()
FIRST = datetime(1969, 12, 31, tzinfo=UTC).timestamp()  # it is 1970 soon after, by some clock on a wall
LAST = datetime(9000, 1, 1, tzinfo=UTC).timestamp()  # a window around it is still a date


def askable(at: float) -> float:
    """A time that one can ask about. Raises UsageError for others: around them there are no dates.

    >>> askable(datetime(1, 1, 1, tzinfo=UTC).timestamp())
    Traceback (most recent call last):
    dropmon.errors.UsageError: the year is not between 1970 and 8999
    """
    if not FIRST <= at < LAST:
        raise UsageError("the year is not between 1970 and 8999", "is it the time that is meant?")
    return at


def wall(at: float, zone: tzinfo) -> str:
    """A time (seconds since 1970) as people read it, by the clock on their wall.

    >>> from zoneinfo import ZoneInfo
    >>> wall(1795422060, ZoneInfo("Europe/Paris"))
    '2026-11-23 09:21 CET'
    """
    return datetime.fromtimestamp(at, UTC).astimezone(zone).strftime("%Y-%m-%d %H:%M %Z")
