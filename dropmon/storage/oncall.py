"""Who stood in for whom, who held the pager, and which shifts calendars know, in the file of the history."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from dropmon.secrets import mask
from dropmon.storage.failures import explained
from dropmon.storage.opening import open_database, transaction

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from dropmon.storage.store import Store

PATIENCE = 5.0  # seconds that a lock is waited for
LAST = """
SELECT * FROM served AS one WHERE start = (SELECT max(start) FROM served WHERE role = one.role AND start <= ?)
"""
NEAR = 8 * 86400.0  # seconds: a shift is shorter


class Stand(NamedTuple):
    """See `dropmon.oncall.roster.Override`; `removed` when somebody took it back."""

    id: str
    role: str | None
    replaces: str | None
    person: str
    start: float
    end: float
    reason: str
    author: str
    created: float
    removed: float | None = None


class Held(NamedTuple):
    """See `dropmon.oncall.served.Served`."""

    role: str
    start: float
    end: float
    seen: float
    person: str
    source: str


class Published(NamedTuple):
    """A shift that a calendar was given."""

    uid: str
    role: str
    person: str
    start: float
    end: float
    sequence: int  # how often it was changed
    cancelled: bool
    changed: float


class OncallStore:
    """What a store knows of who is on call. Raises StorageError when the disk fails it."""

    def __init__(self, database: sqlite3.Connection, place: str) -> None:
        self.place = place
        self._database = database

    @contextmanager
    def writing(self) -> Iterator[None]:
        """One transaction that nobody else writes in."""
        with transaction(self._database, self.place):
            yield

    def overrides(self) -> list[Stand]:
        """All that were ever made, in the order in which they were."""
        with explained(self.place):
            return [Stand(*row) for row in self._database.execute("SELECT * FROM overrides ORDER BY created, id")]

    def add(self, given: Iterable[Stand]) -> None:
        """Adds overrides, all or none."""
        rows = [one._replace(reason=mask(one.reason), author=mask(one.author)) for one in given]
        with self.writing():
            self._database.executemany("INSERT INTO overrides VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)

    def remove(self, id: str, at: float) -> bool:
        """Takes an override back, from now on; whether it was there."""
        with self.writing():
            query = "UPDATE overrides SET removed = ? WHERE id = ? AND removed IS NULL"
            return self._database.execute(query, (at, id)).rowcount == 1

    def last(self, at: float) -> list[Held]:
        """The last that was written down of each role for a time up to `at`."""
        with explained(self.place):
            return [Held(*row) for row in self._database.execute(LAST, (at,))]

    def unsee(self, at: float) -> None:
        """Takes back what was written down for later than now, within `writing`: the clock ran ahead then.

        A clock that begins in 1970 must not cost the whole past: what is far from now stays.
        """
        self._database.execute("UPDATE served SET seen = ?1 WHERE start <= ?1 AND seen > ?1", (at,))
        (next_,) = self._database.execute("SELECT min(start) FROM served WHERE start > ?", (at,)).fetchone()
        if next_ is not None and next_ <= at + NEAR:
            self._database.execute("DELETE FROM served WHERE start > ?", (at,))

    def served(self, start: float, end: float) -> list[Held]:
        """What was served in any part of `start <= at <= end`, in order."""
        query = "SELECT * FROM served WHERE start <= ? AND end >= ? ORDER BY start, role"
        with explained(self.place):
            return [Held(*row) for row in self._database.execute(query, (end, start))]

    def serve(self, rows: Iterable[Held]) -> None:
        """Writes down what is served, within `writing`."""
        self._database.executemany("INSERT OR REPLACE INTO served VALUES (?, ?, ?, ?, ?, ?)", rows)

    def published(self) -> list[Published]:
        """The shifts that calendars were given."""
        with explained(self.place):
            rows = self._database.execute("SELECT * FROM published ORDER BY start, uid")
            return [Published._make((*row[:6], bool(row[6]), row[7])) for row in rows]

    def publish(self, rows: Iterable[Published], at: float, kept: float) -> None:
        """Keeps what calendars are given now, within `writing`, and forgets what ended `kept` seconds ago."""
        from dropmon.storage.tidying import forgotten

        before = forgotten(self._database, at) - kept
        self._database.executemany("INSERT OR REPLACE INTO published VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)
        self._database.execute("DELETE FROM published WHERE end < ?", (before,))


@contextmanager
def open_oncall(path: Path) -> Iterator[OncallStore]:
    """Opens a file, made when missing."""
    database = open_database(path, PATIENCE)
    try:
        yield OncallStore(database, str(path))
    finally:
        database.close()


def oncall_of(store: Store) -> OncallStore:
    """What is kept with a history. Raises StorageError for one that keeps none."""
    from dropmon.storage.alerts import alerts_of

    own = alerts_of(store)
    return OncallStore(own._database, own.place)
