"""Asking is safe: nothing of ours stays behind, nobody waits for us, and we wait for nobody."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import psycopg
import pytest

from dropmon.db.database import Database
from dropmon.db.report import load, names
from dropmon.db.session import session
from dropmon.db.table import notes
from dropmon.errors import DatabaseError
from tests.db import incidents
from tests.db.asking import ask
from tests.db.incidents import waiting
from tests.db.sessions import connect, eventually
from tests.postgres.silence import line

if TYPE_CHECKING:
    from pathlib import Path

    from dropmon.demo.database import Server
    from tests.db.bouncer import Bouncer

pytestmark = pytest.mark.slow  # whole processes

DB = [sys.executable, "-m", "dropmon", "db"]
PATIENCE = 2.0  # seconds that a command may take during an incident
SETTINGS = (
    "statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout", "client_connection_check_interval",
    "search_path", "default_transaction_read_only", "transaction_read_only", "jit",
)  # fmt: skip
SLOW = """
import sys
from dropmon.db.database import Database
from dropmon.db.report import parse
from dropmon.db.session import session
header = '/*\\nsummary = "Slow"\\nheadline = "slow"\\n[columns]\\nslow = "slow"\\n*/\\n'
with session(Database("main", sys.argv[1], timeout=60)) as found:
    found.ask(parse("slow", header + "select pg_sleep(60)::text as slow"))
"""


def left(server: Server) -> int:
    """How many sessions of ours the server still has."""
    with connect(server, "postgres", "look") as look:
        return look.execute("select from pg_stat_activity where application_name = 'dropmon'").rowcount


def settings(connection: psycopg.Connection) -> list[str]:
    return [connection.execute(f"show {name}").fetchall()[0][0] for name in SETTINGS]


@pytest.mark.parametrize("name", names())
def test_every_report_works_through_a_pooler(bouncer: Bouncer, name: str) -> None:
    with session(Database("main", bouncer.url_of("dropmon"))) as found:
        assert found.ask(load(name)).report.name == name


def test_the_next_client_of_a_pooled_session_finds_it_as_it_was(bouncer: Bouncer) -> None:
    url = bouncer.url_of("dropmon")
    with psycopg.connect(bouncer.server.url_of("dropmon", "shop")) as fresh:
        usual = settings(fresh)
    with session(Database("main", url)) as found:
        for name in names():
            found.ask(load(name))
        (ours,) = found.connection.execute("select pg_backend_pid()").fetchall()
        assert settings(found.connection) != usual
    with psycopg.connect(url, prepare_threshold=None) as other:
        (theirs,) = other.execute("select pg_backend_pid()").fetchall()

        assert ours == theirs
        assert settings(other) == usual
        other.execute("create temp table mine (id int)")  # it may write


def test_a_pooled_session_is_as_it_was_even_after_an_error(bouncer: Bouncer) -> None:
    url = bouncer.url_of("dropmon", "bare")
    with psycopg.connect(bouncer.server.url_of("dropmon", "bare")) as fresh:
        usual = settings(fresh)
    with pytest.raises(DatabaseError), session(Database("main", url)) as found:
        found.ask(load("slow-queries"))
    with psycopg.connect(url, prepare_threshold=None) as other:
        assert settings(other) == usual


@pytest.mark.parametrize("name", names())
def test_behind_a_waiting_migration_every_command_answers_at_once_and_leaves_nothing(newest: Server, name: str) -> None:
    command = [sys.executable, "-m", "dropmon", "db", name, "--format", "json", "-d", newest.url_of("dropmon", "shop")]
    with incidents.frozen(newest):
        start = time.monotonic()
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
        took = time.monotonic() - start

        assert eventually(lambda: left(newest) == 0, within=1)
    assert done.returncode in {0, 1, 2, 3}, done.stderr
    assert took < PATIENCE
    said = json.loads(done.stdout)
    if ":locked" in load(name).sql:
        assert any("app.orders (pid " in note and "dropmon db blocking" in note for note in said["notes"])


def test_on_every_version_no_report_waits_behind_the_migration(server: Server) -> None:
    with incidents.frozen(server) as scene:
        scene.start("web", "select count(*) from app.orders", waiting("relation"))  # others queue, too
        took = {}
        for name in names():
            start = time.monotonic()
            ask(server, name)
            took[name] = time.monotonic() - start

    assert {name: each for name, each in took.items() if each >= PATIENCE} == {}


@pytest.mark.parametrize("name", [name for name in names() if ":locked" in load(name).sql])
def test_a_table_that_is_being_rebuilt_is_left_out_and_named(newest: Server, name: str) -> None:
    with connect(newest, "app", "rebuild") as rebuild:
        rebuild.execute("begin")
        rebuild.execute("lock table app.customers in access exclusive mode")
        answer = ask(newest, name)

    assert any(note.startswith("skipped, locked or about to be: app.customers (pid ") for note in notes(answer))


@pytest.mark.parametrize(("how", "within"), [(signal.SIGKILL, 2.0), (signal.SIGTERM, 2.0), (signal.SIGINT, 1.0)])
def test_when_we_are_gone_in_mid_question_so_is_our_session(server: Server, how: signal.Signals, within: float) -> None:
    with connect(server, "postgres", "look") as look:
        if look.info.server_version < 140000 and how is not signal.SIGINT:
            pytest.skip("PostgreSQL 13 cannot notice before it answers")
    command = [sys.executable, "-c", SLOW, server.url_of("dropmon", "shop")]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    assert eventually(lambda: left(server) == 1)
    time.sleep(0.2)  # by now it asks
    process.send_signal(how)
    process.wait(10)

    assert eventually(lambda: left(server) == 0, within=within)


def test_no_function_of_the_users_takes_the_place_of_the_servers_own(mortal: Server) -> None:
    """`format(text, name, name)` would be a better match than the server's own, were its schema in the search path."""
    with connect(mortal, "postgres", "attack") as session:
        session.execute(
            "create function extensions.format(text, name, name) returns text language sql as $$ select 'HIJACKED' $$"
        )
    for name in names():
        assert "HIJACKED" not in repr(ask(mortal, name, role="postgres"))


