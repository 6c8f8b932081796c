"""Which indexes are called invalid, and which are only being built."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest

from tests.db.asking import ask
from tests.db.sessions import connect, eventually, send

if TYPE_CHECKING:
    from dropmon.demo.database import Server

DOUBLE = ("create table t (a int)", "insert into t values (1), (1)")


def run(server: Server, database: str, *statements: str) -> None:
    with connect(server, "postgres", "tests", database) as session:
        for each in statements:
            session.execute(each)


def fail(server: Server, database: str, statement: str) -> None:
    with pytest.raises(psycopg.errors.UniqueViolation):
        run(server, database, statement)


def test_the_planted_one_is_found(server: Server) -> None:
    answer = ask(server, "invalid-indexes")
    (row,) = answer.rows

    assert (row["index"], row["table"], row["unique"]) == ("app.parcels_code_idx", "parcels", True)
    assert row["reason"] == "its build failed: perhaps a value is there twice"
    assert row["hint"].startswith("REINDEX INDEX CONCURRENTLY app.parcels_code_idx;")
    assert (answer.status, answer.facts["invalid"], answer.facts["building"]) == ("warning", 1, 0)


@pytest.mark.parametrize("name", ["t_a_idx_ccnew", "t_a_idx_ccold", "t_a_idx_ccnew1"])
def test_what_a_reindex_left_is_to_be_dropped(newest: Server, scratch: str, name: str) -> None:
    run(newest, scratch, *DOUBLE)
    fail(newest, scratch, f"create unique index concurrently {name} on t (a)")
    (row,) = ask(newest, "invalid-indexes", database=scratch).rows

    assert (row["reason"], row["hint"]) == (
        "left by a REINDEX CONCURRENTLY",
        f"DROP INDEX CONCURRENTLY public.{name};",
    )
    run(newest, scratch, row["hint"])
    assert ask(newest, "invalid-indexes", database=scratch).rows == ()


def test_what_a_drop_left_is_to_be_dropped(newest: Server, scratch: str) -> None:
    run(newest, scratch, *DOUBLE, "create index i on t (a)",
        "update pg_index set indisvalid = false, indislive = false where indexrelid = 'i'::regclass")  # fmt: skip
    (row,) = ask(newest, "invalid-indexes", database=scratch).rows

    assert (row["reason"], row["hint"]) == ("left by a DROP INDEX CONCURRENTLY", "DROP INDEX CONCURRENTLY public.i;")


def test_the_index_of_a_constraint_is_never_to_be_dropped(newest: Server, scratch: str) -> None:
    run(newest, scratch, "create table t (a int primary key)",
        "update pg_index set indisvalid = false where indexrelid = 't_pkey'::regclass")  # fmt: skip
    (row,) = ask(newest, "invalid-indexes", database=scratch).rows

    assert row["hint"] == "REINDEX INDEX CONCURRENTLY public.t_pkey;"


def test_a_partitioned_index_says_where_it_lacks(newest: Server, scratch: str) -> None:
    run(newest, scratch, "create table t (a int) partition by list (a)",
        "create table t1 partition of t for values in (1)", "create table t2 partition of t for values in (2)",
        "create index i on only t (a)", "create index j on t1 (a)", "alter index i attach partition j")  # fmt: skip
    (row,) = ask(newest, "invalid-indexes", database=scratch).rows

    assert (row["index"], row["reason"]) == ("public.i", "1 of 2 partitions have it")
    assert "ATTACH PARTITION" in row["hint"]


@pytest.mark.parametrize("role", ["dropmon", "blind"])
@pytest.mark.parametrize("statement", ["create index concurrently i on t (a)", "reindex index concurrently h"])
def test_an_index_that_is_being_built_is_not_listed(newest: Server, scratch: str, statement: str, role: str) -> None:
    run(newest, scratch, *DOUBLE, "create index h on t (a)")
    with connect(newest, "postgres", "writer", scratch) as writer, connect(newest, "postgres", "b", scratch) as builder:
        writer.execute("begin")
        writer.execute("insert into t values (2)")
        send(builder, statement)
        assert eventually(lambda: ask(newest, "invalid-indexes", role, scratch).facts["building"] == 1)
        answer = ask(newest, "invalid-indexes", role, scratch)

    assert (answer.rows, answer.facts["invalid"], answer.status) == ((), 0, "ok")
    assert answer.facts["notes"] == ["1 more being built or dropped at this moment"]


def test_one_that_is_being_dropped_is_not_listed(newest: Server, scratch: str) -> None:
    run(newest, scratch, *DOUBLE, "create index h on t (a)")
    with connect(newest, "postgres", "reader", scratch) as reader, connect(newest, "postgres", "d", scratch) as dropper:
        reader.execute("begin")
        reader.execute("select from t")
        send(dropper, "drop index concurrently h")
        assert eventually(lambda: ask(newest, "invalid-indexes", database=scratch).facts["building"] == 1)
        assert ask(newest, "invalid-indexes", database=scratch).rows == ()


def test_the_limit_does_not_change_the_count(newest: Server, scratch: str) -> None:
    run(newest, scratch, *DOUBLE)
    for name in ("i", "j", "k"):
        fail(newest, scratch, f"create unique index concurrently {name} on t (a)")
    answer = ask(newest, "invalid-indexes", database=scratch, limit=2)

    assert (len(answer.rows), answer.facts["invalid"]) == (2, 3)


def test_a_role_without_rights_sees_the_same(server: Server) -> None:
    assert ask(server, "invalid-indexes", role="blind").rows == ask(server, "invalid-indexes").rows
