"""Range functions that the history computes by itself, where it can: no sample comes into Python."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dropmon.history.promql.query import Moments, Query, Step, moved
from dropmon.history.promql.tree import Call, Range

if TYPE_CHECKING:
    from dropmon.history.promql.value import Sample

FUNCTIONS = {f"{name}_over_time" for name in ("avg", "count", "max", "min", "sum")} | {"rate", "increase", "delta"}


def pushed(node: Call, moments: Moments, query: Query) -> Step | None:
    """The plan of a call that `select.aggregated` answers; None when it does not, or there is none.

    `aggregated(function, matchers, ends, length)` gives the labels of each series with a number, or None for no
    sample, for each of the windows of `length` (ms) that end (ms) there; or None when reading is as quick.
    """
    aggregated = getattr(query.select, "aggregated", None)
    if aggregated is None or node.function not in FUNCTIONS:
        return None
    argument = node.arguments[0]
    if not isinstance(argument, Range):
        return None
    ends, shift = moved(argument.selector, moments, query)
    found = aggregated(node.function, argument.selector.matchers, ends, argument.length)
    if found is None:
        return None
    nameless = query.nameless
    rows = found if getattr(query.select, "ordered", False) else sorted(found, key=lambda each: each[0])
    named = [(nameless(labels), values) for labels, values in rows]

    def at(moment: int) -> list[Sample]:
        place = (shift(moment) - ends[0]) // ends.step
        return [(labels, values[place]) for labels, values in named if values[place] is not None]

    from dropmon.history.promql.calls import distinct, one_name

    return at if one_name(argument) else distinct(at, query)
