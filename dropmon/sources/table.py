"""Sources as an answer: the verdict first, what failed on top, what to do under it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from dropmon.model import Status, moment
from dropmon.output import Column, Row, Table
from dropmon.rules.types import show_duration
from dropmon.units import human_duration

if TYPE_CHECKING:
    from datetime import tzinfo

    from dropmon.sources.run import Answer, Round
    from dropmon.sources.source import Given, Reading


def table(done: Round, zone: tzinfo | None = None) -> Table:
    """A round, a row a sample, and a row for whatever is missing."""
    rows = [row(answer, reading) for answer in done.answers for reading in answer.readings]
    rows.sort(key=lambda each: each["value"] is not None)
    facts = {"collected_at": moment(done.began), "status": done.status.value}
    return Table("samples", COLUMNS, rows, headline(done, zone), done.status, facts=facts)


def headline(done: Round, zone: tzinfo | None) -> str:
    """The verdict of the whole round in one line."""
    sources, samples = counted(len(done.answers), "source"), counted(sum(1 for _ in done.samples()), "sample")
    failed = sum(answer.failed for answer in done.answers)
    if events := sum(1 for _ in done.events()):
        samples += f", {counted(events, 'event')}"
    said = f"{failed} of {sources} failed, {samples}" if failed else f"{sources}, {samples}"
    if not done.answers:
        said = "nothing to collect: the rules name no source"
    clock, took = f"{datetime.fromtimestamp(done.began, zone):%H:%M:%S}", human_duration(done.ended - done.began)
    return f"{done.status.symbol} {done.status.name}  {said}  ({clock}, in {took})"


def counted(count: int, noun: str) -> str:
    """
    >>> counted(1, "sample"), counted(1200, "sample")
    ('1 sample', '1,200 samples')
    """
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def row(answer: Answer, reading: Reading) -> Row:
    """One reading with its raw values."""
    status = Status.UNKNOWN if reading.value is None else Status.OK
    return {
        "metric": reading.metric,
        "labels": dict(reading.labels),
        "value": reading.value,
        "status": status.value,
        "error": reading.error,
        "hint": reading.hint,
        "kind": answer.given.kind,
        "at": moment(answer.at),
    }


def listed(given: Sequence[Given]) -> Table:
    """The sources as the rules give them."""
    rows = [
        {
            "name": each.name,
            "kind": each.kind,
            "labels": each.source.labels if each.source else {},
            "every_seconds": each.source.every if each.source else None,
            "asks": each.source.asks() if each.source else "",
            "error": each.problem.what if each.problem else "",
            "hint": each.problem.hint if each.problem else "",
        }
        for each in given
    ]
    return Table("sources", LISTED, rows, "" if rows else "the rules name no source")


def _labels(row: Row) -> str:
    labels = row["labels"]
    assert isinstance(labels, Mapping)
    return ", ".join(f"{name}={text}" for name, text in labels.items())


def _value(row: Row) -> str:
    value = row["value"]
    if not isinstance(value, float):
        return ""
    return f"{value:.15g}" if value.is_integer() else f"{value:.6g}"


def _status(row: Row) -> str:
    status = Status(str(row["status"]))
    return f"{status.symbol} {status.value}"


def _every(row: Row) -> str:
    seconds = row["every_seconds"]
    return show_duration(seconds) if isinstance(seconds, float) else ""


WRONG = (Column("error", "what is wrong", detail=True), Column("hint", "what to do", detail=True, mark="→ "))
COLUMNS = (
    Column("metric", "metric"),
    Column("labels", "labels", _labels),
    Column("value", "value", _value, right=True),
    Column("status", "status", _status),
    *WRONG,
    Column("kind", "kind", human=False),
    Column("at", "at", human=False),
)
LISTED = (
    Column("name", "name"),
    Column("kind", "kind"),
    Column("labels", "labels", _labels),
    Column("every_seconds", "every", _every, right=True),
    Column("asks", "asks", detail=True),
    *WRONG,
)
