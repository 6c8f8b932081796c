"""What is counted of entries: levels, services and functions a minute, durations, the first and the last time.

Lines of a common shape are counted by their key, of which `entries` reads the first: see `likeness`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from functools import reduce
from typing import NamedTuple

import msgspec

from dropmon.logs import formats, likeness
from dropmon.logs.durations import Durations
from dropmon.logs.entry import Entry
from dropmon.logs.formats.keys import SECONDS
from dropmon.logs.level import Level
from dropmon.logs.minutes import Minutes, Span, minute_of
from dropmon.logs.query import Query, judge, passing
from dropmon.logs.tally import Tally

KEPT = 50_000  # keys that are remembered
PATIENCE = 10_000  # entries between two looks at how many durations there are
REQUESTS = ("metric", "error")  # kinds of entries that are a request of an edge function
UNIT = SECONDS["duration"]
LONGEST = 1e18  # beyond it a number is no duration


NONE = Durations(Counter())


class Facts(NamedTuple):
    """What of an entry is counted. `failed` is None where it is no request of a function."""

    level: Level
    service: str | None = None
    function: str | None = None
    failed: bool | None = None


class Counts(NamedTuple):
    """What was counted: minutes are since 1970, None of entries that tell no time; durations are in seconds."""

    entries: Counter[tuple[Facts, int | None]]
    durations: dict[str, Durations]
    span: Span = Span()

    @property
    def total(self) -> int:
        """How many entries."""
        return sum(self.entries.values())

    def and_(self, other: Counts) -> Counts:
        """Both together."""
        durations = {
            name: self.durations.get(name, NONE).and_(other.durations.get(name, NONE))
            for name in {**self.durations, **other.durations}
        }
        return Counts(self.entries + other.entries, durations, self.span.and_(other.span))


def facts(entry: Entry) -> Facts:
    """What of an entry is counted.

    >>> facts(Entry(b"", Level.INFO, function="pay", kind="metric", status="502"))
    Facts(level=<Level.INFO: 3>, service=None, function='pay', failed=True)
    """
    if entry.kind not in REQUESTS or not entry.function:
        return Facts(entry.level, entry.service, entry.function or None)
    failed = entry.kind == "error" or entry.status == "error" or is_server_error(entry.status or "")
    return Facts(entry.level, entry.service, entry.function, failed)


def is_server_error(status: str) -> bool:
    """Whether a status is one of HTTP's 5xx, or beyond.

    >>> is_server_error("502"), is_server_error("404"), is_server_error("success"), is_server_error("-1")
    (True, False, False, False)
    """
    return status.isdecimal() and int(status[:9]) >= 500


class Cell:
    """What is counted of the lines with one key."""

    __slots__ = ("durations", "facts", "minutes", "unit", "wanted")

    def __init__(self, known: Facts, wanted: bool = True, unit: float = 1.0) -> None:
        self.facts = known
        self.wanted = wanted
        self.unit = unit  # of its durations, in seconds
        self.minutes: defaultdict[int | None, int] = defaultdict(int)
        self.durations: defaultdict[float, int] = defaultdict(int)


class Counting:
    """Counts the blocks of a stream that pass a query. A judge that wants none of them."""

    def __init__(self, query: Query, tally: Tally | None = None) -> None:
        self.tally = tally or Tally()
        self._query = query
        self._passes = judge(query)
        self._quick = query._replace(since=None, until=None).is_level_only
        self._levels = passing(query.least, query.only)
        self._minutes = Minutes(self._whole)
        self._cells: dict[likeness.Key, Cell] = {}
        self._read: dict[Facts, Cell] = {}
        self._durations: dict[str, Durations] = {}
        self._span = Span()
        self._added: list[Counts] = []
        self._patience = PATIENCE

    def _whole(self, minute: int) -> bool:
        """Whether all of a minute is within the query's time."""
        since, until = self._query.since, self._query.until
        return (since is None or minute * 60 >= since) and (until is None or minute * 60 + 60 <= until)

    def __call__(self, block: bytes) -> bool:
        """Counts a block. In one piece: it is done a million times a second or two."""
        self._patience -= 1
        if not self._patience:
            self._settle()
        known = likeness.known(block) if self._quick else None
        if known is None:
            return self._slowly(block)
        key, stamp, duration = known
        cell = self._cells.get(key) or self._learnt(key, block)
        if cell is None:
            return self._slowly(block)
        if cell.wanted:
            minute = None if stamp is None else self._minutes.of(stamp)
            if minute is None and stamp is not None:
                return self._slowly(block)
            cell.minutes[minute] += 1
            if duration is not None and 0 <= duration < LONGEST:
                cell.durations[duration] += 1
        return False

    def begin(self) -> None:
        """Another input follows."""

    def cut(self) -> None:
        """Notes that not all of an input was judged."""
        self.tally.cut += 1

    def more(self, lines: bytes) -> bytes:
        """Nothing: what continues an entry is no other."""
        return b""

    def _learnt(self, key: likeness.Key, block: bytes) -> Cell | None:
        if len(self._cells) >= KEPT:
            return None
        found = formats.entries(block)
        if len(found) != 1 or found[0].failure is not None or not found[0].parsed:
            return None
        self.tally.look(block, found)
        known = facts(found[0])
        cell = self._cells[key] = Cell(known, known.level in self._levels, UNIT)
        return cell

    def _slowly(self, block: bytes) -> bool:
        found = formats.entries(block)
        self.tally.look(block, found)
        for entry in found:
            if self._passes(entry):
                self._add(entry)
        return False

    def _add(self, entry: Entry) -> None:
        known = facts(entry)
        cell = self._read.get(known)
        if cell is None:
            cell = self._read[known] = Cell(known)
        minute = None
        if entry.time is not None:
            minute = minute_of(entry.time)
            self._span = self._span.and_(Span(entry.time, entry.time))
        cell.minutes[minute] += 1
        if entry.duration is not None and known.function:
            cell.durations[entry.duration] += 1
        self.tally.unparsed += not entry.parsed

    def _settle(self) -> None:
        """Keeps the durations few."""
        self._patience = PATIENCE
        self._minutes.settle()
        for cell in (*self._cells.values(), *self._read.values()):
            if cell.durations and cell.facts.function:
                counts: Counter[float] = Counter()
                for duration, count in cell.durations.items():
                    counts[duration * cell.unit] += count
                before = self._durations.get(cell.facts.function, NONE)
                self._durations[cell.facts.function] = before.and_(Durations(counts))
            cell.durations.clear()

    def counts(self) -> Counts:
        """All that was counted, here and by others."""
        self._settle()
        entries: Counter[tuple[Facts, int | None]] = Counter()
        for cell in (*self._cells.values(), *self._read.values()):
            for minute, count in cell.minutes.items():
                entries[cell.facts, minute] += count
        own = Counts(entries, self._durations, self._span.and_(self._minutes.span()))
        return reduce(Counts.and_, self._added, own)

    def packed(self) -> bytes:
        """For another process."""
        counts = self.counts()
        rows = [(*known, minute, count) for (known, minute), count in counts.entries.items()]
        durations = {name: (list(each.counts.items()), each.coarse) for name, each in counts.durations.items()}
        return msgspec.json.encode((rows, durations, counts.span, self.tally.packed().decode()))

    def add(self, packed: bytes) -> None:
        """What another process counted."""
        rows, durations, span, tally = _packed(packed)
        entries = Counter({(Facts(Level(row[0]), *row[1:4]), row[4]): row[5] for row in rows})
        self._added.append(
            Counts(
                entries,
                {name: Durations(Counter(dict(each)), coarse) for name, (each, coarse) in durations.items()},
                Span(*span),
            )
        )
        self.tally.add(tally.encode())


_Rows = list[tuple[int, str | None, str | None, bool | None, int | None, int]]
_packed = msgspec.json.Decoder(
    tuple[_Rows, dict[str, tuple[list[tuple[float, int]], bool]], tuple[float | None, float | None], str]
).decode
