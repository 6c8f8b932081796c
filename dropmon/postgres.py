"""One read-only conversation with a PostgreSQL server, safe through a pooler, its password kept out of messages."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from threading import Lock
from typing import Any

import psycopg
from psycopg import ClientCursor, Connection, Cursor, OperationalError, pq
from psycopg.adapt import Loader
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import dict_row
from psycopg.types.numeric import FloatLoader

from dropmon.errors import DatabaseError
from dropmon.hosts import local
from dropmon.secrets import mask, remember
from dropmon.sqlstate import advice, refusal
from dropmon.verb import QUERIES, verb

BUSY = pq.TransactionStatus.ACTIVE  # a statement is under way
PATIENCE = 10.0  # seconds for each address of the server to accept us
GRACE = 1.0  # seconds beyond the server's own limit until we no longer believe that it answers
OURS = "/* dropmon */"  # ends a question of our own: pg_stat_statements keeps it there, and not at the beginning
LONGEST = 2**31 - 1  # milliseconds, to the server and to the system

Pairs = tuple[tuple[str, str | None], ...]  # the columns of a row and their texts; null is None


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
    with told(), closing(_connect(url, timeout, patience)) as connection:
        remember(connection.info.password or "")  # it may come from a file that only libpq has read
        yield connection


@contextmanager
def reading(connection: Connection[tuple[Any, ...]], timeout: float, locks: float | None = None) -> Iterator[None]:
    """A read-only transaction in which no statement takes longer than `timeout` seconds. Raises DatabaseError.

    Nor does one wait longer than `locks` seconds for a lock, if that is given: who queues for a lock holds up everybody
    behind. When we are gone, the server notices within a second, even while it waits.
    """
    limit = milliseconds(timeout)
    waiting = limit if locks is None else milliseconds(locks)
    if isinstance(connection, Guest):
        connection.limit = timeout
    with told(), connection.transaction():
        connection.execute(GUEST % (limit, waiting))
        yield


def milliseconds(seconds: float) -> int:
    """A limit as the server and the system take one: 0 would mean none.

    >>> milliseconds(1.5), milliseconds(0.0001), milliseconds(30 * 86400)
    (1500, 1, 2147483647)
    """
    return min(LONGEST, max(1, round(seconds * 1000)))


def hang_up(connection: Connection[Any]) -> None:
    """Ends a conversation that another thread may be having, where it fails at once. Waits for nobody."""
    with suppress(OSError, psycopg.Error), socket.socket(fileno=os.dup(connection.fileno())) as line:
        line.shutdown(socket.SHUT_RDWR)


class Guest(Connection[Any]):
    """A connection that does not wait for ever: the server's own limits are of no use when it has fallen silent."""

    limit: float = PATIENCE  # seconds that the server has for each statement
    _end = 0.0  # of our patience, by the monotonic clock

    def wait(self, gen: Generator[Any, Any, Any], *args: Any, **options: Any) -> Any:
        self._end = time.monotonic() + self.limit + GRACE
        try:
            return super().wait(self._watched(gen), *args, **options)
        except BaseException as error:
            interrupted = not isinstance(error, Exception) and self.pgconn.transaction_status == BUSY
            if interrupted or isinstance(error, SilenceError):
                self.pgconn.finish()  # or else leaving the transaction would wait, too
            raise

    def cancel_safe(self, *, timeout: float = GRACE) -> None:
        """Ctrl-C, too, is not to wait for ever: neither for the server to hear of it nor for what it says then."""
        self._end = time.monotonic() + 2 * GRACE
        super().cancel_safe(timeout=min(timeout, GRACE))

    def _watched(self, steps: Generator[Any, Any, Any]) -> Generator[Any, Any, Any]:
        """The driver's steps, which it takes at least ten times a second. Raises SilenceError."""
        try:
            wanted = next(steps)
            while True:
                ready = yield wanted
                wanted = steps.send(ready)
                if time.monotonic() > self._end:
                    raise SilenceError(f"no answer within {self.limit + GRACE:.3g} s")
        except StopIteration as done:
            return done.value


class SilenceError(OperationalError):
    """The server, or a pooler before it, has not answered in time."""


GUEST = """
set local statement_timeout = %d; set local lock_timeout = %d; set local idle_in_transaction_session_timeout = 60000;
select pg_catalog.set_config('client_connection_check_interval', '1s', true)
where pg_catalog.current_setting('client_connection_check_interval', true) is not null
  and pg_catalog.version() like '%%linux%%'
/* dropmon */"""  # that setting is of 14, and not of every system


@contextmanager
def told() -> Iterator[None]:
    """Makes the driver's errors ours, with what to do."""
    try:
        yield
    except psycopg.Error as error:
        state = state_of(error)
        raise DatabaseError(explain(error), advice(state, str(error)), state) from None


def _connect(url: str, timeout: float, patience: float) -> Connection[tuple[Any, ...]]:
    connection = Guest.connect(
        url, application_name="dropmon", client_encoding="utf8", prepare_threshold=None,
        connect_timeout=max(2, round(patience)),  # libpq knows no shorter one
        tcp_user_timeout=milliseconds(timeout), keepalives_idle=10, keepalives_interval=5, keepalives_count=3,
        sslmode=_tls(url),
    )  # fmt: skip
    connection.limit = timeout
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
    return error.sqlstate or refusal(str(error))


TEXTS = (
    "text",
    "name",
    "varchar",
    "bpchar",
    '"char"',
    0,
)  # the types of texts, and whatever type the driver does not know


class Text(Loader):
    """A value of any type, as the server writes it."""

    def load(self, data: Any) -> str:
        return str(data, "utf-8", "replace")


def ask(connection: Connection[tuple[Any, ...]], sql: str, values: Mapping[str, object]) -> list[dict[str, Any]]:
    """The rows of one query; one that fails leaves the transaction as it was. Raises DatabaseError.

    `values` stand where the SQL says `%(name)s`; they are written into the text as literals, which any pooler passes.
    """
    with told(), connection.transaction(), ClientCursor(connection, row_factory=dict_row) as cursor:
        for kind in TEXTS:  # a database in SQL_ASCII may hold anything
            cursor.adapters.register_loader(kind, Text)
        cursor.adapters.register_loader("numeric", FloatLoader)
        return cursor.execute(f"{sql.rstrip()}\n{OURS}".encode(), values or None).fetchall()


def spelled(connection: Connection[tuple[Any, ...]], sql: str, values: Mapping[str, object]) -> str:
    """The text that `ask` sends, but for the sign that it is ours: what psql would run."""
    with ClientCursor(connection) as cursor:
        return cursor.mogrify(sql.encode(), values)


def rows(url: str, sql: str, timeout: float) -> list[dict[str, str]]:
    """The rows of one query as text by column; null is empty. Raises DatabaseError."""
    with connected(url, timeout) as connection:
        return [{name: value or "" for name, value in row} for row in texts(connection, sql)]


def texts(connection: Connection[tuple[Any, ...]], sql: str) -> Generator[Pairs, None, None]:
    """The rows of one query as they come, left early, they end the query. Raises psycopg.Error and DatabaseError.

    What is no query is refused here: also in a read-only transaction COPY runs programs on the server.
    """
    if (first := verb(sql)) not in QUERIES:
        what = f"only reading is possible here, and no query begins with {first[:40]!r}" if first else "an empty query"
        raise DatabaseError(what, "write one SELECT, VALUES, TABLE or WITH", "42601")
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
