"""What happened elsewhere, kept with the history: an event that is told again is changed, and not doubled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dropmon.errors import StorageError
from dropmon.model import Event
from dropmon.secrets import mask
from dropmon.storage.failures import explained
from dropmon.storage.opening import transaction
from dropmon.storage.sqlite import SqliteStore, decoded, encoded

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

    from dropmon.storage.store import Store

KEPT = 400 * 86400.0  # seconds for which events can be looked up
PUT = """
INSERT INTO events (kind, source, id, at, title, state, link, labels) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (kind, source, id) DO UPDATE SET
    at = excluded.at, title = excluded.title, link = excluded.link, labels = excluded.labels,
    state = CASE WHEN events.state = 'rolled back' AND excluded.state = 'ready' THEN events.state
                 ELSE excluded.state END
"""  # a way back stays one when its predecessor, by which it is known, is not told any more
BETWEEN = """
SELECT kind, source, id, at, title, state, link, labels FROM events
WHERE at >= ?1 AND at < ?2 AND (?3 IS NULL OR kind = ?3) ORDER BY at, source, id
"""


class EventStore:
    """The events of a store. Raises StorageError when the disk fails it."""

    def __init__(self, database: sqlite3.Connection, place: str) -> None:
        self.place = place
        self._database = database

    def keep(self, events: Iterable[Event], at: float) -> None:
        """Adds or changes events, and forgets those of more than 400 days before `at` (seconds since 1970)."""
        rows = [
            (one.kind, one.source, one.id, one.at, mask(one.title), one.state, mask(one.link), encoded(one.labels))
            for one in events
        ]
        if rows:
            from dropmon.storage.tidying import forgotten

            with transaction(self._database, self.place):
                self._database.executemany(PUT, rows)
                self._database.execute("DELETE FROM events WHERE at < ?", (forgotten(self._database, at) - KEPT,))

    def between(self, start: float, end: float, kind: str | None = None) -> list[Event]:
        """The events in `start <= at < end`, oldest first; of one kind, if it is named."""
        with explained(self.place):
            rows = self._database.execute(BETWEEN, (start, end, kind))
            return [Event._make((*found[:7], decoded(found[7]))) for found in rows]


def events_of(store: Store) -> EventStore:
    """The events that are kept with a history. Raises StorageError for one that keeps none."""
    if not isinstance(store, SqliteStore):
        raise StorageError(f"{store.place} keeps no events", "use `storage: sqlite`")
    return EventStore(store._database, store.place)
