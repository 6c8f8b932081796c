"""Old samples become hours, old hours are forgotten: a few at a time, so that no recording ever waits for it."""

from __future__ import annotations

from itertools import groupby
from math import nan
from typing import TYPE_CHECKING

from dropmon.history.retention import HOUR_MS, as_of, hour_of
from dropmon.storage import queries
from dropmon.storage.store import Tidied

if TYPE_CHECKING:
    import sqlite3

AT_ONCE = 24  # hours of one series


def forgotten(database: sqlite3.Connection, now: float) -> float:
    """The time as of which things may be forgotten by their age, within the transaction that forgets them."""
    at, touched = database.execute("SELECT at, touched FROM forgetting").fetchone()
    until = as_of(now, at, touched)
    database.execute("UPDATE forgetting SET at = ?, touched = ?", (until, now))
    return min(now, until)


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
        count, last = self._database.execute(queries.NEXT_SERIES, (self.after, series)).fetchone()
        old = self._first_raw_hour * HOUR_MS, self._first_hour
        due = self._database.execute(queries.DUE, (self.after, series, *old)).fetchall()
        for (number,) in due:
            while hours > 0 and (made := self._roll_up(number)):
                hours -= made
            if hours <= 0:
                return False
            self._forget(number)
            self.after = number
        self.after = last or self.after
        done: bool = count < series
        return done

    def _roll_up(self, series: int) -> int:
        """Makes hours of up to a day of old samples; how many."""
        (oldest,) = self._database.execute("SELECT min(time_ms) FROM samples WHERE series = ?", (series,)).fetchone()
        if oldest is None or hour_of(oldest) >= self._first_raw_hour:
            return 0
        until = min(self._first_raw_hour, hour_of(oldest) + AT_ONCE) * HOUR_MS
        old = self._database.execute(
            "SELECT time_ms, value FROM samples WHERE series = ? AND time_ms < ? ORDER BY time_ms", (series, until)
        )
        from dropmon.storage.hourly import extend  # a store whose samples are all young needs no hours

        made = 0
        for hour, samples in groupby(old, lambda row: hour_of(row[0])):
            extend(self._database, series, hour, [(time, nan if value is None else value) for time, value in samples])
            made += 1
        gone = self._database.execute("DELETE FROM samples WHERE series = ? AND time_ms < ?", (series, until))
        self.tidied = self.tidied.and_(Tidied(samples=gone.rowcount))
        return made

    def _forget(self, series: int) -> None:
        """Drops hours that are too old, and a series that has nothing left."""
        hours = self._database.execute("DELETE FROM hours WHERE series = ? AND hour < ?", (series, self._first_hour))
        empty = self._database.execute(
            "DELETE FROM series WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM samples WHERE series = ?1)"
            " AND NOT EXISTS (SELECT 1 FROM hours WHERE series = ?1)",
            (series,),
        )
        self.tidied = self.tidied.and_(Tidied(hours=hours.rowcount, series=empty.rowcount))
