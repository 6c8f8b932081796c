"""Which reports were sent, to whom, and what a report asks of the history. Of many that send at once one wins."""

from __future__ import annotations

import json
from array import array
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from dropmon.storage.alerts import alerts_of
from dropmon.storage.failures import explained
from dropmon.storage.opening import transaction

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from dropmon.storage.store import Store

SENDING, SENT = "sending", "sent"
# whose address is cased otherwise is the same: the week is not sent to them again
ROW = "SELECT * FROM reports WHERE name = ? AND period = ? AND recipients = ? COLLATE NOCASE"
DONE = "UPDATE reports SET state = ?, at = ? WHERE name = ? AND period = ? AND recipients = ? COLLATE NOCASE"
UNDONE = """
DELETE FROM reports WHERE name = ? AND period = ? AND recipients = ? COLLATE NOCASE AND at = ? AND state = ?
"""
SLEEPY = 600.0  # seconds: a clock that was set back so far made no row of the future

# The durations of probes that failed: the samples of one probe have one time.
FAILING = """
SELECT json_extract(pair.value, '$[1]'), took.value FROM json_each(?1) AS pair
CROSS JOIN samples AS good ON good.series = json_extract(pair.value, '$[0]')
AND good.time_ms > ?2 AND good.time_ms <= ?3 AND good.value = 0
LEFT JOIN samples AS took ON took.series = json_extract(pair.value, '$[1]') AND took.time_ms = good.time_ms
"""
VALUES = "SELECT value FROM samples WHERE series = ? AND time_ms > ? AND time_ms <= ? AND value IS NOT NULL"
# The hours in which any series has a sample, or an hour whose samples have gone: each is looked for until one is found.
TOUCHED = """
WITH RECURSIVE slots(start, until) AS (
    SELECT ?2, min(?2 + 3600000, ?3)
    UNION ALL SELECT until, min(until + 3600000, ?3) FROM slots WHERE until < ?3
)
SELECT start / 1000.0 FROM slots WHERE EXISTS (
    SELECT 1 FROM json_each(?1) AS wanted CROSS JOIN samples
    ON series = wanted.value AND time_ms > start AND time_ms <= until
) OR EXISTS (
    SELECT 1 FROM json_each(?1) AS wanted CROSS JOIN hours ON series = wanted.value
    AND hour BETWEEN start / 3600000 - 1 AND until / 3600000 AND last_ms > start AND last_ms <= until
) ORDER BY start
"""
FIRED = """
SELECT at, rule FROM alert_edges
WHERE at >= ? AND at < ? AND after = 'firing' AND before NOT IN ('firing', 'recovering') ORDER BY at
"""
PAGED = "SELECT count(*) FROM outbox WHERE channel GLOB 'oncall*' AND state = 'sent' AND touched >= ? AND touched < ?"
FIRST = """
SELECT min(at) FROM (
    SELECT min((SELECT min(time_ms) FROM samples WHERE series = id)) / 1000.0 AS at FROM series
    UNION ALL SELECT min((SELECT min(hour) FROM hours WHERE series = id)) * 3600.0 FROM series
    UNION ALL SELECT min(opened) FROM incidents UNION ALL SELECT min(at) FROM alert_edges
)
"""


class Sent(NamedTuple):
    """A report that was sent to somebody, or is being sent. `at` in seconds since 1970."""

    name: str
    period: str
    recipients: str
    state: str
    at: float
    message: str


class Claim(NamedTuple):
    """Whether a report is ours to send; if not, `row` says who was faster, and else who gave up half-way."""

    won: bool
    row: Sent | None = None


