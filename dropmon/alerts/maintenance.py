"""Maintenance windows: by the clock on the wall where they are, summer and winter. Times in seconds since 1970."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, time, timedelta, tzinfo
from types import MappingProxyType
from typing import NamedTuple

DAY = 86400
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class Window(NamedTuple):
    """One that comes again (`days`, `clock`, `duration`), or once (`start`, `end`)."""

    name: str
    zone: tzinfo = UTC
    days: frozenset[int] = frozenset()  # Monday is 0
    clock: time = time()
    duration: float = 0.0
    start: float | None = None
    end: float | None = None
    matchers: Mapping[str, tuple[str, ...]] = MappingProxyType({})  # none means everything

    def until(self, at: float) -> float | None:
        """When the window that is open ends; None when none is. Its first moment is inside, its last is not.

        >>> nightly = Window("backup", UTC, frozenset(range(7)), time(23, 30), 86400.0)
        >>> nightly.until(84599.0), nightly.until(84600.0)
        (84600.0, 171000.0)
        """
        spans = [(self.start, self.end)] if self.start is not None else self._around(at)
        return max((end for start, end in spans if start is not None and end and start <= at < end), default=None)

    def spans(self, start: float, end: float) -> list[tuple[float, float]]:
        """Every time that it is open between two moments, oldest first; the whole of those at the edges.

        >>> nightly = Window("backup", UTC, frozenset(range(7)), time(23, 30), 3600.0)
        >>> nightly.spans(0.0, 172800.0)
        [(-1800.0, 1800.0), (84600.0, 88200.0), (171000.0, 174600.0)]
        """
        if self.start is not None:
            found: set[tuple[float | None, float | None]] = {(self.start, self.end)}
        else:
            count = int((end - start) // DAY) + 2
            found = {span for day in range(count) for span in self._around(min(start + day * DAY, end))}
        return sorted((a, b) for a, b in found if a is not None and b is not None and a < end and b > start)

    def covers(self, labels: Mapping[str, str]) -> bool:
        """Whether it means a series."""
        return all(labels.get(name, "") in values for name, values in self.matchers.items())

    def _around(self, at: float) -> list[tuple[float | None, float | None]]:
        """The windows that began today or within the two days before, for one may last a day of 25 hours."""
        today = datetime.fromtimestamp(at, self.zone).date()
        dates = (today - timedelta(days=back) for back in range(3))
        began = (datetime.combine(date, self.clock, self.zone) for date in dates if date.weekday() in self.days)
        return [(each.timestamp(), self._end(each)) for each in began]

    def _end(self, began: datetime) -> float:
        """Minutes are minutes on the night the clocks change, too; a day is until the same time of the next."""
        if self.duration == DAY:
            return (began + timedelta(days=1)).timestamp()  # wall clock: Python adds to a local time that way
        return began.timestamp() + self.duration


def days(words: Iterable[str]) -> frozenset[int]:
    """Weekdays as numbers.

    >>> sorted(days(["monday", "sunday"])), len(days(["daily"]))
    ([0, 6], 7)
    """
    named = set(words)
    return frozenset(range(7)) if "daily" in named else frozenset(map(WEEKDAYS.index, named))


def covering(windows: Iterable[Window], labels: Mapping[str, str], at: float) -> tuple[Window, float] | None:
    """The open window that ends last, of those that mean a series, and when it ends."""
    ends = ((window, window.until(at)) for window in windows if window.covers(labels))
    return max(((window, end) for window, end in ends if end is not None), key=lambda each: each[1], default=None)
