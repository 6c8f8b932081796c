"""Counting: how many events of an SLO were good in each part of the time.

Where a comparison is all that is asked SQLite counts, and no sample comes into Python.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from math import inf
from typing import TYPE_CHECKING, NamedTuple

from dropmon.history.known import Catalogue, Known
from dropmon.history.retention import HOUR_MS
from dropmon.slo.exclusion import Exclusion, Piece, milliseconds, pieces, widened
from dropmon.slo.indicator import OPERATORS, Comparison, Matchers, Term
from dropmon.slo.slices import Marks, sliced, sorted_into
from dropmon.slo.tally import Growth, Tally, growth
from dropmon.storage.counts import Side, counts_of
from dropmon.storage.matcher import Matcher

if TYPE_CHECKING:
    from dropmon.history.promql import Select
    from dropmon.slo.promise import Promise
    from dropmon.storage import Store

EVERY = Comparison(">=", -inf)  # every number is
MANY = 400_000  # samples from which on several threads count
Rows = dict[tuple[int, int], list[int]]  # by series and part of the time: how many samples, how many that meet


class Group(NamedTuple):
    """Series for which the same time counts."""

    series: Sequence[Known]
    pieces: Sequence[Piece]
    hourly: Sequence[Piece]  # of the time that is known by the hour only

    @property
    def ids(self) -> list[int]:
        return [each.id for each in self.series]


class Counter(NamedTuple):
    """A counter, and which events it counts."""

    series: Known
    all: bool
    part: bool


class Counting:
    """Counts the events of promises in a store, for one moment. Edges are milliseconds. Raises StorageError.

    `interval` gives the seconds between two samples of a series by its labels.
    """

    def __init__(self, store: Store, interval: Callable[[Mapping[str, str]], float], select: Select) -> None:
        self._store, self._interval, self._select = store, interval, select
        self._counts = counts_of(store)
        self._find = Catalogue(store, interval).find
        hours = store.newest_hour()
        self._hours = round(1000 * hours) if hours > -inf else -(1 << 62)

    def tallies(self, promise: Promise, edges: Sequence[int], out: Sequence[Exclusion]) -> list[Tally]:
        """One for each part between two edges: `start < time <= end`."""
        kind = promise.indicator.kind
        if promise.slices:
            marks = {"samples": self._samples_sliced, "increases": self._increases_sliced, "steps": self._steps}[kind]
            return sorted_into(sliced(marks(promise, edges, out), promise.slices), edges, promise.slices.length)
        if kind == "steps":
            return sorted_into(self._steps(promise, edges, out), edges, promise.step)
        return (self._samples if kind == "samples" else self._increases)(promise, edges, out)

    def touches(self, promise: Promise, out: Exclusion) -> bool:
        """Whether any series of a promise is meant."""
        term = promise.indicator.total
        if not term.matchers:
            return out.covers(dict(term.fixed))
        return any(out.covers(each.have) for each in self._series(term.matchers))

    def stays(self, promise: Promise, out: Exclusion, at: float) -> bool:
        """Whether some of what is meant stays in an expression, as its results (at `at`, seconds) no longer tell it.

        Raises PromqlError.
        """
        term = promise.indicator.total
        fixed = dict(term.fixed)
        elsewhere = any(fixed[name] not in values for name, values in out.matchers.items() if name in fixed)
        if promise.indicator.kind != "steps" or term.matchers or elsewhere or out.covers(fixed):
            return False
        from dropmon.flows.stepping import evaluated

        time = round(1000 * at)
        results = evaluated(term.text, self._select, range(time, time + 1))
        return not any(out.matchers.keys() <= fixed.keys() | dict(each.labels).keys() for each in results)

    def late(self, promise: Promise, start: float) -> float | None:
        """Since when (seconds) the slices of a promise can be counted, where its window begins before."""
        return self._hours / 1000 if promise.slices and round(1000 * start) < self._hours else None

    # ---- samples on one side of a limit

    def _samples(self, promise: Promise, edges: Sequence[int], out: Sequence[Exclusion]) -> list[Tally]:
        indicator = promise.indicator
        whole = self._counted(indicator.part if indicator.one_look else indicator.total, edges, out)
        part = whole if indicator.one_look else self._counted(indicator.part, edges, out)
        counts = whole.sizes() if indicator.one_look or not indicator.total.meets else whole.met()
        return tallied(counts, part.met(), whole.covered(), indicator.counts_bad)

    def _counted(self, term: Term, edges: Sequence[int], out: Sequence[Exclusion]) -> Counted:
        found = Counted(len(edges) - 1)
        side = _side(term.meets or EVERY)
        for group in self._groups(term.matchers, edges, out):
            many = sum((edges[-1] - edges[0]) / 1000 / self._interval(each.have) for each in group.series) > MANY
            found.add(group, self._counts.samples(group.ids, spans(group.pieces), side, many), group.pieces)
            if group.hourly:
                found.add(group, self._counts.hours(group.ids, spans(group.hourly), side), group.hourly)
            found.time(group, self._interval)
        return found

    def _samples_sliced(self, promise: Promise, edges: Sequence[int], out: Sequence[Exclusion]) -> Marks:
        assert promise.slices
        indicator, length = promise.indicator, round(1000 * promise.slices.length)
        marks = Marks(length, indicator.counts_bad)
        edges = reaching(edges, length)
        for term, is_total in ((indicator.total, True), (indicator.part, False)):
            if is_total and indicator.one_look:
                continue
            for group in self._groups(term.matchers, edges, out):
                marks.time(group.pieces)
                rows = self._counts.slices(group.ids, spans(group.pieces), _side(term.meets or EVERY), length)
                for end, size, met in rows:
                    total = size if indicator.one_look else met if is_total else 0
                    marks.add(end, total, 0 if is_total else met)
        return marks

    # ---- increases of counters

    def _increases(self, promise: Promise, edges: Sequence[int], out: Sequence[Exclusion]) -> list[Tally]:
        total, part = ([Fraction(0)] * (len(edges) - 1) for _ in range(2))
        counted = Counted(len(edges) - 1)
        for group, counters in self._counters(promise, edges, out):
            for each, counter in counters:
                for place, start, end in group.pieces:
                    amount = Fraction(counter.between(start, end))
                    total[place] += amount if each.all else 0
                    part[place] += amount if each.part else 0
                    counted.see(each.series.id, place, counter.seen(start, end))
            counted.time(group, self._interval)
        return tallied(total, part, counted.covered(), promise.indicator.counts_bad)

    def _increases_sliced(self, promise: Promise, edges: Sequence[int], out: Sequence[Exclusion]) -> Marks:
        assert promise.slices
        marks = Marks(round(1000 * promise.slices.length), promise.indicator.counts_bad)
        for group, counters in self._counters(promise, reaching(edges, marks.length), out):
            marks.time(group.pieces)
            for each, counter in counters:
                for end, start, until in marks.cuts(group.pieces):
                    if amount := Fraction(counter.between(start, until)):
                        marks.add(end, amount if each.all else 0, amount if each.part else 0)
        return marks

    def _counters(
        self, promise: Promise, edges: Sequence[int], out: Sequence[Exclusion]
    ) -> Iterator[tuple[Group, Iterator[tuple[Counter, Growth]]]]:
        """Every counter of a promise, read once whether it is of all events, of the good or bad ones, or of both."""
        every, some = (self._series(term.matchers) for term in (promise.indicator.total, promise.indicator.part))
        of_all, of_part = {each.id for each in every}, {each.id for each in some}
        series = [*every, *(each for each in some if each.id not in of_all)]
        for group in self._grouped(series, edges, out):
            counters = (Counter(each, each.id in of_all, each.id in of_part) for each in group.series)
            yield group, ((each, self._growth(each.series.id, edges)) for each in counters)

    def _growth(self, series: int, edges: Sequence[int]) -> Growth:
        """How a counter grew, from the sample before the first edge on; an hour's growth is that of its end."""
        before = self._counts.before(series, edges[0])
        old = self._counts.grown(series, edges[0], edges[-1]) if edges[0] < self._hours else []
        _, times, values = next(iter(self._store.runs([series], edges[0], edges[-1])), (series, (), ()))
        return growth([before] if before else [], old, times, values)

    # ---- expressions, step by step

    def _steps(self, promise: Promise, edges: Sequence[int], out: Sequence[Exclusion]) -> Marks:
        from dropmon.flows import stepping

        length = round(1000 * (promise.slices.length if promise.slices else promise.step))
        marks = Marks(length, promise.indicator.counts_bad)
        stepping.mark(promise.indicator, marks, self._select, edges, out)
        return marks

    # ---- which series, and which time of theirs

    def _series(self, matchers: Matchers) -> list[Known]:
        return self._find([Matcher(*one) for one in matchers])  # type: ignore[arg-type]

    def _groups(self, matchers: Matchers, edges: Sequence[int], out: Sequence[Exclusion]) -> Iterator[Group]:
        """The series that are meant, by what does not count of them."""
        return self._grouped(self._series(matchers), edges, out)

    def _grouped(self, series: Sequence[Known], edges: Sequence[int], out: Sequence[Exclusion]) -> Iterator[Group]:
        found: dict[tuple[int, ...], list[Known]] = {}
        for each in series:
            key = tuple(number for number, one in enumerate(out) if one.covers(each.have))
            found.setdefault(key, []).append(each)
        for key, alike in found.items():
            gaps = [span for number in key for span in milliseconds(out[number].spans)]
            old = pieces(edges, widened(gaps, HOUR_MS)) if edges[0] < self._hours else []
            hourly = [piece for piece in old if piece.start < self._hours]
            yield Group(alike, pieces(edges, gaps), hourly)


