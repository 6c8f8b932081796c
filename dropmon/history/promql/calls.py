"""Functions as plans: what each of them needs of its arguments."""

from __future__ import annotations

from collections.abc import Callable
from math import nan, pi
from typing import Any

from dropmon.history.promql import calendar, numbers, relabel, windows
from dropmon.history.promql.query import Moments, Query, Step
from dropmon.history.promql.tree import Call, Literally, Node, Range, Selector
from dropmon.history.promql.value import NAME, Labels, Sample, labelled


def planned(node: Node, moments: Moments, query: Query) -> Step:
    from dropmon.history.promql.plan import plan  # which is made of these

    return plan(node, moments, query)


def window(node: Call, moments: Moments, query: Query) -> Step:
    """A function of the samples in a range."""
    from dropmon.history.promql.pushed import pushed

    whole = pushed(node, moments, query)
    if whole is not None:
        return whole
    step = _window(node, moments, query)
    return step if any(map(one_name, node.arguments)) else distinct(step, query)


def one_name(node: Node) -> bool:
    """Whether all series of a range are of one metric: without its name they still differ."""
    return isinstance(node, Range) and any(each.label == NAME and each.op == "=" for each in node.selector.matchers)


def _window(node: Call, moments: Moments, query: Query) -> Step:
    place = next(n for n, each in enumerate(node.arguments) if each.kind == "matrix")
    look = planned(node.arguments[place], moments, query)
    others = [planned(each, moments, query) for n, each in enumerate(node.arguments) if n != place]
    name = labels_after(node, query)
    if not others:
        return _over(windows.PLAIN[node.function], look, name)
    work = windows.WITH_NUMBERS[node.function]

    def at(moment: int) -> list[Sample]:
        given = [other(moment) for other in others]
        out = []
        for labels, times, values, start, end in look(moment):
            number = work(times, values, start, end, moment, *given)
            if number is not None:
                out.append((name(labels), number))
        return out

    return at


def _over(work: windows.Function, look: Step, name: Callable[[Labels], Labels]) -> Step:
    def at(moment: int) -> list[Sample]:
        out = []
        for labels, times, values, start, end in look(moment):
            number = work(times, values, start, end)
            if number is not None:
                out.append((name(labels), number))
        return out

    return at


def labels_after(node: Call, query: Query) -> Callable[[Labels], Labels]:
    """What the function makes of labels: most results are another metric."""
    if node.function in windows.KEEP_NAME:
        return lambda labels: labels
    known: dict[Labels, Labels] = {}
    nameless = query.nameless

    def named(labels: Labels) -> Labels:
        found = known.get(labels)
        if found is None:
            found = known[labels] = nameless(labels)
        return found

    return named


def distinct(step: Step, query: Query) -> Step:
    """The samples, which must differ in their labels."""
    if query.delayed:
        return step

    def at(moment: int) -> list[Sample]:
        samples: list[Sample] = step(moment)
        relabel.distinct(samples)
        return samples

    return at


def mapped(node: Call, moments: Moments, query: Query) -> Step:
    """A function of each number, maybe with others beside it."""
    inner = planned(node.arguments[0], moments, query)
    others = [planned(each, moments, query) for each in node.arguments[1:]]
    name = labels_after(node, query)
    plain = numbers.PLAIN.get(node.function)
    if plain:
        return distinct(lambda at: [(name(labels), plain(value)) for labels, value in inner(at)], query)
    work = numbers.WITH_NUMBERS[node.function]

    def at(moment: int) -> list[Sample]:
        given = [other(moment) for other in others]
        if node.function == "clamp" and given[0] > given[1]:
            return []
        return [(name(labels), work(value, *given)) for labels, value in inner(moment)]

    return distinct(at, query)


