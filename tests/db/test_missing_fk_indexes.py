"""Which foreign keys lack an index."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dropmon.db.table import table
from tests.db import incidents, plants
from tests.db.asking import ask
from tests.db.sessions import connect

if TYPE_CHECKING:
    from dropmon.db.run import Answer
    from dropmon.demo.database import Server

PARENT = "create table p (x int, y int, primary key (x, y))"
CHILD = "create table t (a int, b int, c int, constraint k foreign key (a, b) references p)"
SERVES = {
    "the key's columns": "create index on t (a, b)",
    "in another order": "create index on t (b, a)",
    "with more behind": "create index on t (b, a, c)",
    "with more included": "create index on t (a, b) include (c)",
    "a primary key": "alter table t add primary key (a, b, c)",
    "a unique one": "create unique index on t (b, a)",
    "only rows that have a parent": "create index on t (a, b) where a is not null",
}
SERVES_NOT = {
    "none": "select",
    "only one of the columns": "create index on t (a)",
    "another column first": "create index on t (c, a, b)",
    "included, but not sorted": "create index on t (a) include (b)",
    "another column between": "create index on t (a, c, b)",
    "only some rows": "create index on t (a, b) where c > 7",
    "rows without a parent": "create index on t (a, b) where a is null",
    "rows with something else": "create index on t (a, b) where c is not null",
    "an expression": "create index on t ((a + 1), b)",
    "a summary of ranges": "create index on t using brin (a, b)",
}


def run(server: Server, database: str, *statements: str) -> None:
    with connect(server, "postgres", "tests", database) as session:
        for each in statements:
            session.execute(each)


def missing(answer: Answer) -> list[tuple[str, str]]:
    return [(row["table"], row["columns"]) for row in answer.rows]


def test_the_planted_one_is_found_and_no_other(server: Server) -> None:
    answer = ask(server, "missing-fk-indexes")
    (row,) = answer.rows

    assert missing(answer) == [("app.order_lines", "order_id")]
    assert (row["parent"], row["parent_deletes"], row["status"]) == ("orders", 0, "warning")
    assert row["hint"] == "CREATE INDEX CONCURRENTLY ON app.order_lines (order_id);"
    assert row["size_bytes"] > 0
    assert answer.facts["missing"] == 1


def test_small_tables_can_be_left_out(server: Server) -> None:
    answer = ask(server, "missing-fk-indexes", min_size="1GiB")

    assert (answer.rows, answer.facts["missing"], answer.status) == ((), 0, "ok")


@pytest.mark.parametrize("index", SERVES.values(), ids=SERVES)
def test_it_serves(server: Server, index: str) -> None:
    assert judged(server, index) == ["order_id"]


@pytest.mark.parametrize("index", SERVES_NOT.values(), ids=SERVES_NOT)
def test_it_does_not_serve(server: Server, index: str) -> None:
    assert sorted(judged(server, index)) == ["a, b", "order_id"]


def judged(server: Server, index: str) -> list[str]:
    """The columns of the keys without an index, once there is this one."""
    path = "set search_path = app"
    run(server, "shop", path, PARENT, CHILD, index)
    try:
        return [columns for _, columns in missing(ask(server, "missing-fk-indexes"))]
    finally:
        run(server, "shop", path, "drop table t, p")


def test_an_invalid_index_is_to_be_rebuilt(newest: Server, scratch: str) -> None:
    run(newest, scratch, PARENT, CHILD, "create index i on t (a, b)",
        "update pg_index set indisvalid = false where indexrelid = 'i'::regclass")  # fmt: skip
    (row,) = ask(newest, "missing-fk-indexes", database=scratch).rows

    assert (row["reason"], row["hint"]) == ("i is invalid", "REINDEX INDEX CONCURRENTLY public.i;")


def test_partitioned_tables_are_judged_once(newest: Server, scratch: str) -> None:
    run(newest, scratch, "create table p (x int primary key) partition by range (x)",
        "create table p1 partition of p for values from (0) to (1000)",
        "create table t (a int references p, b int) partition by list (b)",
        "create table t1 partition of t for values in (1)", "create table t2 partition of t for values in (2)",
        "insert into p select generate_series(1, 500)",
        "insert into t select 1, 1 + n % 2 from generate_series(1, 999) n",
        "delete from p where x > 300", "analyze t", "select pg_stat_force_next_flush()")  # fmt: skip
    (row,) = ask(newest, "missing-fk-indexes", database=scratch).rows

    assert (row["table"], row["columns"], row["parent"]) == ("public.t", "a", "p")
    assert (row["parent_deletes"], row["size_bytes"] > 0) == (200, True)
    assert row["hint"].startswith("CREATE INDEX ON public.t (a); --")
    run(newest, scratch, "create index on t (a)")
    assert ask(newest, "missing-fk-indexes", database=scratch).rows == ()


@pytest.mark.slow
def test_the_worst_is_what_was_looked_for_most(newest: Server, scratch: str) -> None:
    run(newest, scratch, "create table p (x int primary key)", "create table q (x int primary key)",
        "create table big (a int references p)", "create table small (a int references q)",
        "insert into p values (1)", "insert into q select generate_series(1, 500)",
        "insert into big select 1 from generate_series(1, 9000)",
        "insert into small select 1 from generate_series(1, 900)",
        "delete from q where x > 1", "select pg_stat_force_next_flush()")  # fmt: skip

    assert [table for table, _ in missing(ask(newest, "missing-fk-indexes", database=scratch))] == [
        "public.small",
        "public.big",
    ]
    one = ask(newest, "missing-fk-indexes", database=scratch, limit=1)
    assert (missing(one), one.facts["missing"]) == ([("public.small", "a")], 2)


@pytest.mark.slow
def test_what_to_do_can_be_pasted_whatever_the_name(newest: Server, scratch: str) -> None:
    name = '"' + plants.NASTY.replace('"', '""') + '"'
    run(newest, scratch, "create table p (x int primary key)", f"create table {name} ({name} int references p)")
    answer = ask(newest, "missing-fk-indexes", database=scratch)
    (row,) = answer.rows
    (seen,) = [column.cell(row) for column in table(answer, "", 0).columns if column.key == "hint"]
    run(newest, scratch, row["hint"])

    assert seen.startswith("a name in it cannot be shown as it is")

    assert ask(newest, "missing-fk-indexes", database=scratch).rows == ()


def test_a_platforms_keys_are_its_own(newest: Server, scratch: str) -> None:
    run(newest, scratch, "create schema auth", "create table p (x int primary key)",
        "create table auth.t (a int references p)")  # fmt: skip

    assert ask(newest, "missing-fk-indexes", database=scratch).rows == ()


def test_a_key_that_is_not_enforced_looks_for_nothing(newest: Server, scratch: str) -> None:
    run(newest, scratch, "create table p (x int primary key)",
        "create table t (a int, foreign key (a) references p not enforced)")  # fmt: skip

    assert ask(newest, "missing-fk-indexes", database=scratch).rows == ()


def test_locked_parents_keep_nobody_waiting(newest: Server) -> None:
    with incidents.frozen(newest):
        answer = ask(newest, "missing-fk-indexes")

    assert missing(answer) == [("app.order_lines", "order_id")]  # app.orders, its parent, is what is locked


def test_a_role_without_rights_sees_the_same(server: Server) -> None:
    assert ask(server, "missing-fk-indexes", role="blind").rows == ask(server, "missing-fk-indexes").rows
