"""A history with numbers on top that are not written yet: what has just been worked out, or what if."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from dropmon.history.promql import Series

if TYPE_CHECKING:
    from dropmon.history.promql import Labels, Select
    from dropmon.model import Sample
    from dropmon.storage.matcher import Matcher


class Overlay:
    """Selects from a history, and from samples that stand in place of its own from `since` (milliseconds) on."""

    def __init__(self, below: Select, names: Iterable[str], since: int) -> None:
        self.longest = getattr(below, "longest", 0.0)
        self._below = below
        self._names = frozenset(names)
        self._since = since
        self._added: dict[Labels, tuple[list[int], list[float]]] = {}
        if hasattr(below, "aggregated"):
            self.aggregated = self._aggregated

    def add(self, samples: Iterable[Sample]) -> None:
        """Adds samples, each series in the order of time."""
        for sample in samples:
            labels = tuple(sorted((("__name__", sample.name), *sample.labels)))
            times, values = self._added.setdefault(labels, ([], []))
            times.append(round(sample.time * 1000))
            values.append(sample.value)

    def __call__(self, matchers: Sequence[Matcher], start: int, end: int) -> Iterable[Series]:
        if not self._covers(matchers):
            return self._below(matchers, start, end)
        return list(self._merged(matchers, start, end))

    def _aggregated(self, function: Any, matchers: Sequence[Matcher], *more: Any) -> Any:
        """What the history works out by itself; None where numbers on top take part."""
        if self._covers(matchers):
            return None
        return self._below.aggregated(function, matchers, *more)  # type: ignore[attr-defined]

    def _covers(self, matchers: Sequence[Matcher]) -> bool:
        """Whether any of our names may be meant."""
        about = [matcher for matcher in matchers if matcher.label == "__name__"]
        return any(all(matcher.accepts({"__name__": name}) for matcher in about) for name in self._names)

    def _merged(self, matchers: Sequence[Matcher], start: int, end: int) -> Iterator[Series]:
        found = {each.labels: each for each in self._below(matchers, start, end)}
        for labels, each in found.items():
            if dict(labels).get("__name__") not in self._names:
                yield each
            else:
                last = bisect_left(each.times, self._since)
                yield self._with(each._replace(times=each.times[:last], values=each.values[:last]), start, end)
        for labels in self._added:
            if labels not in found and all(matcher.accepts(dict(labels)) for matcher in matchers):
                yield self._with(Series(labels, [], []), start, end)

    def _with(self, series: Series, start: int, end: int) -> Series:
        """The series with what was added to it in `start < time <= end`."""
        times, values = self._added.get(series.labels, ([], []))
        first, last = bisect_right(times, start), bisect_right(times, end)
        return series._replace(times=[*series.times, *times[first:last]], values=[*series.values, *values[first:last]])
