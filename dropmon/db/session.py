"""One conversation with one database: every report that is asked in it comes over one connection."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from dropmon.db.database import Database
from dropmon.db.report import NOTHING, Report
from dropmon.db.run import LOCK_WAIT, Answer, run, script
from dropmon.db.server import Server, meet
from dropmon.errors import UsageError
from dropmon.postgres import opened, reading

if TYPE_CHECKING:
    from psycopg import Connection


class Session(NamedTuple):
    """A database within a read-only transaction that never waits long."""

    database: Database
    connection: Connection[Any]
    server: Server

    @property
    def labels(self) -> Mapping[str, str]:
        """What stands on each of its samples."""
        return {**self.database.labels, "database": self.database.name}

    def ask(self, report: Report, given: Mapping[str, Any] = NOTHING) -> Answer:
        """The answer to a report with these options. Raises DatabaseError, and UsageError for an option's value."""
        return run(self.connection, self.server, report, self._values(report, given))

    def to_record(self, answer: Answer) -> Answer:
        """The answer whose samples are kept: what is recorded does not depend on what somebody asked to see."""
        report = answer.report
        asked = dict(answer.options) == self._values(report, report.recorded)
        return answer if asked else self.ask(report, report.recorded)

    def script(self, report: Report, given: Mapping[str, Any] = NOTHING) -> str:
        """The SQL of a report, as `ask` would send it."""
        return script(self.connection, self.server, report, self._values(report, given))

    def _values(self, report: Report, given: Mapping[str, Any]) -> dict[str, Any]:
        try:
            return report.values(self.database.thresholds, given)
        except ValueError as error:
            raise UsageError(str(error), f"dropmon db {report.name} --help lists the options") from None


@contextmanager
def session(database: Database) -> Iterator[Session]:
    """A conversation in one transaction. Raises DatabaseError."""
    timeout = database.timeout
    with opened(database.url, timeout, timeout) as connection, reading(connection, timeout, LOCK_WAIT):
        server = meet(connection)
        yield Session(known(database, server, connection), connection, server)


def known(database: Database, server: Server, connection: Connection[Any]) -> Database:
    """The database with a name: in the history one without is that of its server, for others may have one like it."""
    if database.name:
        return database
    place = {"instance": f"{connection.info.host}:{connection.info.port}"}
    return database._replace(name=server.database, labels={**place, **database.labels})
