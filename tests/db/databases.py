"""Databases of a test's own, on a server of any version."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.db.sessions import connect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dropmon.demo.database import Server

OWN = "own"
LATE = 1.2  # seconds until what a session has counted is known, before PostgreSQL 15


@contextmanager
def database(server: Server, *statements: str, options: str = "") -> Iterator[str]:
    """A database in which some statements have been run, gone with the `with`; its name."""
    server.run(f"create database {OWN} {options};")
    try:
        for each in statements:
            with connect(server, "postgres", "tests", OWN) as session:
                session.execute(each)
                late = session.info.server_version < 150000
                if not late:  # what it has counted counts now, and not when it has ended, which nobody waits for
                    session.execute("select pg_stat_force_next_flush()")
        if statements and late:
            time.sleep(LATE)
        yield OWN
    finally:
        server.run(f"drop database {OWN} with (force);")
