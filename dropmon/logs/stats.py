"""What a stream of logs says in numbers: the verdict, its functions, levels, services, and when it was."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from dropmon.logs.axis import Axis, axis, bar, spark
from dropmon.logs.counting import NONE, Counts, Facts
from dropmon.logs.level import Level
from dropmon.logs.minutes import MINUTE
from dropmon.model import Status, moment
from dropmon.output import Column, Page, Row, Table
from dropmon.units import human_duration

WIDTH = 20  # bars of a trend
NAMELESS = "-"  # what names no service

Entries = Mapping[tuple[Facts, int | None], int]
TREND = Column("_trend", "trend", raw=False)


class Share(NamedTuple):
    """Entries with something in common, a minute, and how many of them failed."""

    minutes: Counter[int | None]
    failed: Counter[int | None]


def shares(entries: Entries, key: Callable[[Facts], Any], failed: Callable[[Facts], bool | None]) -> dict[Any, Share]:
    """The entries by what they have in common; what has no key is left out."""
    found: dict[Any, Share] = defaultdict(lambda: Share(Counter(), Counter()))
    for (each, minute), count in entries.items():
        share = found[key(each)]
        share.minutes[minute] += count
        if failed(each):
            share.failed[minute] += count
    return found


def page(counts: Counts) -> Page:
    """The whole of it."""
    facts = verdict(counts)
    status = Status.WARNING if facts["errors"] else Status.OK if facts["entries"] else Status.UNKNOWN
    shown = {name: table for name, table in tables(counts).items() if table.rows}
    return Page("stats", "Log statistics", headline(facts), status, shown, notes(facts, counts.entries), facts)


def tables(counts: Counts) -> dict[str, Table]:
    """Each table by its name."""
    entries = counts.entries
    return {
        "functions": functions(counts),
        "levels": levels(entries),
        "services": services(entries),
        "times": times(entries),
    }


def verdict(counts: Counts) -> dict[str, Any]:
    """The numbers of all entries."""
    total = counts.total
    errors = sum(count for (each, _), count in counts.entries.items() if _is_error(each))
    first, last = (None if time is None else moment(time) for time in counts.span)
    return {
        "entries": total,
        "errors": errors,
        "error_percent": percent(errors, total),
        "first": first,
        "last": last,
        "without_level": sum(count for (each, _), count in counts.entries.items() if not each.level),
        "without_time": sum(count for (_, minute), count in counts.entries.items() if minute is None),
    }


def headline(facts: Mapping[str, Any]) -> str:
    """The verdict in a line.

    >>> headline({"entries": 2000, "errors": 50, "error_percent": 2.5, "first": "a", "last": "b"})
    '2,000 entries, 50 errors (2.5 %), a to b'
    """
    read, failed = plural(facts["entries"], "entry", "entries"), plural(facts["errors"], "error")
    said = f"{read}, {failed} ({shown_percent(facts['error_percent'])})" if facts["entries"] else "no entries"
    return f"{said}, {facts['first']} to {facts['last']}" if facts["first"] else said


def notes(facts: Mapping[str, Any], entries: Entries) -> tuple[str, ...]:
    """What to know of the numbers."""
    said = []
    time = _trend(entries)
    if time.size > 1:
        said.append(f"a bar of a trend is {human_duration(time.step * MINUTE)}, from {moment(time.start * MINUTE)} on")
    if facts["without_level"]:
        said.append(f"{plural(facts['without_level'], 'entry', 'entries')} without a level")
    if facts["without_time"]:
        said.append(f"{plural(facts['without_time'], 'entry', 'entries')} without a time")
    return tuple(said)


def functions(counts: Counts) -> Table:
    """Each function, the one that fails most first: of its requests, or where it tells of none, of its entries."""
    time = _trend(counts.entries)
    named = {key: count for key, count in counts.entries.items() if key[0].function}
    asked = {key: count for key, count in named.items() if key[0].failed is not None}
    requests = shares(asked, lambda each: each.function, lambda each: each.failed)
    rows = []
    for name, share in shares(named, lambda each: each.function, _is_failure).items():
        durations = counts.durations.get(name, NONE)
        quantiles = {f"p{q}_seconds": _rounded(durations.quantile(q / 100)) for q in (50, 95)}
        rated = _rated(requests.get(name, share), "requests")
        own = {**_rated(share, "entries"), "error_percent": rated["error_percent"]}
        own["requests"] = rated["requests"] if name in requests else 0
        rows.append({"function": name, **own, **quantiles, "_trend": _spark(time, share)})
    rows.sort(key=lambda row: (-row["error_percent"], -row["errors"], row["function"]))
    quantiles_of = (_duration("p50_seconds", "p50"), _duration("p95_seconds", "p95"))
    numbers = _count("entries"), _count("requests"), *_rates("entries")[1:]
    return Table("functions", (Column("function", "function"), *numbers, *quantiles_of, TREND), rows, failing(rows))


def failing(rows: Sequence[Row]) -> str:
    """Which of them fails most.

    >>> failing([{"function": "pay", "errors": 2, "error_percent": 50.0}])
    'pay fails most: 50 %'
    >>> failing([{"function": "pay", "errors": 2, "error_percent": 0.0}])
    'pay has most errors: 2'
    """
    if not rows or not rows[0]["errors"]:
        return "none failed"
    if not rows[0]["error_percent"]:
        return f"{rows[0]['function']} has most errors: {rows[0]['errors']:,}"
    return f"{rows[0]['function']} fails most: {shown_percent(rows[0]['error_percent'])}"


def levels(entries: Entries) -> Table:
    """Each level, the most serious first."""
    time, total = _trend(entries), sum(entries.values())
    found = shares(entries, lambda each: each.level, _is_error)
    rows = []
    for level in sorted(found, reverse=True):
        count = sum(found[level].minutes.values())
        trend = _spark(time, found[level])
        rows.append({"level": level.word, "entries": count, "percent": percent(count, total), "_trend": trend})
    columns = Column("level", "level"), _count("entries"), _percentage("percent", "share"), TREND
    return Table("levels", columns, rows, plural(len(rows), "level"))


def services(entries: Entries) -> Table:
    """Each service, the one with most errors first."""
    time = _trend(entries)
    found = shares(entries, lambda each: each.service, _is_error)
    rows = [
        {"service": name, **_rated(share, "entries"), "_trend": _spark(time, share)} for name, share in found.items()
    ]
    rows.sort(key=lambda row: (-row["errors"], -row["entries"], row["service"] or ""))
    service = Column("service", "service", lambda row: str(row["service"] or NAMELESS))
    return Table("services", (service, *_rates("entries"), TREND), rows, plural(len(rows), "service"))


def times(entries: Entries) -> Table:
    """Each column of time."""
    time = axis(minute for _, minute in entries)
    share = shares(entries, lambda _: None, _is_error).get(None, Share(Counter(), Counter()))
    total, failed = time.values(share.minutes), time.values(share.failed)
    rows = [
        {
            "time": moment((time.start + at * time.step) * MINUTE),
            **_rates_of(count, errors, "entries"),
            "_trend": bar(count, max(total), WIDTH),
        }
        for at, (count, errors) in enumerate(zip(total, failed, strict=True))
    ]
    facts = {"step_seconds": time.step * MINUTE}
    return Table("times", (Column("time", "time"), *_rates("entries"), TREND), rows, facts=facts)


def percent(part: int, whole: int) -> float | None:
    """A share, to four digits behind the point.

    >>> percent(1, 3), percent(0, 0)
    (33.3333, None)
    """
    return round(100 * part / whole, 4) if whole else None


def shown_percent(value: object) -> str:
    """A percentage for people: what is not nothing is not shown as nothing.

    >>> [shown_percent(value) for value in (0.0, 0.004, 2.5, 33.3333, 99.9999, None)]
    ['0 %', '<0.01 %', '2.5 %', '33.3 %', '>99.9 %', '-']
    """
    if not isinstance(value, float):
        return "-"
    if 99.9 < value < 100:
        return ">99.9 %"
    return "<0.01 %" if 0 < value < 0.01 else f"{value:.3g} %"


def plural(count: int, noun: str, nouns: str = "") -> str:
    """A count and its noun.

    >>> plural(1, "entry", "entries"), plural(2000, "level")
    ('1 entry', '2,000 levels')
    """
    return f"{count:,} {noun if count == 1 else nouns or noun + 's'}"


def _is_failure(each: Facts) -> bool:
    return bool(each.failed) or _is_error(each)


def _is_error(each: Facts) -> bool:
    return each.level >= Level.ERROR


def _trend(entries: Entries) -> Axis:
    return axis((minute for _, minute in entries), WIDTH)


def _spark(time: Axis, share: Share) -> str:
    return spark(time.values(share.minutes))


def _rated(share: Share, noun: str) -> dict[str, Any]:
    return _rates_of(sum(share.minutes.values()), sum(share.failed.values()), noun)


def _rates_of(count: int, errors: int, noun: str) -> dict[str, Any]:
    return {noun: count, "errors": errors, "error_percent": percent(errors, count)}


def _rates(noun: str) -> tuple[Column, ...]:
    return _count(noun), _count("errors"), _percentage("error_percent", "rate")


def _count(key: str) -> Column:
    return Column(key, key, lambda row: f"{row[key]:,}", right=True)


def _percentage(key: str, title: str) -> Column:
    return Column(key, title, lambda row: shown_percent(row[key]), right=True)


def _duration(key: str, title: str) -> Column:
    def show(row: Row) -> str:
        value = row[key]
        return human_duration(value) if isinstance(value, float) else "-"

    return Column(key, title, show, right=True)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(float(value), 6)
