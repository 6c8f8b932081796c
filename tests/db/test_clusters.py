"""The plants are really there, in every version."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from tests.db import incidents, plants
from tests.db.sessions import connect

if TYPE_CHECKING:
    from dropmon.demo.database import Server
    from tests.db.bouncer import Bouncer

NEVER_SCANNED = (
    "select indexrelname, indisunique from pg_stat_user_indexes join pg_index using (indexrelid) where idx_scan = 0"
)
SIZE = "select pg_relation_size(%s::regclass)"
STATEMENTS = "select {} from extensions.pg_stat_statements s join pg_roles on pg_roles.oid = userid where query {}"
WAITS = """
select application_name, wait_event, pg_blocking_pids(pid)
from pg_stat_activity where wait_event_type = 'Lock' and datname = 'shop'
"""
PLANTED = [
    ("a sequence is at 80 %", "last_value::float / max_value from pg_sequences where sequencename ~ '^ticket'", 0.8),
    ("an index is invalid", "count(*) from pg_index where not indisvalid", 1),
    ("a slot is inactive", "count(*) from pg_replication_slots where not active", 1),
    ("a table was never analysed", "count(*) from pg_stats where tablename = 'imports'", 0),
    ("a table is mostly empty", "relpages / reltuples * 8192 / 740 from pg_class where relname = 'carts'", 20),
    ("dead rows stay", "n_dead_tup from pg_stat_user_tables where relname = 'sessions'", 1500),
    ("reads are sequential", "seq_scan / idx_scan from pg_stat_user_tables where relname = 'clicks'", 40),
    ("a name holds anything", "count(*) from pg_class where strpos(relname, chr(27) || '[31m') > 0", 3),
    ("values are stored apart", "pg_relation_size(reltoastrelid) / 1e6 from pg_class where relname = 'documents'", 2),
    ("pgbench was here", "sum(calls) from extensions.pg_stat_statements where query like 'UPDATE pgbench_bra%'", 20),
]  # fmt: skip


def ask(server: Server, sql: str, *values: object, role: str = "dropmon", database: str = "shop") -> list[Any]:
    with connect(server, role, "tests", database) as session:
        return session.execute(sql, values or None).fetchall()


@pytest.mark.parametrize(("sql", "about"), [each[1:] for each in PLANTED], ids=[each[0] for each in PLANTED])
def test_it_is_planted(server: Server, sql: str, about: float) -> None:
    assert float(ask(server, f"select {sql}")[0][0]) == pytest.approx(about, rel=0.1)


def test_two_indexes_are_unused_beside_many_that_only_look_so(server: Server) -> None:
    names = {*plants.UNUSED, *plants.REVIEW, *plants.NEEDED} - {"readings_sensor_idx"}  # a root has no scans of its own
    found = dict(ask(server, NEVER_SCANNED))
    assert names <= set(found)
    assert {name for name, unique in found.items() if not unique} <= names


def test_statements_are_slow_often_long_and_of_several_roles(server: Server) -> None:
    assert ask(server, STATEMENTS.format("calls, mean_exec_time > 100", "like '%%pg_sleep%%' and dbid > 0")) == [
        (plants.SLOW_CALLS, True)
    ]
    assert ask(server, STATEMENTS.format("calls", "like 'select status, total%%'")) == [(plants.FAST_CALLS,)]
    assert ask(server, STATEMENTS.format("length(query) >= 1e6", "like 'select /* long%%'")) == [(True,)]
    assert ask(server, STATEMENTS.format("rolname", "= %s"), plants.OURS) == [("dropmon",)]


def test_deadlocks_are_counted(server: Server) -> None:
    assert plants.deadlocks(server) >= 1


def test_a_role_may_see_nothing(server: Server) -> None:
    for sql in ("select from app.orders", "select from extensions.pg_stat_statements"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            ask(server, sql, role="blind")


def test_an_extension_is_old_and_another_is_missing(server: Server) -> None:
    version = "select extversion from pg_extension where extname = 'pg_stat_statements'"
    assert ask(server, version, database="old") == [("1.8",)]
    assert ask(server, "select count(*) > 0 from public.pg_stat_statements", database="old") == [(True,)]
    assert ask(server, version, database="bare") == []


def test_five_sessions_are_blocked_in_five_ways(server: Server) -> None:
    with incidents.blocked(server) as scene:
        pids = {**scene.pids, "": 0}
        expected = {(name, event, pids[blocker]) for name, (event, blocker) in incidents.BLOCKED.items()}
        assert {(name, event, blockers[0]) for name, event, blockers in ask(server, WAITS)} == expected
    assert ask(server, WAITS) == []
    assert ask(server, "select from pg_prepared_xacts") == []


def test_a_frozen_table_does_not_even_tell_its_size(server: Server) -> None:
    with incidents.frozen(server), connect(server, "postgres", "tests") as session:
        session.execute("set lock_timeout = '100ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            session.execute(SIZE, ["app.orders"])
    assert ask(server, SIZE, "app.orders")
    assert ask(server, "select from pg_attribute where attname = 'note' and attrelid = 'app.orders'::regclass") == []


def test_a_transaction_idles_and_a_query_does_not_end(server: Server) -> None:
    states = "select application_name, state from pg_stat_activity where usename = 'app' order by 1"
    with incidents.idle_transaction(server), incidents.long_query(server):
        assert ask(server, states) == [("checkout", "idle in transaction"), ("monthly-report", "active")]
    assert ask(server, states) == []


def test_the_pooler_answers_and_takes_no_options(bouncer: Bouncer) -> None:
    with psycopg.connect(bouncer.url_of("dropmon"), prepare_threshold=None) as session:
        assert session.execute("select current_user::text, current_database()").fetchone() == ("dropmon", "shop")
    with pytest.raises(psycopg.OperationalError, match="unsupported startup parameter"):
        psycopg.connect(bouncer.url_of("dropmon"), options="-c statement_timeout=2s")


@pytest.mark.parametrize("time", ["first", "second"])
def test_a_database_of_ones_own_is_empty(newest: Server, scratch: str, time: str) -> None:
    with connect(newest, "app", "tests", scratch) as session:
        session.execute("create schema mine")  # refused if the one before had left its own


@pytest.mark.slow
def test_a_crash_resets_what_was_counted(mortal: Server) -> None:
    mortal.crash()
    mortal.restart()
    assert plants.deadlocks(mortal) == 0
    assert ask(mortal, "select count(*) = 10000 from app.orders") == [(True,)]
