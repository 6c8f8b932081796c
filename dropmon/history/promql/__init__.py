"""PromQL over any history that can select series: parsed by promql-parser, evaluated here.

The semantics are those of Prometheus 3 (ranges are open on the left), for floats. What is not supported is refused by
its name (`refused`), when the expression is read.

>>> from dropmon.history.promql import Series, evaluate
>>> def select(matchers, start, end):
...     return [Series((("__name__", "up"), ("job", "a")), [60_000], [1.0])]
>>> evaluate("up == 1", select, 120)
Vector(samples=[((('__name__', 'up'), ('job', 'a')), 1.0)])
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dropmon.history.promql.refusal import Refused, refused
from dropmon.history.promql.value import (
    STALE,
    Labels,
    Matrix,
    PromqlError,
    Sample,
    Scalar,
    Select,
    Series,
    Text,
    Value,
    Vector,
    settled,
)

if TYPE_CHECKING:
    from dropmon.history.promql.query import Query
    from dropmon.history.promql.tree import Node

__all__ = [
    "STALE", "Labels", "Matrix", "PromqlError", "Refused", "Sample", "Scalar", "Select", "Series", "Text", "Value",
    "Vector", "evaluate", "evaluate_range", "refused",
]  # fmt: skip

LOOKBACK = 300.0  # seconds that a sample stands for
MOST_STEPS = 11_000  # of a range, as in Prometheus


def evaluate(
    expression: str, series: Select, at: float, lookback: float = LOOKBACK, *, delayed_names: bool = False
) -> Value:
    """The value of an expression at one time (seconds since 1970).

    A sample stands for `lookback` seconds, or for longer if its series says so. With `delayed_names` the name of a
    metric goes at the end of all (Prometheus' feature promql-delayed-name-removal). Raises PromqlError.
    """
    from dropmon.history.promql.query import Query
    from dropmon.history.promql.reading import read

    tree = read(expression)
    moment = round(at * 1000)
    query = Query(series, range(moment, moment + 1), round(lookback * 1000), delayed_names)
    return _value(tree, query)


def evaluate_range(
    expression: str, series: Select, start: float, end: float, step: float, lookback: float = LOOKBACK,
    *, delayed_names: bool = False,
) -> Matrix:  # fmt: skip
    """The value of an expression at each `step` seconds from start to end (seconds since 1970). Raises PromqlError."""
    from dropmon.history.promql.query import Query, gathered
    from dropmon.history.promql.reading import read

    tree = read(expression)
    if tree.kind not in {"scalar", "vector"}:
        raise PromqlError(f"a {_word(tree)} has no value at each step", "ask for it at one time, with --at")
    width = round(step * 1000)
    if width <= 0 or end < start:
        raise PromqlError("the range is empty", "end after the start, with a step of at least 1ms")
    moments = range(round(start * 1000), round(end * 1000) + 1, width)
    if len(moments) > MOST_STEPS:
        raise PromqlError(f"{len(moments)} steps are more than {MOST_STEPS}", "take a longer step")
    query = Query(series, moments, round(lookback * 1000), delayed_names)
    step_ = _plan(tree, query)
    inner = (lambda at: [((), step_(at))]) if tree.kind == "scalar" else lambda at: _settled(step_(at), query)
    return Matrix(sorted(gathered(inner, moments), key=lambda each: each.labels))


def _plan(tree: Node, query: Query) -> Any:
    from dropmon.history.promql.plan import plan

    return plan(tree, query.moments, query)


def _value(tree: Node, query: Query) -> Value:
    found = _plan(tree, query)(query.moments[0])
    if tree.kind == "scalar":
        return Scalar(found)
    if tree.kind == "string":
        return Text(found)
    if tree.kind == "matrix":
        return Matrix([Series(settled(each.labels), each.times, each.values) for each in found])
    return Vector(_settled(found, query))


def _settled(samples: list[Sample], query: Query) -> list[Sample]:
    from dropmon.history.promql.relabel import distinct

    if query.delayed:
        samples = [(settled(labels), value) for labels, value in samples]
    distinct(samples)
    return samples


def _word(tree: Node) -> str:
    return "text" if tree.kind == "string" else "range"
