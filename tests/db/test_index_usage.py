"""How much tables are read through their indexes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.db import incidents
from tests.db.asking import ask
from tests.db.sessions import connect

if TYPE_CHECKING:
    from dropmon.db.run import Answer
    from dropmon.demo.database import Server


def lines(answer: Answer) -> dict[str, Any]:
    return {row["name"]: row for row in answer.rows}


def test_a_table_tells_its_scans_of_both_kinds(server: Server) -> None:
    row = lines(ask(server, "index-usage", limit=0))["app.clicks"]

    assert row["index_scans"] == 1
    assert row["seq_scans"] >= 40
    assert row["index_ratio"] == 1 / (1 + row["seq_scans"])
    assert row["live_rows"] >= 15000
    assert row["size_bytes"] > 0


def test_what_is_partitioned_is_one_line(server: Server) -> None:
    tables = lines(ask(server, "index-usage", limit=0))
    indexes = lines(ask(server, "index-usage", by="index", limit=0))

    assert tables["app.readings"]["index_scans"] >= 1
    assert tables["app.readings"]["size_bytes"] > 0
    assert indexes["app.readings_taken_on_idx"]["index_scans"] >= 1
    assert indexes["app.readings_sensor_idx"]["index_scans"] == 0
    assert not [name for name in tables.keys() | indexes.keys() if "readings_2026" in name]


def test_an_index_tells_its_table_and_when_it_was_used(server: Server) -> None:
    answer = ask(server, "index-usage", by="index", limit=0)
    used, unused = (lines(answer)[f"app.{name}"] for name in ("orders_placed_at_idx", "visits_session_idx"))

    assert (used["table"], unused["table"], unused["index_scans"]) == ("orders", "visits", 0)
    assert (used["last_used_at"] is not None) == (answer.server.number >= 160000)
    assert unused["last_used_at"] is None
    assert answer.rows[0] == unused  # the biggest for nothing


@pytest.mark.parametrize("by", ["table", "index"])
def test_the_headline_is_of_all_whatever_is_listed(server: Server, by: str) -> None:
    everything = ask(server, "index-usage", limit=0)
    index, seq = (sum(row[key] for row in everything.rows) for key in ("index_scans", "seq_scans"))
    answer = ask(server, "index-usage", by=by, limit=3)

    assert len(answer.rows) == 3
    assert answer.facts["lines"] > 3
    assert answer.facts["used_ratio"] == pytest.approx(index / (index + seq))
    assert 0 < answer.facts["memory_ratio"] <= 1
    assert answer.status == "ok"


def test_the_rows_of_a_partitioned_table_are_counted_once(newest: Server, scratch: str) -> None:
    with connect(newest, "postgres", "tests", scratch) as session:
        session.execute("create table t (a int) partition by list (a)")
        session.execute("create table t1 partition of t for values in (1)")
        session.execute("insert into t select 1 from generate_series(1, 500)")
        session.execute("select pg_stat_force_next_flush()")
        session.execute("select")  # the end of a transaction is when they are told
        session.execute("analyze t")
    (row,) = ask(newest, "index-usage", database=scratch).rows

    assert (row["name"], row["live_rows"], row["index_scans"]) == ("public.t", 500, 0)


def test_what_is_not_known_is_not_zero(newest: Server, scratch: str) -> None:
    with connect(newest, "postgres", "tests", scratch) as session:
        session.execute("create table t (a int)")
    answer = ask(newest, "index-usage", database=scratch)
    (row,) = answer.rows

    assert (row["index_ratio"], row["hit_ratio"], answer.facts["memory_ratio"]) == (None, None, None)


def test_a_locked_table_has_no_size(newest: Server) -> None:
    with incidents.frozen(newest):
        answer = ask(newest, "index-usage", limit=0)

    assert lines(answer)["app.orders"]["size_bytes"] is None
    assert lines(answer)["app.customers"]["size_bytes"] > 0


def test_a_role_without_rights_sees_the_same(server: Server) -> None:
    assert (
        lines(ask(server, "index-usage", role="blind", limit=0)).keys()
        == lines(ask(server, "index-usage", limit=0)).keys()
    )
