"""What an on-call engineer finds at 03:00, and what leaves nothing behind when the `with` ends.

Each yields its Scene: `pids` has the process of each session by its application's name.
"""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import psycopg

from tests.db.sessions import Scene, connect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dropmon.demo.database import Server

BLOCKED = {  # who waits, in the five ways there are: for which event, and for whom
    "orders-worker": ("transactionid", "checkout"),
    "orders-retry": ("tuple", "orders-worker"),
    "customers-list": ("relation", "customers-import"),
    "nightly-job": ("advisory", "nightly-lock"),
    "wallet-worker": ("transactionid", ""),  # a prepared transaction is no session
}
PREPARED = "transfer-7"


@contextmanager
def frozen(server: Server) -> Iterator[Scene]:
    """A reader of app.orders that idles in its transaction, and a migration that waits behind it.

    Whoever needs app.orders now, if only for its size, waits behind the migration.
    """
    with Scene(server) as scene:
        scene.open("report-reader", "begin", "select count(*) from app.orders")
        scene.start("migration", "alter table app.orders add column note text", waiting("relation"))
        yield scene


@contextmanager
def blocked(server: Server) -> Iterator[Scene]:
    """Five sessions, each blocked in another way: see BLOCKED."""
    with prepared(server), Scene(server) as scene:
        scene.open("checkout", "begin", take("ann"))
        scene.start("orders-worker", take("ann"), waiting("transactionid"))
        scene.start("orders-retry", take("ann"), waiting("tuple"))
        scene.open("customers-import", "begin", "lock table app.customers in access exclusive mode")
        scene.start("customers-list", "select count(*) from app.customers", waiting("relation"))
        scene.open("nightly-lock", "select pg_advisory_lock(42)")
        scene.start("nightly-job", "select pg_advisory_lock(42)", waiting("advisory"))
        scene.start("wallet-worker", take("bob"), waiting("transactionid"))
        yield scene


@contextmanager
def prepared(server: Server) -> Iterator[None]:
    """A transaction that was prepared and forgotten, and still locks bob's wallet."""
    with connect(server, "app", "transfer") as session:
        for each in ("begin", take("bob"), f"prepare transaction '{PREPARED}'"):
            session.execute(each)
    try:
        yield
    finally:
        with suppress(psycopg.OperationalError), connect(server, "postgres", "scene") as session:
            session.execute(f"rollback prepared '{PREPARED}'")


@contextmanager
def idle_transaction(server: Server) -> Iterator[Scene]:
    """A session that has locked a row, and then forgotten its transaction."""
    with Scene(server) as scene:
        scene.open("checkout", "begin", take("cid"))
        yield scene


@contextmanager
def long_query(server: Server) -> Iterator[Scene]:
    """A query that does not end."""
    with Scene(server) as scene:
        scene.start("monthly-report", "select count(*) from app.orders, pg_sleep(600)", "wait_event = 'PgSleep'")
        yield scene


def take(owner: str) -> str:
    """Locks one row, and changes none: a change that is undone would leave a dead row behind."""
    return f"select cents from app.wallets where owner = '{owner}' for update"


def waiting(event: str) -> str:
    return f"wait_event_type = 'Lock' and wait_event = '{event}'"
