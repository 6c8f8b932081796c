"""Outcomes as an answer: the verdict first, the worst on top, what to do under it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple, overload

from dropmon.model import Outcome, Status, Verdict, moment
from dropmon.output import Column, Row, Table, clean
from dropmon.units import human_duration

if TYPE_CHECKING:
    from datetime import tzinfo

BARS = "▁▂▃▄▅▆▇█"
AROUND = 7  # lines of a screen that are not rows


class Report(NamedTuple):
    """One run, with what the history knows of it. Times in seconds since 1970."""

    at: float
    took: float
    outcomes: Sequence[Outcome]
    since: Mapping[tuple[str, str], float] = MappingProxyType({})
    trend: Mapping[tuple[str, str], Sequence[float]] = MappingProxyType({})  # last durations, oldest first
    zone: tzinfo | None = None
    interrupted: bool = False

    @property
    def status(self) -> Status:
        """The worst of all; a run that was interrupted is not known to be well."""
        cut = [Status.UNKNOWN] if self.interrupted else []
        return Status.worst([*cut, *(outcome.status for outcome in self.outcomes)])


def spark(values: Sequence[float]) -> str:
    """A line of bars between the least and the greatest.

    >>> spark([1, 2, 3, 10]), spark([5, 5]), spark([])
    ('▁▁▂█', '▁▁', '')
    """
    if not values:
        return ""
    least, span = min(values), max(values) - min(values)
    return "".join(BARS[int((value - least) / span * 7) if span else 0] for value in values)


def headline(report: Report) -> str:
    """The verdict of the whole run in one line."""
    counts = Counter(outcome.verdict for outcome in report.outcomes)
    worst_first = sorted(counts, key=lambda verdict: -verdict.status.badness)
    said = ", ".join(f"{counts[verdict]} {verdict.word}" for verdict in worst_first)
    if set(counts) == {Verdict.HEALTHY}:
        said = f"all {said}" if counts[Verdict.HEALTHY] > 1 else "healthy"
    elif len(report.outcomes) > 1:
        said += f" of {len(report.outcomes)}"
    clock, took = f"{datetime.fromtimestamp(report.at, report.zone):%H:%M:%S}", human_duration(report.took)
    said = said or "nothing to check: no entry of the rules is meant"
    return f"{report.status.symbol} {report.status.name}  {said}  ({clock}, in {took})"


def table(report: Report, lines: int | None = None, phases: bool = False) -> Table:
    """The run as a table, worst first. What a screen of so many lines has no room for is only counted."""
    ordered = sorted(report.outcomes, key=lambda outcome: -outcome.status.badness)
    shown = ordered if lines is None else fitting(ordered, lines - AROUND)
    people = {"kind": len({outcome.kind for outcome in ordered}) > 1, "phases_ms": phases}
    return Table(
        name="checks",
        columns=tuple(each._replace(human=people.get(each.key, each.human)) for each in COLUMNS),
        rows=Rows(shown, report),
        headline=headline(report),
        status=report.status,
        notes=left_out(ordered[len(shown) :]),
        facts={"checked_at": moment(report.at), "status": report.status.value},
    )


def fitting(ordered: Sequence[Outcome], room: int) -> Sequence[Outcome]:
    """As many of the worst as so many lines have room for: the verdict above them must stay in sight."""
    before = None
    for index, outcome in enumerate(ordered):
        said = outcome.error, outcome.hint
        room -= 1 if said == before or not outcome.error else 4
        if room < 0:
            return ordered[:index]
        before = said
    return ordered


def left_out(outcomes: Sequence[Outcome]) -> tuple[str, ...]:
    """How many are not shown, and of which kind."""
    counts = Counter(outcome.verdict.word for outcome in outcomes)
    said = ", ".join(f"{count} {word}" for word, count in counts.items())
    return (f"not shown: {said}; --all shows every check",) if outcomes else ()


class Rows(Sequence[Row]):
    """The rows of outcomes, each made when it is looked at: ten thousand at once would fill tens of megabytes."""

    def __init__(self, outcomes: Sequence[Outcome], report: Report) -> None:
        self.outcomes = outcomes
        self.report = report

    def __len__(self) -> int:
        return len(self.outcomes)

    @overload
    def __getitem__(self, index: int) -> Row: ...
    @overload
    def __getitem__(self, index: slice) -> Rows: ...
    def __getitem__(self, index: int | slice) -> Row | Rows:
        if isinstance(index, slice):
            return Rows(self.outcomes[index], self.report)
        return row(self.outcomes[index], self.report)


def row(outcome: Outcome, report: Report) -> Row:
    """One outcome with its raw values; what starts with '_' is for the cells only."""
    since = report.since.get((outcome.kind, outcome.name))
    return {
        "name": outcome.name,
        "kind": outcome.kind,
        "status": outcome.status.value,
        "verdict": outcome.verdict.name.lower(),
        "status_code": outcome.status_code,
        "duration_ms": milliseconds(outcome.duration),
        "phases_ms": {phase: milliseconds(taken) for phase, taken in outcome.phases._asdict().items()},
        "certificate_expires_at": moment(outcome.certificate_expires) if outcome.certificate_expires else None,
        "error": outcome.error or None,
        "hint": outcome.hint or None,
        "since": moment(since) if since is not None else None,
        "labels": {**outcome.labels, **({"tags": ",".join(outcome.tags)} if outcome.tags else {})},
        "_word": outcome.verdict.word,
        "_since": lasting(since, report.at, report.zone),
        "_trend": spark(report.trend.get((outcome.kind, outcome.name), ())),
    }


def milliseconds(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * 1000, 3)


def lasting(since: float | None, now: float, zone: tzinfo | None) -> str:
    """When it began and how long it has lasted.

    >>> from datetime import UTC
    >>> lasting(1795419127, 1795419127 + 600, UTC), lasting(1795419127, 1795419127 + 2 * 86400, UTC)
    ('07:32 (10m)', '23 Nov (2d)')
    """
    if since is None:
        return ""
    if now - since < 1:
        return "just now"
    form = "%H:%M" if now - since < 20 * 3600 else "%d %b"
    return f"{datetime.fromtimestamp(since, zone).strftime(form)} ({human_duration(round(now - since))})"


def _status(row: Row) -> str:
    return f"{Status(str(row['status'])).symbol} {row['_word']}"


def _phases(row: Row) -> str:
    taken = row["phases_ms"]
    assert isinstance(taken, Mapping)
    return " ".join(f"{phase} {human_duration(ms / 1000)}" for phase, ms in taken.items() if ms is not None)


def _time(row: Row) -> str:
    taken = row["duration_ms"]
    return human_duration(taken / 1000) if isinstance(taken, float) else ""


COLUMNS = (
    Column("name", "name"),
    Column("kind", "kind"),
    Column("status", "status", _status),
    Column("verdict", "verdict", human=False),
    Column("status_code", "code", right=True),
    Column("duration_ms", "time", _time, right=True),
    Column("phases_ms", "phases", _phases, human=False),
    Column("_trend", "trend", raw=False),
    Column("_since", "since", raw=False),
    Column("certificate_expires_at", "certificate", human=False),
    Column("error", "what is wrong", detail=True),
    Column("hint", "what to do", detail=True, mark="→ "),
    Column("since", "since", human=False),
    Column("labels", "labels", human=False),
)


def nagios(report: Report) -> str:
    """One line and performance data, as the monitoring plugins' guidelines ask."""
    wrong = [outcome for outcome in report.outcomes if outcome.status is not Status.OK]
    wrong.sort(key=lambda outcome: -outcome.status.badness)
    said = "; ".join(f"{outcome.name} {outcome.verdict.word}: {outcome.error}" for outcome in wrong[:5])
    counted = f"{len(report.outcomes) - len(wrong)} of {len(report.outcomes)} healthy"
    figures = " ".join(
        f"'{_label(outcome.name)}'={'U' if outcome.duration is None else f'{outcome.duration:.6f}s'};;;0"
        for outcome in report.outcomes
    )
    return f"DROPMON {report.status.name} - {clean(said or counted).replace('|', '/')} | {figures}"


def _label(name: str) -> str:
    return clean(name).translate(str.maketrans("'=|", "___"))
