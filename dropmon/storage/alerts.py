"""What is remembered of alerts, in the file of the history: states, changes of phase, silences.

States and the messages that follow from them are written in one transaction, which outlives a power failure.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from math import isnan
from typing import TYPE_CHECKING, NamedTuple

from dropmon.errors import StorageError
from dropmon.secrets import mask
from dropmon.storage.failures import explained
from dropmon.storage.matcher import Matcher
from dropmon.storage.opening import transaction
from dropmon.storage.sqlite import SqliteStore, decoded, encoded

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator

    from dropmon.storage.outbox import Row
    from dropmon.storage.store import Labels, Store

KEPT = 400 * 86400.0  # seconds for which changes of phase, and silences that have ended, can be looked up

# Given up with every message that tells the same: a fallback's id goes on from that of what it stands in for, and one
# that was joined to another is told by that one's fallbacks.
LOST = """
WITH RECURSIVE same (first, id) AS (
    SELECT id, id FROM outbox WHERE id IN (SELECT value FROM json_each(?)) AND state = 'dead'
    UNION
    SELECT same.first, other.id FROM same JOIN outbox AS one ON one.id = same.id JOIN outbox AS other
    ON other.id > one.id || '.' AND other.id < one.id || '/'
    OR other.id = CASE WHEN one.error LIKE 'told in %' THEN substr(one.error, 9) END
)
SELECT first FROM same JOIN outbox USING (id) GROUP BY first HAVING min(state = 'dead')
"""  # what begins with id. lies between id. and id/, the next character

FAILED = "SELECT id FROM outbox WHERE id IN (SELECT value FROM json_each(?)) AND state = 'dead'"

# Neither told nor given up; one that was joined to another waits with that.
HELD = """
SELECT one.id FROM outbox AS one LEFT JOIN outbox AS whole ON one.state = 'joined' AND whole.id = substr(one.error, 9)
WHERE one.id IN (SELECT value FROM json_each(?)) AND coalesce(whole.state, one.state) IN ('waiting', 'sending')
"""


# What stands in for a message goes on from its id, or from that of the one that it was joined to.
INSTEAD = """
SELECT first, channel, outbox.id FROM outbox JOIN (
    SELECT id AS first, CASE WHEN error LIKE 'told in %' THEN substr(error, 9) ELSE id END AS whole
    FROM outbox WHERE id IN (SELECT value FROM json_each(?))
) ON outbox.id > whole || '.' AND outbox.id < whole || '/' WHERE state != 'dead'
"""


class Kept(NamedTuple):
    """A series of a rule; `body` is its state as text."""

    rule: str
    labels: Labels
    phase: str
    at: float
    body: str


class Changed(NamedTuple):
    """A series that went from one phase to another."""

    at: float
    rule: str
    labels: Labels
    before: str
    after: str
    value: float | None = None


class Silenced(NamedTuple):
    """See `dropmon.alerts.silence.Silence`."""

    id: str
    matchers: tuple[Matcher, ...]
    start: float
    end: float
    author: str
    comment: str
    created: float


class AlertStore:
    """The alerts of a store. Raises StorageError when the disk fails it."""

    def __init__(self, database: sqlite3.Connection, place: str, rules: str = "") -> None:
        self.place = place
        self.rules = rules  # the file by which they are judged
        self._database = database

    def turn(self) -> tuple[int, float]:
        """How often anything was written so far, and the time of the evaluation that was written last."""
        with explained(self.place):
            turn, at = self._database.execute("SELECT turn, at FROM alert_turn").fetchone()
        return int(turn), float(at)

    def states(self) -> list[Kept]:
        """Every series that something is remembered of."""
        with explained(self.place):
            rows = self._database.execute("SELECT rule, labels, phase, at, body FROM alerts ORDER BY rule, labels")
            return [Kept(rule, decoded(labels), phase, at, body) for rule, labels, phase, at, body in rows]

    @contextmanager
    def writing(self) -> Iterator[None]:
        """One transaction that nobody else writes in, on the disk when it ends."""
        self._database.execute("PRAGMA synchronous = FULL")
        try:
            with transaction(self._database, self.place):
                yield
        finally:
            self._database.execute("PRAGMA synchronous = NORMAL")

    def keep(self, states: Iterable[Kept], gone: Iterable[tuple[str, Labels]], at: float | None = None) -> None:
        """Keeps these and forgets those, within `writing`. `at` is the time of the evaluation that says so."""
        rows = ((each.rule, encoded(each.labels), each.phase, each.at, mask(each.body)) for each in states)
        self._database.executemany("INSERT OR REPLACE INTO alerts VALUES (?, ?, ?, ?, ?)", rows)
        keys = ((rule, encoded(labels)) for rule, labels in gone)
        self._database.executemany("DELETE FROM alerts WHERE rule = ? AND labels = ?", keys)
        self._database.execute("UPDATE alert_turn SET turn = turn + 1, at = ifnull(?, at)", (at,))

    def tell(self, messages: Iterable[Row], at: float) -> None:
        """Puts messages into the outbox, within `writing`."""
        from dropmon.storage.outbox import put

        put(self._database, messages, at, self.rules)

    def waiting(self, at: float) -> bool:
        """Whether any message waits to be sent, or for another channel to be told; takes no lock."""
        from dropmon.storage.claiming import untold, waiting

        with explained(self.place):
            return waiting(self._database, at, self.rules) or untold(self._database, self.rules)

    def others(self, at: float) -> tuple[str, ...]:
        """The other rules files that used this history a while ago; takes no lock."""
        from dropmon.storage.claiming import others

        with explained(self.place):
            return others(self._database, at, self.rules)

    def use(self, at: float, every: float) -> None:
        """Writes down, once in a while, that this rules file is in use, and runs so often."""
        from dropmon.storage import claiming

        with explained(self.place):
            known = claiming.in_use(self._database, at, every, self.rules)
        if not known:
            with transaction(self._database, self.place):
                claiming.use(self._database, at, every, self.rules)

    def note(self, changes: Iterable[Changed], at: float) -> None:
        """Notes changes of phase, within `writing`, and forgets what is older than 400 days."""
        from dropmon.storage.tidying import forgotten

        rows = [(one.at, one.rule, encoded(one.labels), one.before, one.after, _number(one.value)) for one in changes]
        self._database.executemany("INSERT INTO alert_edges VALUES (?, ?, ?, ?, ?, ?)", rows)
        before = forgotten(self._database, at) - KEPT
        self._database.execute("DELETE FROM alert_edges WHERE at < ?", (before,))
        self._database.execute("DELETE FROM silences WHERE end < ?", (before,))

    def failed(self, ids: Iterable[str]) -> set[str]:
        """Those of some messages that their own channel never told, whoever was told in its place."""
        with explained(self.place):
            return {id_ for (id_,) in self._database.execute(FAILED, (json.dumps([*ids]),))}

    def lost(self, ids: Iterable[str]) -> set[str]:
        """Those of some messages that reached nobody and never will."""
        with explained(self.place):
            return {id_ for (id_,) in self._database.execute(LOST, (json.dumps([*ids]),))}

    def instead(self, ids: Iterable[str]) -> list[tuple[str, str, str]]:
        """Which channels were told in the place of others: the message, that channel, and the message to it."""
        with explained(self.place):
            return list(self._database.execute(INSTEAD, (json.dumps([*ids]),)))

    def held(self, ids: Iterable[str]) -> set[str]:
        """Those of some messages that wait to be sent."""
        with explained(self.place):
            return {id_ for (id_,) in self._database.execute(HELD, (json.dumps([*ids]),))}

    def changes(self, start: float, end: float, rule: str | None = None) -> list[Changed]:
        """The changes of phase in `start < at <= end`, oldest first."""
        query = "SELECT * FROM alert_edges WHERE at > ? AND at <= ? AND (?3 IS NULL OR rule = ?3) ORDER BY at, rowid"
        with explained(self.place):
            rows = self._database.execute(query, (start, end, rule))
            return [Changed(at, id_, decoded(labels), *more) for at, id_, labels, *more in rows]

    def silences(self) -> list[Silenced]:
        """Every silence, also those that have ended, the latest first."""
        with explained(self.place):
            rows = self._database.execute("SELECT * FROM silences ORDER BY created DESC, id").fetchall()
        return [
            Silenced(id_, tuple(Matcher(*each) for each in json.loads(matchers)), *more)
            for id_, matchers, *more in rows
        ]

    def silence(self, one: Silenced) -> None:
        """Adds a silence, or changes the one of that id."""
        row = (one.id, json.dumps(one.matchers), *one[2:4], mask(one.author), mask(one.comment), one.created)
        with self.writing():
            self._database.execute("INSERT OR REPLACE INTO silences VALUES (?, ?, ?, ?, ?, ?, ?)", row)

    def expire(self, id_: str, at: float) -> bool:
        """Ends a silence now; whether it had not ended."""
        with self.writing():
            query = "UPDATE silences SET end = ?1, start = min(start, ?1) WHERE id = ?2 AND end > ?1"
            return self._database.execute(query, (at, id_)).rowcount == 1


def alerts_of(store: Store) -> AlertStore:
    """The alerts that are kept with a history. Raises StorageError for one that keeps none."""
    if not isinstance(store, SqliteStore):
        raise StorageError(f"{store.place} keeps no alerts", "use `storage: sqlite`")
    return AlertStore(store._database, store.place, store.rules)


def _number(value: float | None) -> float | None:
    return None if value is None or isnan(value) else value
