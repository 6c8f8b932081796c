"""One read-only conversation with a PostgreSQL server, safe through a pooler, its password kept out of messages."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import Lock
from typing import Any

import psycopg
from psycopg import ClientCursor, Connection, Cursor, pq
from psycopg.adapt import Loader
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import dict_row
from psycopg.types.numeric import FloatLoader

from dropmon.errors import DatabaseError
from dropmon.hosts import local
from dropmon.secrets import mask, remember

PATIENCE = 10.0  # seconds for each address of the server to accept us

Pairs = tuple[tuple[str, str | None], ...]  # the columns of a row and their texts; null is None

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
    "55000": "add pg_stat_statements to shared_preload_libraries and restart the server",
    "55P03": "somebody holds a lock on it, or waits for one: dropmon db blocking",
    "57014": "the query took too long: raise `timeout`, or make it cheaper",
}
REFUSALS = (  # libpq keeps the SQLSTATE of a refused connection to itself, and tells only the sentence
    ("password authentication failed", "28P01"),
    ("pg_hba.conf", "28000"),
    ("tenant or user not found", "28000"),
    ("too many clients", "53300"),
    ("too many connections for", "53300"),
    ("connection slots are reserved", "53300"),
    ("max client connections reached", "53300"),
    ("the database system is", "57P03"),
    ('fatal:  role "', "28000"),
    ('fatal:  database "', "3D000"),
)
UNREACHED = (  # no server said anything
    ("but ssl was required", "the server speaks no TLS: add ?sslmode=disable to the `url` if the way there is safe"),
    ("certificate", "put sslrootcert=… into the `url`, or a weaker sslmode"),
    ("translate host name", "is the host name right, and does our DNS work?"),
    ("resolve host", "is the host name right, and does our DNS work?"),
    ("connection refused", "is the server running, and is the port right?"),
    ("timeout", "is the server reachable from here, and not overloaded?"),
    ("connection info string", "write the `url` as postgresql://user:password@host:port/database"),
    ("connection option", "write the `url` as postgresql://user:password@host:port/database"),
    ("didn't produce", "only a query that returns rows is possible here"),
    ("copy cannot be used", "only a query that returns rows is possible here"),
    ("empty_query", "nothing is asked there: write a query"),
)


@contextmanager
def connected(
    url: str, timeout: float, patience: float = PATIENCE, locks: float | None = None
) -> Iterator[Connection[tuple[Any, ...]]]:
    """A connection within one read-only transaction; see `opened` and `reading`. Raises DatabaseError."""
    with opened(url, timeout, patience) as connection, reading(connection, timeout, locks):
        yield connection


@contextmanager
def opened(url: str, timeout: float, patience: float = PATIENCE) -> Iterator[Connection[tuple[Any, ...]]]:
    """A connection that only reads, accepted within `patience` seconds. Raises DatabaseError.

    An empty `url` is libpq's own choice: PGHOST, PGSERVICE and the like, .pgpass for the password. A remote host is
    spoken to over TLS unless somebody says otherwise. Nothing is sent at start-up that a transaction pooler refuses,
    no statement is prepared, and no setting outlives its transaction: the session is another's next.
    """
    with told():
        connection = _connect(url, timeout, patience)
        remember(connection.info.password or "")  # it may come from a file that only libpq has read
        with connection:
            yield connection


@contextmanager
def reading(connection: Connection[tuple[Any, ...]], timeout: float, locks: float | None = None) -> Iterator[None]:
    """A read-only transaction in which no statement takes longer than `timeout` seconds. Raises DatabaseError.

    Nor does one wait longer than `locks` seconds for a lock, if that is given: who queues for a lock holds up everybody
    behind. When we are gone, the server notices within a second, even while it waits.
    """
    limit = max(1, round(timeout * 1000))
    waiting = limit if locks is None else max(1, round(locks * 1000))
    with told(), connection.transaction():
        connection.execute(GUEST % (limit, waiting))
        yield


GUEST = """
set local statement_timeout = %d; set local lock_timeout = %d; set local idle_in_transaction_session_timeout = 60000;
select pg_catalog.set_config('client_connection_check_interval', '1s', true)
where pg_catalog.current_setting('client_connection_check_interval', true) is not null
  and pg_catalog.version() like '%%linux%%'
"""  # that setting is of 14, and not of every system


@contextmanager
def told() -> Iterator[None]:
    """Makes the driver's errors ours, with what to do."""
    try:
        yield
    except psycopg.Error as error:
        state = state_of(error)
        raise DatabaseError(explain(error), advice(state, str(error)), state) from None


