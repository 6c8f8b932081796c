"""The embedded history as PromQL reads it: which series are meant, their samples, and what SQLite adds up by itself.

What is older than the retention of samples is there to the hour: its points are the first and the last of each hour,
and an hour counts where it ends.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from math import isfinite
from operator import attrgetter
from typing import TYPE_CHECKING

from dropmon.history.known import USUAL, Catalogue, Known
from dropmon.history.promql.rates import Seen, extended, seen
from dropmon.history.promql.value import Labels, Series
from dropmon.history.recent import Recent, Run, merged

if TYPE_CHECKING:
    from dropmon.storage import Matcher, Store
    from dropmon.storage.store import Aggregate, Fold

HOUR = 3_600_000
labels_of = attrgetter("labels")
FUNCTIONS: dict[str, Aggregate] = {
    "avg_over_time": "avg",
    "count_over_time": "count",
    "max_over_time": "max",
    "min_over_time": "min",
    "sum_over_time": "sum",
}
Values = dict[int, list[float | None]]  # of each series, one number for each window


class Selection:
    """A `Select` over a store (`dropmon.history.promql`), for one evaluation of any number of expressions.

    `interval` gives the seconds between two samples of a series by its labels. What is written to the store meanwhile
    may not be seen. Raises StorageError.
    """

    def __init__(self, store: Store, interval: Callable[[Mapping[str, str]], float] = lambda labels: 0.0) -> None:
        self.store = store
        self._find = Catalogue(store, interval).find
        self._recent = Recent(store)
        self._hours = 1000 * store.newest_hour()
        self.ordered = True  # its series come in the order of their labels
        self.coarse = False  # whether something was answered to the hour

    def __call__(self, matchers: Sequence[Matcher], start: int, end: int) -> Iterator[Series]:
        return self._read(self._find(matchers), range(end, end + 1), end - start)

    def standing(self, matchers: Sequence[Matcher], start: int, end: int) -> Iterator[Series]:
        """As a call, with the earlier samples that still stand at the start."""
        groups = self._by_standing(matchers, start)
        found = (
            each
            for stands, group in groups
            for each in self._read(group, range(end, end + 1), end - start + max(0, stands - USUAL), stands)
        )
        return found if len(groups) < 2 else iter(sorted(found, key=labels_of))

    def sparse(self, matchers: Sequence[Matcher], ends: range, length: int, standing: bool) -> list[Series] | None:
        """As calls, or as `standing`, for each window of so long (ms) that ends there; None where windows overlap."""
        groups = self._by_standing(matchers, ends[0] - length) if standing else [(0, self._find(matchers))]
        reaches = [(length + max(0, stands - USUAL), stands, group) for stands, group in groups]
        if any(reach > ends.step for reach, _, _ in reaches):
            return None
        found = [each for reach, stands, group in reaches for each in self._read(group, ends, reach, stands)]
        return found if len(groups) < 2 else sorted(found, key=labels_of)

    def aggregated(
        self, function: str, matchers: Sequence[Matcher], ends: range, length: int
    ) -> list[tuple[Labels, list[float | None]]] | None:
        """The function over each window of so long (ms), for each series; None where reading is no slower."""
        found = self._find(matchers)
        ids = [each.id for each in found]
        if function in FUNCTIONS:
            windows = self._windows(FUNCTIONS[function], ids, ends, length)
        elif len(ends) > 1 and ends.step >= length:
            windows = self._growth(function, ids, ends, length)
        else:
            return None
        if not all(isfinite(value) for values in windows.values() for value in values if value is not None):
            return None  # NaN, or a sum too large: Python knows what becomes of it
        rows = ((each.labels, windows[each.id]) for each in found if each.id in windows)
        return [(labels, values) for labels, values in rows if any(value is not None for value in values)]

    def _by_standing(self, matchers: Sequence[Matcher], start: int) -> list[tuple[int, list[Known]]]:
        """The series by how long (ms) a sample of theirs stands; an old one does for its hour."""
        found = self._find(matchers)
        least = HOUR if start < self._hours else 0
        if len({each.stands for each in found}) < 2:
            return [(max(least, found[0].stands), found)] if found else []
        ranked = sorted(found, key=lambda each: max(least, each.stands))
        return [(stands, list(group)) for stands, group in groupby(ranked, lambda each: max(least, each.stands))]

    def _windows(self, function: Aggregate, ids: Sequence[int], ends: Sequence[int], length: int) -> Values:
        """One number for each series and window, from samples, from hours, or, where they meet, from both."""
        if len(ends) == 1 and ends[0] - length >= self._hours:
            only = self._recent.aggregate(function, ids, ends[0] - length, ends[0])
            return {number: [value] for number, value in only.items()}
        old = [end for end in ends if end - length < self._hours]
        found: Values = {}
        parts: list[tuple[int, Iterable[tuple[int, int, float]]]]
        parts = [(len(old), self.store.aggregates(function, ids, ends[len(old) :], length))]
        if old:
            self.coarse = True
            first = self.store.oldest(ids)
            hourly = [end for end in old if end < first]
            parts.append((0, self.store.aggregates(function, ids, hourly, length, hourly=True)))
            for place in range(len(hourly), len(old)):
                folds = self.store.folds(ids, old[place] - length, old[place])
                parts.append((place, ((number, 0, value_of(function, fold)) for number, fold in folds.items())))
        for place, rows in parts:
            for number, window, value in rows:
                if number not in found:
                    found[number] = [None] * len(ends)
                found[number][place + window] = value
        return found

    def _growth(self, function: str, ids: Sequence[int], ends: range, length: int) -> Values:
        """`rate`, `increase` or `delta` of windows that do not overlap; values do not leave SQLite one by one."""
        found: Values = {number: [None] * len(ends) for number in ids}
        old = [end for end in ends if end - length < self._hours]
        first = self.store.oldest(ids) if old else 0.0
        hourly = [end for end in old if end < first]
        self.coarse = self.coarse or bool(hourly)
        for number, window, (size, first_ms, start, last_ms, last, lost) in self.store.grown(ids, hourly, length):
            end = hourly[window]
            what = Seen(size, start, last, lost)
            found[number][window] = extended(function, what, first_ms, last_ms, end - length, end)
        both = ends[len(hourly) : len(old)]
        for number, times, values in self._runs(ids, both, length) if both else ():
            for place, end in enumerate(both, len(hourly)):
                low, high = bisect_right(times, end - length), bisect_right(times, end)
                if low < high:
                    what = seen(values[low:high])
                    found[number][place] = extended(function, what, times[low], times[high - 1], end - length, end)
        for number, window, first, last, what in self.store.gathered(seen, ids, ends[len(old) :], length):
            end = ends[len(old) + window]
            found[number][len(old) + window] = extended(function, what, first, last, end - length, end)
        return found

    def _read(self, found: Sequence[Known], ends: range, length: int, stands: int = 0) -> Iterator[Series]:
        """The samples of the windows of so long (ms) that end there, which do not overlap."""
        ids = [each.id for each in found]
        labels = {each.id: each.labels for each in found}
        for number, times, values in self._runs(ids, ends, length):
            yield Series(labels[number], times, values, stands)

    def _runs(self, ids: Sequence[int], ends: range, length: int) -> Iterable[Run]:
        one = len(ends) == 1
        runs = self._recent.runs(ids, ends[0] - length, ends[0]) if one else self.store.points(ids, ends, length)
        if ends[0] - length >= self._hours:
            return runs
        old = [end for end in ends if end - length < self._hours]
        older = {number: (times, values) for number, times, values in self.store.outlines(ids, old, length)}
        if not older:
            return runs
        self.coarse = True
        place = {number: place for place, number in enumerate(ids)}
        return sorted(merged(older, runs), key=lambda run: place[run[0]])


def value_of(function: Aggregate, fold: Fold) -> float:
    """One number of a range.

    >>> from dropmon.storage.store import Fold
    >>> value_of("avg", Fold(4, 10.0, 1.0, 4.0)), value_of("count", Fold(4, 10.0, 1.0, 4.0))
    (2.5, 4.0)
    """
    if function == "avg":
        return fold.sum / fold.size
    return float({"count": fold.size, "sum": fold.sum, "min": fold.min, "max": fold.max}[function])