class Counted:
    """Samples of series in parts of the time, as they are counted."""

    def __init__(self, parts: int) -> None:
        self._parts = parts
        self._rows: Rows = {}
        self._covered: dict[int, tuple[float, float]] = {}  # seconds, of every series together

    def add(self, group: Group, rows: Iterator[tuple[int, int, int, int]], where: Sequence[Piece]) -> None:
        """Counts of the pieces, by series."""
        for number, place, size, met in rows:
            self.see(number, where[place].part, size, met)

    def see(self, series: int, part: int, size: int, met: int = 0) -> None:
        both = self._rows.setdefault((series, part), [0, 0])
        both[0] += size
        both[1] += met

    def time(self, group: Group, interval: Callable[[Mapping[str, str]], float]) -> None:
        """Of each part the seconds that count, and those that samples cover of them, of every series.

        A series without any sample in all of the time is none that somebody measures by now.
        """
        lengths: dict[int, float] = defaultdict(float)
        for part, start, end in group.pieces:
            lengths[part] += (end - start) / 1000
        alive = {number for (number, _), (size, _) in self._rows.items() if size}
        every = [(each.id, interval(each.have)) for each in group.series if each.id in alive]
        for part, length in lengths.items():
            sizes = [self._rows.get((number, part), (0, 0))[0] * seconds for number, seconds in every]
            covered, counted = self._covered.get(part, (0.0, 0.0))
            more = sum(min(length, size) for size in sizes)
            self._covered[part] = covered + more, counted + length * len(every)

    def sizes(self) -> list[Fraction]:
        return self._sums(0)

    def met(self) -> list[Fraction]:
        return self._sums(1)

    def covered(self) -> list[tuple[float, float]]:
        return [self._covered.get(part, (0.0, 0.0)) for part in range(self._parts)]

    def _sums(self, which: int) -> list[Fraction]:
        sums = [0] * self._parts
        for (_, part), both in self._rows.items():
            sums[part] += both[which]
        return [Fraction(each) for each in sums]


