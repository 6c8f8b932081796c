"""Errors by what they have in common: how often, since when, where from."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import msgspec

from dropmon.logs import formats
from dropmon.logs.entry import Entry
from dropmon.logs.minutes import Span
from dropmon.logs.query import Query, judge, passing
from dropmon.logs.stats import percent, shown_percent
from dropmon.logs.tally import Tally
from dropmon.logs.templates import ANY, frame, joined, template
from dropmon.model import Status, moment
from dropmon.output import Column, Row, Table

MOST = 20_000  # templates that are told apart; of what comes later only the first words count
REMEMBERED = 20_000  # messages whose template is known
NEVER = 1e18  # seconds: later than any time
FEW = 3  # names of places that are shown
LENGTH = 500  # characters


class Example(NamedTuple):
    """One entry that stands for its group. The least is the one to show: with a frame, early, short."""

    frameless: bool
    time: float  # seconds since 1970, NEVER where none is told
    message: str
    frame: str


class Group(NamedTuple):
    """Entries of one template."""

    number: int
    span: Span
    places: dict[str, int]  # functions, or else services
    example: Example

    def and_(self, other: Group) -> Group:
        """Both together."""
        places = Counter(self.places)
        places.update(other.places)
        return Group(
            self.number + other.number, self.span.and_(other.span), dict(places), min(self.example, other.example)
        )


class Pile:
    """A group that grows."""

    __slots__ = ("example", "first", "last", "number", "places")

    def __init__(self) -> None:
        self.number = 0
        self.first, self.last = NEVER, -NEVER
        self.places: defaultdict[str | None, int] = defaultdict(int)
        self.example = Example(True, NEVER, "", "")

    def add(self, entry: Entry) -> None:
        self.number += 1
        self.places[entry.function or entry.service] += 1
        time = entry.time
        if time is not None:
            self.first = min(self.first, time)
            self.last = max(self.last, time)
        best = self.example
        if self.number == 1 or (not entry.trace, NEVER if time is None else time, entry.message) <= best[:3]:
            self.example = min(best, example(entry)) if self.number > 1 else example(entry)

    def group(self) -> Group:
        """What it has come to."""
        span = Span(self.first, self.last) if self.first <= self.last else Span()
        return Group(self.number, span, {name: count for name, count in self.places.items() if name}, self.example)


def example(entry: Entry) -> Example:
    place = frame(entry.trace)
    return Example(not place, NEVER if entry.time is None else entry.time, entry.message[:LENGTH], place)


class Topping:
    """Groups the entries that pass a query. A judge that wants none of them."""

    def __init__(self, query: Query, tally: Tally | None = None) -> None:
        self.tally = tally or Tally()
        self._passes = judge(query)
        self._levels = passing(query.least, query.only)
        self._piles: defaultdict[str, Pile] = defaultdict(Pile)
        self._added: list[dict[str, Group]] = []
        self._known: dict[str, str] = {}

    def __call__(self, block: bytes) -> bool:
        """Looks at a block."""
        level = formats.level(block)
        if level is not None and level not in self._levels:
            self.tally.told = True
            return False
        entries = formats.entries(block)
        self.tally.look(block, entries)
        for entry in entries:
            if self._passes(entry):
                self.tally.matched += 1
                self.tally.unparsed += not entry.parsed
                self._piles[self._template(entry.message)].add(entry)
        return False

    def begin(self) -> None:
        """Another input follows."""

    def cut(self) -> None:
        """Notes that not all of an input was judged."""
        self.tally.cut += 1

    def more(self, lines: bytes) -> bytes:
        """Nothing: what continues an entry is no other."""
        return b""

    def _template(self, message: str) -> str:
        message = message[:LENGTH]
        found = self._known.get(message)
        if found is None:
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            found = self._known[message] = template(message)
        if len(self._piles) >= MOST and found not in self._piles:
            return " ".join((*found.split(" ")[:2], ANY))
        return found

    def _own(self) -> dict[str, Group]:
        return {name: pile.group() for name, pile in self._piles.items()}

    def groups(self) -> dict[str, Group]:
        """The groups by their template, the largest first."""
        whole = united((self._own(), *self._added))
        names = joined({name: group.number for name, group in whole.items()})
        found = united({names[name]: group} for name, group in whole.items())
        return dict(sorted(found.items(), key=lambda pair: (-pair[1].number, pair[0])))

    def packed(self) -> bytes:
        """For another process."""
        return msgspec.json.encode((self._own(), self.tally.packed().decode()))

    def add(self, packed: bytes) -> None:
        """What another process has found."""
        groups, tally = _packed(packed)
        self._added.append(groups)
        self.tally.add(tally.encode())


def united(each: Iterable[Mapping[str, Group]]) -> dict[str, Group]:
    """The groups of all, those of one name as one."""
    found: dict[str, Group] = {}
    for groups in each:
        for name, group in groups.items():
            found[name] = found[name].and_(group) if name in found else group
    return found


_packed = msgspec.json.Decoder(tuple[dict[str, Group], str]).decode


def table(groups: Mapping[str, Group], limit: int | None = None) -> Table:
    """The groups as rows, the largest first; `limit` of them."""
    total = sum(group.number for group in groups.values())
    rows = [row(name, group, total) for name, group in list(groups.items())[:limit]]
    columns = (
        Column("count", "count", lambda row: f"{row['count']:,}", right=True),
        Column("percent", "share", lambda row: shown_percent(row["percent"]), right=True),
        Column("template", "message"),
        Column("_seen", "seen", _seen, raw=False),
        Column("places", "from", _places, detail=True, mark="from "),
        Column("first", "first", human=False),
        Column("last", "last", human=False),
        Column("example", "example", _example, detail=True, mark="as in: "),
        Column("frame", "at", detail=True, mark="at "),
    )
    hidden = len(groups) - len(rows)
    notes = (f"not shown: {hidden:,} rarer; --limit 0 shows every one",) if hidden else ()
    return Table(
        "groups",
        columns,
        rows,
        headline(groups, total),
        Status.WARNING if total else Status.OK,
        notes,
        {"entries": total, "templates": len(groups)},
    )


def headline(groups: Mapping[str, Group], total: int) -> str:
    """The verdict."""
    if not total:
        return "no entries to group"
    name, largest = next(iter(groups.items()))
    return f"{total:,} entries in {len(groups):,} groups, {shown_percent(percent(largest.number, total))} are: {name}"


def row(name: str, group: Group, total: int) -> dict[str, Any]:
    first, last = group.span
    return {
        "count": group.number, "percent": percent(group.number, total), "template": name,
        "places": dict(sorted(group.places.items(), key=lambda pair: (-pair[1], pair[0]))),
        "first": first if first is None else moment(first), "last": last if last is None else moment(last),
        "example": group.example.message, "frame": group.example.frame or None,
    }  # fmt: skip


def _places(row: Row) -> str:
    places = row["places"]
    assert isinstance(places, dict)
    names = list(places)
    return ", ".join(names[:FEW]) + (f" +{len(names) - FEW}" if len(names) > FEW else "")


def _seen(row: Row) -> str:
    """From when to when, in UTC, as short as it can be told.

    >>> _seen({"first": "2026-11-23T06:30:00Z", "last": "2026-11-23T07:10:00Z"}), _seen({"first": None})
    ('11-23 06:30-07:10', '')
    >>> _seen({"first": "2026-11-23T06:30:00Z", "last": "2026-11-24T06:30:00Z"})
    '11-23 06:30-11-24 06:30'
    """
    if row["first"] is None:
        return ""
    first, last = (str(row[key])[5:16].replace("T", " ") for key in ("first", "last"))
    if first == last:
        return first
    return f"{first}-{last[6:] if last[:5] == first[:5] else last}"


def _example(row: Row) -> str:
    """An entry in its own words, where they say more than the template."""
    message = str(row["example"])
    return "" if message == row["template"] else message.partition("\n")[0]
