"""Which indexes are called unused, and which never."""

from __future__ import annotations

import os
import re
import signal
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from tests.db import clusters, incidents, plants
from tests.db.asking import ask
from tests.db.sessions import connect, eventually

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dropmon.db.run import Answer
    from dropmon.demo.database import Server

NOW: dict[str, Any] = {"min_age": "0s", "limit": 0}  # the servers of the tests have just begun to count
NEVER = {
    "a primary key": "shelves_pkey",
    "a unique constraint": "shelves_code_key",
    "a unique index": "shelves_barcode_idx",
    "an exclusion constraint": "shelves_reserved_excl",
    "a replica's identity": "ledger_entry_idx",
    "a partition's index, used elsewhere": "readings_2026_02_taken_on_idx",
    "a partition's index, used nowhere": "readings_2026_02_sensor_idx",
    "an invalid index": "parcels_code_idx",
    "a platform's index": "users_phone_idx",
}
REASONS = {
    f"{plants.NASTY}_note_idx": "partial",
    "customers_lower_idx": "on an expression",
    "orders_open_idx": "partial",
    "orders_customer_id_idx": "backs the foreign key orders_customer_id_fkey",
    "stock_sku_shop_id_counted_at_idx": "backs the foreign key stock_shop_id_sku_fkey",  # in another order
    "parcels_sent_on_idx": "CLUSTER",
    "shifts_starts_at_idx": "the same as shifts_starts_at_idx1, which is not used either",
    "shifts_starts_at_idx1": "the same as shifts_starts_at_idx, which is not used either",
}


EVERY = [pytest.param(each, marks=[pytest.mark.slow] * (each != clusters.NEWEST)) for each in clusters.versions()]


@pytest.fixture(scope="module", params=EVERY, ids="pg{}".format)
def reset(request: pytest.FixtureRequest) -> Iterator[Server]:
    """A server of each version whose counters have just been reset."""
    with clusters.server(request.param) as made:
        made.run(plants.SQL.read_text("utf-8"), password=made.password, nasty=plants.NASTY)
        alone(made)  # a session counts what it did when it ends, which is after its client has gone
        run(made, "select pg_stat_reset()")
        yield made


def alone(server: Server) -> None:
    """Waits until no other session is there."""
    with connect(server, "postgres", "tests", "shop") as session:
        for _ in range(100):
            there = "select count(*) from pg_stat_activity where backend_type = 'client backend'"
            if session.execute(there).fetchone() == (1,):
                return
            time.sleep(0.1)


def run(server: Server, *statements: str, database: str = "shop") -> None:
    with connect(server, "postgres", "tests", database) as session:
        for each in statements:
            session.execute(each)


def listed(answer: Answer) -> dict[str, Any]:
    return {row["index"].partition(".")[2]: row for row in answer.rows}


def unused(answer: Answer) -> set[str]:
    return {name for name, row in listed(answer).items() if row["class"] == "unused"}


@pytest.mark.parametrize("name", NEVER.values(), ids=NEVER)
def test_it_is_never_listed(server: Server, name: str) -> None:
    assert name not in listed(ask(server, "unused-indexes", **NOW))


@pytest.mark.slow
@pytest.mark.parametrize("name", NEVER.values(), ids=NEVER)
def test_nor_is_it_after_a_reset(reset: Server, name: str) -> None:
    answer = ask(reset, "unused-indexes", **NOW)

    assert name not in listed(answer)
    assert {*plants.UNUSED, "orders_placed_at_idx", "readings_taken_on_idx"} <= unused(answer)


def test_only_what_nothing_needs_is_unused(server: Server) -> None:
    answer = ask(server, "unused-indexes", **NOW)
    first, second = answer.rows[:2]

    assert unused(answer) == set(plants.UNUSED)
    assert (first["index"], second["index"]) == tuple(f"app.{name}" for name in plants.UNUSED)
    assert answer.facts["verdict"] == first["status"] == second["status"] == "warning"
    assert answer.facts["unused"] == 2
    assert answer.facts["unused_bytes"] == first["size_bytes"] + second["size_bytes"]
    assert first["hint"] == "DROP INDEX CONCURRENTLY app.visits_session_idx;"
    assert first["recreate"] == "CREATE INDEX visits_session_idx ON app.visits USING btree (session)"
    assert first["writes"] == 50000


