"""dropmon db collation: rules of sorting that have changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest

from dropmon.model import Status
from tests.db.asking import ask
from tests.db.databases import database
from tests.db.sessions import connect
from tests.requirements import lack

if TYPE_CHECKING:
    from dropmon.demo.database import Server

TABLE = (
    "create table words (word text, other text)",
    "create index words_word on words (word collate sorted)",
    "create index words_both on words (word, other collate sorted)",
    "create index words_plain on words (word)",
)  # fmt: skip
SORTED = "create collation sorted (provider = {}, locale = '{}')"
AGE = "update pg_collation set collversion = '0.1' where collname = 'sorted'"


@pytest.fixture(scope="module")
def provider(server: Server) -> tuple[str, str]:
    """What this server can sort by that has a version."""
    for name, locale in (("icu", "en"), ("builtin", "C.UTF-8")):
        try:
            with database(server, SORTED.format(name, locale)):
                return name, locale
        except psycopg.Error:
            continue
    lack("this server has no collation with a version")
    raise AssertionError


@pytest.mark.slow
def test_a_collation_in_use_that_has_changed_is_a_warning(server: Server, provider: tuple[str, str]) -> None:
    with database(server, SORTED.format(*provider), *TABLE, AGE) as own:
        answer = ask(server, "collation", database=own)
    (row,) = answer.rows

    assert (answer.status, answer.facts["mismatches"]) == (Status.WARNING, 1)
    assert (row["name"], row["recorded"], row["indexes"], row["tables"]) == ("public.sorted", "0.1", 2, 1)
    assert row["actual"] not in {None, "0.1"}
    assert "alter collation public.sorted refresh version" in row["hint"]


def test_one_that_has_not_changed_is_well(server: Server, provider: tuple[str, str]) -> None:
    with database(server, SORTED.format(*provider), *TABLE) as own:
        answer = ask(server, "collation", database=own)

    assert (answer.status, answer.rows) == (Status.OK, ())
    assert answer.facts["checked"] >= 1


def test_one_that_no_index_uses_is_not_asked_for(server: Server, provider: tuple[str, str]) -> None:
    with database(server, SORTED.format(*provider), AGE) as own:
        assert ask(server, "collation", database=own).rows == ()


def test_a_database_has_a_collation_of_its_own(server: Server, provider: tuple[str, str]) -> None:
    name, locale = provider
    with connect(server, "postgres", "tests") as session:
        (version,) = session.execute("show server_version_num").fetchone() or (0,)
    if int(version) < 150000:
        lack("before 15 a database does not know the version of its collation")
    options = f"template template0 locale_provider {name} {name}_locale '{locale}'"
    old = "update pg_database set datcollversion = '0.1' where datname = current_database()"
    with database(server, TABLE[0], "create index on words (word)", old, options=options) as own:
        near, far = ask(server, "collation", database=own), ask(server, "collation")

    assert (near.rows[0]["name"], near.rows[0]["indexes"]) == ("database own", 1)
    assert "reindex database concurrently own;" in near.rows[0]["hint"]
    assert (far.rows[0]["name"], far.rows[0]["indexes"]) == ("database own", None)
