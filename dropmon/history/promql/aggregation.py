"""Aggregations over the samples of one moment: sum by (…), topk(…) and their like."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from math import isinf, isnan

from dropmon.history.promql import sums
from dropmon.history.promql.tree import Aggregation
from dropmon.history.promql.value import NAME, Dropped, Labels, PromqlError, Sample, labelled

WORK: dict[str, Callable[[Sequence[float]], float]] = {
    "avg": sums.mean,
    "count": lambda values: float(len(values)),
    "group": lambda values: 1.0,
    "max": sums.most,
    "min": sums.least,
    "stddev": sums.deviation,
    "stdvar": sums.variance,
    "sum": sums.total,
}
MOST = 2**63


def grouping(node: Aggregation) -> Callable[[Labels], Labels]:
    """The labels of the group that a sample falls into."""
    known: dict[Labels, Labels] = {}
    names = frozenset(node.labels) | ({NAME} if node.without else set())

    def group(labels: Labels) -> Labels:
        found = known.get(labels)
        if found is None:
            found = tuple([pair for pair in labels if (pair[0] in names) is not node.without])
            if not any(type(value) is Dropped for _, value in found):
                known[labels] = found
        return found

    return group if node.without or names else everything


def everything(labels: Labels) -> Labels:
    """The only group that there is."""
    return ()


def grouped(samples: Iterable[Sample], group: Callable[[Labels], Labels]) -> dict[Labels, list[float]]:
    """The numbers of each group; its name goes when that of one of its members does."""
    if group is everything:
        values = [value for _, value in samples]
        return {(): values} if values else {}
    found: dict[Labels, list[float]] = {}
    dropped: list[Labels] = []
    for labels, value in samples:
        key = group(labels)
        if key in found:
            found[key].append(value)
        else:
            found[key] = [value]
        if key and key[0][0] <= NAME and any(type(text) is Dropped for _, text in key):
            dropped.append(key)
    for key in dropped:  # equal, but not the same
        found[key] = found.pop(key)
    return found


def aggregated(node: Aggregation, samples: Sequence[Sample], group: Callable[[Labels], Labels]) -> list[Sample]:
    """One number for each group."""
    work = WORK[node.operator]
    return [(labels, work(values)) for labels, values in grouped(samples, group).items()]


def quantiles(samples: Sequence[Sample], group: Callable[[Labels], Labels], part: float) -> list[Sample]:
    """The quantile of each group."""
    return [(labels, sums.quantile(part, values)) for labels, values in grouped(samples, group).items()]


def count_values(samples: Sequence[Sample], group: Callable[[Labels], Labels], label: str) -> list[Sample]:
    """How many samples of a group have each value, which becomes a label."""
    if not label:
        raise PromqlError("count_values: the name of a label is empty", "name the label for the value")
    renamed = [(labelled(labels, **{label: written(value)}), value) for labels, value in samples]
    return [(labels, float(len(values))) for labels, values in grouped(renamed, group).items()]


def written(value: float) -> str:
    """A number without an exponent, as Go's 'f' format has it.

    >>> written(1e21), written(0.1), written(2.0), written(float("-inf")), written(float("nan")), written(-0.0)
    ('1000000000000000000000', '0.1', '2', '-Inf', 'NaN', '-0')
    """
    if isnan(value):
        return "NaN"
    if isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    from decimal import Decimal  # 10 ms

    return format(Decimal(repr(value)), "f").removesuffix(".0")


def extremes(samples: Sequence[Sample], group: Callable[[Labels], Labels], count: float, largest: bool) -> list[Sample]:
    """The `count` largest or smallest samples of each group, in order; NaN only where nothing else is left."""
    if isnan(count):
        raise PromqlError("Parameter value is NaN", "give topk and bottomk a whole number")
    if abs(count) >= MOST:
        raise PromqlError(f"Scalar value {count:g} overflows int64", "give topk and bottomk a smaller number")
    if count < 1:
        return []
    groups: dict[Labels, list[Sample]] = {}
    for sample in samples:
        groups.setdefault(group(sample[0]), []).append(sample)
    return [sample for each in groups.values() for sample in ranked(each, largest)[: int(count)]]


def ranked(samples: Iterable[Sample], largest: bool) -> list[Sample]:
    """Samples in the order of their numbers, NaN last.

    >>> ranked([((), float("nan")), ((), 1.0), ((), 2.0)], largest=True)
    [((), 2.0), ((), 1.0), ((), nan)]
    """

    def key(sample: Sample) -> tuple[bool, float]:
        value = sample[1]
        return isnan(value), 0.0 if isnan(value) else -value if largest else value

    return sorted(samples, key=key)