def test_a_partitioned_index_is_judged_as_a_whole(server: Server) -> None:
    row = listed(ask(server, "unused-indexes", **NOW))["readings_sensor_idx"]
    with connect(server, "postgres", "tests") as session:
        size = session.execute(
            "select sum(pg_relation_size(oid)) from pg_class where relname ~ '_sensor_idx$'"
        ).fetchone()

    assert size == (row["size_bytes"],)
    assert row["writes"] == 9000
    assert row["hint"].startswith("DROP INDEX app.readings_sensor_idx; --")


def test_what_may_be_of_use_is_for_review(server: Server) -> None:
    rows = {name: row for name, row in listed(ask(server, "unused-indexes", **NOW)).items() if row["class"] == "review"}

    assert rows.keys() == REASONS.keys() == set(plants.REVIEW)
    assert {row["status"] for row in rows.values()} == {"ok"}
    assert [name for name, row in rows.items() if REASONS[name] not in row["reason"]] == []
    assert [row for row in rows.values() if "DROP" in (row["hint"] or "")] == []


def test_nothing_is_recommended_while_the_counters_are_young(server: Server) -> None:
    answer = ask(server, "unused-indexes")

    assert answer.status == answer.facts["verdict"] == "unknown"
    assert unused(answer) == set(plants.UNUSED)
    assert {row["status"] for row in answer.rows} == {"unknown", "ok"}
    assert not [row for row in answer.rows if "DROP" in (row["hint"] or "")]
    assert answer.facts["window_seconds"] < 7 * 86400
    (note,) = answer.facts["notes"]
    assert note.startswith("counters are only ")
    assert note.endswith(" old: too early to drop anything")


def test_what_was_not_used_for_long_is_for_review_where_the_server_tells(server: Server) -> None:
    answer = ask(server, "unused-indexes", min_age="1ms", limit=0)
    old = {name: row for name, row in listed(answer).items() if row["scans"]}

    if answer.server.number < 160000:
        assert old == {}
    else:
        assert {"orders_placed_at_idx", "readings_taken_on_idx"} <= old.keys()
        assert {row["class"] for row in old.values()} == {"review"}
        assert all(re.match(r"last used \d{4}-\d\d-\d\d, 0 days ago", row["reason"]) for row in old.values())
    assert not listed(answer).keys() & set(NEVER.values())


def test_the_limits_do_not_change_the_count(server: Server) -> None:
    one = ask(server, "unused-indexes", min_age="0s", limit=1)
    big = ask(server, "unused-indexes", min_age="0s", min_size="1MiB")

    assert [row["index"] for row in one.rows] == [row["index"] for row in big.rows] == ["app.visits_session_idx"]
    assert (one.facts["unused"], one.facts["review"] >= len(plants.REVIEW)) == (2, True)
    assert (big.facts["unused"], big.facts["review"]) == (1, 0)


def test_a_role_without_rights_sees_the_same(server: Server) -> None:
    assert listed(ask(server, "unused-indexes", role="blind", **NOW)) == listed(ask(server, "unused-indexes", **NOW))


def test_a_locked_table_is_skipped(newest: Server) -> None:
    with incidents.frozen(newest):
        answer = ask(newest, "unused-indexes", **NOW)

    assert "app.orders" in [lock.name for lock in answer.skipped]
    assert not [name for name in listed(answer) if name.startswith("orders_")]
    assert unused(answer) == set(plants.UNUSED)


def test_replicas_are_spoken_of(newest: Server) -> None:
    run(newest, "select pg_create_physical_replication_slot('replica')")
    try:
        notes = ask(newest, "unused-indexes", **NOW).facts["notes"]
    finally:
        run(newest, "select pg_drop_replication_slot('replica')")

    assert notes == ["replicas not checked: an index unused here may serve one"]
    assert ask(newest, "unused-indexes", **NOW).facts["notes"] == []  # the planted slot is a logical one


MORE = {
    "of a table of an extension": (
        "create extension pg_stat_statements; create table t (a int); create index i on t (a);"
        "alter extension pg_stat_statements add table t", {},
    ),
    "with INCLUDE": ("create table t (a int, b int); create index i on t (a) include (b)", {"i": "review"}),
    "the first part of a foreign key": (
        "create table p (a int, b int, primary key (a, b)); create table t (a int, b int,"
        "foreign key (a, b) references p); create index i on t (b)", {"i": "review"},
    ),
    "partitioned twice": (
        "create table t (a int, b int) partition by list (a); create index i on t (b);"
        "create table u partition of t for values in (1) partition by list (b);"
        "create table v partition of u for values in (1)", {"i": "unused"},
    ),
    "of one partition only": (
        "create table t (a int, b int) partition by list (a); create table u partition of t for values in (1);"
        "create index i on u (b)", {"i": "unused"},
    ),
    "on a materialized view": ("create materialized view t as select 1 as a; create index i on t (a)", {"i": "unused"}),
    "a twin of a unique index": ("create table t (a int primary key); create index i on t (a)", {"i": "review"}),
    "the same but for its order": (
        "create table t (a int); create index i on t (a); create index j on t (a desc)", {"i": "unused", "j": "unused"},
    ),
    "not attached everywhere": (
        "create table t (a int) partition by list (a); create table u partition of t for values in (1);"
        "create index i on only t (a)", {},
    ),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("sql", "expected"), MORE.values(), ids=MORE)
