"""One read-only conversation with a PostgreSQL server, safe through a pooler, its password kept out of messages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import Connection

from dropmon.errors import DatabaseError
from dropmon.secrets import mask

BATCH = 1000  # rows fetched at a time


@contextmanager
def connected(url: str, timeout: float) -> Iterator[Connection[tuple[Any, ...]]]:
    """A read-only connection; no statement in it takes longer than `timeout` seconds. Raises DatabaseError.

    Nothing is sent at start-up that a transaction pooler refuses, and no statement is prepared.
    """
    try:
        connection = psycopg.connect(
            url, connect_timeout=max(2, round(timeout)), application_name="dropmon", prepare_threshold=None
        )
        with connection:
            connection.read_only = True
            connection.execute("select set_config('statement_timeout', %s, true)", [f"{round(timeout * 1000)}ms"])
            yield connection
    except psycopg.Error as error:
        raise DatabaseError(explain(error), hint(error)) from None


def explain(error: Exception) -> str:
    """The server's own sentence, on one line, without secrets."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return mask("; ".join(dict.fromkeys(lines[:2])) or type(error).__name__)


def hint(error: Any) -> str:
    """What to do about a failure, by its SQLSTATE or, before there is one, by its words."""
    text, state = str(error).lower(), error.sqlstate or ""
    return next(
        (advice for sign, advice in HINTS if sign in (state, *_words(sign, text))),
        "is the server up? look at its log",
    )


def _words(sign: str, text: str) -> tuple[str, ...]:
    return (sign,) if sign in text else ()


HINTS = (
    ("28P01", "the password is wrong: look at the `url` of this database"),
    ("password authentication failed", "the password is wrong: look at the `url` of this database"),
    ("53300", "all connections are taken: end some, or ask through the pooler"),
    ("too many clients", "all connections are taken: end some, or ask through the pooler"),
    ("57014", "the query took too long: raise `timeout`, or make it cheaper"),
    ("42501", "grant the role what it needs, such as: grant pg_monitor to …"),
    ("42p01", "is the table's name right, with its schema?"),
    ("42601", "the SQL has a mistake"),
    ("25006", "only reading is possible here"),
    ("could not translate host name", "is the host name right, and does our DNS work?"),
    ("failed to resolve host", "is the host name right, and does our DNS work?"),
    ("connection refused", "is the server running, and is the port right?"),
    ("timeout expired", "is the server reachable from here, and not overloaded?"),
)


def rows(url: str, sql: str, timeout: float) -> Iterator[dict[str, str]]:
    """The rows of a query as text by column, streamed. Raises DatabaseError."""
    with connected(url, timeout) as connection, connection.cursor(name="dropmon") as cursor:
        cursor.itersize = BATCH
        cursor.execute(sql.encode())
        names = [column.name for column in cursor.description or ()]
        for row in cursor:
            yield {name: "" if value is None else str(value) for name, value in zip(names, row, strict=True)}
