"""A history with numbers on top that are not written yet: what has just been worked out, or what if."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from dropmon.history.promql import STALE, Series

if TYPE_CHECKING:
    from dropmon.history.promql import Labels, Select
    from dropmon.model import Sample
    from dropmon.storage.matcher import Matcher


class Overlay:
    """Selects from a history; from `since` (milliseconds) on these names have only the samples that are added here.

    So a series that is worked out no more has ended, as in Prometheus, and does not stand for as long as its samples.
    """

    def __init__(self, below: Select, names: Iterable[str], since: int) -> None:
        self._below = below
        self._names = frozenset(names)
        self._since = since
        self._added: dict[Labels, tuple[list[int], list[float]]] = {}
        for extra in ("standing", "aggregated"):
            if hasattr(below, extra):
                setattr(self, extra, getattr(self, f"_{extra}"))

    def add(self, samples: Iterable[Sample]) -> None:
        """Adds samples, each series in the order of time."""
        for sample in samples:
            times, values = self._added.setdefault(_whole(sample), ([], []))
            times.append(round(sample.time * 1000))
            values.append(sample.value)

    def __call__(self, matchers: Sequence[Matcher], start: int, end: int) -> Iterable[Series]:
        return self._merged(self._below(matchers, start, end), matchers, start, end)

    def _standing(self, matchers: Sequence[Matcher], start: int, end: int) -> Iterable[Series]:
        return self._merged(self._below.standing(matchers, start, end), matchers, start, end)  # type: ignore[attr-defined]

    def _aggregated(self, function: Any, matchers: Sequence[Matcher], *more: Any) -> Any:
        """What the history works out by itself; None where numbers on top take part."""
        if self._covers(matchers):
            return None
        return self._below.aggregated(function, matchers, *more)  # type: ignore[attr-defined]

    def _covers(self, matchers: Sequence[Matcher]) -> bool:
        """Whether any of our names may be meant."""
        about = [matcher for matcher in matchers if matcher.label == "__name__"]
        return any(all(matcher.accepts({"__name__": name}) for matcher in about) for name in self._names)

    def _merged(
        self, below: Iterable[Series], matchers: Sequence[Matcher], start: int, end: int
    ) -> Iterator[Series]:  # fmt: skip
        if not self._covers(matchers):
            yield from below
            return
        found: set[Labels] = set()
        for each in below:
            found.add(each.labels)
            yield self._cut(each, start, end) if dict(each.labels).get("__name__") in self._names else each
        for labels in self._added:
            if labels not in found and all(matcher.accepts(dict(labels)) for matcher in matchers):
                yield self._with(Series(labels, [], []), start, end)

    def _cut(self, series: Series, start: int, end: int) -> Series:
        """The series as it was before, then what was added, or its end."""
        last = bisect_left(series.times, self._since)
        times, values = list(series.times[:last]), list(series.values[:last])
        added, _ = self._added.get(series.labels, ([], []))
        if end >= self._since and (not added or added[0] > self._since):
            times, values = [*times, self._since], [*values, STALE]
        return self._with(series._replace(times=times, values=values), start, end)

    def _with(self, series: Series, start: int, end: int) -> Series:
        """The series with what was added to it in `start < time <= end`."""
        times, values = self._added.get(series.labels, ([], []))
        first, last = bisect_right(times, start), bisect_right(times, end)
        return series._replace(times=[*series.times, *times[first:last]], values=[*series.values, *values[first:last]])


def _whole(sample: Sample) -> Labels:
    return tuple(sorted((("__name__", sample.name), *sample.labels)))
