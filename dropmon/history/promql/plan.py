"""A tree to what evaluates it: each node becomes a function of the moment, with its data at hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from dropmon.history.promql import numbers
from dropmon.history.promql.calls import CALLS, distinct
from dropmon.history.promql.query import MINUTE, Moments, Query, Step, Window, cut, gathered, moved, newest
from dropmon.history.promql.tree import (
    Aggregation,
    Binary,
    Call,
    Literally,
    Negation,
    Node,
    Number,
    Range,
    Selector,
    Subquery,
)
from dropmon.history.promql.value import PromqlError, Sample, Series, bare

if TYPE_CHECKING:
    from dropmon.history.promql.matching import Work

MOST_MOMENTS = 1_000_000  # of a subquery: some seconds


def plan(node: Node, moments: Moments, query: Query) -> Step:
    """What gives the value of a node at each of the moments: a float, a text, samples, or windows of a matrix.

    The data is read now, for all moments at once. PromqlError, also later, when there is no clear answer.
    """
    return PLANS[type(node)](node, moments, query)


def constant(node: Number | Literally, moments: Moments, query: Query) -> Step:
    value = node.value
    return lambda at: value


def selector(node: Selector, moments: Moments, query: Query) -> Step:
    find = found(node, moments, query)
    return lambda at: [(labels, value) for labels, _, value in find(at)]


def found(node: Selector, moments: Moments, query: Query) -> Step:
    """The samples that a selector finds, with their own times."""
    there, shift = moved(node, moments, query)
    series = query.sparsely(node.matchers, there, query.lookback, standing=True)
    look = newest(series, query.lookback)
    return lambda at: look(shift(at))


def ranges(node: Range, moments: Moments, query: Query) -> Step:
    there, shift = moved(node.selector, moments, query)
    series = query.sparsely(node.selector.matchers, there, node.length, standing=False)
    look = cut(series, node.length)
    return lambda at: look(shift(at))


def subquery(node: Subquery, moments: Moments, query: Query) -> Step:
    there, shift = moved(node, moments, query)
    step = node.step or MINUTE
    first = ((there[0] - node.length) // step + 1) * step
    inside = range(first, there[-1] + 1, step)
    if not inside:
        return lambda at: []
    if len(inside) > MOST_MOMENTS:
        raise PromqlError(f"a subquery of {len(inside):,} steps is too long", "take a longer step, as in [30d:1h]")
    inner = plan(node.inner, inside, query)
    if node.inner.kind == "scalar":
        scalar = inner
        inner = lambda at: [((), scalar(at))]  # noqa: E731
    look: list[Callable[[int], list[Window]]] = []

    def at(moment: int) -> list[Window]:
        if not look:
            look.append(cut(gathered(inner, inside), node.length))
        return look[0](shift(moment))

    return at


def call(node: Call, moments: Moments, query: Query) -> Step:
    return CALLS[node.function](node, moments, query)


def negation(node: Negation, moments: Moments, query: Query) -> Step:
    inner, nameless = plan(node.inner, moments, query), query.nameless
    if node.kind == "scalar":
        return lambda at: -inner(at)
    return distinct(lambda at: [(nameless(labels), -value) for labels, value in inner(at)], query)


def aggregate(node: Aggregation, moments: Moments, query: Query) -> Step:
    from dropmon.history.promql import aggregation

    inner, group = plan(node.inner, moments, query), aggregation.grouping(node)
    if node.parameter is None:
        return lambda at: aggregation.aggregated(node, inner(at), group)
    parameter = plan(node.parameter, moments, query)
    if node.operator == "count_values":
        label = parameter(moments[0])
        if not node.without:
            group = aggregation.grouping(node._replace(labels=(*node.labels, label)))
        return lambda at: aggregation.count_values(inner(at), group, label)
    if node.operator == "quantile":
        return lambda at: aggregation.quantiles(inner(at), group, parameter(at))
    largest = node.operator == "topk"
    return lambda at: aggregation.extremes(inner(at), group, parameter(at), largest)


def binary(node: Binary, moments: Moments, query: Query) -> Step:
    from dropmon.history.promql import matching

    left, right = plan(node.left, moments, query), plan(node.right, moments, query)
    if node.operator in matching.SETS:
        work, of = matching.SETS[node.operator], matching.signature(node.matching)
        return lambda at: work(left(at), right(at), of)
    operate = operator(node)
    if node.kind == "scalar":
        return lambda at: operate(left(at), right(at))
    if node.left.kind == node.right.kind:
        named = arithmetic_or_boolean(node, query)
        join = matching.Join(node.matching, operate, named)
        return lambda at: join(left(at), right(at))
    return distinct(with_scalar(node, left, right, query), query)


def operator(node: Binary) -> Work:
    """What becomes of two numbers."""
    from dropmon.history.promql.matching import comparing

    if node.operator in numbers.ARITHMETIC:
        return numbers.ARITHMETIC[node.operator]
    return comparing(numbers.COMPARISONS[node.operator], node.boolean)


def arithmetic_or_boolean(node: Binary, query: Query) -> Callable[..., Any]:
    """What becomes of the labels of a sample that is joined with another."""
    if node.operator in numbers.ARITHMETIC:
        return bare
    return query.nameless if node.boolean else lambda labels: labels


def with_scalar(node: Binary, left: Step, right: Step, query: Query) -> Step:
    """An operator between samples and one number; a comparison leaves the samples' own numbers."""
    vector_first = node.left.kind == "vector"
    compares = node.operator in numbers.COMPARISONS and not node.boolean
    holds = numbers.COMPARISONS.get(node.operator)
    operate = operator(node)
    nameless = query.nameless

    def filtered(at: int) -> list[Sample]:
        assert holds is not None
        if vector_first:
            number = right(at)
            return [sample for sample in left(at) if holds(sample[1], number)]
        number = left(at)
        return [sample for sample in right(at) if holds(number, sample[1])]

    def computed(at: int) -> list[Sample]:
        if vector_first:
            number = right(at)
            return [(nameless(labels), operate(value, number)) for labels, value in left(at)]  # type: ignore[misc]
        number = left(at)
        return [(nameless(labels), operate(number, value)) for labels, value in right(at)]  # type: ignore[misc]

    return filtered if compares else computed


PLANS: dict[type, Callable[..., Step]] = {
    Number: constant,
    Literally: constant,
    Selector: selector,
    Range: ranges,
    Subquery: subquery,
    Call: call,
    Negation: negation,
    Aggregation: aggregate,
    Binary: binary,
}

__all__ = ["Series", "found", "plan"]
