"""How long numbers are kept: every sample for a while, then one row an hour."""

from __future__ import annotations

from typing import NamedTuple

HOUR_MS = 3_600_000
DAY = 86_400.0  # seconds
PACE = 24.0  # seconds that forgetting may go on in one of the clock


def as_of(now: float, at: float, touched: float) -> float:
    """The time as of which things may be forgotten, where the clock says `now`; it was `at` when that said `touched`.

    A clock that runs ahead for a while costs a day, and not all that is kept; a store that rested catches up in time.

    >>> as_of(900 * DAY, at=100 * DAY, touched=100 * DAY) / DAY, as_of(0.0, at=100 * DAY, touched=100 * DAY) / DAY
    (101.0, 99.0)
    >>> as_of(900 * DAY + 60, at=101 * DAY, touched=900 * DAY) - 101 * DAY, as_of(5.0, at=0.0, touched=0.0)
    (1440.0, 5.0)
    """
    if not at:
        return now
    return min(max(now, at - DAY), at + min(DAY, PACE * max(0.0, now - touched)))


class Retention(NamedTuple):
    """Seconds that samples are kept as they came, and that hours are kept after that.

    >>> Retention().raw / DAY, Retention().hourly / DAY
    (35.0, 400.0)
    """

    raw: float = 35 * DAY
    hourly: float = 400 * DAY

    def first_raw_hour(self, now: float) -> int:
        """The oldest hour whose samples are kept; all before it have wholly left the retention.

        >>> Retention(raw=3600).first_raw_hour(now=3 * 3600 - 0.001), Retention(raw=3600).first_raw_hour(3 * 3600)
        (1, 2)
        """
        return hour_of(round((now - self.raw) * 1000))

    def first_hour(self, now: float) -> int:
        """The oldest hour that is kept at all: never younger than the raw ones."""
        return min(hour_of(round((now - self.hourly) * 1000)), self.first_raw_hour(now))


def hour_of(time_ms: int) -> int:
    """The hour that a moment lies in, counted from 1970 in UTC.

    >>> hour_of(3_600_000), hour_of(3_599_999), hour_of(-1)
    (1, 0, -1)
    """
    return time_ms // HOUR_MS
