"""Sums of floats that keep their digits, as Prometheus has them (it uses Kahan's sums, Python's are exact)."""

from __future__ import annotations

from collections.abc import Sequence
from math import floor, fsum, inf, isnan, nan, sqrt


def total(values: Sequence[float]) -> float:
    """The sum.

    >>> total([1.0, 1e100, 1.0, -1e100]), total([inf, -inf]), total([1e308, 1e308])
    (2.0, nan, inf)
    """
    try:
        return fsum(values)
    except (OverflowError, ValueError):
        return sum(values)


def mean(values: Sequence[float]) -> float:
    """The average, also of numbers whose sum is too large for a float.

    >>> mean([1e308, 1e308, 1e308]), mean([inf, 1.0])
    (1e+308, inf)
    """
    count = len(values)
    whole = total(values)
    if whole in (inf, -inf) and not {inf, -inf}.intersection(values):
        return total([value / count for value in values])
    return whole / count


def variance(values: Sequence[float]) -> float:
    """Of the whole population, by Welford's method: 0 when all are equal.

    >>> variance([1.33, 1.33, 1.33]), variance([1.0, 3.0])
    (0.0, 1.0)
    """
    average = squares = 0.0
    for count, value in enumerate(values, 1):
        delta = value - average
        average += delta / count
        squares += delta * (value - average)
    return squares / len(values)


def deviation(values: Sequence[float]) -> float:
    """The standard deviation of the whole population."""
    return sqrt(variance(values))


def least(values: Sequence[float]) -> float:
    """The least number; NaN only when there is none.

    >>> least([nan, 2.0, 1.0]), least([nan])
    (1.0, nan)
    """
    return min(_numbers(values), default=nan)


def most(values: Sequence[float]) -> float:
    """The greatest number; NaN only when there is none."""
    return max(_numbers(values), default=nan)


def _numbers(values: Sequence[float]) -> Sequence[float]:
    return [value for value in values if value == value] if any(map(isnan, values)) else values


def quantile(part: float, values: Sequence[float]) -> float:
    """The value below which a part of them lies, between neighbours in proportion; NaN is the least of numbers.

    >>> quantile(0.5, [4.0, 1.0, 2.0]), quantile(0.75, [0.0, 1.0]), quantile(-1, [1.0]), quantile(2, [1.0])
    (2.0, 0.75, -inf, inf)
    """
    if isnan(part) or not values:
        return nan
    if part < 0 or part > 1:
        return inf if part > 1 else -inf
    ranked = sorted(values, key=lambda value: (value == value, value))
    rank = part * (len(ranked) - 1)
    low = max(0, floor(rank))
    high = min(len(ranked) - 1, low + 1)
    weight = rank - floor(rank)
    return ranked[low] * (1 - weight) + ranked[high] * weight
