"""Expressions of SLOs that are no selectors, evaluated step by step: every number that comes out is an event.

Where both sides say how many there are (sum, count), it is so many.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from fractions import Fraction
from math import isfinite, isnan
from typing import TYPE_CHECKING

from dropmon.history.promql import evaluate_range
from dropmon.slo.exclusion import Exclusion, merged, milliseconds

if TYPE_CHECKING:
    from dropmon.history.promql import Select, Series
    from dropmon.slo.indicator import Indicator
    from dropmon.slo.slices import Marks

AT_ONCE = 2_000  # steps that are evaluated together
Gaps = tuple[list[int], list[int]]  # beginnings and ends of the time that does not count


def mark(
    indicator: Indicator, marks: Marks, select: Select, edges: Sequence[int], out: Sequence[Exclusion]
) -> None:  # fmt: skip
    """Marks the events of every step that ends within the edges (ms). Raises PromqlError and StorageError."""
    steps = range((edges[0] // marks.length + 1) * marks.length, edges[-1] + 1, marks.length)
    always = gaps(out, dict(indicator.total.fixed))
    marks.counting.update(step for step in steps if counts(step, always))
    for series in evaluated(indicator.total.text, select, steps):
        own = gaps(out, {**dict(indicator.total.fixed), **dict(series.labels)})
        meets = indicator.part.meets if indicator.part.text == indicator.total.text else None
        for time, value in zip(series.times, series.values, strict=True):
            if not isnan(value) and counts(time, own):
                marks.add(time, events(indicator, value), int(meets.holds(value)) if meets else 0)
    if indicator.part.text == indicator.total.text:
        return
    for series in evaluated(indicator.part.text, select, steps):
        own = gaps(out, {**dict(indicator.part.fixed), **dict(series.labels)})
        for time, value in zip(series.times, series.values, strict=True):
            if not isnan(value) and counts(time, own):
                marks.add(time, 0, events(indicator, value))
    marks.clipped.update(end for end, (total, part) in marks.events.items() if part > total)


def events(indicator: Indicator, value: float) -> Fraction | int:
    """How many events a number is. What is infinite cannot be added up: it is none."""
    if not indicator.amounts:
        return 1
    return max(Fraction(0), Fraction(value)) if isfinite(value) else 0


def evaluated(text: str, select: Select, steps: range) -> Iterator[Series]:
    """What an expression is at each step, some at once."""
    for first in range(0, len(steps), AT_ONCE):
        some = steps[first : first + AT_ONCE]
        yield from evaluate_range(text, select, some[0] / 1000, some[-1] / 1000, steps.step / 1000).series


def gaps(out: Sequence[Exclusion], labels: dict[str, str]) -> Gaps:
    """The time that does not count for a series; for no labels, that which counts for none."""
    covering = [one for one in out if one.covers(labels)]
    found = merged(span for one in covering for span in milliseconds(one.spans))
    return [start for start, _ in found], [end for _, end in found]


def counts(time: int, own: Gaps) -> bool:
    """Whether a moment counts: the first of a gap does not, its last does again."""
    place = bisect_right(own[0], time) - 1
    return place < 0 or time >= own[1][place]
