"""How fast counters and gauges move: rate, increase, delta, irate, idelta, resets, changes.

Sources of the formulas: `extrapolatedRate` and `instantValue` of Prometheus 3 (promql/functions.go, Apache-2.0).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import isnan
from typing import NamedTuple

MANY = 50  # values from which on it is quicker to sort them than to look at each
Times = Sequence[int]
Values = Sequence[float]


def regained(values: Values) -> float:
    """What a counter had before each of its resets.

    >>> regained([1.0, 5.0, 2.0, 3.0, 0.0])
    8.0
    """
    if len(values) > MANY and not isnan(sum(values)) and list(values) == sorted(values):
        return 0.0
    lost = 0.0
    before = values[0]
    for value in values:
        if value < before:
            lost += before
        before = value
    return lost


def increase(times: Times, values: Values, start: int, end: int) -> float | None:
    """How much a counter grew in `start < time <= end` (ms), drawn out to the edges; None of fewer than two samples.

    >>> increase([60_000, 120_000], [10.0, 20.0], 0, 180_000)
    30.0
    """
    if len(times) < 2:
        return None
    grown = values[-1] - values[0] + regained(values)
    return drawn_out(grown, values[0], times[0], times[-1], len(times), start, end)


def rate(times: Times, values: Values, start: int, end: int) -> float | None:
    """`increase` a second."""
    grown = increase(times, values, start, end)
    return None if grown is None else grown / ((end - start) / 1000)


def delta(times: Times, values: Values, start: int, end: int) -> float | None:
    """How much a gauge moved, drawn out to the edges of the range."""
    if len(times) < 2:
        return None
    return drawn_out(values[-1] - values[0], None, times[0], times[-1], len(times), start, end)


class Seen(NamedTuple):
    """What the values of a range come to, for who knows when the first and the last were measured."""

    size: int
    first: float
    last: float
    regained: float


def seen(values: Values) -> Seen:
    """See `Seen`; of at least one value."""
    return Seen(len(values), values[0], values[-1], regained(values))


def extended(function: str, what: Seen, first_ms: int, last_ms: int, start: int, end: int) -> float | None:
    """`increase`, `rate` or `delta` of what was seen; None of fewer than two samples.

    >>> extended("increase", seen([10.0, 20.0]), 60_000, 120_000, 0, 180_000)
    30.0
    """
    size, first, last, lost = what
    if size < 2:
        return None
    if function == "delta":
        return drawn_out(last - first, None, first_ms, last_ms, size, start, end)
    grown = drawn_out(last - first + lost, first, first_ms, last_ms, size, start, end)
    return grown / ((end - start) / 1000) if function == "rate" else grown


def drawn_out(moved: float, counted: float | None, first: int, last: int, count: int, start: int, end: int) -> float:
    """What was seen between the first and the last of so many samples, as it would be over the whole range.

    Up to the edge where it is near, else by half of the usual distance of samples; a counter, which had `counted`
    at its first sample, never further back than to where it was zero.
    """
    sampled = (last - first) / 1000
    apart = sampled / (count - 1)
    to_start, to_end = (first - start) / 1000, (end - last) / 1000
    if to_start >= apart * 1.1:
        to_start = apart / 2
    if counted is not None and moved > 0 and counted >= 0:
        to_start = min(to_start, sampled * (counted / moved))
    if to_end >= apart * 1.1:
        to_end = apart / 2
    return moved * ((sampled + to_start + to_end) / sampled)


def irate(times: Times, values: Values, start: int, end: int) -> float | None:
    """The growth of a counter between its last two samples, a second."""
    if len(times) < 2:
        return None
    before, last = values[-2:]
    return (last if last < before else last - before) / ((times[-1] - times[-2]) / 1000)


def idelta(times: Times, values: Values, start: int, end: int) -> float | None:
    """The difference of the last two samples."""
    return values[-1] - values[-2] if len(times) >= 2 else None


def resets(times: Times, values: Values, start: int, end: int) -> float:
    """How often the value fell."""
    return float(sum(after < before for before, after in pairwise(values)))


def changes(times: Times, values: Values, start: int, end: int) -> float:
    """How often the value changed; NaN does not differ from NaN."""
    return float(sum(a != b and (a == a or b == b) for a, b in pairwise(values)))