def tallied(
    totals: Sequence[Fraction], parts: Sequence[Fraction], covered: Sequence[tuple[float, float]], bad: bool
) -> list[Tally]:
    """Tallies of all events, and of those that are good, or bad; there are never more of them than of all."""
    rows = zip(totals, parts, covered, strict=True)
    least = Fraction(0)
    return [Tally(max(least, total - part) if bad else min(part, total), total, *time) for total, part, time in rows]


def reaching(edges: Sequence[int], length: int) -> list[int]:
    """The first and the last edge, with all of the slice in which the first lies.

    >>> reaching([150, 200, 330], 100)
    [100, 330]
    """
    return [edges[0] // length * length, edges[-1]]


def spans(found: Sequence[Piece]) -> list[tuple[int, int]]:
    return [(piece.start, piece.end) for piece in found]


def _side(comparison: Comparison) -> Side:
    """A comparison, also with what stays of an hour: its sketch knows numbers to one percent."""
    from functools import lru_cache

    from dropmon.history import sketch

    limit = sketch.bin_of(comparison.limit) if abs(comparison.limit) < inf else comparison.limit
    holds, op = OPERATORS[comparison.op], comparison.op

    @lru_cache(maxsize=65_536)  # most hours of what is up or down look like one another
    def held(packed: bytes) -> int:
        return sum(count for place, count in sketch.pairs(packed) if holds(place, limit))

    return Side(op, comparison.limit, held)
