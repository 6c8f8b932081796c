"""What the history holds, as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dropmon.model import moment
from dropmon.output import Column, Row, Table
from dropmon.units import human_duration, human_size

if TYPE_CHECKING:
    from dropmon.storage import Info, Retention

TITLES = {
    "place": "file",
    "size_bytes": "size",
    "series": "series",
    "samples": "samples",
    "oldest": "oldest sample",
    "newest": "newest sample",
    "hours": "hourly rows",
    "oldest_hour": "oldest hour",
    "retention_seconds": "samples are kept for",
    "hourly_retention_seconds": "hourly rows are kept for",
    "schema": "schema version",
}


def table(info: Info, retention: Retention) -> Table:
    """One fact a row."""
    facts = {
        "place": info.place,
        "size_bytes": info.size,
        "series": info.series,
        "samples": info.samples,
        "oldest": None if info.oldest is None else moment(info.oldest),
        "newest": None if info.newest is None else moment(info.newest),
        "hours": info.hours,
        "oldest_hour": None if info.oldest_hour is None else moment(info.oldest_hour),
        "retention_seconds": retention.raw,
        "hourly_retention_seconds": retention.hourly,
        "schema": info.version,
    }
    columns = Column("fact", "history", show=lambda row: TITLES[str(row["fact"])]), Column("value", "", show=_shown)
    return Table("history", columns, [{"fact": fact, "value": value} for fact, value in facts.items()], facts=facts)


def _shown(row: Row) -> str:
    fact, value = str(row["fact"]), row["value"]
    if value is None:
        return "none"
    if isinstance(value, int | float) and fact.endswith("_seconds"):
        return human_duration(value)
    if isinstance(value, int):
        return human_size(value) if fact == "size_bytes" else f"{value:,}"
    return str(value)
