"""`dropmon db wait-events`, `roles` and `settings`: what is waited for, who may what, and what is set."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from dropmon.db.table import headline, notes
from dropmon.demo.database import Server
from dropmon.model import Status
from tests.db import incidents
from tests.db.asking import ask
from tests.db.sessions import Scene, connect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dropmon.db.run import Answer


def by(answer: Answer, key: str) -> dict[str, Any]:
    return {row[key]: row for row in answer.rows}


@contextmanager
def changed(server: Server, change: str, back: str) -> Iterator[None]:
    with connect(server, "postgres", "admin") as admin:
        admin.execute(change)
        try:
            yield
        finally:
            admin.execute(back)


def test_waits_are_counted_by_what_is_waited_for(server: Server) -> None:
    with incidents.blocked(server), incidents.long_query(server) as other:
        answer = ask(server, "wait-events")
        pid = other.pids["monthly-report"]
    found = by(answer, "event")

    assert {event: row["sessions"] for event, row in found.items()} == {
        "Lock: transactionid": 2, "Lock: tuple": 1, "Lock: relation": 1, "Lock: advisory": 1, "Timeout: PgSleep": 1,
        "their client": 2,
    }  # fmt: skip
    assert found["Lock: tuple"]["hint"] == "dropmon db blocking"
    assert found["Timeout: PgSleep"]["pid"] == pid
    assert found["their client"]["hint"].endswith("dropmon db long-running")
    assert (answer.facts["working"], answer.facts["waiting"], answer.facts["idle"]) == (6, 6, 2)
    assert bool(found["Lock: tuple"]["meaning"]) is (answer.server.number >= 170000)


def test_who_waits_for_nothing_computes(newest: Server) -> None:
    with Scene(newest) as scene:
        scene.start("busy", "select count(*) from generate_series(1, 1e12::int8) n where n % 7 = 8", "state = 'active'")
        answer = ask(newest, "wait-events")

    assert answer.facts["working"] == 1
    assert answer.facts["busy"] + answer.facts["waiting"] == 1


def test_a_client_without_a_transaction_is_no_wait(server: Server) -> None:
    with Scene(server) as scene:
        scene.open("web", "select 1")
        answer = ask(server, "wait-events")

    assert (answer.rows, answer.status) == ((), Status.OK)
    assert headline(answer).endswith("no session is seen at work")


def test_waits_that_are_hidden_are_not_called_none(server: Server) -> None:
    with incidents.long_query(server):
        answer = ask(server, "wait-events", role="blind")

    assert (answer.status, answer.facts["hidden"], answer.facts["working"]) == (Status.UNKNOWN, 1, None)


def test_each_role_has_its_connections_and_what_it_may(server: Server) -> None:
    with Scene(server) as scene:
        for number in range(3):
            scene.open(f"web-{number}")
        answer = ask(server, "roles")
    found = by(answer, "role")

    assert found.keys() == {"postgres", "dropmon", "app", "blind"}
    assert (found["app"]["connections"], found["app"]["attributes"]) == (3, "")
    assert found["postgres"]["attributes"] == "everything: superuser"
    assert "pg_monitor" in found["dropmon"]["attributes"]
    assert (answer.facts["roles"], answer.facts["superusers"], answer.status) == (4, 1, Status.OK)


def test_a_role_near_its_limit_is_on_top(newest: Server) -> None:
    with (
        Scene(newest) as scene,
        changed(newest, "alter role app connection limit 2", "alter role app connection limit -1"),
    ):
        for number in range(2):
            scene.open(f"web-{number}")
        first = ask(newest, "roles").rows[0]

    assert (first["role"], first["most"], first["used_ratio"], first["status"]) == ("app", 2, 1.0, "warning")
    assert first["hint"].startswith("alter role app connection limit 4")


ODD = """
create role "Odd one" login valid until '2020-01-01' bypassrls createdb;
alter role "Odd one" set statement_timeout = '8s';
alter role "Odd one" set pgrst.jwt_secret = 'hunter2';
alter role "Odd one" in database shop set lock_timeout = '1s'
"""


def test_what_a_role_sets_for_itself_is_shown_but_no_secret(newest: Server) -> None:
    with changed(newest, ODD, 'drop role "Odd one"'):
        answer = ask(newest, "roles")
    odd = answer.rows[0]

    assert odd["settings"] == "pgrst.jwt_secret=***, statement_timeout=8s, shop: lock_timeout=1s"
    assert "hunter2" not in str(answer)
    assert odd["attributes"] == "bypass rls, create databases"
    assert (odd["status"], answer.facts["expired"]) == ("warning", 1)
    assert odd["hint"].startswith('alter role "Odd one" nologin')


def test_roles_that_cannot_log_in_are_for_those_who_ask(newest: Server) -> None:
    with changed(newest, "create role anon; grant anon to app", "drop role anon"):
        assert "anon" not in by(ask(newest, "roles"), "role")
        found = by(ask(newest, "roles", all=True), "role")

    assert found["anon"]["attributes"] == "not log in"
    assert found["app"]["member_of"] == ["anon"]


def test_settings_that_hurt_are_on_top_with_what_to_do(server: Server) -> None:
    answer = ask(server, "settings")
    found = by(answer, "name")

    assert answer.status is Status.CRITICAL
    assert [row["name"] for row in answer.rows[:3]] == ["autovacuum", "fsync", "full_page_writes"]
    assert found["idle_in_transaction_session_timeout"]["status"] == "warning"
    assert found["statement_timeout"]["status"] == "warning"
    assert found["max_connections"]["status"] == "ok"
    assert found["track_io_timing"]["status"] == "ok"
    assert found["shared_preload_libraries"]["status"] == "ok"
    assert found["autovacuum"]["hint"].endswith("goes before ALTER SYSTEM: change it there")
    assert (found["deadlock_timeout"]["value"], found["deadlock_timeout"]["source"]) == ("100ms", "command line")


def test_the_values_are_those_of_a_new_session_and_not_our_own(newest: Server) -> None:
    found = by(ask(newest, "settings", all=True, limit=0), "name")

    for name in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"):
        assert (found[name]["value"], found[name]["source"]) == ("0", "default")
    assert found["jit"]["value"] == "on"


def test_a_timeout_that_roles_have_is_no_fault_of_the_server(newest: Server) -> None:
    with changed(newest, "alter role app set statement_timeout = '8s'", "alter role app reset statement_timeout"):
        assert by(ask(newest, "settings"), "name")["statement_timeout"]["status"] == "ok"


@pytest.mark.parametrize(("options", "more", "less"), [
    ({}, "work_mem", "port"), ({"changed": True}, "port", "work_mem"), ({"all": True}, "bytea_output", "-"),
])  # fmt: skip
def test_there_are_those_that_matter_those_changed_and_all(
    newest: Server, options: dict[str, Any], more: str, less: str
) -> None:
    names = by(ask(newest, "settings", limit=0, **options), "name").keys()

    assert more in names
    assert less not in names
    assert "fsync" in names  # what hurts is always there


def test_too_many_connections_are_judged_by_the_option(newest: Server) -> None:
    assert by(ask(newest, "settings", most=60), "name")["max_connections"]["status"] == "warning"


@pytest.mark.slow
def test_what_waits_for_a_restart_is_told_and_a_secret_is_not() -> None:
    with Server() as server, connect(server, "postgres", "admin", "postgres") as admin:
        admin.execute("alter system set max_wal_senders = 7")
        admin.execute("alter system set primary_conninfo = 'host=standby password=hunter2'")
        admin.execute("alter system set archive_command = 'KEY=hunter2 push %p'")
        admin.execute("alter system set ssl_passphrase_command = 'echo hunter2'")
        admin.execute("select pg_reload_conf(), pg_sleep(0.2)")
        answer = ask(server, "settings", role="postgres", database="postgres", all=True, limit=0)
    found = by(answer, "name")

    assert (found["max_wal_senders"]["pending"], found["max_wal_senders"]["status"]) == (True, "warning")
    assert found["max_wal_senders"]["hint"] == "changed, but only after a restart"
    assert (found["primary_conninfo"]["value"], found["primary_conninfo"]["setting"]) == ("***", "***")
    assert found["archive_command"]["value"] == found["ssl_passphrase_command"]["value"] == "***"
    assert found["restore_command"]["value"] == ""
    assert "hunter2" not in str(answer)


def test_settings_that_are_hidden_are_counted(server: Server) -> None:
    answer = ask(server, "settings", role="blind")

    assert answer.facts["hidden"] == 1
    assert "settings that matter are hidden from blind" in notes(answer)[0]
