"""Which indexes are superfluous, and which one is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.db import incidents
from tests.db.asking import ask
from tests.db.sessions import connect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dropmon.db.run import Answer
    from dropmon.demo.database import Server

TABLE = "create table t (a int not null, b int not null, c text)"
SUPERFLUOUS = {  # statements after TABLE, and what can go: in favour of which, and how
    "one of two that are the same": (["create index i on t (a)", "create index j on t (a)"], {"j": ("i", "same")}),
    "two of three": (
        ["create index i on t (a)", "create index j on t (a)", "create index k on t (a)"],
        {"j": ("i", "same"), "k": ("i", "same")},
    ),
    "the one that is not unique": (
        ["create index i on t (a)", "create unique index j on t (a)"],
        {"i": ("j", "same")},
    ),
    "the one beside the primary key": (
        ["alter table t add primary key (a)", "create unique index j on t (a)"],
        {"j": ("t_pkey", "same")},
    ),
    "the one that is not clustered": (
        ["create index i on t (a)", "create index j on t (a)", "alter table t cluster on j"],
        {"i": ("j", "same")},
    ),
    "the one that is no replica's identity": (
        [
            "create unique index i on t (a)",
            "create unique index j on t (a)",
            "alter table t replica identity using index j",
        ],
        {"i": ("j", "same")},
    ),
    "the same expression": (
        ["create index i on t (lower(c))", "create index a_longer_name on t (lower(c))"],
        {"a_longer_name": ("i", "same")},
    ),
    "the same predicate": (
        ["create index i on t (a) where b > 7", "create index a_longer_name on t (a) where b > 7"],
        {"a_longer_name": ("i", "same")},
    ),
    "included in another order": (
        ["create index i on t (a) include (b, c)", "create index j on t (a) include (c, b)"],
        {"j": ("i", "same")},
    ),
    "hashes": (["create index i on t using hash (a)", "create index j on t using hash (a)"], {"j": ("i", "same")}),
    "the beginning of another": (["create index i on t (a)", "create index j on t (a, b)"], {"i": ("j", "prefix")}),
    "the beginning of a unique one": (
        ["create index i on t (a)", "create unique index j on t (a, b)"],
        {"i": ("j", "prefix")},
    ),
    "a chain, whose end is kept": (
        ["create index i on t (a)", "create index j on t (a, b)", "create index k on t (a, b, c)"],
        {"i": ("k", "prefix"), "j": ("k", "prefix")},
    ),
    "a pair, and what begins with it": (
        ["create index i on t (a)", "create index j on t (a)", "create index k on t (a, b)"],
        {"i": ("k", "prefix"), "j": ("k", "prefix")},
    ),
    "the one without INCLUDE": (
        ["create index i on t (a)", "create index j on t (a) include (b)"],
        {"i": ("j", "prefix")},
    ),
    "what it includes stands in the longer": (
        ["create index i on t (a) include (b)", "create index j on t (a, b)"],
        {"i": ("j", "prefix")},
    ),
}
NEEDED = {
    "two constraints": ["alter table t add primary key (a)", "alter table t add unique (a)"],
    "a constraint, and a longer index": ["alter table t add primary key (a)", "create index i on t (a, b)"],
    "a unique index, and a longer one": ["create unique index i on t (a)", "create index j on t (a, b)"],
    "a unique index beside a constraint that may be deferred": [
        "alter table t add unique (a) deferrable", "create unique index j on t (a)",
    ],
    "another order of columns": ["create index i on t (a, b)", "create index j on t (b, a)"],
    "another direction": ["create index i on t (a)", "create index j on t (a desc, b)"],
    "another operator class": ["create index i on t (c)", "create index j on t (c text_pattern_ops, b)"],
    "another collation": ["create index i on t (c)", 'create index j on t (c collate "C", b)'],
    "another access method": ["create index i on t (a)", "create index j on t using hash (a)"],
    "another predicate": ["create index i on t (a) where b > 7", "create index j on t (a) where b > 8"],
    "a longer one with a predicate": ["create index i on t (a)", "create index j on t (a, b) where b > 7"],
    "a shorter one with a predicate": ["create index i on t (a) where b > 7", "create index j on t (a, b)"],
    "another expression": ["create index i on t (lower(c))", "create index j on t (upper(c))"],
    "it includes what the longer has not": ["create index i on t (a) include (c)", "create index j on t (a, b)"],
    "beginnings of no B-tree": ["create index i on t using brin (a)", "create index j on t using brin (a, b)"],
    "other ranges": [
        "create index i on t using brin (a)", "create index j on t using brin (a) with (pages_per_range = 8)",
    ],
    "other rules for nulls": [
        "create unique index i on t (a) nulls not distinct", "create unique index j on t (a)",
    ],
    "clustered": ["create index i on t (a)", "create index j on t (a, b)", "alter table t cluster on i"],
    "another table": ["create table u (a int)", "create index i on t (a)", "create index j on u (a)"],
    "a platform's": ["create schema auth", "create table auth.t (a int)", "create index i on auth.t (a)",
                     "create index j on auth.t (a)"],
}  # fmt: skip


def run(server: Server, database: str, *statements: str) -> None:
    with connect(server, "postgres", "tests", database) as session:
        for each in statements:
            session.execute(each)


def found(answer: Answer) -> dict[str, tuple[str, str]]:
    return {row["index"].partition(".")[2]: (row["keep"], row["kind"]) for row in answer.rows}


def test_the_planted_pair_and_the_planted_beginning_are_found(server: Server) -> None:
    answer = ask(server, "duplicate-indexes")
    hints = {row["hint"] for row in answer.rows}

    assert found(answer) == {
        "shifts_starts_at_idx1": ("shifts_starts_at_idx", "same"),
        "wages_shop_id_idx": ("wages_shop_id_day_idx", "prefix"),
    }
    assert hints == {f"DROP INDEX CONCURRENTLY app.{name};" for name in found(answer)}
    assert answer.status == "warning"
    assert answer.facts["duplicates"] == 2
    assert answer.facts["total_bytes"] == sum(row["size_bytes"] for row in answer.rows) > 0


def test_the_limit_does_not_change_the_count(server: Server) -> None:
    answer = ask(server, "duplicate-indexes", limit=1)

    assert (len(answer.rows), answer.facts["duplicates"]) == (1, 2)


@pytest.fixture(scope="module")
def place(newest: Server) -> Iterator[str]:
    newest.run("create database duplicates;")
    yield "duplicates"
    newest.run("drop database duplicates with (force);")


@pytest.fixture
def scratch(newest: Server, place: str) -> Iterator[str]:
    """One database for all of them, emptied after each: making one takes longer than all else."""
    yield place
    run(newest, place, "drop schema public cascade", "create schema public")


@pytest.mark.parametrize(("statements", "expected"), SUPERFLUOUS.values(), ids=SUPERFLUOUS)
def test_it_is_superfluous(
    newest: Server, scratch: str, statements: list[str], expected: dict[str, tuple[str, str]]
) -> None:
    run(newest, scratch, TABLE, *statements)

    assert found(ask(newest, "duplicate-indexes", database=scratch)) == expected


@pytest.mark.slow
@pytest.mark.parametrize("statements", NEEDED.values(), ids=NEEDED)
def test_it_is_not(newest: Server, scratch: str, statements: list[str]) -> None:
    run(newest, scratch, TABLE, *statements)
    answer = ask(newest, "duplicate-indexes", database=scratch)

    assert (found(answer), answer.status) == ({}, "ok")


def test_the_same_is_the_same_wherever_it_stood(server: Server) -> None:
    """Until 16 the catalog keeps the places in the text of CREATE INDEX."""
    run(server, "shop", "create table app.t (c text)", "create index i on app.t (lower(c))",
        "create index a_longer_name on app.t (lower(c))")  # fmt: skip
    try:
        answer = ask(server, "duplicate-indexes")
    finally:
        run(server, "shop", "drop table app.t")

    assert found(answer)["a_longer_name"] == ("i", "same")


def test_partitioned_indexes_are_judged_at_their_root(newest: Server, scratch: str) -> None:
    run(newest, scratch, "create table t (a int, b int) partition by list (a)",
        "create table u partition of t for values in (1)", "create index i on t (b)", "create index j on t (b)",
        "create index on u (b)")  # fmt: skip
    answer = ask(newest, "duplicate-indexes", database=scratch)
    hints = {row["index"]: row["hint"] for row in answer.rows}

    assert hints.keys() == {"public.j", "public.u_b_idx2"}  # of the partition: only its own, never an attached one
    assert hints["public.j"].startswith("DROP INDEX public.j; --")
    assert hints["public.u_b_idx2"] == "DROP INDEX CONCURRENTLY public.u_b_idx2;"
    assert all(row["size_bytes"] > 0 for row in answer.rows)


def test_the_one_in_use_is_kept(newest: Server, scratch: str) -> None:
    run(newest, scratch, TABLE, "insert into t select n, n from generate_series(1, 1000) n", "create index i on t (a)",
        "analyze t", "set enable_seqscan = off", "select from t where a = 1", "create index h on t (a)",
        "select pg_stat_force_next_flush()")  # fmt: skip
    (row,) = ask(newest, "duplicate-indexes", database=scratch).rows

    assert (row["keep"], row["keep_scans"], row["scans"]) == ("i", 1, 0)


def test_a_locked_table_is_skipped(newest: Server) -> None:
    with incidents.frozen(newest):
        answer = ask(newest, "duplicate-indexes")

    assert "app.orders" in [lock.name for lock in answer.skipped]
    assert len(answer.rows) == 2


def test_a_role_without_rights_sees_the_same(server: Server) -> None:
    assert ask(server, "duplicate-indexes", role="blind").rows == ask(server, "duplicate-indexes").rows
