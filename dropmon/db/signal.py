"""A session told to stop: its statement cancelled, or the whole of it ended; and whether that came to pass."""

from __future__ import annotations

import time
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from dropmon.db.names import pasteable
from dropmon.db.statement import veiled
from dropmon.errors import DatabaseError, UsageError
from dropmon.model import Status
from dropmon.output import Column, Table, clean
from dropmon.postgres import ask, reading
from dropmon.units import human_duration

if TYPE_CHECKING:
    from collections.abc import Mapping

    from psycopg import Connection

PATIENCE = 2.0  # seconds for a session to obey
STEP = 0.1  # seconds between two looks
NOT_ALLOWED = "42501"

BEGAN, ASKED = (  # as text, whatever time zone a pooler hands us
    f"pg_catalog.to_char(a.{name} at time zone 'utc', 'YYYY-MM-DD HH24:MI:SS.US')"
    for name in ("backend_start", "query_start")
)

# pg_stat_activity is read once in a transaction: each look is a transaction of its own.
LOOK = f"""
select a.pid, a.usename::text as role, coalesce(a.application_name, '') as application, a.datname::text as database,
  a.backend_type as kind, a.state, left(a.query, 1000) as statement, {BEGAN} as began,
  {ASKED} as asked, a.pid = pg_catalog.pg_backend_pid() as own, current_user::text as us,
  coalesce(r.rolsuper, false) as superuser,
  extract(epoch from pg_catalog.clock_timestamp()
    - case when a.state = 'active' then a.query_start else a.state_change end)::float8 as seconds
from pg_catalog.pg_stat_activity as a left join pg_catalog.pg_roles as r on r.rolname = a.usename
where a.pid = %(pid)s
"""  # noqa: S608

# One statement, so that nobody else can have got the process id, and no other statement be under way, in between.
SEND = f"""
select pg_catalog.{{function}}(a.pid) as sent from pg_catalog.pg_stat_activity as a
where a.pid = %(pid)s and a.backend_type = 'client backend' and {BEGAN} = %(began)s
"""  # noqa: S608
SAME_STATEMENT = f"and a.state = 'active' and {ASKED} = %(asked)s"


class Signal(StrEnum):
    """What a session is told."""

    CANCEL = "cancel"
    TERMINATE = "terminate"


class Backend(NamedTuple):
    """A process of the server, at one moment."""

    pid: int
    role: str | None
    application: str
    database: str | None
    kind: str | None  # "client backend" and others; None when it is hidden from us
    state: str | None
    statement: str | None
    began: str | None  # with `pid`, its identity: process ids are used again
    asked: str | None  # with these, that of its statement
    own: bool
    us: str  # our role
    superuser: bool  # whether its role is one
    seconds: float | None  # in its state

    @property
    def described(self) -> str:
        """Who that is, in one line."""
        since = f" for {human_duration(self.seconds)}" if self.seconds is not None else ""
        name = f"{clean(self.application)}, " if self.application else ""
        return f"pid {self.pid} ({name}{clean(self.role or '?')} in {clean(self.database or '?')}) {self.state}{since}"


class Outcome(NamedTuple):
    """What came of it."""

    signal: Signal
    backend: Backend
    done: bool
    what: str
    hint: str = ""

    @property
    def status(self) -> Status:
        return Status.OK if self.done else Status.CRITICAL


def find(connection: Connection[Any], pid: int, timeout: float) -> Backend | None:
    """The process of that id; None when there is none. Raises DatabaseError. `timeout` in seconds."""
    with reading(connection, timeout):
        found = ask(connection, LOOK, {"pid": pid})
    return next((Backend(**row | {"statement": veiled(row["statement"] or "")}) for row in found), None)


def choose(connection: Connection[Any], pid: int, signal: Signal, timeout: float) -> Backend:
    """The session of that process id, if it may be told so. Raises DatabaseError and UsageError."""
    backend = find(connection, pid, timeout)
    if backend is None:
        raise DatabaseError(
            f"there is no session with pid {pid}", "dropmon db connections, or long-running, lists them"
        )
    why, hint = refusal(backend, signal)
    if why:
        raise UsageError(why, hint)
    return backend


