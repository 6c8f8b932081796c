"""Who plays a scene of `benchmarks.faults`: dropmon, run by cron, and Alertmanager, posted to as Prometheus does."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.clock import Clock
from tests.alerts.channels.alertmanagers import start
from tests.alerts.channels.receiver import Receiver, Reply, Seen, free_port, receiving

MINUTE = 60.0
ROOM = "4m"  # of the disk that becomes full
TURNED = 7200.0  # seconds by which the clock is set back
FASTER, FASTEST = 120, 240  # of Alertmanager's clock, and where it is killed: a minute takes half or a quarter second
POKES = 0.01  # seconds: a program on a fast clock sleeps by the slow one, unless somebody asks it something
REPEATED = 15  # minutes for which Prometheus says that something is over
ROUTE = "{receiver: hook, group_by: [alertname], group_wait: 30s, group_interval: 5m, repeat_interval: 4h}"


class Life(NamedTuple):
    """The minutes of an alert."""

    begins: int
    ends: int = 1 << 30


class Scene(NamedTuple):
    """A fault, and what is to be told meanwhile. Times in minutes."""

    name: str
    answer: Reply | None  # of the receiver while the fault lasts; None: nobody is there
    until: int  # so long
    lives: Mapping[str, Life] = {}
    length: int = 32
    timeout: str = "30s"  # of dropmon's channel
    back: int | None = None  # when the clock is set back
    full: tuple[int, int] | None = None  # when the disk is full
    restart: int | None = None  # when who runs all the time is restarted
    kills: int = 0  # of the first runs


class Event(NamedTuple):
    """Something to tell, and when it was to be told."""

    alert: str
    over: bool
    at: float


class Heard(NamedTuple):
    """A request that the receiver read."""

    at: float
    id: str
    taken: bool
    things: tuple[tuple[str, bool], ...]
    said: bool  # that it is late


Played = tuple[list[Event], list[Heard], int]  # and how many were killed


class Stage:
    """The receiver, the disk and the clock of one scene, minute by minute; what was given, and what was heard."""

    def __init__(self, scene: Scene, folder: Path, clock: Clock, stack: ExitStack) -> None:
        self.scene, self.clock, self.disk = scene, clock, folder
        self._zero = clock.passed()
        self.events: list[Event] = []
        self.killed = 0
        self._heard: list[tuple[float, Seen, bool]] = []
        self._receiver: Receiver | None = None
        self._port, self._stack = free_port(), stack
        self.url = f"http://127.0.0.1:{self._port}"
        if scene.full:
            self.disk = folder / "disk"
            self.disk.mkdir()
            subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={ROOM}", "none", str(self.disk)], check=True)
            stack.callback(lambda: subprocess.run(["umount", "-l", str(self.disk)], check=True))

    def passed(self) -> float:
        """Seconds since the first minute began."""
        return self.clock.passed() - self._zero

    def minute(self, number: int) -> set[str]:
        """What burns in this minute, all else set for it."""
        scene = self.scene
        self._zero = self._zero if number else self.clock.passed()
        if self._receiver is None and (scene.answer or number >= scene.until):
            self._receiver = self._stack.enter_context(receiving(self._answer, self._port))
        if number == scene.back:
            self.clock.turn_back(TURNED)
        if scene.full and number in scene.full:
            self._fill(number == scene.full[0])
        at = self.passed()
        for name, life in scene.lives.items():
            self.events += [Event(name, number == life.ends, at)] if number in life else []
        return {name for name, life in scene.lives.items() if life.begins <= number < life.ends}

    def heard(self, read: Any) -> list[Heard]:
        return [Heard(at, seen.id, taken, *read(seen.json)) for at, seen, taken in self._heard]

    def _answer(self, seen: Seen, _: int) -> Reply:
        at = self.passed()
        usual = self.scene.answer is None or at >= self.scene.until * MINUTE
        reply = Reply() if usual or self.scene.answer is None else self.scene.answer
        self._heard.append((at, seen, reply.status == 200))
        return reply._replace(after=reply.after / self.clock.rate)

    def _fill(self, full: bool) -> None:
        """Leaves no room on the disk, or all of it again."""
        stone = self.disk / "stone"
        if not full:
            return stone.unlink()
        with suppress(OSError), stone.open("wb", buffering=0) as file:
            while True:
                file.write(bytes(4096))


class Dropmon:
    """`dropmon cycle`, once a minute."""

    def __init__(self, loaded: Path) -> None:
        self._loaded = loaded

    def play(self, scene: Scene, folder: Path) -> Played:
        chance = random.Random(1)
        down: set[str] = set()

        def health(seen: Seen, _: int) -> Reply:
            return Reply(503 if seen.path.strip("/") in down else 200)

        with ExitStack() as stack:
            stage = Stage(scene, folder, clock := Clock(folder / "clock", self._loaded), stack)
            shop = stack.enter_context(receiving(health))
            (folder / "rules.yaml").write_text(json.dumps(rules(scene, shop.url, stage.url)))
            usual = 0.0
            for number in range(scene.length):
                down.clear()
                down.update(stage.minute(number))
                # Before the half of a run nothing is told: most kills are to hit those that tell, or are about to.
                after = (0.4 + 0.7 * chance.random()) * usual if number and number <= scene.kills else None
                began = time.monotonic()
                if self._cycle(folder, stage, after):
                    usual = time.monotonic() - began
                else:
                    stage.killed += 1
                shop.seen.clear()
                clock.skip((number + 1) * MINUTE - stage.passed())
            return stage.events, stage.heard(ours), stage.killed

    def _cycle(self, folder: Path, stage: Stage, killed: float | None) -> bool:
        """Runs it to its end, or kills it after so many seconds; whether it came to its end."""
        command = [sys.executable, "-m", "dropmon", "cycle", "--rules", str(folder / "rules.yaml")]
        env = {**os.environ, **stage.clock.environment, "DROPMON_STORAGE": str(stage.disk / "dropmon.db"),
               "HOME": str(folder), "PYTHONDONTWRITEBYTECODE": ""}  # fmt: skip
        with (folder / "log").open("ab") as log, subprocess.Popen(command, env=env, stdout=log, stderr=log) as process:
            with suppress(subprocess.TimeoutExpired):
                process.wait(120 if killed is None else killed)
            process.kill()
            process.wait(10)
        return process.returncode >= 0


def rules(scene: Scene, shop: str, hook: str) -> dict[str, Any]:
    """A check and a rule for each alert, so that both sides group nothing that the other does not."""
    return {
        "defaults": {"fail_after": 1, "retries": 0, "every": "1m"},
        "checks": {"apis": [{"name": name, "url": f"{shop}/{name}"} for name in scene.lives]},
        "channels": {"hook": {"type": "webhook", "url": hook, "timeout": scene.timeout}},
        "alerts": [
            {"id": name, "condition": f'probe_success{{check="{name}"}} == 0', "severity": "high", "channels": ["hook"]}
            for name in scene.lives
        ],
    }


def ours(body: Any) -> tuple[tuple[tuple[str, bool], ...], bool]:
    """What stands in a message of dropmon, and whether it says that it is late."""
    data = body["data"]
    things = tuple((each["rule"], each["phase"] == "resolved") for each in data["alerts"])
    return things, any("late by" in note.lower() for note in data["notes"])


class Alertmanager:
    """Alertmanager, and somebody who posts to it once a minute."""

    def __init__(self, program: str, loaded: Path) -> None:
        self._program, self._loaded = program, loaded

    def play(self, scene: Scene, folder: Path) -> Played:
        chance = random.Random(1)
        began: dict[str, float] = {}
        ended: dict[str, tuple[int, float]] = {}
        with ExitStack() as stack:
            clock = Clock(folder / "clock", self._loaded, FASTEST if scene.kills else FASTER)
            stage = Stage(scene, folder, clock, stack)
            one = Running(self._program, stage, free_port())
            stack.callback(one.kill)
            for number in range(scene.length):
                burning = stage.minute(number)
                began.update({name: clock.now() for name in burning if name not in began})
                ended.update({name: (number, clock.now()) for name in began if name not in burning | ended.keys()})
                if number == scene.restart:
                    one.stop()
                over = {name: at for name, (when, at) in ended.items() if number - when <= REPEATED}
                one.post({name: at for name, at in began.items() if name in burning | over.keys()}, over)
                if number and number <= scene.kills:
                    one.wait(stage.passed() + chance.random() * MINUTE)
                    one.kill()
                    stage.killed += 1
                    one = Running(self._program, stage, one.port)
                    stack.callback(one.kill)
                one.wait((number + 1) * MINUTE)
            return stage.events, stage.heard(theirs), stage.killed


class Running:
    """One Alertmanager."""

    def __init__(self, program: str, stage: Stage, port: int) -> None:
        self._program, self._stage, self.port = program, stage, port
        self._begin()

    def _begin(self) -> None:
        env = {**os.environ, **self._stage.clock.environment}
        self._process = start(self._program, self._stage.disk, self.port, self._stage.url, ROUTE, env)

    def post(self, began: Mapping[str, float], ended: Mapping[str, float]) -> None:
        """What fires, good for four minutes, and what is over. No time is ahead of its clock."""
        now = self._stage.clock.now()
        over = {name: min(at, now) for name, at in ended.items()}
        body = [
            {"labels": {"alertname": name}, "startsAt": iso(min(at, over.get(name, now)) - 1),
             "endsAt": iso(over.get(name, now + 4 * MINUTE))}
            for name, at in began.items()
        ]  # fmt: skip
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/api/v2/alerts", json.dumps(body).encode(),
            {"Content-Type": "application/json"},
        )  # fmt: skip
        urllib.request.urlopen(request, timeout=5).close()

    def wait(self, until: float) -> None:
        """Until so many seconds have gone by for it."""
        with poking(self.port) as poke:
            while self._stage.passed() < until:
                poke()
                time.sleep(POKES)

    def stop(self) -> None:
        """As systemd stops and starts it."""
        self._process.terminate()
        self._process.wait(30)
        self._begin()

    def kill(self) -> None:
        self._process.kill()
        self._process.wait(10)


@contextmanager
def poking(port: int) -> Iterator[Any]:
    connection = HTTPConnection("127.0.0.1", port, timeout=5)

    def poke() -> None:
        try:
            connection.request("GET", "/-/healthy")
            connection.getresponse().read()
        except OSError:
            connection.close()

    try:
        yield poke
    finally:
        connection.close()


def theirs(body: Any) -> tuple[tuple[tuple[str, bool], ...], bool]:
    """What stands in a message of Alertmanager: it has no place for a delay, only when each alert began."""
    return tuple((each["labels"]["alertname"], each["status"] == "resolved") for each in body["alerts"]), False


def iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat()
