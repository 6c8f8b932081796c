"""Functions of the samples of one series in a range: (times, values, start, end) to a number, or to none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from dropmon.history.promql import rates, sums, trend

Function = Callable[..., "float | None"]


def over(work: Callable[[Sequence[float]], float]) -> Function:
    """A function of the values alone."""

    def function(times: Sequence[int], values: Sequence[float], start: int, end: int) -> float:
        return work(values)

    return function


PLAIN: dict[str, Function] = {
    "avg_over_time": over(sums.mean),
    "changes": rates.changes,
    "count_over_time": over(lambda values: float(len(values))),
    "delta": rates.delta,
    "deriv": trend.deriv,
    "first_over_time": over(lambda values: values[0]),
    "idelta": rates.idelta,
    "increase": rates.increase,
    "irate": rates.irate,
    "last_over_time": over(lambda values: values[-1]),
    "max_over_time": over(sums.most),
    "min_over_time": over(sums.least),
    "present_over_time": over(lambda values: 1.0),
    "rate": rates.rate,
    "resets": rates.resets,
    "stddev_over_time": over(sums.deviation),
    "stdvar_over_time": over(sums.variance),
    "sum_over_time": over(sums.total),
}
KEEP_NAME = {"first_over_time", "last_over_time"}


def quantile_over_time(
    times: Sequence[int], values: Sequence[float], start: int, end: int, at: int, part: float
) -> float:
    """The value below which a part of the samples lies."""
    return sums.quantile(part, values)


# With numbers beside the range: (times, values, start, end, moment of evaluation, *numbers).
WITH_NUMBERS: dict[str, Any] = {
    "holt_winters": trend.holt_winters,
    "predict_linear": trend.predict_linear,
    "quantile_over_time": quantile_over_time,
}
