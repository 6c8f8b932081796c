"""`metrics:` names for expressions, evaluated before the alerts that read them, each after what it reads. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from graphlib import TopologicalSorter

from dropmon.alerts.condition import FAILURES, Query, said
from dropmon.model import Sample

Uses = Callable[[str], Collection[str]]  # the names that an expression reads
Learn = Callable[[list[Sample]], None]  # lets later expressions read these


def order(metrics: Mapping[str, str], uses: Uses) -> list[str]:
    """The names, each after those that it reads; the rules' loader refuses circles.

    >>> order({"b": "a * 2", "a": "x"}, lambda text: text.split())
    ['a', 'b']
    """
    reads = {name: [other for other in uses(text) if other in metrics] for name, text in metrics.items()}
    return list(TopologicalSorter(reads).static_order())


def recorded(
    metrics: Mapping[str, str], names: Iterable[str], query: Query, learn: Learn, at: float
) -> tuple[list[Sample], dict[str, str]]:
    """The samples of each name in this order, and what kept a name from being evaluated."""
    found: list[Sample] = []
    failed: dict[str, str] = {}
    for name in names:
        try:
            own = [Sample(name, labels, at, value) for labels, value in query(metrics[name], at)]
            learn(own)
        except FAILURES as error:
            failed[name] = said(error)
            continue
        found += own
    return found, failed
