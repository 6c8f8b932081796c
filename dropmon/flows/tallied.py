"""What the history comes to in a span of time: probes and counters, sample by sample, the old ones by their hours.

Ratios are never averaged, nor are percentiles: what spans come to is added, and then divided.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from math import ceil
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from dropmon.history import sketch
from dropmon.history.hours import step
from dropmon.reports.spans import rest

if TYPE_CHECKING:
    from dropmon.storage import Store
    from dropmon.storage.reports import ReportStore
    from dropmon.storage.store import Labels

KINDS = ("apis", "web", "functions", "tcp")  # the checks that stand for what users get
BACK = 86400.0  # seconds before a span in which a counter's last sample is looked for
TOLERATED = 4  # times the duration that satisfies (Apdex Alliance, technical specification 1.1)
Key = tuple[str, str]  # kind and name of a check
Span = tuple[float, float]  # start <= time < end, seconds since 1970
Out = Callable[[Mapping[str, str], Span], Iterable[Span]]


class Timed(NamedTuple):
    """Durations: parts of them, each in order, and how many of the hours fell into each bin."""

    parts: tuple[array[float], ...] = ()
    bins: Mapping[int, int] = MappingProxyType({})

    def p95(self) -> float | None:
        """The duration that 95 of 100 do not exceed, by nearest rank; within 1 % where hours take part."""
        values = self.parts[0] if len(self.parts) == 1 else sorted(chain.from_iterable(self.parts))
        if self.bins:
            return sketch.quantile(Counter(self.bins) + sketch.bins(values), 0.95)
        return values[ceil(0.95 * len(values)) - 1] if values else None


class Probed(NamedTuple):
    """What probes came to, of one check or of several."""

    probes: int = 0
    good: int = 0
    seconds: float = 0.0  # of all durations
    durations: int = 0
    satisfied: int = 0
    tolerated: int = 0
    timed: Timed = Timed()

    @property
    def failed(self) -> int:
        return self.probes - self.good

    @property
    def uptime(self) -> float | None:
        return self.good / self.probes if self.probes else None

    @property
    def mean(self) -> float | None:
        return self.seconds / self.durations if self.durations else None

    @property
    def apdex(self) -> float | None:
        """Those who are satisfied, and half of those who bear it, of all; whoever gets an error is neither."""
        return (self.satisfied + self.tolerated / 2) / self.probes if self.probes and self.durations else None


def total(parts: Iterable[Probed]) -> Probed:
    """All of them together."""
    found = list(parts)
    values = tuple(part for each in found for part in each.timed.parts)
    bins: Counter[int] = Counter()
    for each in found:
        bins.update(each.timed.bins)
    sums = (sum(column) for column in zip(*(each[:6] for each in found), strict=True))
    return Probed(*sums, timed=Timed(values, bins)) if found else Probed()  # type: ignore[arg-type,misc]


class Line(NamedTuple):
    """The two series of one check; one that is not there has a negative number."""

    key: Key
    success: int
    duration: int


class Probes:
    """The probes of a store. Durations up to `satisfying` seconds satisfy. Raises StorageError.

    `out` says which spans of a check's time do not count, by its labels.
    """

    def __init__(
        self, store: Store, reports: ReportStore, satisfying: float, out: Out = lambda labels, span: ()
    ) -> None:
        self.store = store
        self.out = out
        self._reports = reports
        self._satisfying = satisfying
        success, duration = self._series("probe_success"), self._series("probe_duration_seconds")
        every = dict.fromkeys([*success, *duration])
        self._lines = {
            labels: Line(_key(labels), success.get(labels, -1), duration.get(labels, -2 - number))
            for number, labels in enumerate(every)
        }

    def _series(self, name: str) -> dict[Labels, int]:
        return {each.labels: each.id for each in self.store.series(name) if dict(each.labels).get("kind") in KINDS}

    def _parts(self, span: Span) -> Iterator[tuple[Span, list[Line]]]:
        """What of a span counts, and for which checks."""
        groups: dict[tuple[Span, ...], list[Line]] = {}
        for labels, line in self._lines.items():
            groups.setdefault(tuple(rest(span, self.out(dict(labels), span))), []).append(line)
        for parts, lines in groups.items():
            yield from ((part, lines) for part in parts)

    def counted(self, span: Span) -> dict[Key, tuple[int, int]]:
        """Of each check: how many probes there were, and how many of them were good."""
        found: dict[Key, tuple[int, int]] = {}
        for part, lines in self._parts(span):
            for key, (probes, good) in self._counted(part, lines).items():
                before = found.get(key, (0, 0))
                found[key] = before[0] + probes, before[1] + good
        return found

    def _counted(self, span: Span, lines: Sequence[Line]) -> dict[Key, tuple[int, int]]:
        keys = {line.success: line.key for line in lines if line.success >= 0}
        found: dict[Key, tuple[int, int]] = {}
        for number, fold in self.store.folds(keys, *edges(span)).items():
            size, good = found.get(keys[number], (0, 0))
            found[keys[number]] = size + fold.size, good + round(fold.sum)
        return found

    def watched(self, span: Span) -> list[float]:
        """The hours of a span in which anything was probed, by their beginnings, in order."""
        return self._reports.hours([line.success for line in self._lines.values() if line.success >= 0], *edges(span))

    def probed(self, span: Span) -> dict[Key, Probed]:
        """What there is of each check that was probed."""
        found: dict[Key, list[Probed]] = {}
        for part, lines in self._parts(span):
            for key, one in self._probed(part, lines).items():
                found.setdefault(key, []).append(one)
        return {key: total(parts) for key, parts in found.items()}

    def _probed(self, span: Span, lines: Sequence[Line]) -> dict[Key, Probed]:
        pairs = [(line.success, line.duration) for line in lines if line.success >= 0]
        keys = {line.duration: line.key for line in lines}
        failing = self._reports.failing(pairs, *edges(span))
        found = {key: [Probed(probes, good)] for key, (probes, good) in self._counted(span, lines).items()}
        for number, key in keys.items():
            if number >= 0 and (values := self._reports.values(number, *edges(span))):
                found.setdefault(key, []).append(self._raw(values, failing.get(number, ())))
        for number, bins, seconds in self._hours([number for number in keys if number >= 0], span):
            found.setdefault(keys[number], []).append(self._hourly(bins, seconds))
        seen: Counter[Key] = Counter()
        for number, known in failing.items():
            seen[keys[number]] += len(known)
        return {key: self._late(total(parts), seen[key]) for key, parts in found.items()}

    def _raw(self, values: array[float], failures: Iterable[float | None]) -> Probed:
        bad = sorted(each for each in failures if each is not None)
        limits = self._satisfying, TOLERATED * self._satisfying
        satisfied, borne = (bisect_right(values, limit) - bisect_right(bad, limit) for limit in limits)
        return Probed(0, 0, sum(values), len(values), satisfied, borne - satisfied, Timed((values,)))

    def _hourly(self, bins: Mapping[int, int], seconds: float) -> Probed:
        known = [(sketch.value_of(place), count) for place, count in bins.items()]
        satisfied = sum(count for value, count in known if value <= self._satisfying)
        tolerated = sum(count for value, count in known if value <= TOLERATED * self._satisfying) - satisfied
        return Probed(0, 0, seconds, sum(bins.values()), satisfied, tolerated, Timed((), bins))

    def _late(self, one: Probed, seen: int) -> Probed:
        """Of failures whose hour alone is known nobody knows how long they took: they are taken for quick ones."""
        unseen = max(0, one.failed - seen) if one.timed.bins else 0
        return one._replace(satisfied=max(0, one.satisfied - unseen))

    def _hours(self, ids: Sequence[int], span: Span) -> Iterable[tuple[int, Counter[int], float]]:
        bins: dict[int, Counter[int]] = {}
        seconds: Counter[int] = Counter()
        for number, _, hour in self.store.hours(ids, *span):
            bins.setdefault(number, Counter()).update(sketch.unpack(hour.sketch))
            seconds[number] += hour.sum  # type: ignore[assignment]
        return [(number, bins[number], float(seconds[number])) for number in bins]


def _key(labels: Labels) -> Key:
    own = dict(labels)
    return own["kind"], own.get("check", "")


def grown(store: Store, name: str, wanted: Callable[[Mapping[str, str]], bool], span: Span) -> tuple[float | None, int]:
    """By how much counters grew, over their resets, and of how many samples that is known; None without any."""
    ids = [each.id for each in store.series(name) if wanted(dict(each.labels))]
    start, end = span
    points: dict[int, list[tuple[int, float, float, float, int]]] = {}
    for number, times, values in store.runs(ids, *edges((start - BACK, end))):
        points[number] = [(time, value, value, 0.0, 1) for time, value in zip(times, values, strict=True)]
    for number, _, hour in store.hours(ids, start - BACK, end):
        points.setdefault(number, []).append((hour.first_ms, hour.first, hour.last, hour.increase, hour.count))
    known = 0
    growth = 0.0
    for own in points.values():
        last: float | None = None
        for time, first, latest, inside, count in sorted(own):
            if time >= start * 1000:
                growth += inside + (step(last, first) if last is not None else 0.0)
                known += count
            last = latest
    return (growth if known else None), known


def averaged(
    store: Store, name: str, wanted: Callable[[Mapping[str, str]], bool], span: Span
) -> tuple[float | None, int]:
    """The mean of all samples of a gauge, and how many there are."""
    ids = [each.id for each in store.series(name) if wanted(dict(each.labels))]
    folds = store.folds(ids, *edges(span)).values()
    size = sum(each.size for each in folds)
    return (sum(each.sum for each in folds) / size if size else None), size


def edges(span: Span) -> tuple[int, int]:
    """A span as the store takes it: milliseconds, open on the left.

    >>> edges((1.0, 2.0))
    (999, 1999)
    """
    return round(span[0] * 1000) - 1, round(span[1] * 1000) - 1
