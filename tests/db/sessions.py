"""Sessions that the tests hold open on a server: idle, waiting, or at work."""

from __future__ import annotations

import time
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, Self

import psycopg

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dropmon.demo.database import Server

PATIENCE = 10.0  # seconds


@contextmanager
def connect(server: Server, role: str, application: str, database: str = "shop") -> Iterator[psycopg.Connection]:
    """A session that ends with the `with`, whatever it is doing then."""
    url = server.url_of(role, database)
    session = psycopg.connect(url, application_name=application, autocommit=True, prepare_threshold=None)
    try:
        yield session
    finally:
        session.close()


def send(session: psycopg.Connection, sql: str) -> None:
    """Starts a statement, and does not wait for its end."""
    session.pgconn.send_query(sql.encode())
    session.pgconn.flush()


def eventually(true: Callable[[], bool], within: float = PATIENCE) -> bool:
    until = time.monotonic() + within
    while not (is_true := true()) and time.monotonic() < until:
        time.sleep(0.01)
    return is_true


class Scene:
    """Sessions by their application's name. All are gone from the server when the `with` ends."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.sessions: dict[str, psycopg.Connection] = {}
        self._waiting: set[int] = set()
        self._left = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with self._left, suppress(psycopg.OperationalError):  # the test may have ended the server
            self._end(self._waiting)  # first: or else what they wait for would be theirs
            self._end(set(self.pids.values()))

    @property
    def pids(self) -> dict[str, int]:
        """The process of each session, by its application's name."""
        return {name: session.info.backend_pid for name, session in self.sessions.items()}

    def open(self, name: str, *statements: str, role: str = "app") -> psycopg.Connection:
        """A session that has run some statements, and then does nothing."""
        self.sessions[name] = session = self._left.enter_context(connect(self.server, role, name))
        for each in statements:
            session.execute(each)
        return session

    def start(self, name: str, statement: str, until: str) -> None:
        """A session whose statement is under way, once pg_stat_activity says that the condition `until` is true."""
        session = self.open(name)
        pids = {session.info.backend_pid}
        self._waiting |= pids
        send(session, statement)
        with connect(self.server, "postgres", "scene") as ours:
            assert eventually(lambda: self._found(ours, until, pids))

    def _end(self, pids: set[int]) -> None:
        with connect(self.server, "postgres", "scene") as ours:
            ours.execute("select pg_terminate_backend(pid) from unnest(%s::int[]) as pid", [list(pids)])
            assert eventually(lambda: not self._found(ours, "true", pids))

    @staticmethod
    def _found(ours: psycopg.Connection, condition: str, pids: set[int]) -> bool:
        sql = f"select from pg_stat_activity where pid = any(%s::int[]) and {condition}"
        return ours.execute(sql, [list(pids)]).rowcount > 0
