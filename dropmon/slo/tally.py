"""Counts of events, and of the time in which there were any. Exact: no float is added. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import chain
from math import isnan, nan
from typing import NamedTuple

NOTHING = Fraction(0)


class Tally(NamedTuple):
    """Good events of all events, and the seconds that were measured of those that count."""

    good: Fraction = NOTHING
    total: Fraction = NOTHING
    covered: float = 0.0
    counted: float = 0.0
    clipped: int = 0  # steps in which there was more of the part than of all

    @property
    def bad(self) -> Fraction:
        return self.total - self.good

    @property
    def sli(self) -> Fraction | None:
        """The share that was good; None of nothing."""
        return self.good / self.total if self.total else None

    @property
    def coverage(self) -> float:
        """The share of the time that was measured; 0 when none counts."""
        return self.covered / self.counted if self.counted else 0.0


def together(tallies: Iterable[Tally]) -> Tally:
    """All of them as one: counts are added, shares never averaged.

    >>> together([Tally(Fraction(1), Fraction(1)), Tally(Fraction(8), Fraction(9))]).sli
    Fraction(9, 10)
    """
    every = list(tallies)
    good, total = sum((each.good for each in every), NOTHING), sum((each.total for each in every), NOTHING)
    covered, counted = sum(each.covered for each in every), sum(each.counted for each in every)
    return Tally(good, total, covered, counted, sum(each.clipped for each in every))


class Growth(NamedTuple):
    """How much a counter had grown at each of its samples, since the first."""

    times: Sequence[int]
    grown: Sequence[float]

    def at(self, time: int) -> float:
        """Up to a time (ms). What was counted before the first sample nobody knows: it is none."""
        place = max(0, bisect_right(self.times, time) - 1)
        return self.grown[place] if self.grown else 0.0

    def between(self, start: int, end: int) -> float:
        """In `start < time <= end`. Growth between two samples is that of the second: parts add up to the whole.

        >>> counter = growth([], [], [10, 20, 30, 40], [5.0, 8.0, 2.0, 3.0])  # it was reset between 20 and 30
        >>> counter.between(10, 40), counter.between(10, 20) + counter.between(20, 40), counter.between(0, 10)
        (6.0, 6.0, 0.0)
        """
        return self.at(end) - self.at(start)

    def seen(self, start: int, end: int) -> int:
        """How many samples there are in `start < time <= end`."""
        return bisect_right(self.times, end) - bisect_right(self.times, start)


Hour = tuple[int, float, int, float, float]  # when and what its first sample was, its last, and how much it grew


def growth(
    before: Sequence[tuple[int, float]], hours: Sequence[Hour], times: Sequence[int], values: Sequence[float]
) -> Growth:
    """A counter's samples as its growth; one that fell was reset to zero. NaN is no sample.

    Before the samples may come one more, and hours of which only this is known.

    >>> growth([(5, 1.0)], [(10, 2.0, 20, 3.0, 6.0)], [30], [5.0])
    Growth(times=[5, 20, 30], grown=[0.0, 7.0, 9.0])
    """
    if not hours and len(values) > 1 and _risen(values) and (not before or before[0][1] <= values[0]):
        firsts = [each for each in before if each[0] < times[0]]
        return Growth([*(time for time, _ in firsts), *times], [*(value for _, value in firsts), *values])
    when: list[int] = []
    grown, last = [0.0], nan
    for _, first, end, newest, inside in chain(_points(before), hours, _points(zip(times, values, strict=True))):
        if isnan(newest) or (when and end <= when[-1]):
            continue
        step = first - last if first >= last else 0.0 if isnan(last) else first
        when.append(end)
        grown.append(grown[-1] + step + inside)
        last = newest
    return Growth(when, grown[1:])


def _points(samples: Iterable[tuple[int, float]]) -> Iterator[Hour]:
    return ((time, value, time, value, 0.0) for time, value in samples)


def _risen(values: Sequence[float]) -> bool:
    """Whether they never fall; sorting what is sorted is the quickest way to see it."""
    return not isnan(sum(values)) and list(values) == sorted(values)
