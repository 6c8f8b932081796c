"""`dropmon db cancel` and `dropmon db terminate`: the right session, after asking, and whether it obeyed."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from typing import TYPE_CHECKING
from urllib.parse import quote

import psycopg
import pytest

from dropmon.db.signal import Signal, choose, find, send, stop
from dropmon.errors import DatabaseError, UsageError
from dropmon.postgres import opened
from tests.db import incidents
from tests.db.incidents import take
from tests.db.sessions import Scene, connect, eventually

if TYPE_CHECKING:
    from dropmon.demo.database import Server
    from tests.db.bouncer import Bouncer

pytestmark = pytest.mark.slow  # whole processes

STUBBORN = """
do $$ begin loop begin perform pg_sleep(600); exception when query_canceled then null; end; end loop; end $$
"""


def dropmon(*words: object, url: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "dropmon", "db", *map(str, words), "-d", url]
    return subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)


def url_of(server: Server, role: str = "dropmon") -> str:
    return server.url_of(role, "shop")


def alive(server: Server, pid: int) -> bool:
    with connect(server, "postgres", "look") as look:
        return look.execute("select from pg_stat_activity where pid = %s", [pid]).rowcount == 1


def test_ending_the_root_lets_go_on_who_waited(server: Server) -> None:
    with incidents.blocked(server) as scene:
        pid = scene.pids["checkout"]
        done = dropmon("terminate", pid, "--yes", url=url_of(server))

        assert not alive(server, pid)
        assert scene.sessions["orders-worker"].pgconn.get_result()  # it has its row
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"✔ OK  pid {pid}: its session was ended")
    assert take("ann") in done.stdout


def test_a_cancelled_statement_ends_and_its_session_goes_on(server: Server) -> None:
    with incidents.long_query(server) as scene:
        pid = scene.pids["monthly-report"]
        done = dropmon("cancel", pid, "--yes", "--format", "json", url=url_of(server))

        assert alive(server, pid)
    said = json.loads(done.stdout)
    assert (done.returncode, said["signal"], said["done"]) == (0, "cancel", True)
    assert (said["rows"][0]["pid"], said["rows"][0]["application"]) == (pid, "monthly-report")


def test_to_cancel_an_idle_transaction_is_refused_for_it_has_no_effect(newest: Server) -> None:
    with incidents.idle_transaction(newest) as scene:
        pid = scene.pids["checkout"]
        done = dropmon("cancel", pid, "--yes", url=url_of(newest))

        assert alive(newest, pid)
    assert done.returncode == 3
    assert (
        f"pid {pid} is idle in transaction: it has no statement to cancel\n  → dropmon db terminate {pid}"
        in done.stderr
    )


def test_without_a_terminal_it_shows_who_that_is_and_does_nothing(newest: Server) -> None:
    with incidents.idle_transaction(newest) as scene:
        pid = scene.pids["checkout"]
        done = dropmon("terminate", pid, url=url_of(newest))

        assert alive(newest, pid)
    assert (done.returncode, done.stdout) == (3, "")
    assert f"pid {pid} (checkout, app in shop) idle in transaction for " in done.stderr
    assert take("cid") in done.stderr
    assert "→ --yes does it without asking" in done.stderr


@pytest.mark.parametrize(("answer", "code", "lives"), [("y", 0, False), ("n", 2, True), ("", 2, True)])
def test_on_a_terminal_it_asks_first(newest: Server, answer: str, code: int, lives: bool) -> None:
    with incidents.idle_transaction(newest) as scene:
        pid = scene.pids["checkout"]
        ours, theirs = pty.openpty()
        command = [sys.executable, "-m", "dropmon", "db", "terminate", str(pid), "-d", url_of(newest)]
        process = subprocess.Popen(command, stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        os.write(ours, f"{answer}\n".encode())
        _, said = process.communicate(timeout=20)
        os.close(ours)
        os.close(theirs)

        assert alive(newest, pid) is lives
    assert (process.returncode, "terminate it? [y/N]:" in said) == (code, True)


def test_what_is_no_clients_session_is_never_told(server: Server) -> None:
    with psycopg.connect(server.url_of("postgres", "shop"), replication="database", autocommit=True) as walsender:
        with connect(server, "postgres", "look") as look:
            (checkpointer,) = look.execute("select pid from pg_stat_activity where backend_type = 'checkpointer'")
        for pid, kind in ((checkpointer[0], "checkpointer"), (walsender.info.backend_pid, "walsender")):
            done = dropmon("terminate", pid, "--yes", url=url_of(server, "postgres"))
            assert done.returncode == 3
            assert f"pid {pid} is no session of a client: {kind}" in done.stderr
            assert alive(server, pid)


def test_nor_is_our_own(newest: Server) -> None:
    with (
        opened(url_of(newest), 5) as ours,
        pytest.raises(UsageError, match="is this very session"),
    ):
        choose(ours, ours.info.backend_pid, Signal.TERMINATE, 5)


@pytest.mark.parametrize("pid", [1, 2**31 - 1])
def test_a_process_that_is_not_there_is_said(newest: Server, pid: int) -> None:
    done = dropmon("terminate", pid, "--yes", url=url_of(newest))

    assert (done.returncode, f"there is no session with pid {pid}" in done.stderr) == (3, True)


@pytest.mark.parametrize("pid", ["0", "-7", "abc", str(2**31), "9" * 30])
def test_what_is_no_process_id_is_refused(newest: Server, pid: str) -> None:
    done = dropmon("terminate", pid, "--yes", url=url_of(newest))

    assert done.returncode == 3
    assert "Traceback" not in done.stderr


def test_a_process_id_that_another_session_got_meanwhile_is_not_hit(server: Server) -> None:
    with incidents.idle_transaction(server) as scene, opened(url_of(server), 5) as ours:
        pid = scene.pids["checkout"]
        other = choose(ours, pid, Signal.TERMINATE, 5)._replace(began="2026-01-01 00:00:00.000000")

        assert not send(ours, other, Signal.TERMINATE, 5)
        assert alive(server, pid)


def test_a_statement_that_follows_is_not_cancelled(server: Server) -> None:
    with incidents.long_query(server) as scene, opened(url_of(server), 5) as ours:
        before = choose(ours, scene.pids["monthly-report"], Signal.CANCEL, 5)
        outcome = stop(ours, before._replace(asked="2026-01-01 00:00:00.000000"), Signal.CANCEL, 5)
        now = find(ours, before.pid, 5)

    assert (outcome.done, outcome.status.exit_code) == (False, 2)
    assert "has ended this statement by itself" in outcome.what
    assert now is not None
    assert now.state == "active"


def test_a_session_that_does_not_obey_is_told_of(newest: Server) -> None:
    with Scene(newest) as scene:
        scene.start("stubborn", STUBBORN, "wait_event = 'PgSleep'")
        pid = scene.pids["stubborn"]
        done = dropmon("cancel", pid, "--yes", url=url_of(newest))

    assert done.returncode == 2
    assert f"pid {pid} was told to stop, and after 2 s it still goes on" in done.stdout
    assert f"→ dropmon db terminate {pid}" in done.stdout


def test_who_may_not_learns_who_may(server: Server) -> None:
    with Scene(server) as scene, connect(server, "dropmon", "dropmon-at-work") as other:
        owned = scene.open("admin", role="postgres").info.backend_pid
        ours = other.info.backend_pid
        superuser = dropmon("terminate", owned, "--yes", url=url_of(server))
        hidden = dropmon("terminate", ours, "--yes", url=url_of(server, "blind"))
        other.execute("select 1")

        assert alive(server, owned)
    assert superuser.returncode == hidden.returncode == 3
    assert "dropmon may not terminate a session of postgres\n  → postgres is a superuser: only a superuser may" in (
        superuser.stderr
    )
    assert "is hidden from blind" in hidden.stderr
    assert "grant pg_monitor to blind" in hidden.stderr


def test_who_may_see_but_not_signal_learns_what_to_grant(newest: Server) -> None:
    with connect(newest, "postgres", "admin") as admin, Scene(newest) as scene:
        pid = scene.open("web").info.backend_pid
        admin.execute(f"create role watcher login password '{newest.password}' in role pg_monitor")
        try:
            with opened(url_of(newest, "watcher"), 5) as ours, pytest.raises(DatabaseError) as caught:
                stop(ours, choose(ours, pid, Signal.TERMINATE, 5), Signal.TERMINATE, 5)
        finally:
            admin.execute("drop role watcher")

    assert caught.value.what == "watcher may not terminate a session of app"
    assert caught.value.hint == "grant pg_signal_backend to watcher; or do it as app"


@pytest.mark.parametrize(
    ("role", "hint"),
    [
        ('"On call"', 'grant pg_signal_backend to "On call"; or'),
        (r'U&"on\000Acall"', "grant pg_signal_backend to …; ("),
    ],
)
def test_a_grant_to_paste_is_right_or_withheld(newest: Server, role: str, hint: str) -> None:
    with connect(newest, "postgres", "admin") as admin, Scene(newest) as scene:
        pid = scene.open("web").info.backend_pid
        admin.execute(f"create role {role} login password '{newest.password}' in role pg_monitor".encode())
        (name,) = admin.execute("select rolname from pg_roles where rolname ilike 'on%call'").fetchall()
        try:
            with opened(url_of(newest, quote(name[0])), 5) as ours, pytest.raises(DatabaseError) as caught:
                stop(ours, choose(ours, pid, Signal.TERMINATE, 5), Signal.TERMINATE, 5)
        finally:
            admin.execute(f"drop role {role}".encode())

    assert caught.value.hint.startswith(hint)


def test_it_works_through_a_pooler(bouncer: Bouncer) -> None:
    with incidents.idle_transaction(bouncer.server) as scene:
        pid = scene.pids["checkout"]
        done = dropmon("terminate", pid, "--yes", url=bouncer.url_of("dropmon"))

        assert done.returncode == 0, done.stderr
        assert eventually(lambda: not alive(bouncer.server, pid))
