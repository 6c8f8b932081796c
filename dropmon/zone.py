"""The machine's own time zone, summer and winter."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo


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
