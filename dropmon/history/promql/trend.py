"""Lines through samples: deriv, predict_linear, holt_winters."""

from __future__ import annotations

from collections.abc import Sequence
from math import fsum, isinf, nan

from dropmon.history.promql.sums import total
from dropmon.history.promql.value import PromqlError


def line(times: Sequence[int], values: Sequence[float], origin: int) -> tuple[float, float]:
    """Slope a second, and value at the origin (ms), of the line with the least squares.

    >>> line([0, 1000, 2000], [1.0, 3.0, 5.0], 1000)
    (2.0, 3.0)
    """
    if all(value == values[0] for value in values):
        return (nan, nan) if isinf(values[0]) else (0.0, values[0])
    count = len(times)
    seconds = [(time - origin) / 1000 for time in times]
    sum_x, sum_y = fsum(seconds), total(values)
    covariance = total([x * y for x, y in zip(seconds, values, strict=True)]) - sum_x * sum_y / count
    spread = fsum([x * x for x in seconds]) - sum_x * sum_x / count
    slope = covariance / spread
    return slope, sum_y / count - slope * sum_x / count


def deriv(times: Sequence[int], values: Sequence[float], start: int, end: int) -> float | None:
    """The slope a second."""
    return line(times, values, times[0])[0] if len(times) >= 2 else None


def predict_linear(
    times: Sequence[int], values: Sequence[float], start: int, end: int, at: int, ahead: float
) -> float | None:
    """The value so many seconds after the moment of evaluation (ms)."""
    if len(times) < 2:
        return None
    slope, intercept = line(times, values, at)
    return slope * ahead + intercept


def holt_winters(
    times: Sequence[int], values: Sequence[float], start: int, end: int, at: int, smoothing: float, trend: float
) -> float | None:
    """Double exponential smoothing. PromqlError when a factor is not between 0 and 1."""
    for name, factor in (("smoothing", smoothing), ("trend", trend)):
        if not 0 < factor < 1:
            raise PromqlError(f"holt_winters: the {name} factor is {factor:g}", "give one between 0 and 1")
    if len(values) < 2:
        return None
    level, slope = values[0], values[1] - values[0]
    before = None
    for value in values[1:]:
        if before is not None:
            slope = trend * (level - before) + (1 - trend) * slope
        before, level = level, smoothing * value + (1 - smoothing) * (level + slope)
    return level
