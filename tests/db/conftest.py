"""Real PostgreSQL servers: `server` is one of every version, `newest` only the newest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest

from tests.db import clusters
from tests.db.bouncer import Bouncer, bounced
from tests.db.plants import plant

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dropmon.demo.database import Server


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A server of a test's own takes seconds to make."""
    for item in items:
        if {"mortal", "primary"}.intersection(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def planted() -> Iterator[clusters.Clusters]:
    """Planted servers by version; those asked for live as long as the session."""
    with clusters.Clusters() as made:
        yield made


@pytest.fixture(scope="session")
def versions() -> list[str]:
    return clusters.versions()


OLDER = [pytest.param(each, marks=pytest.mark.slow) for each in clusters.versions() if each != clusters.NEWEST]


@pytest.fixture(scope="session", params=[*OLDER, clusters.NEWEST], ids="pg{}".format)
def server(request: pytest.FixtureRequest, planted: clusters.Clusters) -> Server:
    """A planted server of each version. A test leaves it as it found it."""
    return planted[request.param]


@pytest.fixture(scope="session")
def newest(planted: clusters.Clusters) -> Server:
    """The planted server of the newest version, where one version is enough."""
    return planted[clusters.NEWEST]


@pytest.fixture
def bouncer(newest: Server) -> Iterator[Bouncer]:
    """PgBouncer in transaction mode before the newest server; the sessions that it keeps go with it."""
    with bounced(newest) as made:
        yield made


@pytest.fixture
def scratch(newest: Server) -> Iterator[str]:
    """The name of an empty database of the test's own, on the newest server."""
    newest.run("create database scratch owner app;")
    yield "scratch"
    newest.run("drop database scratch with (force);")


@pytest.fixture
def mortal() -> Iterator[Server]:
    """A planted server of the test's own, to crash and to change."""
    with clusters.server(clusters.NEWEST) as made:
        plant(made)
        yield made


@pytest.fixture
def ascii_(newest: Server) -> Iterator[str]:
    """The name of a database in SQL_ASCII, in which names and statements are no UTF-8."""
    newest.run("create database ascii encoding 'SQL_ASCII' locale 'C' template template0;")
    url = newest.url_of("postgres", "ascii")
    with psycopg.connect(url, client_encoding="sql_ascii", autocommit=True) as made:
        made.execute(b'create table "caf\xe9" (id int primary key, size int, note varchar)')
        made.execute(b'create index "caf\xe9_size" on "caf\xe9" (size)')
        made.execute(b'select count(*) from "caf\xe9"')
    yield "ascii"
    newest.run(
        "\\connect shop\n"
        "select extensions.pg_stat_statements_reset(0, oid, 0) from pg_database where datname = 'ascii';"
        "drop database ascii with (force);"
    )
