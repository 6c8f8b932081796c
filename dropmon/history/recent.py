"""Samples that were read already, for the next expressions of the same evaluation: many look at the same last hour."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from dropmon.storage import Store
    from dropmon.storage.store import Aggregate

LONGEST = 21_600_000  # milliseconds of a range that is kept; longer ones are seldom asked for twice
MOST = 500_000  # samples that are kept at once: about 40 MB
Run = tuple[int, Sequence[int], Sequence[float]]  # series, times (ms), values


class Kept(NamedTuple):
    """What was read of one series."""

    start: int
    end: int
    times: Sequence[int]
    values: Sequence[float]


class Recent:
    """Reads from a store, and remembers. Raises StorageError."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._kept: dict[int, Kept] = {}
        self._size = 0
        self._numbers: dict[tuple[str, int, int], dict[int, float | None]] = {}

    def runs(self, ids: Sequence[int], start: int, end: int) -> Iterator[Run]:
        """Series, times and values of all samples in `start < time <= end` (ms); not of a series without."""
        if end - start > LONGEST:
            yield from self._store.runs(ids, start, end)
            return
        kept = self._kept
        missing = [number for number in ids if number not in kept or not covers(kept[number], start, end)]
        fresh = self._read(missing, start, end) if missing else {}
        for number in ids:
            first, last, times, values = fresh.get(number) or kept[number]
            if first != start or last != end:
                low, high = bisect_right(times, start), bisect_right(times, end)
                times, values = times[low:high], values[low:high]
            if times:
                yield number, times, values

    def aggregate(self, function: Aggregate, ids: Sequence[int], start: int, end: int) -> dict[int, float]:
        """One number for each series that has a sample in the range (ms), as `Store.aggregate`."""
        key = function, start, end
        known = self._numbers.get(key)
        if known is None:
            if len(self._numbers) >= 100:
                self._numbers.clear()
            known = self._numbers[key] = {}
        missing = [number for number in ids if number not in known]
        if missing:
            known.update(dict.fromkeys(missing))
            known.update(self._store.aggregate(function, missing, start / 1000, end / 1000))
        found = ((number, known[number]) for number in ids)
        return {number: float(value) for number, value in found if value is not None}

    def _read(self, ids: Sequence[int], start: int, end: int) -> dict[int, Kept]:
        found = dict.fromkeys(ids, Kept(start, end, (), ()))
        for number, times, values in self._store.runs(ids, start, end):
            found[number] = Kept(start, end, times, values)
            self._size += len(times)
        if self._size > MOST:
            self._kept.clear()
            self._size = 0
        kept = self._kept
        for number, each in found.items():
            if number not in kept or kept[number].end - kept[number].start <= end - start:
                kept[number] = each
        return found


def covers(kept: Kept, start: int, end: int) -> bool:
    """Whether a range has been read whole."""
    return kept.start <= start and end <= kept.end


def merged(older: Mapping[int, tuple[Sequence[int], Sequence[float]]], runs: Iterable[Run]) -> Iterator[Run]:
    """Runs, with older points of the same series before and between them; where both have a time, the run's number.

    >>> list(merged({1: ([10, 20], [1.0, 2.0]), 2: ([10], [3.0])}, [(1, [20, 30], [5.0, 6.0])]))
    [(1, [10, 20, 30], [1.0, 5.0, 6.0]), (2, [10], [3.0])]
    """
    rest = dict(older)
    for number, times, values in runs:
        before = rest.pop(number, None)
        if before and before[0][-1] < times[0]:
            times, values = [*before[0], *times], [*before[1], *values]
        elif before:
            together = {**dict(zip(*before, strict=True)), **dict(zip(times, values, strict=True))}
            times = sorted(together)
            values = [together[time] for time in times]
        yield number, times, values
    for number, (times, values) in rest.items():
        yield number, times, values
