"""From when to when: times and durations as people write them. The clock is an argument."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import datetime, time, timedelta, tzinfo
from typing import NamedTuple

from dropmon import units
from dropmon.errors import UsageError

HINT = "write 15m or 2h (ago), 06:30 (today), 2026-11-23, 2026-11-23T06:30, 2026-11-23T06:30:00Z, or seconds since 1970"
SCALES = ((1e17, 1e9), (1e14, 1e6), (1e11, 1e3))  # from this number on: so many to a second


class Window(NamedTuple):
    """From `since` up to, but without, `until`; seconds since 1970, None where it is open."""

    since: float | None = None
    until: float | None = None


def window(since: str | None, until: str | None, now: float, zone: tzinfo | None = None) -> Window:
    """What --since and --until mean; `zone` is of times that name none, None for the machine's.

    A time of day that is still to come is yesterday's, as the start of a window.

    >>> from datetime import UTC
    >>> window("2026-11-23T06:30", "1h", 1795419127.0, UTC)
    Window(since=1795415400.0, until=1795415527.0)
    >>> window("1h", "2h", 1795419127.0, UTC)
    Traceback (most recent call last):
    dropmon.errors.UsageError: --since 1h is not before --until 2h
    """
    start = None if since is None else instant(since, now, zone)
    end = None if until is None else instant(until, now, zone)
    if since is not None and start is not None and start > now and clock(since) is not None:
        start = day_before(start, zone)
    if start is not None and end is not None and start >= end:
        raise UsageError(f"--since {since} is not before --until {until}", HINT)
    return Window(start, end)


def instant(text: str, now: float, zone: tzinfo | None = None) -> float:
    """Seconds since 1970 of one time. Raises UsageError.

    >>> from datetime import UTC
    >>> [instant(text, 1795419127.0, UTC) for text in ("15m", "06:30", "2026-11-23", "1795419127500", "now")]
    [1795418227.0, 1795415400.0, 1795392000.0, 1795419127.5, 1795419127.0]
    """
    text = text.strip()
    if text == "now":
        return now
    with suppress(ValueError):
        return now - units.duration(text)
    if re.fullmatch(r"[0-9]{9,19}(\.[0-9]+)?", text):
        return next((float(text) / scale for least, scale in SCALES if float(text) >= least), float(text))
    try:
        moment = clock(text)
        if moment is not None:
            return datetime.combine(datetime.fromtimestamp(now, zone).date(), moment, zone).timestamp()
        when = datetime.fromisoformat(text)
        return (when if when.tzinfo else when.replace(tzinfo=zone)).timestamp()
    except (ValueError, OverflowError, OSError):
        raise UsageError(f"{text!r} is no time", HINT) from None


def clock(text: str) -> time | None:
    """A time of day, if that is what it is.

    >>> clock("06:30"), clock("2026-11-23")
    (datetime.time(6, 30), None)
    """
    return time.fromisoformat(text) if re.fullmatch(r"\d\d?:\d\d(:\d\d(\.\d+)?)?", text, re.ASCII) else None


def day_before(seconds: float, zone: tzinfo | None) -> float:
    """The same time of day, a day before."""
    local = datetime.fromtimestamp(seconds, zone)
    return (local - timedelta(days=1)).timestamp()
