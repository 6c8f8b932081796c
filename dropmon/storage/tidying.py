"""Old samples become hours, old hours are forgotten: a few at a time, so that no recording ever waits for it."""

from __future__ import annotations

from dataclasses import astuple, fields
from itertools import groupby
from math import nan
from typing import TYPE_CHECKING

from dropmon.history.hours import Hour, extended
from dropmon.history.retention import HOUR_MS, hour_of
from dropmon.storage.store import Tidied

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

COLUMNS = tuple(column.name for column in fields(Hour))
LIST = ", ".join(COLUMNS)
KEEP = f"INSERT OR REPLACE INTO hours (series, hour, {LIST}) VALUES (?, ?{', ?' * len(COLUMNS)})"  # noqa: S608
KEPT = f"SELECT {LIST} FROM hours WHERE series = ? AND hour = ?"  # noqa: S608 - the names are our own
AT_ONCE = 24  # hours of one series


class Walk:
    """One walk along the series, from the one after `after`; what is older than the two hours given is tidied up."""

    def __init__(self, database: sqlite3.Connection, first_raw_hour: int, first_hour: int, after: int) -> None:
        self.after = after
        self.tidied = Tidied()
        self._database = database
        self._first_raw_hour = first_raw_hour
        self._first_hour = first_hour

    def step(self, series: int, hours: int) -> bool:
        """Looks at so many series, and makes at most about so many hours; whether the last series was reached."""
        found = self._database.execute("SELECT id FROM series WHERE id > ? ORDER BY id LIMIT ?", (self.after, series))
        ids = [row[0] for row in found]
        for number in ids:
            while hours > 0 and (made := self._roll_up(number)):
                hours -= made
            if hours <= 0:
                return False
            self._forget(number)
            self.after = number
        return len(ids) < series

    def _roll_up(self, series: int) -> int:
        """Makes hours of up to a day of old samples; how many."""
        (oldest,) = self._database.execute("SELECT min(time_ms) FROM samples WHERE series = ?", (series,)).fetchone()
        if oldest is None or hour_of(oldest) >= self._first_raw_hour:
            return 0
        until = min(self._first_raw_hour, hour_of(oldest) + AT_ONCE) * HOUR_MS
        old = self._database.execute(
            "SELECT time_ms, value FROM samples WHERE series = ? AND time_ms < ? ORDER BY time_ms", (series, until)
        )
        made = 0
        for hour, samples in groupby(old, lambda row: hour_of(row[0])):
            self._extend(series, hour, [(time, nan if value is None else value) for time, value in samples])
            made += 1
        gone = self._database.execute("DELETE FROM samples WHERE series = ? AND time_ms < ?", (series, until))
        self.tidied = self.tidied.and_(Tidied(samples=gone.rowcount))
        return made

    def _extend(self, series: int, hour: int, samples: list[tuple[int, float]]) -> None:
        row = self._database.execute(KEPT, (series, hour)).fetchone()
        kept = extended(hour_from(row) if row else None, samples)
        if kept:
            self._database.execute(KEEP, (series, hour, *astuple(kept)))

    def _forget(self, series: int) -> None:
        """Drops hours that are too old, and a series that has nothing left."""
        hours = self._database.execute("DELETE FROM hours WHERE series = ? AND hour < ?", (series, self._first_hour))
        empty = self._database.execute(
            "DELETE FROM series WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM samples WHERE series = ?1)"
            " AND NOT EXISTS (SELECT 1 FROM hours WHERE series = ?1)",
            (series,),
        )
        self.tidied = self.tidied.and_(Tidied(hours=hours.rowcount, series=empty.rowcount))


def hour_from(row: Iterable[float | bytes | None]) -> Hour:
    """The hour of a row of COLUMNS; NULL is NaN."""
    return Hour(*(nan if value is None else value for value in row))  # type: ignore[arg-type]
