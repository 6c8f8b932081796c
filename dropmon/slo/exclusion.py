"""Time that does not count: maintenance, and what was agreed upon, each with its reason. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from types import MappingProxyType
from typing import NamedTuple

from dropmon.slo.window import Span


class Exclusion(NamedTuple):
    """A reason, when it holds, and for which series; of no matchers, for all."""

    reason: str
    spans: tuple[Span, ...]
    matchers: Mapping[str, tuple[str, ...]] = MappingProxyType({})

    def covers(self, labels: Mapping[str, str]) -> bool:
        """Whether it means a series."""
        return all(labels.get(name, "") in values for name, values in self.matchers.items())


class Piece(NamedTuple):
    """What counts of one part of the time, in milliseconds: `start < time <= end`."""

    part: int
    start: int
    end: int


def pieces(edges: Sequence[int], out: Iterable[tuple[int, int]]) -> list[Piece]:
    """What is left of the parts between edges when some spans are taken out; all in milliseconds.

    A sample is left out from the first moment of a span on, and counts again from its last.

    >>> pieces([0, 100, 200], [(50, 120), (60, 70)])
    [Piece(part=0, start=0, end=49), Piece(part=1, start=119, end=200)]
    """
    gaps = merged(out)
    found: list[Piece] = []
    for part, (start, end) in enumerate(pairwise(edges)):
        for first, last in gaps:
            if last - 1 <= start or first - 1 >= end:
                continue
            if first - 1 > start:
                found.append(Piece(part, start, first - 1))
            start = max(start, last - 1)
        if start < end:
            found.append(Piece(part, start, end))
    return found


def merged(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Spans that touch or overlap as one, by their beginnings.

    >>> merged([(5, 9), (1, 3), (3, 6)])
    [(1, 9)]
    """
    found: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = found[-1][0], max(end, found[-1][1])
        elif start < end:
            found.append((start, end))
    return found


def widened(spans: Iterable[tuple[int, int]], to: int) -> list[tuple[int, int]]:
    """Spans drawn out to whole hours, or whatever `to` (ms) is: what is known by the hour is not cut.

    >>> widened([(50, 120)], 100)
    [(0, 200)]
    """
    return [(start // to * to, -(-end // to) * to) for start, end in spans]


def milliseconds(spans: Iterable[Span]) -> list[tuple[int, int]]:
    """Spans in milliseconds."""
    return [(round(each.start * 1000), round(each.end * 1000)) for each in spans]