def test_ctrl_c_ends_even_a_command_whose_server_has_fallen_silent(newest: Server) -> None:
    with line(newest.port, b"statement_timeout") as silent:
        url = silent.through(newest.url_of("dropmon", "shop"))
        process = subprocess.Popen(
            [*DB, "connections", "-d", url, "--timeout", "1m"], stderr=subprocess.PIPE, text=True
        )
        assert silent.hush.wait(10)
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=20)

    assert time.monotonic() - began < 4
    assert (process.returncode, "Traceback" in said) == (130, False)


@pytest.mark.parametrize(
    "words", [["report"], ["cancel", "1", "--yes"], ["explain", "1"], ["diff"], ["top"], ["sizes"]]
)
def test_every_command_leaves_a_server_that_falls_silent(newest: Server, tmp_path: Path, words: list[str]) -> None:
    with line(newest.port, b"statement_timeout") as silent:
        url = silent.through(newest.url_of("dropmon", "shop"))
        began = time.monotonic()
        command = [*DB, *words, "-d", url, "--timeout", "500ms"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
        took = time.monotonic() - began

    assert (done.returncode, "no answer within 1.5 s" in done.stderr) == (3, True), done.stderr
    assert took < 1.5 + 5  # and the time to start: without a limit it would be many minutes, as TCP has it


@pytest.mark.parametrize(
    "words", [["connections"], ["settings"], ["report"], ["report", "--format", "json"], ["top", "--count", "9"]]
)
def test_a_reader_that_has_seen_enough_ends_every_command_quietly(newest: Server, words: list[str]) -> None:
    """Even one that would warn: half an answer is no verdict."""
    theirs, ours = os.pipe()
    os.close(theirs)
    command = [*DB, *words, "-d", newest.url_of("dropmon", "shop")]
    done = subprocess.run(command, stdout=ours, stderr=subprocess.PIPE, text=True, check=False, timeout=30)
    os.close(ours)

    assert (done.returncode, done.stderr) == (0, "")
