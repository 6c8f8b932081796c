"""`dropmon db blocking`: everybody who waits, under whom they wait for."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from dropmon.db.samples import samples
from dropmon.db.table import headline, notes, shown
from dropmon.model import Status
from tests.db import incidents
from tests.db.asking import ask
from tests.db.incidents import take, waiting
from tests.db.sessions import Scene, connect, eventually, send

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dropmon.db.run import Answer
    from dropmon.demo.database import Server


def tree(answer: Answer) -> list[str]:
    session = shown(answer.report.columns[0], answer.rows)
    return [session.cell(row) for row in answer.rows]


def row(answer: Answer, session: str) -> dict[str, Any]:
    (found,) = [dict(each) for each in answer.rows if each["session"].endswith(session)]
    return found


@pytest.fixture
def jammed(server: Server) -> Iterator[Scene]:
    with incidents.blocked(server) as scene:
        yield scene


@pytest.mark.slow
def test_all_five_who_wait_stand_under_whom_they_wait_for(jammed: Scene) -> None:
    answer = ask(jammed.server, "blocking")

    assert (answer.facts["blocked"], answer.facts["roots"]) == (5, 4)
    assert tree(answer) == [
        "checkout", "└─ orders-worker", "└─── orders-retry",  # who blocks most is first, then who has blocked longest
        "customers-import", "└─ customers-list",
        "nightly-lock", "└─ nightly-job",
        "prepared 'transfer-7'", "└─ wallet-worker",
    ]  # fmt: skip
    assert [each["blocks"] for each in answer.rows] == [2, 1, 0, 1, 0, 1, 0, 1, 0]
    assert [each["pid"] for each in answer.rows] == [jammed.pids.get(name.split()[-1]) for name in tree(answer)]


def test_it_says_what_each_waits_for_and_what_to_do_with_the_root(jammed: Scene) -> None:
    answer = ask(jammed.server, "blocking")
    pids = jammed.pids

    assert row(answer, "orders-worker")["doing"] == "wants a row of app.wallets"
    assert row(answer, "orders-retry")["doing"] == "wants a row of app.wallets"
    assert row(answer, "customers-list")["doing"] == "wants app.customers"
    assert row(answer, "nightly-job")["doing"] == "wants advisory lock 42"
    assert row(answer, "wallet-worker")["doing"] == "wants a row of app.wallets"
    assert row(answer, "checkout")["doing"] == "idle in transaction"
    assert row(answer, "checkout")["statement"] == take("ann")
    assert row(answer, "checkout")["hint"] == f"dropmon db terminate {pids['checkout']}"
    assert row(answer, "nightly-lock")["hint"] == f"dropmon db terminate {pids['nightly-lock']}"
    assert row(answer, "'transfer-7'")["hint"] == "in database shop: rollback prepared 'transfer-7'"
    assert row(answer, "orders-worker")["hint"] is None


def test_the_time_that_somebody_waits_is_judged_up_to_the_root(jammed: Scene) -> None:
    server = jammed.server

    assert ask(server, "blocking", warn="1h", critical="1h").status is Status.OK
    assert {each["status"] for each in ask(server, "blocking", warn="0s", critical="1h").rows} == {"warning"}
    assert {each["status"] for each in ask(server, "blocking", warn="0s", critical="0s").rows} == {"critical"}


def test_without_rights_the_tree_is_whole_and_what_is_hidden_is_said(jammed: Scene) -> None:
    answer = ask(jammed.server, "blocking", role="blind")

    assert len(answer.rows) == 9
    assert answer.facts["hidden"] == 8  # a prepared transaction is seen by everybody
    assert row(answer, "checkout")["doing"] == "hidden"
    assert row(answer, "checkout")["statement"] is None
    assert row(answer, "customers-list")["doing"] == "wants app.customers"
    assert any("hidden from blind" in note for note in notes(answer))


def test_a_relation_of_another_database_is_not_given_a_name_of_this_one(jammed: Scene) -> None:
    answer = ask(jammed.server, "blocking", database="bare")

    assert row(answer, "customers-list")["doing"] == "wants a relation of shop"
    assert row(answer, "customers-list")["relation"] is None


def test_who_waits_is_a_number_in_the_history(jammed: Scene) -> None:
    (sample,) = samples(ask(jammed.server, "blocking", limit=1), {}, 0.0)

    assert (sample.name, sample.value) == ("pg_blocked_sessions", 5)


def test_nobody_waiting_is_said(server: Server) -> None:
    answer = ask(server, "blocking")

    assert (answer.status, answer.rows, answer.facts["blocked"]) == (Status.OK, (), 0)
    assert headline(answer).endswith("no session waits for a lock")


def test_a_migration_behind_a_reader_shows_who_queues_behind_it(newest: Server) -> None:
    with incidents.frozen(newest) as scene:
        scene.start("web", "select count(*) from app.orders", waiting("relation"))
        answer = ask(newest, "blocking")

    assert tree(answer) == ["report-reader", "└─ migration", "└─── web"]
    assert [each["blocks"] for each in answer.rows] == [2, 1, 0]
    assert answer.rows[1]["lock_mode"] == "AccessExclusiveLock"


def test_a_long_queue_is_no_maze(newest: Server) -> None:
    with Scene(newest) as scene, connect(newest, "postgres", "watch") as watch:
        scene.open("first", "begin", "lock table app.wallets in access exclusive mode")
        for number in range(30):
            send(scene.open(f"web-{number}"), "begin; lock table app.wallets in access exclusive mode")
        waits = "select from pg_locks where not granted"
        assert eventually(lambda: watch.execute(waits).rowcount == 30)
        start = time.monotonic()
        answer = ask(newest, "blocking", limit=0)

    assert time.monotonic() - start < 1
    assert answer.facts["blocked"] == 30
    assert answer.rows[0]["blocks"] == 30
    assert len({each["pid"] for each in answer.rows}) == len(answer.rows) == 31


def test_of_several_who_block_each_is_counted(newest: Server) -> None:
    with Scene(newest) as scene:
        for number in range(2):
            scene.open(f"reader-{number}", "begin", "select count(*) from app.orders")
        scene.start("migration", "alter table app.orders add note text", waiting("relation"))
        answer = ask(newest, "blocking")
        pids = scene.pids

    assert sorted(name for name in tree(answer) if "reader" in name) == ["reader-0", "reader-1"]
    assert [each["blocks"] for each in answer.rows if each["depth"] == 0] == [1, 1]
    assert row(answer, "migration")["blocked_by"] == sorted([pids["reader-0"], pids["reader-1"]])


def test_those_who_wait_for_each_other_are_shown(newest: Server) -> None:
    with Scene(newest) as scene, connect(newest, "postgres", "watch") as watch:
        for name, key in (("one", 1), ("two", 2)):
            scene.open(name, "set deadlock_timeout = '1min'", f"select pg_advisory_lock({key})", role="postgres")
        for name, key in (("one", 2), ("two", 1)):
            send(scene.sessions[name], f"select pg_advisory_lock({key})")
        assert eventually(lambda: watch.execute("select from pg_locks where not granted").rowcount == 2)
        answer = ask(newest, "blocking")

    assert (answer.facts["blocked"], answer.facts["roots"]) == (2, 0)
    assert sorted(tree(answer)) == ["one", "two"]


def test_a_name_in_a_hint_can_be_pasted(newest: Server) -> None:
    with connect(newest, "app", "transfer") as session, Scene(newest) as scene:
        for each in ("begin", take("cid"), "prepare transaction 'it''s mine'"):
            session.execute(each)
        try:
            scene.start("wallet-worker", take("cid"), waiting("transactionid"))
            answer = ask(newest, "blocking")
        finally:
            session.execute("rollback prepared 'it''s mine'")

    assert answer.rows[0]["hint"] == "in database shop: rollback prepared 'it''s mine'"