def date(node: Call, moments: Moments, query: Query) -> Step:
    """A part of a date: of each number, or of the moment."""
    function = node.function
    if not node.arguments:
        return lambda at: [((), calendar.part(function, at // 1000))]
    inner, name = planned(node.arguments[0], moments, query), labels_after(node, query)
    return distinct(lambda at: [(name(labels), calendar.part(function, value)) for labels, value in inner(at)], query)


def absent(node: Call, moments: Moments, query: Query) -> Step:
    """1, with what the selector says of labels, where there is nothing."""
    look = planned(node.arguments[0], moments, query)
    labels = told(node.arguments[0])
    return lambda at: [] if look(at) else [(labels, 1.0)]


def told(node: Node) -> Labels:
    """The labels that a selector asks for by `=`; one that it asks for twice is not told."""
    chosen = node.selector if isinstance(node, Range) else node
    if not isinstance(chosen, Selector):
        return ()
    asked: dict[str, str] = {}
    seen = set()
    for matcher in chosen.matchers:
        if matcher.label == NAME:
            continue
        fresh = matcher.op == "=" and matcher.label not in seen
        asked[matcher.label] = matcher.value if fresh else ""
        if matcher.op == "=":
            seen.add(matcher.label)
    return labelled(asked.items())


def scalar(node: Call, moments: Moments, query: Query) -> Step:
    inner = planned(node.arguments[0], moments, query)

    def at(moment: int) -> float:
        samples = inner(moment)
        return float(samples[0][1]) if len(samples) == 1 else nan

    return at


def vector(node: Call, moments: Moments, query: Query) -> Step:
    inner = planned(node.arguments[0], moments, query)
    return lambda at: [((), inner(at))]


def timestamp(node: Call, moments: Moments, query: Query) -> Step:
    """The time of each sample, where it comes from a selector; else the moment."""
    name, argument = labels_after(node, query), node.arguments[0]
    if isinstance(argument, Selector):
        from dropmon.history.promql.plan import found

        find = found(argument, moments, query)
        return distinct(lambda at: [(name(labels), time / 1000) for labels, time, _ in find(at)], query)
    inner = planned(argument, moments, query)
    return distinct(lambda at: [(name(labels), at / 1000) for labels, _ in inner(at)], query)


def sort(node: Call, moments: Moments, query: Query) -> Step:
    from dropmon.history.promql.aggregation import ranked

    inner, largest = planned(node.arguments[0], moments, query), node.function == "sort_desc"
    return lambda at: ranked(inner(at), largest)


def relabelled(node: Call, moments: Moments, query: Query) -> Step:
    inner = planned(node.arguments[0], moments, query)
    words = [each.value for each in node.arguments[1:] if isinstance(each, Literally)]
    work = relabel.WORK[node.function](*words)

    def at(moment: int) -> list[Sample]:
        samples = [(work(labels), value) for labels, value in inner(moment)]
        relabel.distinct(samples)
        return samples

    return at


def histogram(node: Call, moments: Moments, query: Query) -> Step:
    from dropmon.history.promql import buckets

    *parts, inner = [planned(each, moments, query) for each in node.arguments]
    work: Any = buckets.quantile if node.function == "histogram_quantile" else buckets.fraction
    nameless = query.nameless

    def at(moment: int) -> list[Sample]:
        given = [part(moment) for part in parts]
        return buckets.histograms(inner(moment), lambda found: work(*given, found), nameless)

    return distinct(at, query)


def always(value: Callable[[int], float]) -> Callable[..., Step]:
    return lambda node, moments, query: value


CALLS: dict[str, Callable[[Call, Moments, Query], Step]] = {
    **dict.fromkeys([*windows.PLAIN, *windows.WITH_NUMBERS], window),
    **dict.fromkeys([*numbers.PLAIN, *numbers.WITH_NUMBERS], mapped),
    **dict.fromkeys(calendar.PARTS, date),
    **dict.fromkeys(relabel.WORK, relabelled),
    "absent": absent,
    "absent_over_time": absent,
    "histogram_fraction": histogram,
    "histogram_quantile": histogram,
    "pi": always(lambda at: pi),
    "scalar": scalar,
    "sort": sort,
    "sort_desc": sort,
    "time": always(lambda at: at / 1000),
    "timestamp": timestamp,
    "vector": vector,
}
