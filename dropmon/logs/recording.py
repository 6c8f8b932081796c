"""What is counted of a stream as samples: counters that go on from where the last run left them."""

from __future__ import annotations

from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from math import isnan, nan
from typing import NamedTuple

from dropmon.logs.counting import Counting, Facts, facts
from dropmon.logs.durations import Durations
from dropmon.logs.entry import Entry
from dropmon.logs.ledger import Ledger, Mark, Marker
from dropmon.logs.query import Query
from dropmon.logs.tally import Tally
from dropmon.model import Sample

Labels = tuple[tuple[str, str], ...]
Series = tuple[str, Labels]
Point = tuple[float, float]  # time in seconds since 1970, value

ENTRIES = "log_entries_total"
REQUESTS = "function_requests_total"
DURATION = "function_duration_seconds"
COUNTERS = (ENTRIES, REQUESTS, f"{DURATION}_sum", f"{DURATION}_count")
QUANTILES = (0.5, 0.95)
TICK = 0.001  # seconds: what two samples of a series are apart at least


class Increase(NamedTuple):
    """What a run adds to the counters, and the gauges that it leaves."""

    counters: dict[Series, float]
    gauges: dict[Series, float]


class Recording(Counting):
    """Counts, and keeps of each entry what tells it from others: 32 bytes."""

    def __init__(self, query: Query, tally: Tally | None = None) -> None:
        super().__init__(query, tally)
        self._quick = False
        self._marker = Marker()
        self._kinds: dict[Facts, int] = {}
        self._times, self._hashes = array("d"), array("Q")
        self._which, self._measured = array("L"), array("d")

    def begin(self) -> None:
        """Another input: what stood in one before is the same entry."""
        self._marker = Marker()

    def _add(self, entry: Entry) -> None:
        super()._add(entry)
        if entry.time is not None:
            known = facts(entry)
            kind = self._kinds.setdefault(known, len(self._kinds))
            measured = entry.duration if known.failed is not None and entry.duration is not None else nan
            time, number = self._marker.mark(entry, entry.time)
            self._times.append(time)
            self._hashes.append(number)
            self._which.append(kind)
            self._measured.append(measured)

    def marks(self) -> Iterator[Mark]:
        """The marks of all entries that tell a time."""
        return zip(self._times, self._hashes, strict=True)

    def increase(self, places: Iterable[int]) -> Increase:
        """What the entries at these places add."""
        kinds = list(self._kinds)
        which, measured = self._which, self._measured
        counts: Counter[Facts] = Counter()
        durations: defaultdict[str, Counter[float]] = defaultdict(Counter)
        for place in places:
            known = kinds[which[place]]
            counts[known] += 1
            if known.function and not isnan(measured[place]):
                durations[known.function][measured[place]] += 1
        return increase(counts, durations)

    def since(self, places: Iterable[int]) -> float | None:
        """The first time of the entries at these places."""
        return min((self._times[place] for place in places), default=None)


def increase(counts: Mapping[Facts, int], durations: Mapping[str, Counter[float]]) -> Increase:
    """Entries and durations in numbers of series.

    >>> from dropmon.logs.level import Level
    >>> found = increase({Facts(Level.ERROR, "api", "pay", True): 2}, {"pay": Counter({0.5: 2})})
    >>> found.counters["function_requests_total", (("function", "pay"), ("status", "error"))]
    2
    """
    counters: defaultdict[Series, float] = defaultdict(int)
    gauges: dict[Series, float] = {}
    for known, count in counts.items():
        service = (("service", known.service),) if known.service else ()
        counters[ENTRIES, (("level", known.level.word), *service)] += count
        if known.function and known.failed is not None:
            for status in ("success", "error"):  # both, so that a share of them can be told
                hit = (status == "error") == bool(known.failed)
                counters[REQUESTS, (("function", known.function), ("status", status))] += count if hit else 0
    for name, each in durations.items():
        own = (("function", name),)
        counters[f"{DURATION}_count", own] += sum(each.values())
        counters[f"{DURATION}_sum", own] += sum(duration * count for duration, count in each.items())
        for share in QUANTILES:
            gauges[DURATION, (*own, ("quantile", f"{share:g}"))] = Durations(each).quantile(share) or 0.0
    return Increase(dict(counters), gauges)


def samples(found: Increase, latest: Mapping[Series, Point], began: float, now: float) -> Iterator[Sample]:
    """The counters as they stand now, those that did not grow too; one that is new starts from zero at `began`.

    >>> series = ("log_entries_total", (("level", "info"),))
    >>> [sample[2:] for sample in samples(Increase({series: 3}, {}), {series: (10.0, 4.0)}, 0.0, 60.0)]
    [(60.0, 7.0)]
    >>> [sample[2:] for sample in samples(Increase({series: 3}, {}), {}, 30.0, 60.0)]
    [(30.0, 0.0), (60.0, 3.0)]
    """
    for series in {**latest, **found.counters}:
        at, value = latest.get(series, (None, 0.0))
        time = now if at is None else max(now, at + TICK)
        if at is None:
            yield Sample(*series, min(began, now - TICK), 0.0)
        yield Sample(*series, time, float(value + found.counters.get(series, 0)))
    for series, value in found.gauges.items():
        yield Sample(*series, now, value)


class Recorded(NamedTuple):
    """How a recording went, in entries."""

    fresh: int
    known: int  # counted by an earlier run
    late: int  # too old to tell whether they were
    timeless: int  # told no time, so that nothing tells them from others


def settled(ledger: Ledger, run: Recording) -> tuple[Ledger, Increase, Recorded, float | None]:
    """What is new in a run, the ledger with it, and the first time of what is new."""
    marks = list(run.marks())
    fresh = ledger.fresh(marks)
    after = ledger.and_(marks[place] for place in fresh.places)
    timeless = run.counts().total - len(marks)
    told = Recorded(len(fresh.places), len(marks) - len(fresh.places) - fresh.late, fresh.late, timeless)
    return after, run.increase(fresh.places), told, run.since(fresh.places)
