"""A report asked of a server: a safe guest that waits for nobody, and says what it could not see."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from dropmon.db.names import pasteable
from dropmon.db.server import MANAGED, Lock, Server, locked
from dropmon.db.statement import veiled
from dropmon.db.variant import placed, variant
from dropmon.errors import DatabaseError
from dropmon.model import Status
from dropmon.postgres import ask, spelled

if TYPE_CHECKING:
    from psycopg import Connection

    from dropmon.db.report import Report
    from dropmon.db.variant import Facts

LOCK_WAIT = 0.3  # seconds that a statement waits for a lock
TRIES = 3  # locks come and go between looking for them and asking
LOCK_NOT_AVAILABLE = "55P03"
UNREADABLE = ("22021", "22P05")  # a text, such as a statement of another database, fits the encoding of this one not
ARROW = re.compile(r"(?:(?<=; )|^)-> ")  # in a note, before what to do

Row = Mapping[str, Any]


class Answer(NamedTuple):
    """What a server said to a report."""

    report: Report
    server: Server
    options: Mapping[str, Any]  # in base units
    facts: Row
    rows: tuple[Row, ...]
    skipped: tuple[Lock, ...] = ()

    @property
    def status(self) -> Status:
        """The worst that the report itself says; OK when it judges nothing."""
        said = [row["status"] for row in (self.facts, *self.rows) if row.get("status")]
        said += [self.facts["verdict"]] if self.facts.get("verdict") else []
        return Status.worst(map(Status, said)) if said else Status.OK


def run(connection: Connection[Any], server: Server, report: Report, options: Mapping[str, Any]) -> Answer:
    """The answer to one report, within a transaction of `postgres.reading`. Raises DatabaseError."""
    fit(server, report)
    try:
        return _asked(connection, server, report, options, server.facts)
    except DatabaseError as error:
        if error.state not in UNREADABLE or report.needs != "statements":
            raise
        return _asked(connection, server, report, options, {**server.facts, "texts": False})


def _asked(
    connection: Connection[Any], server: Server, report: Report, options: Mapping[str, Any], facts: Facts
) -> Answer:
    sql = placed(variant(report.sql, facts))
    for left in reversed(range(TRIES)):
        skipped = locked(connection) if "%(locked)s" in sql else []
        try:
            found = ask(connection, sql, {**options, **places(skipped)})
            break
        except DatabaseError as error:
            if error.state != LOCK_NOT_AVAILABLE or not left:
                raise
    return answer(report, server, options, found, skipped)


def fit(server: Server, report: Report) -> None:
    """Raises DatabaseError, with what to do and a state that fits, when this server cannot answer."""
    if server.number // 10000 < report.least:
        raise DatabaseError(
            f"{report.name} needs PostgreSQL {report.least}, and this is {server.version}",
            "upgrade the server",
            "0A000",
        )
    if report.needs == "statements" and not server.extension:
        raise DatabaseError(
            f"the extension pg_stat_statements is not installed in the database {server.database}",
            "create extension pg_stat_statements; it must stand in shared_preload_libraries, as on Supabase it does",
            "42704",
        )
    if report.needs == "statements" and server.closed:
        raise DatabaseError(
            f"{server.role} may not look into the schema {server.closed}, where pg_stat_statements is",
            pasteable("grant usage on schema {} to {}; grant pg_monitor to {};", server.closed, *2 * [server.role]),
            "42501",
        )


def answer(
    report: Report, server: Server, options: Mapping[str, Any], found: list[dict[str, Any]], skipped: Iterable[Lock]
) -> Answer:
    """Facts and rows apart: a fact is the same in every row, and stands alone when there is no row.

    Raises DatabaseError for what the SQL refuses, and for a file whose header promises more than its SQL returns.
    """
    what, _, hint = ((found[0].get("refusal") or "") if found else "").partition("; -> ")
    if what:
        raise DatabaseError(what, hint, "42704")
    special = {"verdict", "notes", "hidden"}
    facts = {key: value for key, value in (found[0] if found else {}).items() if key in special | report.facts.keys()}
    missing = [column.key for column in report.columns if found and column.key not in found[0]]
    if missing:
        raise DatabaseError(f"{report.name}.sql returns no column {missing[0]!r}", "its header promises it")
    if facts.get("notes"):
        facts["notes"] = [ARROW.sub("→ ", note) for note in facts["notes"]]
    rows = [{column.key: _text(column.key, row[column.key]) for column in report.columns} for row in found]
    told = tuple(row for row in rows if any(value is not None for value in row.values()))
    return Answer(report, server, options, facts, told, tuple(skipped))


def _text(key: str, value: Any) -> Any:
    return veiled(value) if key == "statement" and value else value


def places(skipped: Iterable[Lock]) -> dict[str, object]:
    """What any report may name beside its own options."""
    return {"managed": MANAGED, "locked": [lock.oid for lock in skipped]}


def script(connection: Connection[Any], server: Server, report: Report, options: Mapping[str, Any]) -> str:
    """The very SQL that `run` would send, for psql and for doubters. Raises DatabaseError."""
    fit(server, report)
    values = {**options, **places(locked(connection))}
    return spelled(connection, placed(variant(report.sql, server.facts)), values) + ";\n"
