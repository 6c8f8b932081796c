"""What a query came to: as Prometheus' HTTP API gives it, and as tables and lines for people."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import tzinfo
from math import isfinite
from typing import Any

from dropmon.history.plot import drawn, spark
from dropmon.history.promql import Matrix, Scalar, Series, Text, Value, Vector
from dropmon.history.promql.value import NAME, Labels, shown
from dropmon.model import moment
from dropmon.output import Column, Row, Table
from dropmon.output.table import local, timed

TITLES = {NAME: "metric"}


def data(value: Value, at: float) -> dict[str, Any]:
    """The `data` of an answer of Prometheus' HTTP API: times in seconds, numbers as texts.

    >>> data(Scalar(1.5), 60.0)
    {'resultType': 'scalar', 'result': [60, '1.5']}
    >>> data(Vector([((("__name__", "up"),), 1.0)]), 60.5)
    {'resultType': 'vector', 'result': [{'metric': {'__name__': 'up'}, 'value': [60.5, '1']}]}
    """
    if isinstance(value, Scalar):
        return {"resultType": "scalar", "result": [_time(at), written(value.value)]}
    if isinstance(value, Text):
        return {"resultType": "string", "result": [_time(at), value.value]}
    if isinstance(value, Vector):
        found = [{"metric": dict(labels), "value": [_time(at), written(number)]} for labels, number in value.samples]
        return {"resultType": "vector", "result": found}
    lines = [{"metric": dict(each.labels), "values": [*_pairs(each)]} for each in value.series]
    return {"resultType": "matrix", "result": lines}


def _pairs(series: Series) -> Iterable[list[Any]]:
    return ([_time(time / 1000), written(value)] for time, value in zip(series.times, series.values, strict=True))


def _time(seconds: float) -> float:
    return int(seconds) if seconds == int(seconds) else round(seconds, 3)


def written(value: float) -> str:
    """A number as Prometheus writes it in JSON: exponents only for what is very large or very small.

    >>> [written(value) for value in (1.0, 0.1, 1e-5, 1e-7, 1e20, 1e21, float("inf"), float("nan"), -0.0)]
    ['1', '0.1', '0.00001', '1e-07', '100000000000000000000', '1e+21', '+Inf', 'NaN', '-0']
    """
    if not isfinite(value):
        return "NaN" if value != value else "+Inf" if value > 0 else "-Inf"
    if value == 0 or 1e-6 <= abs(value) < 1e21:
        from dropmon.history.promql.aggregation import written as plainly

        return plainly(value)
    return repr(value).replace(".0e", "e")


def table(value: Value, at: float, zone: tzinfo | None = None) -> Table:
    """One row for each number, with a column for each label."""
    if isinstance(value, Scalar | Text):
        number = value.value if isinstance(value, Text) else written(value.value)
        return Table("result", (Column("value", "value", right=isinstance(value, Scalar)),), [{"value": number}])
    if isinstance(value, Vector):
        rows: list[Row] = [{**_named(labels), "value": written(number)} for labels, number in value.samples]
        labels = names(labels for labels, _ in value.samples)
        columns = (*map(_column, labels), Column("value", "value", show=_value, right=True))
        return Table("result", columns, rows, headline="" if rows else nothing(at, zone))
    rows = [
        {**_named(each.labels), "time": moment(time / 1000), "value": written(number)}
        for each in value.series
        for time, number in zip(each.times, each.values, strict=True)
    ]
    ends = timed("time", "time", zone), Column("value", "value", show=_value, right=True)
    headline = "" if rows else f"nothing: no series has a sample in a range that ends at {local(moment(at), zone)}"
    return Table("result", (*map(_column, names(each.labels for each in value.series)), *ends), rows, headline)


def names(labels: Iterable[Labels]) -> list[str]:
    """The names of all labels, that of the metric first.

    >>> names([(("a", "1"),), (("__name__", "up"), ("b", "1"))])
    ['__name__', 'a', 'b']
    """
    return sorted({name for each in labels for name, _ in each}, key=lambda name: (name != NAME, name))


def nothing(at: float, zone: tzinfo | None = None) -> str:
    return f"nothing: no series has a fresh sample at {local(moment(at), zone)}, or none meets the condition"


def lines(
    value: Matrix, span: tuple[float, float], step: float, width: int, zone: tzinfo | None = None
) -> list[str]:  # fmt: skip
    """A range on a terminal of so many columns: one series as a plot, several as a line of bars each."""
    start, end = span
    ends = local(moment(start), zone), local(moment(end), zone)
    if not value.series:
        return [f"nothing: no series has a sample from {ends[0]} to {ends[1]}"]
    if len(value.series) == 1:
        (only,) = value.series
        return [*fitted(shown(only.labels), facts(only), width), *drawn(only, span, width, ends)]
    low, high = bounds(value.series)
    size = min(width, int((end - start) / step) + 1)
    out = [*fitted(f"{ends[0]} to {ends[1]}", f"▁ is {short(low)}, █ is {short(high)}", width)]
    for each in value.series:
        out += ["", *fitted(shown(each.labels), facts(each), width), spark(each, start, end, low, high, size)]
    return out


def fitted(first: str, second: str, width: int) -> list[str]:
    """Both on one line where there is room.

    >>> fitted("a", "b", 4), fitted("a", "b", 3)
    (['a  b'], ['a', 'b'])
    """
    return [f"{first}  {second}"] if len(first) + 2 + len(second) <= width else [first, second]


def bounds(series: Iterable[Series]) -> tuple[float, float]:
    """The least and the greatest number of all; 0 and 0 when there is none."""
    numbers = [number for each in series for number in each.values if isfinite(number)]
    return min(numbers, default=0.0), max(numbers, default=0.0)


def facts(series: Series) -> str:
    low, high = bounds([series])
    return f"last {short(series.values[-1])}, least {short(low)}, most {short(high)}"


def short(value: float) -> str:
    """A number for people.

    >>> short(1234567.891), short(0.1 + 0.2), short(2.0), short(12345.0)
    ('1.23457e+06', '0.3', '2', '12345')
    """
    return f"{value:.6g}" if isfinite(value) else written(value)


def pointed(expression: str, column: int) -> str:
    """An expression with a mark under one of its columns, which count from 1 over all its lines.

    >>> print(pointed("up +", 5))
      up +
          ^
    """
    before = expression[: column - 1]
    place = len(before) - before.rfind("\n") - 1
    whole = expression.split("\n")
    number = before.count("\n")
    return "\n".join(["  " + line for line in whole[: number + 1]] + [" " * (place + 2) + "^"])


def _named(labels: Labels) -> dict[str, object]:
    return {f"label:{name}" if name in {"value", "time"} else name: text for name, text in labels}


def _column(name: str) -> Column:
    key = f"label:{name}" if name in {"value", "time"} else name
    return Column(key, TITLES.get(name, name))


def _value(row: Row) -> str:
    return short(float(str(row["value"])))
