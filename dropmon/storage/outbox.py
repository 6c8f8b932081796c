"""Messages that are to be told, kept until they are: nothing is lost when a process is killed, and one process wins.

Whoever decides that something is told adds it within the transaction that keeps what it tells of (`put`).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Self

from dropmon.secrets import mask
from dropmon.storage import claiming
from dropmon.storage.failures import explained
from dropmon.storage.opening import open_database, transaction

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Sequence

    from dropmon.rules import Rules

TOLD_IN = "told in "
PUT = """
INSERT INTO outbox (id, channel, payload, created, next_at, touched, rules) VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO NOTHING
"""
# What was given up makes room for the same message once more, with what stood in for it: id. goes on as id.NAME.
REVIVED = "DELETE FROM outbox WHERE state = 'dead' AND (id = ?1 OR id > ?1 || '.' AND id < ?1 || '/')"
ROW = """
SELECT id, channel, payload, created, state, attempts, doubt, told, done, next_at, touched, error, touched
FROM outbox WHERE {where} ORDER BY number {limit}
"""
OWN = "id = :id AND state = 'sending' AND attempts = :attempts"  # a lease that ran out may be another's by now
FAILING = """
SELECT DISTINCT channel FROM outbox AS one WHERE rules = ?1 AND (state = 'waiting' AND attempts > 0 AND error != ''
OR state = 'dead' AND NOT EXISTS (
    SELECT 1 FROM outbox AS after WHERE after.rules = ?1 AND after.channel = one.channel AND after.state = 'sent'
    AND after.number > one.number))
