"""What one evaluation is about, and the data it reads."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from dropmon.history.promql.value import STALE, Labels, Sample, Select, Series, bare, marked

if TYPE_CHECKING:
    from dropmon.history.promql.tree import Node, Selector, Subquery
    from dropmon.storage.matcher import Matcher

MINUTE = 60_000
FAR = 7_200_000  # ms: what stands for an hour, as old samples do, does not reach from one moment to the next
Moments = range  # the times of an evaluation, milliseconds
Step = Callable[[int], Any]  # the value of a node at one of them


class Query(NamedTuple):
    """One evaluation. Times in milliseconds."""

    select: Select
    moments: Moments
    lookback: int
    delayed: bool = False  # names go at the end

    @property
    def nameless(self) -> Callable[[Labels], Labels]:
        """What a function makes of the labels of its samples."""
        return marked if self.delayed else bare

    def sparsely(self, matchers: Sequence[Matcher], moments: Moments, length: int, standing: bool) -> list[Series]:
        """The series selected, with samples of the windows of so long (ms) before each moment.

        Where the moments lie far from each other, what is between them is not read.
        """
        apart = max(2 * length, FAR if standing else 0)
        if moments.step < apart or len(moments) < 2:
            return self.fetch(matchers, moments[0] - length, moments[-1], standing)
        sparse = getattr(self.select, "sparse", None)
        read = sparse(matchers, moments, length, standing) if sparse else None
        if read is not None:
            return read if getattr(self.select, "ordered", False) else sorted(read, key=lambda each: each.labels)
        found: dict[Labels, Series] = {}
        for moment in moments:
            for labels, times, values, stands in self.fetch(matchers, moment - length, moment, standing):
                if labels not in found:
                    found[labels] = Series(labels, list(times), list(values), stands)
                    continue
                have = found[labels]
                first = bisect_right(times, have.times[-1])  # samples that stand for long are found again
                have.times.extend(times[first:])  # type: ignore[attr-defined]
                have.values.extend(values[first:])  # type: ignore[attr-defined]
        return [found[labels] for labels in sorted(found)]

    def fetch(self, matchers: Sequence[Matcher], start: int, end: int, standing: bool = False) -> list[Series]:
        """The series selected that have samples, in the order of their labels."""
        select = getattr(self.select, "standing", self.select) if standing else self.select
        found = [each for each in select(matchers, start, end) if each.times]
        if not getattr(self.select, "ordered", False):
            found.sort(key=lambda each: each.labels)
        return found


class Window(NamedTuple):
    """The samples of one series in `start < time <= end`."""

    labels: Labels
    times: Sequence[int]
    values: Sequence[float]
    start: int
    end: int


def moved(node: Selector | Subquery, moments: Moments, query: Query) -> tuple[Moments, Callable[[int], int]]:
    """The moments that a selector looks at for those of the evaluation, by its `offset` and `@`."""
    fixed = {"start": query.moments[0], "end": query.moments[-1], None: None}.get(node.at, node.at)  # type: ignore[arg-type]
    offset = node.offset
    if fixed is None:
        last = moments[-1] - offset
        return range(moments[0] - offset, last + 1, moments.step), lambda at: at - offset
    here = int(fixed) - offset
    return range(here, here + 1), lambda at: here


def newest(series: Sequence[Series], lookback: int) -> Callable[[int], list[tuple[Labels, int, float]]]:
    """The newest sample of each series at a moment, that still stands then: its labels, time and value."""
    kept = [(each.labels, each.times, each.values, max(lookback, each.stands)) for each in series]

    def at(moment: int) -> list[tuple[Labels, int, float]]:
        out = []
        for labels, times, values, stands in kept:
            place = bisect_right(times, moment) - 1
            if place >= 0 and times[place] > moment - stands:
                value = values[place]
                if value is not STALE:
                    out.append((labels, times[place], value))
        return out

    return at


def cut(series: Sequence[Series], length: int) -> Callable[[int], list[Window]]:
    """The windows of so long (ms) that end at a moment; a series without a sample there has none."""
    kept = [lively(each) for each in series]

    def at(end: int) -> list[Window]:
        out = []
        start = end - length
        for labels, times, values, _ in kept:
            low, high = bisect_right(times, start), bisect_right(times, end)
            if low < high:
                out.append(Window(labels, times[low:high], values[low:high], start, end))
        return out

    return at


def lively(series: Series) -> Series:
    """Without the marks of its end."""
    if STALE not in series.values:  # which compares by identity first, and is equal to nothing
        return series
    pairs = [pair for pair in zip(series.times, series.values, strict=True) if pair[1] is not STALE]
    return series._replace(times=[time for time, _ in pairs], values=[value for _, value in pairs])


def gathered(step: Callable[[int], Sequence[Sample]], moments: Moments) -> list[Series]:
    """What comes of evaluating at each of the moments, as series."""
    found: dict[Labels, tuple[list[int], list[float]]] = {}
    for moment in moments:
        for labels, value in step(moment):
            times, values = found.setdefault(labels, ([], []))
            times.append(moment)
            values.append(value)
    return [Series(labels, *each) for labels, each in found.items()]


Plan = Callable[["Node", Moments, Query], Step]
