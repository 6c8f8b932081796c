"""Spans of time: those that overlap count once. Pure."""

from __future__ import annotations

from collections.abc import Iterable

Span = tuple[float, float]  # seconds since 1970; the end is not in it


def merged(spans: Iterable[Span]) -> list[Span]:
    """The spans in order, those that overlap or touch as one.

    >>> merged([(5, 7), (0, 3), (2, 4), (4, 5), (9, 9)])
    [(0, 7)]
    """
    found: list[Span] = []
    for start, end in sorted(each for each in spans if each[0] < each[1]):
        if found and start <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], end)
        else:
            found.append((start, end))
    return found


def within(spans: Iterable[Span], start: float, end: float) -> float:
    """Seconds of a time that some of the spans cover.

    >>> within([(0, 10), (5, 20), (90, 200)], 8, 100)
    22
    """
    return sum(last - first for first, last in merged((max(a, start), min(b, end)) for a, b in spans))


def rest(span: Span, spans: Iterable[Span]) -> list[Span]:
    """What of a span is in none of the others, in order.

    >>> rest((0, 10), [(2, 3), (8, 20)]), rest((0, 10), [(0, 10)])
    ([(0, 2), (3, 8)], [])
    """
    start, last = span
    found = []
    for first, end in merged(spans):
        if start < min(first, last):
            found.append((start, min(first, last)))
        start = max(start, end)
    return [*found, (start, last)] if start < last else found
