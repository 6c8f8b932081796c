"""What the server is doing now: one connection, and a short transaction each time it is looked at."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple

from dropmon.db.database import Database
from dropmon.db.report import NOTHING, Report, load
from dropmon.db.run import LOCK_WAIT, Answer, run
from dropmon.db.server import meet
from dropmon.db.table import human, sentence, table
from dropmon.errors import DatabaseError
from dropmon.model import Status, moment
from dropmon.output import Table
from dropmon.postgres import hang_up, opened, reading
from dropmon.units import human_duration

if TYPE_CHECKING:
    from psycopg import Connection


def report() -> Report:
    """The question, and what its answer means."""
    return load("top", Path(__file__).parent)


class Rates(NamedTuple):
    """What happened between two looks; None when that is not known."""

    per_second: float | None = None  # transactions, rolled back ones too
    hit_ratio: float | None = None  # of the blocks asked for


def rates(before: Mapping[str, Any] | None, now: Mapping[str, Any]) -> Rates:
    """The rates between the facts of two looks, of which one is ours; counters that fell were reset meanwhile.

    >>> old = {"now_at": 10.0, "commits": 100, "blocks_hit": 50, "blocks_read": 10}
    >>> rates(old, {"now_at": 12.0, "commits": 111, "blocks_hit": 59, "blocks_read": 11})
    Rates(per_second=5.0, hit_ratio=0.9)
    >>> rates(old, {"now_at": 12.0, "commits": 3, "blocks_hit": 50, "blocks_read": 10}), rates(None, old)
    (Rates(per_second=None, hit_ratio=None), Rates(per_second=None, hit_ratio=None))
    """
    if before is None:
        return Rates()
    took, commits, hit, read = (now[key] - before[key] for key in ("now_at", "commits", "blocks_hit", "blocks_read"))
    return Rates(
        max(0, commits - 1) / took if took > 0 and commits >= 0 else None,
        hit / (hit + read) if min(hit, read) >= 0 and hit + read else None,
    )


class Top:
    """A server that is looked at again and again. `look` connects when there is no connection."""

    def __init__(self, database: Database, given: Mapping[str, Any] = NOTHING) -> None:
        self.database = database
        self._report = report()
        self._options = self._report.values(database.thresholds, given)
        self._left = ExitStack()
        self._asking = Lock()  # by whoever uses the connection
        self._connection: Connection[Any] | None = None
        self._before: Answer | None = None

    def __enter__(self) -> Top:
        return self

    def __exit__(self, *_: object) -> None:
        """Leaves at once, even while another thread waits for an answer: there the question fails, and leaves, too."""
        if connection := self._connection:
            hang_up(connection)
        if self._asking.acquire(blocking=False):
            self._leave()
            self._asking.release()

    def look(self) -> Table:
        """What the server does at this moment, with the rates since the last look. Raises DatabaseError."""
        with self._asking:
            answer = self._answer()
        before, self._before = self._before, answer
        return self._shown(answer, rates(before.facts if before else None, answer.facts))

    def _answer(self) -> Answer:
        try:
            if self._connection is None:
                self._connection = self._left.enter_context(opened(self.database.url, self._timeout, self._timeout))
            with reading(self._connection, self._timeout, LOCK_WAIT):
                return run(self._connection, meet(self._connection), self._report, self._options)
        except DatabaseError:
            self._leave()
            raise

    def again(self) -> Table:
        """What the server does, or that it does not answer."""
        try:
            return self.look()
        except DatabaseError as error:
            return self.gone(error)

    def gone(self, error: DatabaseError) -> Table:
        """What is shown while the server does not answer."""
        zone, status = self.database.zone, Status.UNKNOWN
        last = f"; last seen {_clock(self._before.facts['now_at'], zone)}" if self._before else ""
        headline = f"{status.symbol} {status.name}  {error.what}{last}; trying again"
        return Table("rows", (), (), headline, status, (f"→ {error.hint}",) if error.hint else ())

    @property
    def _timeout(self) -> float:
        return self.database.timeout

    def _leave(self) -> None:
        self._connection = None
        try:
            self._left.close()
        except DatabaseError:
            return  # it has gone already

    def _shown(self, answer: Answer, since: Rates) -> Table:
        name, zone, at = self.database.name or answer.server.database, self.database.zone, answer.facts["now_at"]
        shown = table(answer, name, at, zone)
        told = [sentence(answer, zone) if answer.server.monitor else _dim(answer), *_told(answer.facts, since)]
        where = f"({name}, PostgreSQL {answer.server.version}, {_clock(at, zone)})"
        return shown._replace(
            headline=f"{answer.status.symbol} {answer.status.name}  {', '.join(told)}  {where}",
            facts={**shown.facts, "at": moment(at), "transactions_per_second": since.per_second,
                   "hit_ratio": since.hit_ratio},
        )  # fmt: skip


def _told(facts: Mapping[str, Any], since: Rates) -> list[str]:
    """The rest of the headline, as far as it is known."""
    longest = facts["longest_seconds"]
    return [
        *([f"longest transaction {human_duration(longest)}"] if longest else []),
        *([f"{since.per_second:,.3g} transactions/s"] if since.per_second is not None else []),
        *([f"cache hit {human('hit_ratio', since.hit_ratio)}"] if since.hit_ratio is not None else []),
    ]


def _dim(answer: Answer) -> str:
    """What a role may say that does not see what the others do."""
    return "{used} of {usable} connections".format_map(answer.facts)


def _clock(at: float, zone: Any) -> str:
    return f"{datetime.fromtimestamp(at, zone):%H:%M:%S}"