def test_an_index_is_judged_by_what_it_is(newest: Server, scratch: str, sql: str, expected: dict[str, str]) -> None:
    run(newest, sql, database=scratch)
    rows = listed(ask(newest, "unused-indexes", role="postgres", database=scratch, **NOW))

    assert {name: row["class"] for name, row in rows.items()} == expected


def test_a_twin_in_use_is_named(newest: Server, scratch: str) -> None:
    run(
        newest, "create table t (a int)", "create index i on t (a)", "create index longer_name on t (a)",
        "insert into t select generate_series(1, 1000)", "analyze t", "set enable_seqscan = off",
        "select from t where a = 1", database=scratch,
    )  # fmt: skip
    assert eventually(lambda: len(ask(newest, "unused-indexes", database=scratch, **NOW).rows) == 1)
    (row,) = ask(newest, "unused-indexes", database=scratch, **NOW).rows
    names = {"public.i": "longer_name", "public.longer_name": "i"}

    assert row["reason"] == f"the same as {names[row['index']]}, which is used"


def test_the_same_predicate_is_the_same_wherever_it_stood(server: Server) -> None:
    """Until 16 the catalog keeps the places in the text of CREATE INDEX."""
    run(server, "create table app.t (a int)", "create index i on app.t (a) where a > 7",
        "create index a_longer_name on app.t (a) where a > 7")  # fmt: skip
    try:
        rows = listed(ask(server, "unused-indexes", **NOW))
    finally:
        run(server, "drop table app.t")

    assert "the same as a_longer_name" in rows["i"]["reason"]
    assert "the same as i" in rows["a_longer_name"]["reason"]


def test_what_to_do_can_be_pasted_whatever_the_name(newest: Server, scratch: str) -> None:
    with connect(newest, "postgres", "tests", scratch) as session:
        name = psycopg.sql.Identifier(plants.NASTY)
        session.execute(psycopg.sql.SQL("create table {0} (a int)").format(name))
        session.execute(psycopg.sql.SQL("create index {0} on {1} (a)").format(psycopg.sql.Identifier("i'\n;--"), name))
        (row,) = ask(newest, "unused-indexes", database=scratch, **NOW).rows
        session.execute(row["hint"])
        assert ask(newest, "unused-indexes", database=scratch, **NOW).rows == ()
        session.execute(row["recreate"])
        assert [each["hint"] for each in ask(newest, "unused-indexes", database=scratch, **NOW).rows] == [row["hint"]]


@pytest.mark.slow
def test_a_crash_begins_the_counters_anew(mortal: Server) -> None:
    before = ask(mortal, "unused-indexes").facts["window_since_at"]
    mortal.crash()
    mortal.restart()
    answer = ask(mortal, "unused-indexes", limit=0)

    assert answer.facts["window_since_at"] > before
    assert answer.facts["verdict"] == "unknown"
    assert "wages_shop_id_day_idx" in unused(answer)  # it was used, and the server has forgotten
    assert not listed(answer).keys() & set(NEVER.values())
    assert not [row for row in answer.rows if "DROP" in (row["hint"] or "")]


@pytest.mark.slow
def test_so_does_one_that_the_server_survives(mortal: Server) -> None:
    started = "select extract(epoch from pg_postmaster_start_time())::float8"
    before = ask(mortal, "unused-indexes").facts["window_since_at"]
    with connect(mortal, "postgres", "tests") as session:
        at = session.execute(started).fetchone()
        os.kill(session.info.backend_pid, signal.SIGKILL)
    time.sleep(0.5)  # it accepts until it has noticed
    assert eventually(lambda: accepts(mortal))
    with connect(mortal, "postgres", "tests") as session:
        assert session.execute(started).fetchone() == at
    answer = ask(mortal, "unused-indexes", **NOW)

    assert answer.facts["window_since_at"] > before
    assert "wages_shop_id_day_idx" in unused(answer)


def accepts(server: Server) -> bool:
    with suppress(psycopg.OperationalError), connect(server, "postgres", "tests"):
        return True
    return False
