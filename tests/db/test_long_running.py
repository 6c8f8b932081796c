"""`dropmon db long-running`: what has been open for long, and who holds vacuum back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from dropmon.db.samples import samples
from dropmon.db.table import headline, notes
from dropmon.demo.database import Server
from dropmon.model import Status
from tests.db import clusters, incidents
from tests.db.asking import ask
from tests.db.sessions import Scene, connect, eventually

if TYPE_CHECKING:
    from dropmon.db.run import Answer


BURN = """
do $$ begin for n in 1..110000
loop begin insert into visits values (n); exception when others then end; end loop; end $$
"""  # each block is a transaction of its own to the counter
EAGER = {"autovacuum_freeze_max_age": "100000", "autovacuum_naptime": "1s", "autovacuum_vacuum_cost_delay": "100ms",
         "autovacuum_vacuum_cost_limit": "1"}  # fmt: skip


def named(answer: Answer) -> dict[str, Any]:
    return {row["session"]: row for row in answer.rows}


def test_a_statement_counts_from_its_start_and_an_idle_session_from_its_end(server: Server) -> None:
    with incidents.long_query(server) as scene, Scene(server) as other:
        other.open("checkout", "begin", "select pg_sleep(0.3)")
        answer = ask(server, "long-running", min="0s", long="0s", idle="0s")
        pids = {**scene.pids, **other.pids}
    found = named(answer)

    assert found["monthly-report"]["hint"] == f"dropmon db cancel {pids['monthly-report']}"
    assert found["monthly-report"]["wait"] == "Timeout: PgSleep"
    assert found["checkout"]["state"] == "idle in transaction"
    assert found["checkout"]["hint"] == f"dropmon db terminate {pids['checkout']}"
    assert found["checkout"]["transaction_seconds"] - found["checkout"]["state_seconds"] >= 0.3
    assert (answer.facts["open"], answer.facts["long_statements"], answer.facts["idle_transactions"]) == (2, 1, 1)
    assert answer.status is Status.WARNING


def test_each_kind_has_its_own_limit(newest: Server) -> None:
    with incidents.long_query(newest), incidents.idle_transaction(newest):
        long = named(ask(newest, "long-running", min="0s", long="0s", idle="1h"))
        idle = named(ask(newest, "long-running", min="0s", long="1h", idle="0s"))
        none = ask(newest, "long-running", min="0s", long="1h", idle="1h")

    assert (long["monthly-report"]["status"], long["checkout"]["status"]) == ("warning", "ok")
    assert (idle["monthly-report"]["status"], idle["checkout"]["status"]) == ("ok", "warning")
    assert none.status is Status.OK


@pytest.mark.slow
def test_a_transaction_is_too_long_even_when_its_last_statement_has_just_ended(server: Server) -> None:
    with Scene(server) as scene:
        scene.open("checkout", "begin", "select pg_sleep(0.5)", "select 1")
        brief, long = (ask(server, "long-running", min="0s", transaction=limit) for limit in ("5m", "0.3s"))
        pid = scene.pids["checkout"]

    assert (brief.status, long.status) == (Status.OK, Status.WARNING)
    assert (long.facts["idle_transactions"], long.rows[0]["hint"]) == (1, f"dropmon db terminate {pid}")


def test_idle_sessions_walsenders_and_ourselves_have_no_transaction(server: Server) -> None:
    replicating = psycopg.connect(server.url_of("postgres", "shop"), replication="database", autocommit=True)
    with Scene(server) as scene, replicating:
        scene.open("web", "select 1")
        answer = ask(server, "long-running", min="0s")

    assert (answer.rows, answer.facts["open"], answer.facts["longest_seconds"]) == ((), 0, 0)
    assert headline(answer).startswith("✔ OK  no transaction is seen that has been open for more than")


def test_a_prepared_transaction_stays_until_somebody_ends_it(server: Server) -> None:
    with incidents.prepared(server):
        (row,) = ask(server, "long-running", min="0s", long="0s").rows

    assert (row["session"], row["state"], row["pid"]) == ("prepared 'transfer-7'", "prepared", None)
    assert row["hint"] == "in database shop: rollback prepared 'transfer-7'"


def test_who_waits_for_a_lock_is_sent_to_blocking(newest: Server) -> None:
    with incidents.frozen(newest):
        answer = ask(newest, "long-running", min="0s", long="0s")

    assert named(answer)["migration"]["hint"] == "dropmon db blocking"


def test_who_holds_vacuum_back_is_named(newest: Server) -> None:
    with Scene(newest) as scene:
        scene.open("report", "begin isolation level repeatable read", "select 1")
        with connect(newest, "app", "writer") as writer:
            for _ in range(3):
                writer.execute("select pg_current_xact_id()")
            answer = ask(newest, "long-running", min="0s", long="0s")
        (row,) = answer.rows

    assert row["xmin_age"] >= 3
    assert answer.facts["horizon_age"] >= 3
    assert answer.facts["horizon_holder"]


def test_the_slot_of_a_forgotten_subscriber_holds_vacuum_back(newest: Server) -> None:
    answer = ask(newest, "long-running")

    assert answer.facts["horizon_holder"] == "replication slot orders_feed"


@pytest.mark.slow
def test_autovacuum_stands_apart_and_says_when_it_must_not_be_stopped() -> None:
    running = "select from pg_stat_activity where query like 'autovacuum: % (to prevent wraparound)'"
    with Server(binaries=clusters.binaries(clusters.NEWEST), settings=EAGER) as server:
        with connect(server, "postgres", "admin", "postgres") as admin:
            admin.execute("create table visits (id int)")
            admin.execute(BURN)
            assert eventually(lambda: admin.execute(running).rowcount > 0)
        answer = ask(server, "long-running", role="postgres", database="postgres", min="0s", long="0s")

    assert {row["state"] for row in answer.rows if row["kind"] == "autovacuum"} == {"to prevent wraparound"}
    assert answer.status is Status.OK
    assert any("must not be stopped" in note for note in notes(answer))


def test_the_longest_transaction_is_a_number_in_the_history(newest: Server) -> None:
    (calm,) = samples(ask(newest, "long-running"), {}, 0.0)
    with incidents.idle_transaction(newest):
        (busy,) = samples(ask(newest, "long-running"), {}, 0.0)

    assert (calm.name, calm.value) == ("pg_longest_transaction_seconds", 0)
    assert busy.value > 0


def test_what_is_hidden_is_not_called_well(server: Server) -> None:
    with incidents.idle_transaction(server):
        answer = ask(server, "long-running", role="blind")

    assert answer.status is Status.UNKNOWN
    assert (answer.facts["hidden"], answer.facts["open"], answer.facts["longest_seconds"]) == (1, None, None)
    assert list(samples(answer, {}, 0.0)) == []
    assert "hidden from blind" in notes(answer)[-1]
