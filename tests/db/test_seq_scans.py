"""Which tables are read from end to end, again and again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.db.asking import ask
from tests.db.sessions import connect

if TYPE_CHECKING:
    from dropmon.demo.database import Server


def test_the_planted_one_is_found_and_no_other(server: Server) -> None:
    answer = ask(server, "seq-scans")
    (row,) = answer.rows

    assert (row["table"], row["index_scans"], row["status"]) == ("app.clicks", 1, "warning")
    assert row["seq_scans"] >= 40
    assert 10000 < row["rows_per_scan"] <= 15000
    assert row["size_bytes"] > 0
    assert (answer.facts["candidates"], answer.status) == (1, "warning")
    assert "dropmon db slow-queries --sort io" in answer.facts["notes"][0]


@pytest.mark.parametrize("options", [{"min_rows": 100000}, {"min_scans": 1000}], ids=str)
def test_what_is_small_or_seldom_read_is_left_out(server: Server, options: dict[str, Any]) -> None:
    answer = ask(server, "seq-scans", **options)

    assert (answer.rows, answer.facts["candidates"], answer.status) == ((), 0, "ok")


CASES = {
    "read whole": (["select count(*) from t"] * 12, True),
    "read by index more often": (["select count(*) from t"] * 12 + ["select from t where a = 7"] * 20, False),
    "read only a little, whole as it looks": (["select from t limit 5"] * 12, False),
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["plain", "partitioned"])
@pytest.mark.parametrize(("reads", "expected"), CASES.values(), ids=CASES)
def test_a_table_is_a_candidate(newest: Server, scratch: str, reads: list[str], kind: str, expected: bool) -> None:
    with connect(newest, "postgres", "tests", scratch) as session:
        session.execute("set max_parallel_workers_per_gather = 0")
        session.execute(f"create table t (a int) {'partition by range (a)' if kind == 'partitioned' else ''}")
        if kind == "partitioned":
            session.execute("create table t1 partition of t for values from (0) to (25001)")
        session.execute("insert into t select generate_series(1, 25000)")
        session.execute("create index on t (a)")
        session.execute("analyze t")
        for each in reads:
            session.execute(f"set enable_seqscan = {'off' if 'where' in each else 'on'}")
            session.execute(f"set enable_indexonlyscan = {'on' if 'where' in each else 'off'}")
            session.execute(each)
        session.execute("select pg_stat_force_next_flush()")
    answer = ask(newest, "seq-scans", database=scratch)

    assert [row["table"] for row in answer.rows] == (["public.t"] if expected else [])


@pytest.mark.slow
def test_rows_are_not_counted_twice_when_a_load_is_told_after_its_analyze(newest: Server, scratch: str) -> None:
    with connect(newest, "postgres", "tests", scratch) as session:
        session.execute("create table p (id int primary key)")
        for each in ("t", "grown"):
            session.execute(f"create table {each} (a int references p)")
        session.execute("begin")
        session.execute("set local session_replication_role = replica")
        session.execute("insert into t select generate_series(1, 12000)")
        session.execute("insert into grown values (1)")
        session.execute("commit")
        session.execute("analyze")
        session.execute("select pg_stat_force_next_flush()")
        session.execute("set session_replication_role = replica")
        session.execute("insert into grown select generate_series(1, 12000)")
        for _ in range(12):
            session.execute("select count(*) from t")
            session.execute("select count(*) from grown")
        session.execute("select pg_stat_force_next_flush()")
        session.execute("select")
        counted = session.execute("select n_live_tup from pg_stat_user_tables where relname = 't'").fetchone()
    found = {row["table"]: row["live_rows"] for row in ask(newest, "seq-scans", database=scratch).rows}
    usage = {row["name"]: row["live_rows"] for row in ask(newest, "index-usage", database=scratch).rows}
    keys = {row["table"]: row["live_rows"] for row in ask(newest, "missing-fk-indexes", database=scratch).rows}

    assert counted == (24000,)
    assert found == {"public.t": 12000, "public.grown": 12001}
    assert usage["public.t"] == keys["public.t"] == 12000


def test_a_role_without_rights_sees_the_same(server: Server) -> None:
    assert ask(server, "seq-scans", role="blind").rows == ask(server, "seq-scans").rows
