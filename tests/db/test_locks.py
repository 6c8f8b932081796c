"""`dropmon db locks`: what is waited for, then what keeps others out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest

from dropmon.db.table import headline, notes
from dropmon.model import Status
from tests.db import incidents
from tests.db.asking import ask
from tests.db.sessions import Scene, connect

if TYPE_CHECKING:
    from dropmon.demo.database import Server


def test_what_is_waited_for_comes_first_then_the_strong_ones(server: Server) -> None:
    with incidents.blocked(server) as scene:
        answer = ask(server, "locks")
        pids = scene.pids

    assert (answer.facts["waiting"], answer.facts["strong"]) == (5, 1)
    assert [(row["session"], row["granted"], row["target"]) for row in answer.rows] == [
        ("orders-worker", False, "a row, until its transaction ends"),
        ("orders-retry", False, "a row of app.wallets"),
        ("customers-list", False, "app.customers"),
        ("nightly-job", False, "advisory 42"),
        ("wallet-worker", False, "a row, until its transaction ends"),
        ("customers-import", True, "app.customers"),
    ]
    assert answer.rows[-1]["lock"] == "access exclusive"
    assert answer.rows[-1]["pid"] == pids["customers-import"]
    assert {row["hint"] for row in answer.rows[:-1]} == {"dropmon db blocking"}


def test_reading_writing_and_transactions_of_their_own_are_no_news(server: Server) -> None:
    with Scene(server) as scene:
        scene.open(
            "web", "begin", "select count(*) from app.orders", "update app.wallets set cents = cents where owner = '-'"
        )
        answer = ask(server, "locks")

    assert (answer.rows, answer.status) == ((), Status.OK)
    assert headline(answer).endswith("no lock is waited for, and no strong one is held on a table")


@pytest.mark.parametrize("mode", ["access exclusive", "exclusive", "share row exclusive", "share update exclusive"])
def test_each_strong_lock_is_shown_once_without_those_on_indexes(newest: Server, mode: str) -> None:
    with Scene(newest) as scene:
        scene.open(
            "migration", "begin", f"lock table app.documents in {mode} mode", "select count(*) from app.documents"
        )
        answer = ask(newest, "locks")

    assert [(row["lock"], row["target"], row["status"]) for row in answer.rows] == [(mode, "app.documents", "ok")]


def test_a_prepared_transaction_that_holds_one_is_named(newest: Server) -> None:
    with connect(newest, "app", "transfer") as session:
        for each in ("begin", "lock table app.goods in exclusive mode", "prepare transaction 'move-1'"):
            session.execute(each)
        try:
            (row,) = ask(newest, "locks").rows
        finally:
            session.execute("rollback prepared 'move-1'")

    assert (row["session"], row["target"], row["pid"]) == ("prepared 'move-1'", "app.goods", None)
    assert row["age_seconds"] > 0


def test_a_wait_is_judged_by_its_length_and_a_held_lock_is_not(newest: Server) -> None:
    with incidents.frozen(newest):
        short = ask(newest, "locks", warn="1h", critical="1h")
        long = ask(newest, "locks", warn="0s", critical="0s")

    assert (short.status, long.status) == (Status.OK, Status.CRITICAL)


def test_without_rights_each_lock_is_seen_but_not_what_its_session_does(server: Server) -> None:
    with incidents.frozen(server):
        answer = ask(server, "locks", role="blind")

    assert [(row["target"], row["statement"]) for row in answer.rows] == [("app.orders", None)]
    assert answer.facts["hidden"] == 1
    assert "hidden from blind" in notes(answer)[0]


def test_our_own_locks_are_not_shown(newest: Server) -> None:
    with psycopg.connect(newest.url_of("dropmon", "shop")):
        assert ask(newest, "locks").rows == ()
