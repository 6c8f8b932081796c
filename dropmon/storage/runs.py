"""Rows of samples as runs: for each series its times and its values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import nan


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


def inside(rows: Iterable[tuple[int, int, int, float, int, float]], length: int) -> Iterator[tuple[int, int, float]]:
    """The points of hours that lie in their window, each once: the first and the last sample of an hour."""
    for number, end, first_ms, first, last_ms, last in rows:
        if end - length < first_ms <= end:
            yield number, first_ms, first
        if last_ms > first_ms and end - length < last_ms <= end:
            yield number, last_ms, last
