"""The live view: what it says is true, it weighs nothing on the server, and it leaves the terminal as it was."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time
from typing import TYPE_CHECKING, Any

import pytest

from dropmon.db.database import Database
from dropmon.db.top import Top
from dropmon.errors import DatabaseError
from dropmon.model import Status
from dropmon.output.live import fitting
from tests.cli.conftest import COMMAND, Dropmon, dropmon, environment
from tests.db.incidents import blocked, idle_transaction
from tests.db.sessions import connect, eventually
from tests.postgres.silence import line

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from dropmon.demo.database import Server

__all__ = ["dropmon"]


pytestmark = pytest.mark.slow  # whole processes


def top(server: Server, role: str = "dropmon", **given: Any) -> Top:
    return Top(Database("main", server.url_of(role, "shop")), given)


def ours(server: Server) -> list[tuple[str, bool]]:
    """The state of each session of ours, and whether it holds a transaction open."""
    with connect(server, "postgres", "observer") as session:
        sql = "select state, xact_start is not null from pg_stat_activity where application_name = 'dropmon'"
        return session.execute(sql).fetchall()


def test_the_blocked_come_first_with_who_blocks_them(server: Server) -> None:
    with blocked(server) as scene, top(server, wait="0s", idle="0s") as found:
        table, pids = found.look(), scene.pids

    state = {row["application"]: row["state"] for row in table.rows}
    assert table.status is Status.WARNING
    assert {str(row["state"]).split(" by ")[0] for row in table.rows[:5]} == {"blocked"}
    assert state["orders-worker"] == f"blocked by {pids['checkout']}"
    assert state["wallet-worker"] == "blocked by a prepared transaction"
    assert state["checkout"] == "idle in tx"
    assert "5 blocked" in table.headline


def test_we_are_not_in_our_own_picture(newest: Server) -> None:
    with top(newest) as found:
        assert "dropmon" not in {row["application"] for row in found.look().rows}


def test_transactions_are_counted_between_two_looks(newest: Server) -> None:
    with top(newest) as found:
        first = found.look()
        assert first.facts["transactions_per_second"] is None
        began = time.monotonic()
        with connect(newest, "app", "busy") as session:
            for _ in range(200):
                session.execute("select count(*) from app.goods")
        time.sleep(0.1)
        second = found.look()
        took = time.monotonic() - began

    rate = second.facts["transactions_per_second"]
    assert isinstance(rate, float)
    assert 200 / took * 0.5 <= rate <= 300 / took * 2
    assert "transactions/s" in second.headline
    assert isinstance(second.facts["hit_ratio"], float)


def test_nothing_is_held_between_two_looks(newest: Server) -> None:
    with top(newest) as found:
        for _ in range(2):
            found.look()
            assert eventually(lambda: ours(newest) == [("idle", False)])  # who asked before us may still be leaving
    assert eventually(lambda: ours(newest) == [])


def test_who_may_see_little_is_told_what_is_hidden(newest: Server) -> None:
    with connect(newest, "app", "someone"), top(newest, "blind") as found:
        table = found.look()

    assert "idle in a transaction" not in table.headline
    assert [note for note in table.notes if "hidden from blind" in note]
    assert table.facts["active"] is None
    assert table.status is Status.UNKNOWN  # who is hidden may be blocked


def test_a_session_that_is_ended_is_said_and_the_next_look_works(newest: Server) -> None:
    with top(newest) as found:
        found.look()
        with connect(newest, "postgres", "killer") as session:
            session.execute("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'dropmon'")
        gone, back = found.again(), found.again()

    assert gone.status is Status.UNKNOWN
    assert "last seen" in gone.headline
    assert gone.headline.endswith("trying again")
    assert "connections" in back.headline


@pytest.mark.slow
def test_a_server_that_goes_away_and_comes_back_is_found_again(mortal: Server) -> None:
    with top(mortal) as found:
        found.look()
        mortal.crash()
        gone = [found.again().status for _ in range(3)]
        mortal.restart()
        back = found.again()

    assert gone == [Status.UNKNOWN] * 3
    assert "connections" in back.headline


def test_a_server_that_was_never_there_is_an_error() -> None:
    with Top(Database("main", "postgresql://nobody@127.0.0.1:1/none")) as found, pytest.raises(DatabaseError):
        found.look()


def test_a_screen_is_exactly_full_whatever_its_size(newest: Server) -> None:
    with blocked(newest), top(newest) as found:
        table = found.look()
    for width in (20, 40, 80, 119, 120, 200):
        for height in range(1, 40):
            lines = fitting(table, "q quits", width, height)
            texts = ["".join(piece.text for piece in line) for line in lines]
            assert len(texts) == height
            assert max(map(len, texts)) <= width
            assert texts[-1] == "q quits"
    assert any(text.strip().endswith(" more") for text in _texts(fitting(table, "q quits", 80, 12)))
    assert not any(text.strip().endswith(" more") for text in _texts(fitting(table, "q quits", 80, 40)))


def _texts(lines: Any) -> list[str]:
    return ["".join(piece.text for piece in line) for line in lines]


def test_a_pipe_gets_snapshots(newest: Server, dropmon: Dropmon) -> None:
    url = newest.url_of("dropmon", "shop")
    with idle_transaction(newest):
        done = dropmon("db", "top", DATABASE_URL=url)
        twice = dropmon("db", "top", "--count", "2", "--every", "200ms", "--format", "json", DATABASE_URL=url)
    looks = [json.loads(line) for line in twice.stdout.splitlines()]

    assert done.returncode == 0
    assert "1 idle in a transaction" in done.stdout
    assert len(looks) == 2
    assert looks[0]["transactions_per_second"] is None
    assert looks[1]["transactions_per_second"] >= 0
    assert [row["application"] for row in looks[1]["rows"]] == ["checkout"]


class Terminal:
    """`dropmon db top` on a terminal of 24 lines of 80."""

    def __init__(self, url: str, home: Path, every: str = "200ms") -> None:
        self.master, slave = pty.openpty()
        self.resize(24, 80)
        self.before = termios.tcgetattr(slave)
        self.slave = slave
        self.seen = ""
        self.process = subprocess.Popen(
            [*COMMAND, "db", "top", "--every", every], stdin=slave, stdout=slave, stderr=slave, cwd=home,
            env=environment(home, DATABASE_URL=url, TERM="xterm-256color"), start_new_session=True,
        )  # fmt: skip

    def resize(self, lines: int, columns: int) -> None:
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def sees(self, *signs: str) -> bool:
        """Reads until each sign was seen since the last time."""
        start = len(self.seen)
        until = time.monotonic() + 20
        while time.monotonic() < until and not all(sign in self.seen[start:] for sign in signs):
            if select.select([self.master], [], [], 0.1)[0]:
                self.seen += os.read(self.master, 65536).decode(errors="replace")
        return all(sign in self.seen[start:] for sign in signs)

    def type(self, keys: str) -> None:
        os.write(self.master, keys.encode())

    def ends_well(self) -> bool:
        """It has left the second screen, shown the cursor, and given the keyboard back."""
        left = self.sees("\x1b[?1049l") and self.seen.rfind("\x1b[?25h") > self.seen.rfind("\x1b[?25l")
        code = self.process.wait(20)
        same = termios.tcgetattr(self.slave) == self.before
        for number in (self.master, self.slave):
            os.close(number)
        return left and code == 0 and same


WAYS: dict[str, Callable[[Terminal], None]] = {
    "q": lambda terminal: terminal.type("q"),
    "Ctrl-C": lambda terminal: terminal.process.send_signal(signal.SIGINT),
    "Ctrl-D": lambda terminal: terminal.type("\x04"),
    "kill": lambda terminal: terminal.process.terminate(),
}


@pytest.mark.parametrize("way", WAYS)
def test_the_terminal_is_left_as_it_was(newest: Server, tmp_path: Path, way: str) -> None:
    terminal = Terminal(newest.url_of("dropmon", "shop"), tmp_path)

    assert terminal.sees("\x1b[?1049h", "connections")
    assert terminal.sees("transactions/s")
    WAYS[way](terminal)
    assert terminal.ends_well()


@pytest.mark.parametrize("way", WAYS)
def test_a_server_that_has_fallen_silent_keeps_nobody(newest: Server, tmp_path: Path, way: str) -> None:
    with line(newest.port) as silent:
        terminal = Terminal(silent.through(newest.url_of("dropmon", "shop")), tmp_path)
        assert terminal.sees("transactions/s")
        silent.hush.set()
        assert terminal.sees("no answer for")
        began = time.monotonic()
        WAYS[way](terminal)
        assert terminal.ends_well()

    assert time.monotonic() - began < 1


def test_a_server_that_has_fallen_silent_is_said(newest: Server) -> None:
    with line(newest.port) as silent:
        url = silent.through(newest.url_of("dropmon", "shop"))
        with Top(Database("main", url, timeout=0.3)) as found:
            found.look()
            silent.hush.set()
            gone = found.again()
            silent.hush.clear()
            back = found.again()

    assert gone.status is Status.UNKNOWN
    assert "no answer within 1.3 s; last seen" in gone.headline
    assert "connections" in back.headline


def test_another_size_is_drawn_at_once_and_space_looks_at_once(newest: Server, tmp_path: Path) -> None:
    terminal = Terminal(newest.url_of("dropmon", "shop"), tmp_path, every="1h")
    assert terminal.sees("every 3600 s")
    terminal.resize(10, 60)
    assert terminal.sees("every 3600 s")
    terminal.type(" ")
    assert terminal.sees("transactions/s")
    terminal.type("q")
    assert terminal.ends_well()


@pytest.mark.slow
def test_a_server_that_goes_away_is_said_on_the_terminal(mortal: Server, tmp_path: Path) -> None:
    terminal = Terminal(mortal.url_of("dropmon", "shop"), tmp_path)
    assert terminal.sees("connections")
    mortal.crash()
    assert terminal.sees("UNKNOWN", "trying again")
    mortal.restart()
    assert terminal.sees("connections")
    terminal.type("q")
    assert terminal.ends_well()


def test_a_wrong_password_is_an_error_before_anything_is_drawn(newest: Server, tmp_path: Path) -> None:
    terminal = Terminal(newest.url_of("nobody", "shop"), tmp_path)
    assert terminal.process.wait(20) == 3
    assert terminal.sees("nobody")
    assert "\x1b[?1049h" not in terminal.seen
    os.close(terminal.master)
    os.close(terminal.slave)
