"""`dropmon db connections`: who is counted, against what, and what cannot be seen."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from dropmon.db.samples import samples
from dropmon.db.table import headline, notes
from dropmon.model import Status
from tests.db import incidents
from tests.db.asking import ask
from tests.db.sessions import Scene, connect, eventually

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dropmon.db.run import Answer
    from dropmon.demo.database import Server


def group(answer: Answer, by: str) -> dict[str, Any]:
    return {row["value"]: row["sessions"] for row in answer.rows if row["by"] == by}


@pytest.fixture(autouse=True)
def _alone(newest: Server) -> None:
    """Who was there before may need a moment to leave."""
    others = "select 1 from pg_stat_activity where backend_type = 'client backend' and application_name <> 'alone'"
    with connect(newest, "postgres", "alone") as session:
        assert eventually(lambda: session.execute(others).rowcount == 0), session.execute(
            "select application_name, usename, state, query from pg_stat_activity where datname is not null"
        ).fetchall()


@pytest.fixture
def server(server: Server) -> Server:
    """The planted server, when the sessions of the test before are gone: they end after those who closed them."""
    others = "select count(*) from pg_stat_activity where backend_type = 'client backend'"
    with psycopg.connect(server.url_of("postgres", "shop"), replication="database", autocommit=True) as looking:
        assert eventually(lambda: looking.execute(others).fetchall() == [(0,)])  # a walsender is none itself
    return server


@pytest.fixture
def busy(server: Server) -> Iterator[Server]:
    """Four sessions: one idle, one idle in a transaction, one in a failed one, one at work."""
    with Scene(server) as scene:
        scene.open("web", "select 1")
        scene.open("checkout", "begin", "select 1")
        failed = scene.open("refund", "begin")
        with pytest.raises(psycopg.errors.DivisionByZero):
            failed.execute("select 1 / 0")
        scene.start("monthly-report", "select pg_sleep(600)", "wait_event = 'PgSleep'")
        yield server


def test_only_client_sessions_count_and_each_in_its_state(busy: Server) -> None:
    answer = ask(busy, "connections")

    assert answer.facts["used"] == 4
    assert group(answer, "state") == {
        "active": 1, "idle": 1, "idle in transaction": 1, "idle in transaction (aborted)": 1,
    }  # fmt: skip
    assert group(answer, "role") == {"app": 4}
    assert group(answer, "database") == {"shop": 4}
    assert set(group(answer, "application")) == {"web", "checkout", "refund", "monthly-report"}
    assert group(answer, "wait") == {"Timeout: PgSleep": 1}
    assert answer.facts["idle_in_transaction"] == 2


def test_reserved_connections_are_not_usable(server: Server) -> None:
    answer = ask(server, "connections")
    new = answer.server.number >= 160000

    assert (answer.facts["max_connections"], answer.facts["usable"]) == (60, 55 if new else 57)
    assert headline(answer).startswith(f"✔ OK  0 of {55 if new else 57} usable connections are taken (0.0 %)")


def test_a_walsender_takes_no_connection(server: Server) -> None:
    with psycopg.connect(server.url_of("postgres", "shop"), replication="database", autocommit=True):
        assert ask(server, "connections").facts["used"] == 0
        assert ask(server, "connections", role="blind").facts["hidden"] == 0


def test_who_idles_in_a_transaction_or_runs_for_long_is_listed_with_what_to_do(busy: Server) -> None:
    answer = ask(busy, "connections", idle="0s", long="0s")
    found = {row["hint"].split()[2]: row for row in answer.rows if row["by"] == "session"}

    assert answer.status is Status.WARNING
    assert found["cancel"]["value"] == "monthly-report"
    assert re.fullmatch(r"active for 00:00:0\d, as app in shop", found["cancel"]["doing"])
    assert found["cancel"]["statement"] == "select pg_sleep(600)"
    assert found["terminate"]["doing"].startswith("idle in transaction")
    assert [row["by"] for row in answer.rows][:3] == ["session"] * 3


@pytest.mark.slow
def test_an_open_transaction_is_too_long_even_when_its_last_statement_has_just_ended(newest: Server) -> None:
    with Scene(newest) as scene:
        scene.open("checkout", "begin", "select pg_sleep(0.5)", "select 1")
        brief, long = (ask(newest, "connections", transaction=limit) for limit in ("5m", "0.3s"))
        pid = scene.pids["checkout"]
    (row,) = [row for row in long.rows if row["by"] == "session"]

    assert (brief.status, long.status) == (Status.OK, Status.WARNING)
    assert (row["pid"], row["hint"], row["longest_seconds"] > 0.5) == (pid, f"dropmon db terminate {pid}", True)
    assert row["doing"] == "idle in transaction for 00:00:00, as app in shop"


@pytest.mark.parametrize(
    ("warn", "critical", "status"), [("80%", "95%", "ok"), ("5%", "95%", "warning"), ("5%", "7%", "critical")]
)
def test_the_share_of_the_usable_ones_is_judged(newest: Server, warn: str, critical: str, status: str) -> None:
    with Scene(newest) as scene:
        for number in range(4):  # 4 of 55 is 7.3 %
            scene.open(f"web-{number}")
        assert ask(newest, "connections", warn=warn, critical=critical).status == status


@pytest.mark.parametrize("thing", ["role app", "database shop"])
def test_a_tighter_limit_of_a_role_or_a_database_is_told_and_judged(newest: Server, thing: str) -> None:
    with connect(newest, "postgres", "admin") as admin, Scene(newest) as scene:
        for number in range(2):
            scene.open(f"web-{number}")
        try:
            admin.execute(f"alter {thing} connection limit 4")
            near = ask(newest, "connections")
            admin.execute(f"alter {thing} connection limit {2 if 'role' in thing else 3}")
            full = ask(newest, "connections", database="bare")  # a full one lets nobody in
        finally:
            admin.execute(f"alter {thing} connection limit -1")

    assert near.status is Status.OK
    assert any(note.startswith(f"the tightest limit is that of {thing}: ") for note in notes(near))
    assert full.status is Status.CRITICAL
    assert (full.rows[0]["by"], full.rows[0]["value"]) == ("limit", thing)
    assert full.rows[0]["hint"].startswith(f"alter {thing} connection limit ")


def test_without_rights_the_count_is_right_and_what_is_hidden_is_said(busy: Server) -> None:
    answer = ask(busy, "connections", role="blind")

    assert answer.facts["used"] == 4
    assert answer.facts["hidden"] == 4
    assert group(answer, "state") == {}
    assert group(answer, "role") == {"app": 4}
    assert any("hidden from blind; → grant pg_monitor to blind" in note for note in notes(answer))


def test_every_state_leaves_a_sample_even_where_nobody_is_in_it(newest: Server) -> None:
    with incidents.idle_transaction(newest):
        answer = ask(newest, "connections", limit=1)
    found = {(s.name, dict(s.labels).get("state")): s.value for s in samples(answer, {"database": "main"}, 0.0)}

    assert found == {
        ("pg_connections", "active"): 0, ("pg_connections", "idle"): 0, ("pg_connections", "idle in transaction"): 1,
        ("pg_connections_used", None): 1, ("pg_max_connections", None): 60, ("pg_usable_connections", None): 55,
    }  # fmt: skip


def test_a_pooler_is_told_of(newest: Server) -> None:
    with Scene(newest) as scene:
        assert not ask(newest, "connections").facts["pooled"]
        scene.open("Supavisor")
        answer = ask(newest, "connections")

    assert answer.facts["pooled"]
    assert any("connections of a pooler" in note for note in notes(answer))