"""


class Row(NamedTuple):
    """One message. Times in seconds since 1970."""

    id: str
    channel: str
    payload: str
    created: float
    state: str = "waiting"
    attempts: int = 0  # with the one that is under way
    doubt: bool = False  # an earlier attempt ended nobody knows how
    told: bool = False  # the fallback has been told
    done: tuple[str, ...] = ()  # recipients that have it
    next_at: float = 0.0
    touched: float = 0.0
    error: str = ""
    before: float = 0.0  # when it was touched before this claim


def told_in(row: Row) -> str:
    """What stands with a message that was joined to another."""
    return f"{TOLD_IN}{row.id}"


def put(database: sqlite3.Connection, rows: Iterable[Row], at: float, rules: str) -> int:
    """Adds messages of a rules file, within the transaction that is open, but for known ids. How many were new."""
    given = ((row.id, row.channel, row.payload, row.created, row.next_at or at, at, rules) for row in rows)
    return database.executemany(PUT, given).rowcount


def open_outbox(rules: Rules | None, place: str | None = None, patience: float = 5.0) -> SqliteOutbox:
    """The outbox of the store that the command line names, or else the rules, as theirs. Raises StorageError."""
    from dropmon.storage import path_of, place_of, written_by

    path = place_of(rules, place) if rules else path_of(place, Path())
    return SqliteOutbox(path, patience, written_by(rules))


class SqliteOutbox:
    """See `dropmon.alerts.dispatch.Outbox`. One connection, for the thread that opened it.

    `rules` is the file whose messages these are; of others there are only `rows`.
    """

    def __init__(self, path: Path, patience: float, rules: str = "") -> None:
        self.place = str(path)
        self.rules = rules
        self._database = open_database(path, patience)

    def put(self, rows: Sequence[Row], at: float) -> int:
        """Adds messages, also those that were given up under the same id. How many were new."""
        with transaction(self._database, self.place):
            self._database.executemany(REVIVED, [(row.id,) for row in rows])
            return put(self._database, rows, at, self.rules)

    def of(self, ids: Iterable[str]) -> list[Row]:
        """The messages of these ids."""
        return self._rows("id IN (SELECT value FROM json_each(?))", (json.dumps([*ids]),))

    def waiting(self, at: float) -> bool:
        """Whether anything may be claimed; takes no lock."""
        with explained(self.place):
            return claiming.waiting(self._database, at, self.rules)

    def untold(self) -> bool:
        """Whether anything has failed and no other channel was told in its stead; takes no lock."""
        with explained(self.place):
            return claiming.untold(self._database, self.rules)

    def inherit(self, at: float, every: float, channels: Iterable[str]) -> None:
        """Takes over what nobody else sends any more through channels of these names.

        Its own is nobody else's for a while: the file, which runs so often, is in use.
        """
        with transaction(self._database, self.place):
            claiming.use(self._database, at, every, self.rules)
            claiming.inherit(self._database, at, self.rules, channels)

    def claim(self, at: float, lease: float, but: Sequence[str] = ()) -> Row | None:
        """The next message that is due, of none of the channels `but`: for `lease` seconds it is the caller's alone."""
        if not self.waiting(at):
            return None
        with transaction(self._database, self.place):
            for rebase in (claiming.REBASE_CREATED, claiming.REBASE, claiming.REBASE_PAUSES):
                self._database.execute(rebase, {"at": at})
            wanted = {"at": at, "but": json.dumps([*but]), "rules": self.rules}
            due = self._database.execute(claiming.DUE, wanted).fetchone()
            if due is None:
                return None
            (row,) = self._rows("number = ?", due)
            self._database.execute(claiming.CLAIM, {"at": at, "lease": lease, "number": due[0]})
        return row._replace(state="sending", next_at=at + lease, touched=at, attempts=row.attempts + 1)

    def extend(self, row: Row, at: float, lease: float, done: Sequence[str]) -> bool:
        """Notes who has it, and asks for more time; False when it is another's by now."""
        values = {"done": json.dumps([*done]), "until": at + lease, "at": at}
        return self._change(row, "done = :done, next_at = :until, touched = :at", values)

    def sent(self, row: Row, at: float, error: str = "") -> bool:
        """It has arrived: with all, or with as many as it ever will."""
        return self._change(row, "state = 'sent', touched = :at, doubt = 0, error = :error", {"at": at, "error": error})

    def retry(self, row: Row, at: float, next_at: float, error: str, doubt: bool, pause: float = 0.0) -> bool:
        """It has not arrived, or nobody knows (`doubt`): not before `next_at`.

        `pause`: seconds for which the receiver asked; its channel gets nothing until then.
        """
        values = {"at": at, "next_at": next_at, "error": error, "doubt": doubt}
        changed = "state = 'waiting', next_at = :next_at, touched = :at, error = :error, doubt = :doubt"
        with transaction(self._database, self.place):
            own = self._own(row, changed, values)
            if own and pause > 0:
                self._database.execute(
                    "INSERT OR REPLACE INTO outbox_pauses VALUES (?, ?, ?, ?)",
                    (self.rules, row.channel, at + pause, at),
                )
        return own

    def postpone(self, row: Row, at: float, next_at: float) -> bool:
        """Nothing was tried, and nothing will be before `next_at`."""
        changed = "state = 'waiting', next_at = :next_at, touched = :at, doubt = :doubt, attempts = attempts - 1"
        return self._change(row, changed, {"at": at, "next_at": next_at, "doubt": row.doubt})

    def dead(self, row: Row, at: float, error: str, fallback: Iterable[Row] = ()) -> bool:
        """It is given up with all that it tells of, and told through another channel."""
        joined = "UPDATE outbox SET state = 'dead', touched = ? WHERE state = 'joined' AND error = ?"
        with transaction(self._database, self.place):
            own = self._own(row, "state = 'dead', touched = :at, error = :error", {"at": at, "error": error})
            if own:
                self._database.execute(joined, (at, told_in(row)))
                put(self._database, fallback, at, self.rules)
        return own

    def tell(self, row: Row, at: float, fallback: Iterable[Row]) -> bool:
        """Another channel is told as well, once, while this one goes on trying."""
        with transaction(self._database, self.place):
            told = "UPDATE outbox SET told = 1 WHERE id = ? AND told = 0 AND state IN ('waiting', 'sending')"
            first = self._database.execute(told, (row.id,)).rowcount == 1
            if first:
                put(self._database, fallback, at, self.rules)
        return first

    def overdue(self, channel: str, before: float) -> list[Row]:
        """What a channel that fails has not told of what came before a time, and no other channel either."""
        own = "rules = ?3 AND channel = ?1 AND state = 'waiting'"
        failing = f"EXISTS (SELECT 1 FROM outbox WHERE {own} AND attempts > 0)"  # noqa: S608
        return self._rows(f"{own} AND told = 0 AND created <= ?2 AND {failing}", (channel, before, self.rules))

    def join(self, row: Row, payload: str, others: Sequence[Row], at: float) -> bool:
        """Tells others of the channel, of which nobody has tried any, within this one."""
        ids = json.dumps([other.id for other in others])
        with transaction(self._database, self.place):
            if not self._own(row, "payload = :payload", {"payload": payload}):
                return False
            self._database.execute(
                "UPDATE outbox SET state = 'joined', touched = ?, error = ? "
                "WHERE id IN (SELECT value FROM json_each(?)) AND state = 'waiting' AND attempts = 0",
                (at, told_in(row), ids),
            )
        return True

    def fresh(self, channel: str, limit: int = 200) -> list[Row]:
        """The messages of a channel that nobody has tried yet, in their order."""
        new = "rules = ? AND channel = ? AND state = 'waiting' AND attempts = 0"
        return self._rows(new, (self.rules, channel), f"LIMIT {limit:d}")

    def after(self, row: Row) -> list[Row]:
        """The later messages of the channel that got through before this one."""
        later = "state = 'sent' AND done != '[]' AND number > (SELECT number FROM outbox WHERE id = ?)"
        return self._rows(f"rules = ? AND channel = ? AND {later}", (self.rules, row.channel, row.id))

    def beside(self, row: Row) -> list[Row]:
        """What other channels were told at the same moment, and have, or may still get: nobody has failed them yet."""
        under_way = "state IN ('waiting', 'sending') AND attempts <= 1 AND error = ''"
        where = f"rules = ? AND created = ? AND channel != ? AND (state IN ('sent', 'joined') OR {under_way})"
        return self._rows(where, (self.rules, row.created, row.channel))

    def failing(self) -> set[str]:
        """The channels whose last message has not arrived so far, or never will."""
        with explained(self.place):
            return {channel for (channel,) in self._database.execute(FAILING, (self.rules,))}

    def overlooked(self, at: float) -> list[Row]:
        """What has failed and still waits, and no other channel was told in its stead."""
        failed = "rules = ? AND state = 'waiting' AND attempts > 0 AND error != '' AND told = 0 AND created <= ?"
        return self._rows(failed, (self.rules, at))

    def times(self, channel: str, since: float) -> list[float]:
        """When messages of a channel were sent to anybody, oldest first."""
        sent = "rules = ? AND channel = ? AND state = 'sent' AND done != '[]' AND touched > ?"
        query = f"SELECT touched FROM outbox WHERE {sent} ORDER BY touched"  # noqa: S608
        with explained(self.place):
            return [time for (time,) in self._database.execute(query, (self.rules, channel, since))]

    def rows(self, states: Sequence[str] = (), limit: int = 1000) -> list[Row]:
        """The messages in these states (in any, when none is named), the latest of them in the order they came in."""
        newest = f"number IN (SELECT number FROM outbox WHERE {{}} ORDER BY number DESC LIMIT {limit:d})"  # noqa: S608
        if not states:
            return self._rows(newest.format("1"), ())
        return self._rows(newest.format("state IN (SELECT value FROM json_each(?))"), (json.dumps([*states]),))

    def tidy(self, at: float, kept: float) -> int:
        """Forgets what was settled for longer than `kept` seconds; how many messages that were."""
        from dropmon.storage.tidying import forgotten

        with transaction(self._database, self.place):
            before = forgotten(self._database, at) - kept
            self._database.execute("DELETE FROM outbox_pauses WHERE until < ?", (before,))
            return self._database.execute(
                "DELETE FROM outbox WHERE state IN ('sent', 'dead', 'joined') AND touched < ?", (before,)
            ).rowcount

    def close(self) -> None:
        with explained(self.place):
            self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _change(self, row: Row, changed: str, values: dict[str, object]) -> bool:
        with transaction(self._database, self.place):
            return self._own(row, changed, values)

    def _own(self, row: Row, changed: str, values: dict[str, object]) -> bool:
        known = {**values, "error": mask(str(values.get("error", "")))[:500], "id": row.id, "attempts": row.attempts}
        return self._database.execute(f"UPDATE outbox SET {changed} WHERE {OWN}", known).rowcount == 1  # noqa: S608

    def _rows(self, where: str, values: tuple[object, ...], limit: str = "") -> list[Row]:
        with explained(self.place):
            found = self._database.execute(ROW.format(where=where, limit=limit), values).fetchall()
        return [Row._make((*row[:6], bool(row[6]), bool(row[7]), tuple(json.loads(row[8])), *row[9:])) for row in found]
