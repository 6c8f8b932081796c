"""Time in slices: each is good or bad by the events in it. Times in milliseconds. Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction

from dropmon.slo.exclusion import Piece
from dropmon.slo.promise import Slices
from dropmon.slo.tally import NOTHING, Tally


class Marks:
    """Events by the slice that they are in, as they are counted. A slice is known by its end, and ends on the hour
    or a whole number of slices from it, as 1970 began on one."""

    def __init__(self, length: int, counts_bad: bool = False) -> None:
        self.length = length
        self.counts_bad = counts_bad
        self.events: dict[int, list[Fraction | int]] = {}  # by end: all, and those that are counted of them
        self.counting: set[int] = set()  # slices of which any time counts
        self.clipped: set[int] = set()  # slices in which there is more of the part than of all

    def add(self, end: int, total: Fraction | int, part: Fraction | int) -> None:
        """Events of a slice: all, and those that are good, or bad."""
        both = self.events.setdefault(end, [0, 0])
        both[0] += total
        both[1] += part

    def time(self, pieces: Iterable[Piece]) -> None:
        """Time that counts."""
        self.counting.update(end for end, _, _ in self.cuts(pieces))

    def cuts(self, pieces: Iterable[Piece]) -> Iterator[tuple[int, int, int]]:
        """End of each slice, with what of it is in a piece.

        >>> list(Marks(100).cuts([Piece(0, 50, 200)]))
        [(100, 50, 100), (200, 100, 200)]
        """
        for _, start, until in pieces:
            for end in range((start // self.length + 1) * self.length, until + self.length, self.length):
                if max(start, end - self.length) < until:
                    yield end, max(start, end - self.length), min(until, end)

    def tally(self, end: int) -> Tally:
        """The events of a slice."""
        total, part = map(Fraction, self.events.get(end, (0, 0)))
        good = max(NOTHING, total - part) if self.counts_bad else min(part, total)
        return Tally(good, total)


def sliced(marks: Marks, slices: Slices) -> Marks:
    """Each slice as one event, good when enough of its events are; one without any is none.

    >>> from dropmon.slo.target import target
    >>> marks = Marks(100)
    >>> for end, good in ((100, 99), (200, 98)): marks.add(end, 100, good)
    >>> sliced(marks, Slices(0.1, target("99%"))).events
    {100: [1, 1], 200: [1, 0]}
    """
    found = Marks(marks.length)
    found.counting, found.clipped = marks.counting, marks.clipped
    for end in marks.events:
        sli = marks.tally(end).sli
        if sli is not None:
            found.add(end, 1, int(slices.target.met(sli)))
    return found


def sorted_into(marks: Marks, edges: Sequence[int], seconds: float) -> list[Tally]:
    """The tallies of the parts between edges: a slice is of the part in which it ends, the last one of the last."""
    events = [[NOTHING, NOTHING] for _ in edges[1:]]
    times = [[0.0, 0.0] for _ in edges[1:]]
    clipped = [0 for _ in edges[1:]]
    for end in marks.counting | marks.events.keys():
        place = min(bisect_left(edges, end), len(events)) - 1
        if place < 0:
            continue
        tally = marks.tally(end)
        events[place][0] += tally.good
        events[place][1] += tally.total
        times[place][0] += seconds if tally.total else 0.0
        times[place][1] += seconds
        clipped[place] += end in marks.clipped
    rows = zip(events, times, clipped, strict=True)
    return [Tally(good, total, covered, counted, more) for (good, total), (covered, counted), more in rows]