class ReportStore:
    """The reports of a store. Raises StorageError when the disk fails it."""

    def __init__(self, database: sqlite3.Connection, place: str) -> None:
        self.place = place
        self._database = database

    def claim(self, wanted: Sent, patience: float, again: bool = False) -> Claim:
        """Takes a report to send it; one that was begun more than `patience` seconds ago was never finished.

        `again` takes it although it was sent, or is being sent: somebody asks for it who sees that it is not there.
        """
        self._database.execute("PRAGMA synchronous = FULL")  # a power failure must not send it twice
        try:
            with transaction(self._database, self.place):
                row = self._row(*wanted[:3])
                lost = row is not None and row.state == SENDING
                fresh = lost and row is not None and -SLEEPY < wanted.at - row.at < patience
                if row and not again and (fresh or not lost):
                    return Claim(False, row)
                key = row.recipients if row else wanted.recipients
                insert = "INSERT OR REPLACE INTO reports VALUES (?, ?, ?, ?, ?, ?)"
                self._database.execute(insert, wanted._replace(recipients=key, state=SENDING))
                return Claim(True, row)
        finally:
            self._database.execute("PRAGMA synchronous = NORMAL")

    def settle(self, one: Sent, at: float) -> None:
        """It was sent."""
        with transaction(self._database, self.place):
            self._database.execute(DONE, (SENT, at, *one[:3]))

    def release(self, one: Sent, before: Sent | None = None) -> None:
        """It did not arrive: the next who comes may take it. What was known `before` is known again."""
        with transaction(self._database, self.place):
            self._database.execute(UNDONE, (*one[:3], one.at, SENDING))
            if before:
                self._database.execute("INSERT OR IGNORE INTO reports VALUES (?, ?, ?, ?, ?, ?)", before)

    def rows(self, name: str | None = None) -> list[Sent]:
        """What was sent, the latest first."""
        query = "SELECT * FROM reports WHERE ?1 IS NULL OR name = ?1 ORDER BY at DESC, recipients"
        with explained(self.place):
            return [Sent(*row) for row in self._database.execute(query, (name,))]

    def first(self) -> float | None:
        """Since when anything is known, in seconds since 1970."""
        with explained(self.place):
            (at,) = self._database.execute(FIRST).fetchone()
        return None if at is None else float(at)

    def values(self, series: int, start: int, end: int) -> array[float]:
        """The numbers of a series in `start < time <= end` (ms), the least first."""
        with explained(self.place):
            rows = self._database.execute(VALUES, (series, start, end)).fetchall()
        return array("d", sorted(chain.from_iterable(rows)))

    def hours(self, ids: Sequence[int], start: int, end: int) -> list[float]:
        """The beginnings (s) of the hours of `start < time <= end` (ms) in which any of the series has a number."""
        with explained(self.place):
            return [float(at) for (at,) in self._database.execute(TOUCHED, (json.dumps(ids), start, end))]

    def failing(self, pairs: Sequence[tuple[int, int]], start: int, end: int) -> dict[int, list[float | None]]:
        """Of pairs of series, success and duration: how long each failure took, by the second; None if not known."""
        found: dict[int, list[float | None]] = {}
        with explained(self.place):
            for number, took in self._database.execute(FAILING, (json.dumps(pairs), start, end)):
                found.setdefault(number, []).append(took)
        return found

    def fired(self, start: float, end: float) -> list[tuple[float, str]]:
        """When which rule's alerts began to fire, in `start <= at < end`."""
        with explained(self.place):
            return [(float(at), rule) for at, rule in self._database.execute(FIRED, (start, end))]

    def paged(self, start: float, end: float) -> int:
        """Messages to whoever was on call, in `start <= at < end`; the outbox forgets them after 30 days."""
        with explained(self.place):
            return int(self._database.execute(PAGED, (start, end)).fetchone()[0])

    def _row(self, name: str, period: str, recipients: str) -> Sent | None:
        row = self._database.execute(ROW, (name, period, recipients)).fetchone()
        return Sent(*row) if row else None


def reports_of(store: Store) -> ReportStore:
    """The reports that are kept with a history. Raises StorageError for one that keeps none."""
    own = alerts_of(store)
    return ReportStore(own._database, own.place)