def refusal(backend: Backend, signal: Signal) -> tuple[str, str]:
    """Why this process is not told so, and what to do instead; empty when it may be.

    >>> idle = Backend(7, "app", "", "shop", "client backend", "idle", "", "", "", False, "dropmon", False, 1.0)
    >>> refusal(idle, Signal.CANCEL)[1], refusal(idle, Signal.TERMINATE)
    ('dropmon db terminate 7', ('', ''))
    >>> refusal(idle._replace(kind="walsender"), Signal.TERMINATE)[0]
    'pid 7 is no session of a client: walsender'
    """
    pid = backend.pid
    if backend.own:
        return f"pid {pid} is this very session", ""
    if backend.kind is None:
        return (
            f"what pid {pid} does is hidden from {backend.us}: it might be anybody's",
            f"{pasteable('grant pg_monitor to {};', backend.us)} or ask as {backend.role or 'a superuser'}",
        )
    if backend.kind != "client backend":
        return f"pid {pid} is no session of a client: {backend.kind}", INSTEAD.get(backend.kind, "")
    if signal is Signal.CANCEL and backend.state != "active":
        return f"pid {pid} is {backend.state}: it has no statement to cancel", f"dropmon db terminate {pid}"
    return "", ""


INSTEAD = {
    "autovacuum worker": "it gives way by itself, unless it prevents wraparound: then it must go on",
    "walsender": "stop the standby or subscriber at the other end: dropmon db replication",
    "parallel worker": "it works for another session: dropmon db long-running shows that one",
}


def stop(connection: Connection[Any], backend: Backend, signal: Signal, timeout: float) -> Outcome:
    """Tells a session to stop, and waits a moment to see whether it does. Raises DatabaseError."""
    if not send(connection, backend, signal, timeout):
        return Outcome(signal, backend, False, f"nothing was sent: {_changed(backend, signal)}", "look again")
    until = time.monotonic() + PATIENCE
    while not (over := stopped(backend, find(connection, backend.pid, timeout), signal)) and time.monotonic() < until:
        time.sleep(STEP)
    if over:
        done = "its statement was cancelled" if signal is Signal.CANCEL else "its session was ended"
        return Outcome(signal, backend, True, f"pid {backend.pid}: {done}")
    what = f"pid {backend.pid} was told to stop, and after {human_duration(PATIENCE)} it still goes on"
    instead = f"dropmon db terminate {backend.pid}" if signal is Signal.CANCEL else "it may be rolling back: look again"
    return Outcome(signal, backend, False, what, instead)


def _changed(backend: Backend, signal: Signal) -> str:
    if signal is Signal.CANCEL:
        return f"pid {backend.pid} has ended this statement by itself"
    return f"pid {backend.pid} has ended by itself"


def send(connection: Connection[Any], backend: Backend, signal: Signal, timeout: float) -> bool:
    """Whether the signal went out: only to the same session, and a cancel only to the same statement.

    Raises DatabaseError.
    """
    sql = SEND.format(function=f"pg_{signal}_backend") + (SAME_STATEMENT if signal is Signal.CANCEL else "")
    values = {"pid": backend.pid, "began": backend.began, "asked": backend.asked}
    try:
        with reading(connection, timeout):
            return any(row["sent"] for row in ask(connection, sql, values))
    except DatabaseError as error:
        if error.state != NOT_ALLOWED:
            raise
        raise DatabaseError(
            f"{backend.us} may not {signal} a session of {backend.role}", right(backend), error.state
        ) from None


def right(backend: Backend) -> str:
    """Which role may."""
    if backend.superuser:
        return f"{backend.role} is a superuser: only a superuser may"
    return f"{pasteable('grant pg_signal_backend to {};', backend.us)} or do it as {backend.role}"


def stopped(before: Backend, now: Backend | None, signal: Signal) -> bool:
    """Whether the session, or its statement, is over."""
    if now is None or now.began != before.began:
        return True
    return signal is Signal.CANCEL and (now.state != "active" or now.asked != before.asked)


def table(outcome: Outcome) -> Table:
    """The outcome as one row."""
    backend = outcome.backend
    row: Mapping[str, object] = {
        "pid": backend.pid, "role": backend.role, "application": backend.application, "database": backend.database,
        "state": backend.state, "seconds": backend.seconds, "statement": backend.statement, "done": outcome.done,
    }  # fmt: skip
    return Table(
        name="rows",
        columns=tuple(Column(key, key, detail=key == "statement", human=key not in {"seconds", "done"}) for key in row),
        rows=[row],
        headline=f"{outcome.status.symbol} {outcome.status.name}  {outcome.what}",
        status=outcome.status,
        notes=(f"→ {outcome.hint}",) if outcome.hint else (),
        facts={"signal": outcome.signal.value, "done": outcome.done, "what": outcome.what},
    )
