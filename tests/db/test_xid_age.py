"""dropmon db xid-age: the way to wraparound, and who holds VACUUM back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from dropmon.db.samples import samples
from dropmon.db.table import notes
from dropmon.model import Status
from tests.db.asking import ask
from tests.db.databases import database
from tests.db.sessions import connect

if TYPE_CHECKING:
    from dropmon.demo.database import Server

STOP = 2**31 - 3_000_000
BURN = "do $$ begin for n in 1..300 loop perform pg_current_xact_id(); commit; end loop; end $$"


def burn(server: Server) -> None:
    """Uses three hundred transaction IDs."""
    with connect(server, "app", "tests") as session:
        session.execute(BURN)


def test_every_database_has_an_age(server: Server) -> None:
    answer = ask(server, "xid-age", limit=0)
    found = {row["datname"]: row for row in answer.rows if row["by"] == "database"}
    with connect(server, "postgres", "tests") as session:
        ages = dict(session.execute("select datname, age(datfrozenxid) from pg_database").fetchall())

    assert {name: row["age"] for name, row in found.items()} == pytest.approx(ages, abs=100)
    assert found["shop"]["used_ratio"] == pytest.approx(ages["shop"] / STOP, rel=0.2)
    assert answer.status is Status.OK
    assert (answer.facts["stop_age"], answer.facts["freeze_max_age"]) == (STOP, 200_000_000)
    assert answer.facts["failsafe_age"] in {None, 1_600_000_000}


def test_a_table_is_as_old_as_its_toast(newest: Server) -> None:
    made = ("create table letters (body text)", BURN, "vacuum (freeze, process_toast off) letters")
    with database(newest, *made) as own:
        answer = ask(newest, "xid-age", database=own, limit=0)
    (row,) = (row for row in answer.rows if row["name"] == "public.letters")

    assert row["age"] >= 300


@pytest.mark.parametrize(
    ("limits", "status"), [({"warn": "0%"}, Status.WARNING), ({"warn": "0%", "critical": "0%"}, Status.CRITICAL)]
)
def test_past_a_limit_it_says_what_to_do(server: Server, limits: dict[str, Any], status: Status) -> None:
    answer = ask(server, "xid-age", **limits)
    hints = {row["name"]: row["hint"] for row in answer.rows}

    assert answer.status is status
    assert "vacuum (freeze) the tables below" in hints["database shop"]
    assert hints["database bare"] == "dropmon db xid-age in that database"
    assert all(hint.startswith("vacuum (freeze, verbose) ") for name, hint in hints.items() if "database " not in name)


def test_the_slot_that_holds_the_horizon_is_named(server: Server) -> None:
    burn(server)
    answer = ask(server, "xid-age")

    assert answer.facts["horizon_age"] >= 300
    assert "the replication slot orders_feed (for catalogs)" in notes(answer)[0]


def test_a_forgotten_transaction_that_holds_the_horizon_is_named(mortal: Server) -> None:
    mortal.run("select pg_drop_replication_slot('orders_feed');")
    with connect(mortal, "app", "monthly-report") as session:
        session.execute("begin isolation level repeatable read")
        session.execute("select count(*) from app.orders")
        burn(mortal)
        pid, answer = session.info.backend_pid, ask(mortal, "xid-age")

    assert f"pid {pid} (monthly-report, idle in transaction)" in notes(answer)[0]


def test_a_prepared_transaction_that_holds_the_horizon_is_named(mortal: Server) -> None:
    mortal.run("select pg_drop_replication_slot('orders_feed');")
    with connect(mortal, "app", "transfer") as session:
        for each in ("begin", "insert into app.wallets values ('dan', 1)", "prepare transaction 'transfer-8'"):
            session.execute(each)
        burn(mortal)

    assert "the prepared transaction 'transfer-8'" in notes(ask(mortal, "xid-age"))[0]


def test_each_database_leaves_its_age(server: Server) -> None:
    answer = ask(server, "xid-age", limit=1)
    found = {each.name for each in samples(answer, {"database": "main"}, 0)}

    assert found == {"pg_xid_age", "pg_mxid_age"}
    assert all(dict(each.labels)["datname"] for each in samples(answer, {}, 0))
