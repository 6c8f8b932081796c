"""One read-only conversation with a PostgreSQL server, safe through a pooler, its password kept out of messages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import Connection
from psycopg.adapt import Loader
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import dict_row

from dropmon.errors import DatabaseError
from dropmon.secrets import mask

PATIENCE = 10.0  # seconds for each address of the server to accept us

ADVICE = {  # by SQLSTATE, or by its first two characters: its class
    "08": "is the server reachable from here, and not overloaded?",
    "25": "only reading is possible here",
    "28": "does the server let this role in from here? look at the `url` of this database, and at pg_hba.conf",
    "28P01": "the password is wrong: look at the `url` of this database",
    "3D000": "is the database's name right? it ends the `url` of this database",
    "42": "the SQL has a mistake",
    "42501": "grant the role what it needs, such as: grant pg_monitor to …",
    "42703": "is the column's name right?",
    "42883": "is the function's name right, and are its arguments?",
    "42P01": "is the table's name right, with its schema?",
    "53": "the server runs out of memory, disk or connections: look at its log",
    "53300": "all connections are taken: end some, or ask through the pooler",
    "57": "the server is starting or stopping, or somebody ended this connection: look at its log",
    "57014": "the query took too long: raise `timeout`, or make it cheaper",
}
REFUSALS = (  # libpq keeps the SQLSTATE of a refused connection to itself, and tells only the sentence
    ("password authentication failed", "28P01"),
    ("pg_hba.conf", "28000"),
    ("tenant or user not found", "28000"),
    ("too many clients", "53300"),
    ("connection slots are reserved", "53300"),
    ("max client connections reached", "53300"),
    ("the database system is", "57P03"),
    ('fatal:  role "', "28000"),
    ('fatal:  database "', "3D000"),
)
UNREACHED = (  # no server said anything
    ("translate host name", "is the host name right, and does our DNS work?"),
    ("resolve host", "is the host name right, and does our DNS work?"),
    ("connection refused", "is the server running, and is the port right?"),
    ("timeout", "is the server reachable from here, and not overloaded?"),
    ("connection info string", "write the `url` as postgresql://user:password@host:port/database"),
    ("connection option", "write the `url` as postgresql://user:password@host:port/database"),
    ("didn't produce", "only a query that returns rows is possible here"),
)


@contextmanager
def connected(url: str, timeout: float, patience: float = PATIENCE) -> Iterator[Connection[tuple[Any, ...]]]:
    """A connection within one read-only transaction. Raises DatabaseError.

    No statement takes longer than `timeout` seconds, and connecting `patience`. That limit ends with the transaction,
    as it must through a pooler, where the session is another's next: psycopg refuses a commit, and no other begins.
    Nothing is sent at start-up that a transaction pooler refuses, and no statement is prepared.
    """
    try:
        with _connect(url, timeout, patience) as connection, connection.transaction():
            connection.execute(f"set local statement_timeout = {max(1, round(timeout * 1000))}".encode())
            yield connection
    except psycopg.Error as error:
        state = state_of(error)
        raise DatabaseError(explain(error), advice(state, str(error)), state) from None


def _connect(url: str, timeout: float, patience: float) -> Connection[tuple[Any, ...]]:
    connection = psycopg.connect(
        url, application_name="dropmon", client_encoding="utf8", prepare_threshold=None,
        connect_timeout=max(2, round(patience)),  # libpq knows no shorter one
        tcp_user_timeout=round(timeout * 1000), keepalives_idle=10, keepalives_interval=5, keepalives_count=3,
    )  # fmt: skip
    connection.read_only = True
    return connection


def explain(error: Exception) -> str:
    """The server's own sentence, on one line, without secrets."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return mask("; ".join(dict.fromkeys(lines[:2])) or type(error).__name__)


def state_of(error: psycopg.Error) -> str:
    """The SQLSTATE of an error; empty when no server said anything."""
    text = str(error).lower()
    return error.sqlstate or next((state for sentence, state in REFUSALS if sentence in text), "")


def advice(state: str, sentence: str) -> str:
    """What to do about a failure, by its SQLSTATE or, when there is none, by its words.

    >>> advice("42P01", ""), advice("42601", ""), advice("", "connection refused")[:25]
    ("is the table's name right, with its schema?", 'the SQL has a mistake', 'is the server running, an')
    """
    told = ADVICE.get(state) or ADVICE.get(state[:2])
    words = sentence.lower()
    return told or next((what for sign, what in UNREACHED if sign in words), "is the server up? look at its log")


class Text(Loader):
    """A value of any type, as the server writes it."""

    def load(self, data: Any) -> str:
        return str(data, "utf-8", "replace")


def rows(url: str, sql: str, timeout: float) -> list[dict[str, str]]:
    """The rows of one query as text by column; null is empty. Raises DatabaseError."""
    with connected(url, timeout) as connection, connection.cursor(row_factory=dict_row) as cursor:
        for kind in connection.adapters.types:
            cursor.adapters.register_loader(kind.oid, Text)
            cursor.adapters.register_loader(kind.array_oid, Text)
        found = cursor.stream(sql.encode())  # unlike execute, it refuses a second statement, such as one after a commit
        return [{name: value or "" for name, value in row.items()} for row in found]


def host_of(url: str) -> str:
    """The host of a URL or connection string; empty for a socket, or when it cannot be read."""
    try:
        found = conninfo_to_dict(url)
    except psycopg.Error:
        return ""
    return str(found.get("host") or found.get("hostaddr") or "")
