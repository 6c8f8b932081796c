"""What became slower: two windows of the statements' recorded counters, side by side."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import tzinfo
from itertools import pairwise
from typing import Any, NamedTuple

from dropmon.db.report import Column
from dropmon.db.table import human, shown
from dropmon.db.trend import Labels, Points
from dropmon.model import Status, moment
from dropmon.output import Column as Shown
from dropmon.output import Table

FACTOR, LEAST = 1.5, 0.010  # slower: more than so many times as slow, and by more than so many seconds
RANK = {"slower": 0, "new": 1, "faster": 3}  # what comes first; the others between

Key = tuple[str, str]  # queryid and role


class Count(NamedTuple):
    """What a statement had come to when it was recorded."""

    time: float  # seconds since 1970
    calls: float
    seconds: float  # of execution, of all calls together


class Window(NamedTuple):
    """What a statement did between two moments."""

    calls: float = 0.0
    seconds: float = 0.0

    @property
    def mean(self) -> float | None:
        """Seconds a call."""
        return self.seconds / self.calls if self.calls else None


class Change(NamedTuple):
    """One statement before and after. None: not known, as when it was not among those recorded."""

    key: Key
    kind: str  # slower, faster, new, or nothing of these
    before: Window | None
    after: Window

    @property
    def added(self) -> float:
        """Seconds of execution more than before."""
        return self.after.seconds - (self.before.seconds if self.before else 0.0)


def joined(calls: Mapping[Labels, Points], seconds: Mapping[Labels, Points]) -> dict[Key, list[Count]]:
    """The two counters of each statement together; a moment at which only one was recorded is left out."""
    found: dict[Key, dict[float, Count]] = {}
    for labels, points in calls.items():
        named = dict(labels)
        total = dict(seconds.get(labels, ()))
        counts = {time: Count(time, count, total[time]) for time, count in points if time in total}
        found.setdefault((named.get("queryid", ""), named.get("role", "")), {}).update(counts)
    return {key: [counts[time] for time in sorted(counts)] for key, counts in found.items() if counts}


def grown(counts: Sequence[Count]) -> Window:
    """What was done from the first count to the last; one that falls was reset, or forgotten and begun anew.

    >>> grown([Count(0, 10, 1.0), Count(60, 30, 2.0), Count(120, 5, 0.5)])
    Window(calls=25.0, seconds=1.5)
    """
    calls = seconds = 0.0
    for one, next_ in pairwise(counts):
        began = next_.calls < one.calls or next_.seconds < one.seconds
        calls += next_.calls - (0 if began else one.calls)
        seconds += next_.seconds - (0 if began else one.seconds)
    return Window(calls, seconds)


def between(counts: Sequence[Count], start: float, end: float) -> Window | None:
    """What was done from the last count until `start` (or the first after it) to the last until `end`."""
    times = [count.time for count in counts]
    first, last = max(0, bisect_right(times, start) - 1), bisect_right(times, end)
    return grown(counts[first:last]) if last - first > 1 and times[last - 1] > start else None


def born(series: Mapping[Key, Sequence[Count]], limit: int, step: float = 1.0) -> dict[Key, Count]:
    """The statements that certainly had not run when the recording before their first was made: a count of nothing.

    Only the `limit` statements with the longest total are recorded: one that is missing in a full recording may only
    have become one of them since. What lies within one `step` of seconds is one recording.
    """
    sizes = Counter(place for counts in series.values() for place in {count.time // step for count in counts})
    places = sorted(sizes)
    found = {}
    for key, counts in series.items():
        index = bisect_left(places, counts[0].time // step)
        if index and sizes[places[index - 1]] < limit:
            found[key] = Count(places[index - 1] * step, 0.0, 0.0)
    return found


def compare(
    series: Mapping[Key, Sequence[Count]], since: float, until: float, limit: int, step: float = 1.0
) -> list[Change]:  # fmt: skip
    """Every statement that ran in the window from `since` to `until`, beside the window of the same length before it.

    First what became slower, then what is new, then the others; in each, first what took most time more than before.
    """
    firsts = born(series, limit, step)
    changes = []
    for key, recorded in series.items():
        counts = [firsts[key], *recorded] if key in firsts else recorded
        after = between(counts, since, until)
        if after and after.calls:
            fresh = key in firsts and recorded[0].time > since
            before = Window() if fresh else between(counts, 2 * since - until, since)
            changes.append(Change(key, kind(before, after, fresh), before, after))
    return sorted(changes, key=lambda change: (RANK.get(change.kind, 2), -change.added, change.key))


def kind(before: Window | None, after: Window, fresh: bool = False) -> str:
    """How a statement changed, in one word.

    >>> kind(Window(10, 1.0), Window(10, 2.0)), kind(Window(10, 0.01), Window(10, 0.02))
    ('slower', '')
    """
    if fresh:
        return "new"
    was, now = before.mean if before else None, after.mean
    if was is None or now is None or abs(now - was) <= LEAST:
        return ""
    return "slower" if now > FACTOR * was else "faster" if was > FACTOR * now else ""


COLUMNS = (
    Column("change", "change"), Column("mean_before_seconds", "mean before"), Column("mean_after_seconds", "after"),
    Column("calls_before", "calls before", human=False), Column("calls_after", "calls"),
    Column("total_before_seconds", "total before", human=False), Column("total_after_seconds", "total", human=False),
    Column("added_seconds", "added"), Column("queryid", "queryid"), Column("role", "role", human=False),
    Column("status", "status", human=False), Column("statement", "statement", detail=True),
)  # fmt: skip


class Span(NamedTuple):
    """The windows that were asked for, and the recordings that there are. Seconds since 1970."""

    since: float
    until: float
    recordings: tuple[float, ...] = ()  # oldest first

    @property
    def step(self) -> float:
        """Of so many seconds one recording is enough."""
        return max(1.0, (self.until - self.since) / 96)

    @property
    def before(self) -> float:
        """How long the window before is, as far as it was recorded."""
        old = [time for time in self.recordings if time <= self.since]
        first = max((time for time in old if time <= 2 * self.since - self.until), default=min(old, default=self.since))
        return max(old, default=first) - first


def row(change: Change, statements: Mapping[str, str]) -> dict[str, Any]:
    """A change for programs."""
    before = change.before or Window()
    known = change.before is not None
    return {
        "change": change.kind, "mean_before_seconds": before.mean, "mean_after_seconds": change.after.mean,
        "calls_before": round(before.calls) if known else None, "calls_after": round(change.after.calls),
        "total_before_seconds": before.seconds if known else None, "total_after_seconds": change.after.seconds,
        "added_seconds": change.added if known else None, "queryid": change.key[0], "role": change.key[1],
        "status": Status.WARNING.value if change.kind == "slower" else None, "statement": statements.get(change.key[0]),
    }  # fmt: skip


def table(
    changes: Sequence[Change], span: Span, database: str, statements: Mapping[str, str], limit: int = 0,
    zone: tzinfo | None = None,
) -> Table:  # fmt: skip
    """The changes under their verdict; `statements` are texts by queryid, as far as they are known."""
    counted = Counter(change.kind for change in changes)
    status = Status.WARNING if counted["slower"] else Status.OK
    rows = [row(change, statements) for change in (changes[:limit] if limit else changes)]
    told = f"{counted['slower']} of {len(changes)} statements became slower, {counted['new']} are new"
    since, until = human("_at", span.since, zone), human("_at", span.until, zone)
    return Table(
        "rows", tuple(_shown(column, rows, zone) for column in COLUMNS), rows,
        f"{status.symbol} {status.name}  {told}, {since} to {until}  ({database})", status, tuple(_notes(span)),
        {
            "report": "diff", "database": database, "status": status.value, "since_at": moment(span.since),
            "until_at": moment(span.until), "recorded_before_seconds": span.before, "statements": len(changes),
            "slower": counted["slower"], "new": counted["new"],
        },
    )  # fmt: skip


def _shown(column: Column, rows: Iterable[Mapping[str, Any]], zone: tzinfo | None) -> Shown:
    if column.key != "added_seconds":
        return shown(column, list(rows), zone)

    def signed(row: Mapping[str, Any]) -> str:
        value = row["added_seconds"]
        return "" if value is None else ("−" if value < 0 else "+") + human(column.key, abs(value))

    return Shown(column.key, column.title, signed, right=True)


def _notes(span: Span) -> Iterable[str]:
    length = span.until - span.since
    if span.before < 0.8 * length:
        before, wanted = human("_seconds", span.before), human("_seconds", length)
        yield f"of the {wanted} before only {before} are recorded: compare the means, not the totals"
