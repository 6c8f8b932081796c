"""`dropmon watch` as the service it is: a process that is signalled, watched, and fed new rules."""

from __future__ import annotations

import signal
import socket
import sqlite3
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from dropmon.cli.watch import sourced
from dropmon.flows.systemd import Watchdog, notify
from dropmon.flows.turn import Turn
from dropmon.flows.watch import Hooks, Watch
from dropmon.rules import Rules, load
from tests.alerts.channels.receiver import Reply, receiving
from tests.flows.conftest import Shop, until


@contextmanager
def service_manager(place: Path) -> Iterator[tuple[str, list[str]]]:
    """The address to tell, and what was told up to the end of the block."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.bind(str(place))
        ear.setblocking(False)
        heard: list[str] = []
        yield str(place), heard
        hear(ear, heard)


def hear(ear: socket.socket, heard: list[str]) -> None:
    with suppress(BlockingIOError):
        while True:
            heard += ear.recv(4096).decode().splitlines()


def stopped(process: subprocess.Popen[str]) -> int:
    process.send_signal(signal.SIGTERM)
    return process.wait(15)


@pytest.mark.slow
def test_each_check_is_asked_at_its_own_interval_and_what_changes_is_said_and_told(shop: Shop) -> None:
    shop.write(every="500ms", slow="2s")
    process = shop.start("watch")
    until(lambda: shop.asked("/shop") >= 9)
    fast, slow = shop.asked("/shop"), shop.asked("/blog")
    shop.replies["/shop"] = Reply(500)
    until(lambda: len(shop.hook.seen) == 1)
    shop.replies.clear()
    until(lambda: len(shop.hook.seen) == 2)

    assert 2 <= slow <= fast / 2
    assert stopped(process) == 0
    assert "✖ shop (web): down: HTTP 500" in shop.said
    assert "✔ shop (web): healthy" in shop.said
    assert "tells hook: first, 1 alert: it is down" in shop.said


@pytest.mark.slow
def test_an_answer_that_takes_longer_than_the_interval_is_waited_for_and_what_was_missed_is_not_made_up(
    shop: Shop,
) -> None:
    shop.write(every="500ms")
    shop.replies["/shop"] = Reply(after=1.2)
    process = shop.start("watch")
    until(lambda: shop.asked("/shop") >= 3)
    shop.replies.clear()
    time.sleep(2.2)
    asked = shop.asked("/shop")

    assert stopped(process) == 0
    assert asked <= 3 + 6  # five slots and the one under way, and none of those that were missed
    assert "shop" not in shop.said
    assert shop.hook.seen == []


def test_a_polite_end_in_the_middle_of_measuring_comes_at_once(shop: Shop) -> None:
    shop.write(every="1m")
    shop.replies["/shop"] = Reply(after=4.5)
    process = shop.start("watch")
    until(lambda: shop.asked("/shop"))
    began = time.monotonic()

    assert stopped(process) == 0
    assert time.monotonic() - began < 3
    assert "stopped" in shop.said
    assert "interrupted" not in shop.said
    assert shop.hook.seen == []


@pytest.mark.slow
def test_a_polite_end_in_the_middle_of_sending_lets_it_be_sent(shop: Shop) -> None:
    shop.write(every="1m")
    shop.replies["/shop"], shop.told = Reply(500), Reply(after=2)
    process = shop.start("watch")
    until(lambda: shop.hook.seen)

    assert stopped(process) == 0
    with sqlite3.connect(shop.folder / "history.db") as database:
        assert database.execute("select state from outbox").fetchall() == [("sent",)]
    shop.told = Reply()
    shop.run("cycle")
    assert len(shop.hook.seen) == 1  # it is known to have arrived


@pytest.mark.slow
def test_new_rules_are_taken_when_the_file_changes_and_broken_ones_leave_the_old(shop: Shop) -> None:
    shop.write(every="1s")
    process = shop.start("watch")
    until(lambda: shop.asked("/shop"))
    (shop.folder / "rules.yaml").write_text("checks: {web: [{name: shop, colour: red}]}\n")
    until(lambda: "the new rules are broken, the old ones stay" in shop.said)
    asked = shop.asked("/shop")
    until(lambda: shop.asked("/shop") > asked)
    shop.write(every="1s", name="renamed")
    until(lambda: "the rules were read again" in shop.said)
    shop.replies["/shop"] = Reply(500)
    until(lambda: b"renamed" in b"".join(each.body for each in shop.hook.seen))

    assert shop.said.count("the new rules are broken") == 1
    assert "colour" in shop.said
    assert stopped(process) == 0


def test_a_history_that_moves_in_the_rules_stays_where_the_lock_is_until_the_watch_is_started_anew(shop: Shop) -> None:
    path = shop.write(every="1s")
    process = shop.start("watch")
    until(lambda: shop.asked("/shop"))
    path.write_text(path.read_text().replace("storage: history.db", "storage: other.db"))
    until(lambda: "the rules were read again" in shop.said)
    asked = shop.asked("/shop")
    until(lambda: shop.asked("/shop") > asked)

    assert f"`storage:` has changed, and the history stays {shop.folder / 'history.db'}" in shop.said
    assert "restart the watch" in shop.said
    assert not (shop.folder / "other.db").exists()
    assert stopped(process) == 0


@pytest.mark.slow
def test_sighup_reads_the_rules_again(shop: Shop) -> None:
    process = shop.start("watch")
    until(lambda: shop.asked("/shop"))
    process.send_signal(signal.SIGHUP)
    until(lambda: "the rules were read again" in shop.said)

    assert process.poll() is None
    process.send_signal(signal.SIGINT)
    assert process.wait(15) == 0


@pytest.mark.slow
def test_the_service_manager_hears_that_it_is_ready_lives_and_stops(shop: Shop, tmp_path: Path) -> None:
    with service_manager(tmp_path / "notify") as (address, heard):
        process = shop.start("watch", NOTIFY_SOCKET=address, WATCHDOG_USEC="400000")
        until(lambda: shop.asked("/blog"))
        process.send_signal(signal.SIGHUP)
        until(lambda: "read again" in shop.said)
        assert stopped(process) == 0

    assert heard[-1] == "STOPPING=1"
    assert heard.count("WATCHDOG=1") >= 2
    assert heard.index("READY=1") < heard.index("RELOADING=1") < len(heard) - 1
    assert any(line.startswith("STATUS=2 checks") for line in heard)


def test_a_name_in_the_abstract_space_is_a_socket_too() -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.bind("\0dropmon-test-of-notify")
        ear.setblocking(False)
        heard: list[str] = []
        notify("READY=1", {"NOTIFY_SOCKET": "@dropmon-test-of-notify"})
        hear(ear, heard)

    notify("READY=1", {"NOTIFY_SOCKET": "/nobody/listens/here"})
    assert heard == ["READY=1"]


@pytest.mark.slow
def test_work_that_hangs_is_not_covered_up(tmp_path: Path) -> None:
    with service_manager(tmp_path / "notify") as (address, heard):
        dog = Watchdog({"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "200000"}, 1)
        dog.alive(0.5)
        time.sleep(1.5)

    assert 3 <= heard.count("WATCHDOG=1") <= 6


@pytest.mark.slow
def test_the_heartbeat_is_heard_after_good_rounds_and_only_then(shop: Shop) -> None:
    with receiving() as far:
        shop.write(every="500ms")
        process = shop.start("watch", "--heartbeat", f"{far.url}/token-of-mine")
        until(lambda: len(far.seen) >= 3)
        (shop.folder / "history.db").rename(shop.folder / "away.db")
        for more in ("-wal", "-shm"):
            (shop.folder / f"history.db{more}").unlink(missing_ok=True)
        (shop.folder / "history.db").mkdir()
        until(lambda: "nothing of this is remembered" in shop.said)
        time.sleep(1)
        heard = len(far.seen)
        asked = shop.asked("/shop")
        until(lambda: shop.asked("/shop") > asked + 2)
        assert len(far.seen) == heard

        shop.replies["/shop"] = Reply(500)  # nothing remembers that it was told, and it is told once
        until(lambda: shop.hook.seen)
        asked = shop.asked("/shop")
        until(lambda: shop.asked("/shop") > asked + 2)

    assert len(shop.hook.seen) == 1
    assert stopped(process) == 0
    assert "token-of-mine" not in shop.said
    assert shop.said.count("nothing of this is remembered") == 1


@pytest.mark.slow
def test_without_a_history_what_did_not_arrive_is_told_again_in_the_next_round(shop: Shop) -> None:
    (shop.folder / "history.db").mkdir()
    shop.told, shop.replies["/shop"] = Reply(503), Reply(500)
    shop.write(every="500ms")
    process = shop.start("watch")
    until(lambda: len(shop.hook.seen) >= 3)
    shop.told = Reply()
    until(lambda: shop.said.count("first") and len(shop.hook.seen) >= 4)
    time.sleep(1.5)
    heard, asked = len(shop.hook.seen), shop.asked("/shop")
    until(lambda: shop.asked("/shop") > asked + 2)
    assert len(shop.hook.seen) == heard
    assert stopped(process) == 0


@pytest.mark.slow
def test_all_that_is_said_is_said_in_one_zone(shop: Shop) -> None:
    shop.replies["/shop"] = Reply(500)
    shop.write(every="500ms", more="platform: {timezone: Pacific/Auckland}\n")
    process = shop.start("watch")
    until(lambda: "down" in shop.said)
    process.send_signal(signal.SIGHUP)
    until(lambda: "the rules were read again" in shop.said)
    assert stopped(process) == 0
    times = [datetime.fromisoformat(line[:19]) for line in (shop.folder / "out").read_text().splitlines()]
    now = datetime.now(ZoneInfo("Pacific/Auckland")).replace(tzinfo=None)
    assert len(times) >= 3
    assert all(abs(now - time) < timedelta(minutes=5) for time in times)


@pytest.mark.slow
def test_a_heartbeat_that_nobody_hears_is_said_once_and_its_address_is_not(shop: Shop) -> None:
    shop.write(every="500ms")
    process = shop.start("watch", DROPMON_HEARTBEAT="http://127.0.0.1:9/token-of-mine")
    until(lambda: shop.asked("/shop") > 3)

    assert stopped(process) == 0
    assert shop.said.count("the heartbeat was not heard") == 1
    assert "token-of-mine" not in shop.said


@pytest.mark.slow
def test_a_heartbeat_whose_address_is_wrong_is_said(shop: Shop) -> None:
    with receiving(Reply(404)) as far:
        shop.write(every="500ms")
        process = shop.start("watch", "--heartbeat", f"{far.url}/token-of-mine")
        until(lambda: len(far.seen) >= 2)
    assert stopped(process) == 0
    assert shop.said.count("the heartbeat was not heard: 404") == 1


@pytest.mark.slow
def test_cron_finds_the_service_at_work_and_says_so(shop: Shop) -> None:
    process = shop.start("watch")
    until(lambda: shop.asked("/shop"))
    second = shop.run("cycle")

    assert second.returncode == 3
    assert f"dropmon watch (process {process.pid}) has been running" in second.stderr
    assert stopped(process) == 0


@pytest.mark.slow
def test_a_source_that_fails_is_said_once_asked_again_before_its_interval_and_its_return_is_said(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dropmon.flows.cycle.AGAIN", 0.5)
    path = shop.write(slow="1h", more=f"sources: {{json: [{{metric: stock, url: '{shop.site.url}/stock', path: n, "
                      "every: 1h}]}\n")  # fmt: skip
    shop.replies["/stock"] = Reply(503)
    known: dict[str, str] = {}
    said: list[str] = []

    def turned(done: Turn, rules: Rules) -> None:
        said.extend(sourced(done.collected.answers if done.collected else (), known))
        if shop.asked("/stock") == 2:
            shop.replies["/stock"] = Reply(body=b'{"n": 3}')
        watched.stop = shop.asked("/stock") == 3

    monkeypatch.chdir(shop.folder)
    hooks = Hooks(turned, lambda _: None, lambda _: None)
    watched = Watch(path, load, str(shop.folder / "history.db"), hooks, time.time)
    worker = threading.Thread(target=watched.run, daemon=True)
    worker.start()
    worker.join(20)

    assert not worker.is_alive()
    assert [line.partition(":")[0] for line in said] == ["? stock (json)", "✔ stock (json)"]
    assert "no number: stock answered 503" in said[0]
