"""The hours as rows of the embedded store."""

from __future__ import annotations

from dataclasses import astuple, fields
from math import nan
from typing import TYPE_CHECKING

from dropmon.history.hours import Hour, extended

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

COLUMNS = tuple(column.name for column in fields(Hour))
LIST = ", ".join(COLUMNS)
KEEP = f"INSERT OR REPLACE INTO hours (series, hour, {LIST}) VALUES (?, ?{', ?' * len(COLUMNS)})"  # noqa: S608
KEPT = f"SELECT {LIST} FROM hours WHERE series = ? AND hour = ?"  # noqa: S608 - the names are our own


def extend(database: sqlite3.Connection, series: int, hour: int, samples: list[tuple[int, float]]) -> None:
    """Adds samples to an hour of a series, or makes that hour."""
    row = database.execute(KEPT, (series, hour)).fetchone()
    kept = extended(hour_from(row) if row else None, samples)
    if kept:
        database.execute(KEEP, (series, hour, *astuple(kept)))


def hour_from(row: Iterable[float | bytes | None]) -> Hour:
    """The hour of a row of COLUMNS; NULL is NaN."""
    return Hour(*(nan if value is None else value for value in row))  # type: ignore[arg-type]