def _connect(url: str, timeout: float, patience: float) -> Connection[tuple[Any, ...]]:
    connection = psycopg.connect(
        url, application_name="dropmon", client_encoding="utf8", prepare_threshold=None,
        connect_timeout=max(2, round(patience)),  # libpq knows no shorter one
        tcp_user_timeout=round(timeout * 1000), keepalives_idle=10, keepalives_interval=5, keepalives_count=3,
        sslmode=_tls(url),
    )  # fmt: skip
    connection.read_only = True
    return connection


def _tls(url: str) -> str | None:
    """TLS for a remote host, where nobody has said whether to use it; libpq itself would do without."""
    found = settings(url)
    if found.get("sslmode") or all(map(local, f"{found.get('host', '')},{found.get('hostaddr', '')}".split(","))):
        return None
    return "require"


def settings(url: str) -> dict[str, str]:
    """What libpq will connect with: the URL or connection string, then the service file, then the PG… variables.

    Only what somebody has set: libpq's own defaults are left out. Raises psycopg.Error for what cannot be read.
    """
    given = {key: str(value) for key, value in conninfo_to_dict(url).items()}
    with _service(given.get("service")):
        known = {each.keyword.decode(): each for each in pq.Conninfo.get_defaults()}
    usual = {key: each.val.decode() for key, each in known.items() if each.val is not None and _said(each)}
    return usual | given


def _said(option: pq.ConninfoOption) -> bool:
    """Whether somebody has set an option, be it to libpq's own default."""
    return option.val != option.compiled or (option.envvar or b"").decode() in os.environ


ENVIRONMENT = Lock()  # of the process: one thread at a time may change it


@contextmanager
def _service(name: str | None) -> Iterator[None]:
    """libpq looks a service up only where the environment names it."""
    with ENVIRONMENT:
        before = os.environ.get("PGSERVICE")
        if name:
            os.environ["PGSERVICE"] = name
        try:
            yield
        finally:
            if name:
                os.environ.pop("PGSERVICE")
                os.environ |= {"PGSERVICE": before} if before else {}


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


def ask(connection: Connection[tuple[Any, ...]], sql: str, values: Mapping[str, object]) -> list[dict[str, Any]]:
    """The rows of one query; one that fails leaves the transaction as it was. Raises DatabaseError.

    `values` stand where the SQL says `%(name)s`; they are written into the text as literals, which any pooler passes.
    """
    with told(), connection.transaction(), ClientCursor(connection, row_factory=dict_row) as cursor:
        for kind in ("text", "name"):  # a database in SQL_ASCII may hold anything
            cursor.adapters.register_loader(kind, Text)
        cursor.adapters.register_loader("numeric", FloatLoader)
        return cursor.execute(sql.encode(), values or None).fetchall()


def spelled(connection: Connection[tuple[Any, ...]], sql: str, values: Mapping[str, object]) -> str:
    """The text that `ask` sends: what psql would run."""
    with ClientCursor(connection) as cursor:
        return cursor.mogrify(sql.encode(), values)


def rows(url: str, sql: str, timeout: float) -> list[dict[str, str]]:
    """The rows of one query as text by column; null is empty. Raises DatabaseError."""
    with connected(url, timeout) as connection:
        return [{name: value or "" for name, value in row} for row in texts(connection, sql)]


def texts(connection: Connection[tuple[Any, ...]], sql: str) -> Generator[Pairs, None, None]:
    """The rows of one query as they come, left early, they end the query. Raises psycopg.Error."""
    with connection.cursor(row_factory=_pairs) as cursor:
        for kind in connection.adapters.types:
            cursor.adapters.register_loader(kind.oid, Text)
            cursor.adapters.register_loader(kind.array_oid, Text)
        yield from cursor.stream(sql.encode())  # unlike execute, it refuses a second statement, such as after a commit


def _pairs(cursor: Cursor[Any]) -> Callable[[Sequence[Any]], Pairs]:
    """Columns of one name stay apart, unlike in a mapping."""
    names = [column.name for column in cursor.description or ()]
    return lambda values: tuple(zip(names, values, strict=True))


def host_of(url: str) -> str:
    """The host that will be asked; empty for a socket, or when the URL or connection string cannot be read."""
    try:
        found = settings(url)
    except psycopg.Error:
        return ""
    return found.get("host") or found.get("hostaddr") or ""
