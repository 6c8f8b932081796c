"""The embedded history as PromQL reads it: which series are meant, their samples, and what SQLite adds up by itself.

What is older than the retention of samples is there to the hour: its points are the first and the last of each hour,
and an hour counts where it ends.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from math import isfinite
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

from dropmon.history.promql.pattern import pattern
from dropmon.history.promql.value import NAME, Labels, Series

if TYPE_CHECKING:
    from dropmon.history.hours import Hour
    from dropmon.storage import Matcher, Store
    from dropmon.storage.store import Aggregate, Fold

SHARE = 2.5  # intervals that a sample stands for: one late run of cron must not make a series blink
USUAL = 300_000  # milliseconds that a sample stands for at least
HOUR = 3_600_000
FUNCTIONS: dict[str, Aggregate] = {
    "avg_over_time": "avg",
    "count_over_time": "count",
    "max_over_time": "max",
    "min_over_time": "min",
    "sum_over_time": "sum",
}


class Known(NamedTuple):
    """A series, ready to be matched."""

    id: int
    labels: Labels
    have: Mapping[str, str]
    stands: int  # milliseconds


class Selection:
    """A `Select` over a store (`dropmon.history.promql`), for one evaluation of any number of expressions.

    `interval` gives the seconds between two samples of a series by its labels. Raises StorageError.
    """

    def __init__(self, store: Store, interval: Callable[[Mapping[str, str]], float] = lambda labels: 0.0) -> None:
        self.store = store
        self.interval = interval
        self._found: dict[tuple[Matcher, ...], list[Known]] = {}
        self._named: dict[str | None, tuple[list[Known], dict[tuple[str, str], list[Known]]]] = {}
        self._hours = 1000 * store.newest_hour()
        self.coarse = False  # whether something was answered to the hour

    def __call__(self, matchers: Sequence[Matcher], start: int, end: int) -> Iterator[Series]:
        found = {each.id: each for each in self._find(matchers)}
        return self._read(found, start, end)

    def standing(self, matchers: Sequence[Matcher], start: int, end: int) -> Iterator[Series]:
        """As a call, with the earlier samples that still stand at the start."""
        found = sorted(self._find(matchers), key=lambda each: each.stands)
        for stands, group in groupby(found, key=lambda each: each.stands):
            longer = max(stands, HOUR if start < self._hours else 0)
            for series in self._read({each.id: each for each in group}, start - max(0, longer - USUAL), end):
                yield series._replace(stands=longer)

    def aggregated(
        self, function: str, matchers: Sequence[Matcher], ends: Sequence[int], length: int
    ) -> list[tuple[Labels, list[float | None]]] | None:
        """The function over each window of so long (ms), for each series; None where reading is no slower."""
        if function not in FUNCTIONS:
            return None
        found = self._find(matchers)
        ids = [each.id for each in found]
        windows = [self._window(FUNCTIONS[function], ids, end - length, end) for end in ends]
        if not all(isfinite(value) for window in windows for value in window.values()):
            return None  # NaN, or a sum too large: Python knows what becomes of it
        rows = ((each.labels, [window.get(each.id) for window in windows]) for each in found)
        return [(labels, values) for labels, values in rows if any(value is not None for value in values)]

    def _window(self, function: Aggregate, ids: Sequence[int], start: int, end: int) -> Mapping[int, float]:
        if start >= self._hours:
            found = self.store.aggregate(function, ids, start / 1000, end / 1000)
            return {number: float(value) for number, value in found.items()}
        self.coarse = True
        return {number: value_of(function, fold) for number, fold in self.store.folds(ids, start, end).items()}

    def _read(self, found: Mapping[int, Known], start: int, end: int) -> Iterator[Series]:
        older = self._older(found, start, end) if start < self._hours else {}
        for number, times, values in self.store.runs(list(found), start, end):
            before = older.pop(number, [])
            if before:
                pairs = sorted({**dict(before), **dict(zip(times, values, strict=True))}.items())
                times, values = [time for time, _ in pairs], [value for _, value in pairs]
            yield Series(found[number].labels, times, values)
        for number, pairs in older.items():
            yield Series(found[number].labels, [time for time, _ in pairs], [value for _, value in pairs])

    def _older(self, ids: Iterable[int], start: int, end: int) -> dict[int, list[tuple[int, float]]]:
        points: dict[int, list[tuple[int, float]]] = {}
        hours = self.store.hours(ids, (start - HOUR) / 1000, (min(end, self._hours) + HOUR) / 1000)
        for number, group in groupby(hours, itemgetter(0)):
            inside = [point for _, _, hour in group for point in outline(hour) if start < point[0] <= end]
            if inside:
                points[number] = inside
                self.coarse = True
        return points

    def _find(self, matchers: Sequence[Matcher]) -> list[Known]:
        key = tuple(matchers)
        if key not in self._found:
            self._found[key] = self._look(key)
        return self._found[key]

    def _look(self, matchers: Sequence[Matcher]) -> list[Known]:
        """The series that every matcher accepts; by equal labels they are found without looking at each."""
        name = next((value for label, op, value in matchers if label == NAME and op == "="), None)
        every, by_label = self._index(name)
        found = every
        for label, op, value in matchers:
            if op == "=" and value and label != NAME:
                matching = by_label.get((label, value), [])
                found = matching if len(matching) < len(found) else found
        for label, op, value in matchers:
            if label != NAME or op != "=":
                accepts = accepting(op, value)
                found = [each for each in found if accepts(each.have.get(label, ""))]
        return found

    def _index(self, name: str | None) -> tuple[list[Known], dict[tuple[str, str], list[Known]]]:
        found = self._named.get(name)
        if found is None:
            every = [self._known(one.id, one.name, one.labels) for one in self.store.series(name)]
            by_label: dict[tuple[str, str], list[Known]] = {}
            for each in every:
                for pair in each.labels:
                    by_label.setdefault(pair, []).append(each)
            found = self._named[name] = every, by_label
        return found

    def _known(self, number: int, name: str, labels: Labels) -> Known:
        whole: Labels = ((NAME, name), *labels)
        if labels and labels[0][0] < NAME:  # upper case
            whole = tuple(sorted(whole))
        have = dict(whole)
        return Known(number, whole, have, max(USUAL, round(1000 * SHARE * self.interval(have))))


def accepting(op: str, value: str) -> Callable[[str], bool]:
    """Whether a matcher accepts the text of its label.

    >>> [accepting(op, "a|b")("a") for op in ("=", "!=", "=~", "!~")]
    [False, True, True, False]
    """
    if op == "=":
        return value.__eq__
    if op == "!=":
        return value.__ne__
    match = pattern(value).fullmatch
    return (lambda text: match(text) is not None) if op == "=~" else lambda text: match(text) is None


def value_of(function: Aggregate, fold: Fold) -> float:
    """One number of a range.

    >>> from dropmon.storage.store import Fold
    >>> value_of("avg", Fold(4, 10.0, 1.0, 4.0)), value_of("count", Fold(4, 10.0, 1.0, 4.0))
    (2.5, 4.0)
    """
    if function == "avg":
        return fold.sum / fold.size
    return float({"count": fold.size, "sum": fold.sum, "min": fold.min, "max": fold.max}[function])


def outline(hour: Hour) -> list[tuple[int, float]]:
    """The points that are known of an hour: its first and its last sample."""
    points = [(hour.first_ms, hour.first), (hour.last_ms, hour.last)]
    return points[: 1 if hour.first_ms == hour.last_ms else 2]
