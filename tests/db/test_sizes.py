"""dropmon db sizes: what takes the disk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from dropmon.db.samples import samples
from dropmon.db.table import notes
from dropmon.model import Status
from tests.db import incidents
from tests.db.asking import ask
from tests.db.databases import database
from tests.db.plants import NASTY
from tests.db.sessions import connect

if TYPE_CHECKING:
    from dropmon.db.run import Answer
    from dropmon.demo.database import Server

BYTES = ("total_bytes", "heap_bytes", "toast_bytes", "indexes_bytes")


def row(answer: Answer, name: str) -> dict[str, Any]:
    (found,) = (each for each in answer.rows if each["name"] == name)
    return dict(found)


def scalar(server: Server, sql: str) -> Any:
    with connect(server, "postgres", "tests") as session:
        (value,) = session.execute(sql).fetchone() or (None,)
        return value


def test_a_table_is_its_heap_its_toast_and_its_indexes(server: Server) -> None:
    found = row(ask(server, "sizes"), "app.documents")

    assert found["total_bytes"] == scalar(server, "select pg_total_relation_size('app.documents')")
    assert found["total_bytes"] == sum(found[part] for part in BYTES[1:])
    assert found["indexes_bytes"] == scalar(server, "select pg_indexes_size('app.documents')")
    assert found["toast_bytes"] > 1_000_000 > found["heap_bytes"]
    assert (found["rows"], found["kind"], found["by"]) == (60, "table", "table")


def test_the_largest_stand_first_and_the_limit_counts_tables(server: Server) -> None:
    answer = ask(server, "sizes", limit=3)
    tables = [each for each in answer.rows if each["by"] == "table"]

    assert [each["name"] for each in tables] == ["app.visits", "app.carts", "app.documents"]
    assert answer.facts["tables"] > answer.facts["listed"] == 3
    assert answer.facts["listed_ratio"] == pytest.approx(sum(each["share_ratio"] for each in tables))
    assert answer.status is Status.OK


def test_a_partitioned_table_stands_once_with_the_sum_of_its_partitions(server: Server) -> None:
    answer = ask(server, "sizes", limit=0)
    found = row(answer, "app.readings")
    whole = "select sum(pg_total_relation_size(relid)) from pg_partition_tree('app.readings')"

    assert found["total_bytes"] == scalar(server, whole)
    assert (found["kind"], found["rows"]) == ("partitioned table", 9000)
    assert not [each for each in answer.rows if each["name"].startswith("app.readings_")]


def test_a_materialized_view_is_a_table(server: Server) -> None:
    assert row(ask(server, "sizes", limit=0), "app.daily_totals")["kind"] == "materialized view"


def test_rows_that_nobody_has_counted_are_not_zero(server: Server) -> None:
    answer = ask(server, "sizes", limit=0)

    assert row(answer, "app.imports")["rows"] is None
    assert row(answer, "app.orders")["rows"] == 10000


def test_a_name_may_hold_anything(server: Server) -> None:
    assert row(ask(server, "sizes", limit=0), f"app.{NASTY}")["rows"] == 500


def test_every_database_is_measured(server: Server) -> None:
    answer = ask(server, "sizes", limit=0)
    names = [each["datname"] for each in answer.rows if each["by"] == "database"]

    assert {"shop", "bench", "bare", "old", "postgres"} <= set(names)
    assert answer.facts["database_bytes"] == pytest.approx(scalar(server, "select pg_database_size('shop')"), rel=0.1)
    assert row(answer, "database shop")["total_bytes"] == answer.facts["database_bytes"]


def test_a_database_that_may_not_be_measured_is_hidden(server: Server) -> None:
    server.run("revoke connect on database bare from public;")
    try:
        answer = ask(server, "sizes", role="blind")
    finally:
        server.run("grant connect on database bare to public;")

    assert "bare" not in {each["datname"] for each in answer.rows}
    assert any("1 databases without CONNECT" in note for note in notes(answer))


def test_tables_and_databases_leave_samples(server: Server) -> None:
    answer = ask(server, "sizes", limit=500)
    found = {(each.name, each.labels): each.value for each in samples(answer, {"database": "main"}, 0)}
    label = ("database", "main")

    assert found["pg_table_bytes", (label, ("table", "app.visits"))] == row(answer, "app.visits")["total_bytes"]
    assert found["pg_database_bytes", (label, ("datname", "shop"))] == answer.facts["database_bytes"]
    assert ask(server, "sizes").report.recorded == {"limit": 500}


def test_a_temporary_table_is_shown_and_leaves_no_sample(server: Server) -> None:
    with connect(server, "app", "tests") as session:
        session.execute("create temp table pile as select repeat('x', 900) as x from generate_series(1, 2000)")
        answer = ask(server, "sizes", limit=500)

    (found,) = (each for each in answer.rows if each["name"].endswith(".pile"))
    assert (found["by"], found["total_bytes"] > 1_000_000) == ("temporary", True)
    assert not [each for each in samples(answer, {}, 0) if "pile" in str(each.labels)]


def test_a_locked_table_is_left_out_and_named(server: Server) -> None:
    with incidents.frozen(server):
        answer = ask(server, "sizes", limit=0)

    assert "app.orders" not in {each["name"] for each in answer.rows}
    assert row(answer, "app.visits")["total_bytes"] > 7_000_000
    assert any("app.orders (pid" in note for note in notes(answer))


def test_the_sum_of_a_partitioned_table_is_not_known_while_a_partition_is_locked(server: Server) -> None:
    with connect(server, "app", "tests") as session:
        session.execute("begin")
        session.execute("lock table app.readings_2026_02 in access exclusive mode")
        answer = ask(server, "sizes", limit=0)

    assert row(answer, "app.readings")["total_bytes"] is None
    assert row(answer, "app.readings")["rows"] is None
    assert not [each for each in samples(answer, {}, 0) if "app.readings" in str(each.labels)]


MANY = "do $$ begin for n in 1..2100 loop execute format('create table t%s (id int)', n); end loop; end $$"
LARGE = "insert into t2100 select generate_series(1, 200000)"


@pytest.mark.slow
@pytest.mark.parametrize("then", ["select 1", "select pg_stat_reset()"], ids=["counted", "counters lost"])
def test_among_thousands_the_largest_is_found_though_nobody_has_analyzed_it(newest: Server, then: str) -> None:
    with database(newest, MANY, LARGE, then) as own:
        answer = ask(newest, "sizes", database=own, limit=1)

    assert answer.rows[0]["name"] == "public.t2100"


@pytest.mark.slow
def test_among_thousands_the_largest_is_found_though_it_was_empty_when_it_was_analyzed(newest: Server) -> None:
    with database(newest, MANY, "analyze", "insert into t7 values (1)", LARGE) as own:
        answer = ask(newest, "sizes", database=own, limit=1)

    assert answer.rows[0]["name"] == "public.t2100"


@pytest.mark.slow
def test_thousands_of_which_nothing_is_known_do_not_hide_the_largest(newest: Server) -> None:
    with database(newest, MANY, LARGE, "analyze t2100", "select pg_stat_reset()") as own:
        answer = ask(newest, "sizes", database=own, limit=1)

    assert answer.rows[0]["name"] == "public.t2100"
