"""Quantiles and shares of classic histograms: counters of how many were not above `le`.

Sources of the formulas: `BucketQuantile` and `BucketFraction` of Prometheus 3 (promql/quantile.go, Apache-2.0).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf, isnan, nan

from dropmon.history.promql.numbers import divide
from dropmon.history.promql.value import Labels, Sample

TOLERANCE = 1e-12  # counts nearer to each other than this share differ only by rounding

Bucket = tuple[float, float]  # upper bound, how many are not above it


def histograms(
    samples: Sequence[Sample], work: Callable[[list[Bucket]], float], nameless: Callable[[Labels], Labels]
) -> list[Sample]:
    """One number for each histogram; a sample without a bound is none of its buckets and is passed over."""
    found: dict[Labels, tuple[Labels, list[Bucket]]] = {}
    for labels, value in samples:
        bound = number(dict(labels).get("le", ""))
        if bound is not None:
            rest = tuple([pair for pair in labels if pair[0] != "le"])
            found.setdefault(rest, (nameless(rest), []))[1].append((bound, value))
    return [(labels, work(sorted(each))) for labels, each in found.values()]


def number(text: str) -> float | None:
    """A bound as Go reads it.

    >>> number("+Inf"), number("0.1"), number("1_0"), number(" 1")
    (inf, 0.1, None, None)
    """
    try:
        return None if "_" in text or text != text.strip() else float(text)
    except ValueError:
        return None


def merged(buckets: Sequence[Bucket]) -> list[Bucket]:
    """Those of the same bound as one.

    >>> merged([(1.0, 2.0), (1.0, 3.0), (2.0, 4.0)])
    [(1.0, 5.0), (2.0, 4.0)]
    """
    found: dict[float, float] = {}
    for bound, count in buckets:
        found[bound] = found.get(bound, 0.0) + count
    return list(found.items())


def rising(buckets: Sequence[Bucket]) -> list[Bucket]:
    """Counts that never fall: measured at different moments, they might.

    >>> rising([(1.0, 5.0), (2.0, 4.0), (3.0, 9.0)])
    [(1.0, 5.0), (2.0, 5.0), (3.0, 9.0)]
    """
    out = [buckets[0]]
    highest = buckets[0][1]
    for bound, count in buckets[1:]:
        if (count > highest and not near(highest, count)) or isnan(count):
            highest = count
        out.append((bound, highest))
    return out


def near(a: float, b: float) -> bool:
    """Whether two counts differ only by rounding."""
    return a == b or (a != 0 and b != 0 and abs(a - b) / min(abs(a) + abs(b), 1.8e308) < TOLERANCE)


def quantile(part: float, buckets: list[Bucket]) -> float:
    """The value below which a part of what was counted lies; in proportion inside its bucket.

    >>> quantile(0.5, [(1.0, 2.0), (2.0, 4.0), (inf, 4.0)]), quantile(0.75, [(1.0, 2.0), (2.0, 4.0), (inf, 4.0)])
    (1.0, 1.5)
    """
    if isnan(part) or part < 0 or part > 1:
        return nan if isnan(part) else inf if part > 1 else -inf
    if buckets[-1][0] != inf:
        return nan
    buckets = rising(merged(buckets))
    if len(buckets) < 2 or buckets[-1][1] == 0:
        return nan
    rank = part * buckets[-1][1]
    place = next((n for n, (_, count) in enumerate(buckets[:-1]) if count >= rank), len(buckets) - 1)
    if place == len(buckets) - 1:
        return buckets[-2][0]
    upper, count = buckets[place]
    if place == 0:
        return upper if upper <= 0 else upper * divide(rank, count)
    lower, before = buckets[place - 1]
    return lower + (upper - lower) * divide(rank - before, count - before)


def fraction(lower: float, upper: float, buckets: list[Bucket]) -> float:
    """The share of what was counted that lies between two values.

    >>> fraction(0.5, 1.5, [(1.0, 2.0), (2.0, 4.0), (inf, 4.0)])
    0.5
    """
    if buckets[-1][0] != inf:
        return nan
    buckets = merged(buckets)
    count = buckets[-1][1]
    if count == 0 or isnan(lower) or isnan(upper):
        return nan
    if lower >= upper:
        return 0.0
    return (rank(upper, buckets) - rank(lower, buckets)) / count


def rank(value: float, buckets: Sequence[Bucket]) -> float:
    """How many lie below a value."""
    low = -inf if buckets[0][0] <= 0 else 0.0
    before = 0.0
    for high, count in buckets:
        if low >= value:
            return before
        if high > value:
            inside = count if low == -inf else before + (count - before) * (value - low) / (high - low)
            return min(inside, buckets[-1][1])
        low, before = high, count
    return buckets[-1][1]
