"""Incidents and their timelines, in the file of the history. What follows from an event is written with it."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from dropmon.output.harmless import masked
from dropmon.secrets import mask
from dropmon.storage.alerts import AlertStore, Changed, alerts_of
from dropmon.storage.failures import explained
from dropmon.storage.sqlite import decoded

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dropmon.storage.store import Store

SEEN = "SELECT rowid, * FROM alert_edges WHERE rowid > ? ORDER BY rowid"
STIRRING = """
SELECT at = 0 OR edge != (SELECT ifnull(max(rowid), 0) FROM alert_edges)
    OR EXISTS (SELECT 1 FROM alerts WHERE phase IN ('firing', 'recovering', 'unknown')) FROM incident_turn
"""
WAITING = """
SELECT EXISTS (SELECT 1 FROM incidents WHERE state IN ('triggered', 'acknowledged'))
    OR EXISTS (SELECT 1 FROM incidents WHERE next_due <= ? AND state = 'resolved')
"""
KEEP = "UPDATE incidents SET state = ?, opened = ?, touched = ?, next_due = ?, firing = ?, body = ? WHERE number = ?"
EVENT = "INSERT INTO incident_events (incident, at, recorded, kind, author, text, body) VALUES (?, ?, ?, ?, ?, ?, ?)"


class Noted(NamedTuple):
    """One line of a timeline. Times in seconds since 1970."""

    incident: int
    at: float  # when it happened
    recorded: float  # when it was written down
    kind: str
    author: str
    text: str
    body: Mapping[str, object]


class IncidentStore:
    """The incidents of a store. Raises StorageError when the disk fails it."""

    def __init__(self, alerts: AlertStore) -> None:
        self.alerts = alerts
        self.place = alerts.place
        self._database = alerts._database

    @contextmanager
    def writing(self) -> Iterator[None]:
        """One transaction that nobody else writes in, together with alerts and outbox."""
        with self.alerts.writing():
            yield

    def bodies(self, number: int | None = None) -> list[str]:
        """The incidents that are open, or the one of that number, as text."""
        if number is None:
            return self._bodies("state IN ('triggered', 'acknowledged')")
        return self._bodies("number = ?", number)

    def since(self, start: float) -> list[str]:
        """Every incident that was opened or changed after a time, as text."""
        return self._bodies("touched > ?", start)

    def due(self, at: float) -> list[str]:
        """Resolved incidents of which something is overdue at a time, as text."""
        return self._bodies("next_due <= ? AND state = 'resolved'", at)

    def ringing(self) -> list[str]:
        """Resolved incidents of which an alert was not over when they were, nor since, as text."""
        return self._bodies("firing > 0 AND state = 'resolved'")

    def _bodies(self, which: str, *given: float) -> list[str]:
        # With a plus, their order is no reason to read all of them by number instead of few by an index.
        query = f"SELECT body FROM incidents WHERE {which} ORDER BY +number"  # noqa: S608 - only what is written above
        with explained(self.place):
            return [body for (body,) in self._database.execute(query, given)]

    def quiet(self, alerts: bool, at: float) -> bool:
        """Whether a tick would find nothing to do, with `alerts` also for those that open incidents."""
        with explained(self.place):
            if alerts and self._database.execute(STIRRING).fetchone()[0]:
                return False
            return not self._database.execute(WAITING, (at,)).fetchone()[0]

    def numbers(self) -> list[int]:
        """Every incident there is."""
        with explained(self.place):
            return [number for (number,) in self._database.execute("SELECT number FROM incidents ORDER BY number")]

    def events(self, number: int) -> list[Noted]:
        """The timeline of an incident, in the order in which it was written down."""
        query = "SELECT incident, at, recorded, kind, author, text, body FROM incident_events WHERE incident = ? "
        with explained(self.place):
            rows = self._database.execute(query + "ORDER BY number", (number,)).fetchall()
        return [Noted._make((*row[:6], json.loads(row[6]))) for row in rows]

    def number(self) -> int:
        """A new incident's, within `writing`."""
        query = "INSERT INTO incidents (state, opened, touched, body) VALUES ('triggered', 0, 0, '{}')"
        return self._database.execute(query).lastrowid or 0

    def keep(
        self, number: int, state: str, opened: float, touched: float, body: str, due: float | None = None,
        firing: int = 0,
    ) -> None:  # fmt: skip
        """Remembers an incident, when something of it is due next, and how many of its alerts fire, within `writing`.

        It was `opened` before it was `touched` last.
        """
        self._database.execute(KEEP, (state, opened, touched, due, firing, _safe(body), number))

    def note(self, one: Noted) -> None:
        """Adds a line to a timeline, within `writing`."""
        row = (*one[:4], mask(one.author), mask(one.text), _safe(json.dumps(one.body)))
        self._database.execute(EVENT, row)

    def cursor(self) -> tuple[int, float]:
        """The last change of phase that incidents have heard of, and when they did; 0 for never."""
        with explained(self.place):
            edge, at = self._database.execute("SELECT edge, at FROM incident_turn").fetchone()
        return int(edge), float(at)

    def newest(self) -> int:
        """The last change of phase."""
        with explained(self.place):
            return int(self._database.execute("SELECT ifnull(max(rowid), 0) FROM alert_edges").fetchone()[0])

    def unheard(self, edge: int) -> list[Changed]:
        """The changes of phase after one, in their order."""
        with explained(self.place):
            rows = self._database.execute(SEEN, (edge,)).fetchall()
        return [Changed(at, rule, decoded(labels), *more) for _, at, rule, labels, *more in rows]

    def move(self, edge: int, at: float) -> None:
        """Incidents have heard of all changes up to one, within `writing`."""
        self._database.execute("UPDATE incident_turn SET edge = ?, at = ?", (edge, at))


def _safe(text: str) -> str:
    """JSON without secrets, value by value: one such as 2026 breaks no number."""
    return text if mask(text) == text else json.dumps(masked(json.loads(text)))


def incidents_of(store: Store) -> IncidentStore:
    """The incidents that are kept with a history. Raises StorageError for one that keeps none."""
    return IncidentStore(alerts_of(store))
