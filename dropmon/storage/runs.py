"""Rows of samples as runs: for each series its times and its values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from math import nan
from typing import Generic, TypeVar

from dropmon.storage.store import Grown

T = TypeVar("T")


def runs(rows: Iterable[tuple[int, int, float | None]]) -> Iterator[tuple[int, list[int], list[float]]]:
    """The times and values of each series, of rows one series after the other; NULL is NaN.

    >>> list(runs([(1, 10, 0.5), (1, 20, None), (2, 10, 1.5)]))
    [(1, [10, 20], [0.5, nan]), (2, [10], [1.5])]
    """
    before: int | None = None
    times: list[int] = []
    values: list[float | None] = []
    for number, time, value in rows:
        if number != before:
            if before is not None:
                yield before, times, numbers(values)
            before, times, values = number, [], []
        times.append(time)
        values.append(value)
    if before is not None:
        yield before, times, numbers(values)


def numbers(values: list[float | None]) -> list[float]:
    """What was kept, with NULL as NaN."""
    return [nan if value is None else value for value in values] if None in values else values  # type: ignore[return-value]


class Gathering(Generic[T]):
    """The values of one window, as SQLite hands them out; what is made of them is put aside, and SQLite told where."""

    def __init__(self, work: Callable[[Sequence[float]], T], made: list[T]) -> None:
        self.values: list[float | None] = []
        self.step = self.values.append
        self._work = work
        self._made = made

    def finalize(self) -> int | None:
        """Which of `made` it is; None for no value."""
        if not self.values:
            return None
        self._made.append(self._work(numbers(self.values)))
        return len(self._made) - 1


class Growing:
    """The hours of one window of a counter, as SQLite hands them out; what they come to is put aside as by Gathering.

    >>> made = []
    >>> window = Growing(made)
    >>> for hour in ((1, 10, 1.0, 20, 2.0), (0, 30, 5.0, 40, 1.0), (2, 50, 0.5, 99, 7.0)):
    ...     window.step(*hour)
    >>> window.finalize(), made[0]
    (0, Grown(size=4, first_ms=20, first=2.0, last_ms=50, last=0.5, regained=6.0))
    """

    def __init__(self, made: list[Grown]) -> None:
        self.size = 0
        self.first_ms = self.last_ms = 0
        self.first = self.last = self.regained = 0.0
        self._made = made

    def step(self, side: int, first_ms: int, first: float, last_ms: int, last: float) -> None:
        """The first and the last sample of one hour more, in the order of time; for `side` see `queries.GROWN`."""
        if side:  # only one of them is inside, or none
            if side == 3:
                return
            first_ms, first = last_ms, last = (first_ms, first) if side == 2 else (last_ms, last)
        if not self.size:
            self.first_ms, self.first = first_ms, first
        elif first < self.last:
            self.regained += self.last
        if last < first:
            self.regained += first
        self.size += 1 if first_ms == last_ms else 2
        self.last_ms, self.last = last_ms, last

    def finalize(self) -> int | None:
        """Which of `made` it is; None for no hour."""
        if not self.size:
            return None
        self._made.append(Grown(self.size, self.first_ms, self.first, self.last_ms, self.last, self.regained))
        return len(self._made) - 1


def outlined(
    rows: Iterable[tuple[int, int, int, float, int, float]], length: int
) -> Iterator[tuple[int, list[int], list[float]]]:
    """The points of hours that lie in their window of so long (ms): the first and the last sample of each hour.

    A row is a series, the window's end, and time and value of the two.

    >>> list(outlined([(1, 90, 10, 0.5, 20, 1.5), (1, 90, 80, 2.5, 80, 2.5), (1, 90, 85, 3.0, 95, 4.0)], 75))
    [(1, [20, 80, 85], [1.5, 2.5, 3.0])]
    """
    before: int | None = None
    times: list[int] = []
    values: list[float] = []
    for number, end, first_ms, first, last_ms, last in rows:
        if number != before:
            if before is not None and times:
                yield before, times, values
            before, times, values = number, [], []
        if end - length < first_ms <= end:
            times.append(first_ms)
            values.append(first)
        if first_ms < last_ms <= end and last_ms > end - length:
            times.append(last_ms)
            values.append(last)
    if before is not None and times:
        yield before, times, values
