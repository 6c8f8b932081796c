"""A tick that is killed repeats nothing and forgets nothing; of many processes that do the same at once one does it."""

from __future__ import annotations

import random
import signal
import sqlite3
import time
from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.context import ForkProcess
from pathlib import Path

import pytest

from dropmon.errors import StorageError
from dropmon.flows import response
from dropmon.flows.archive import then
from dropmon.flows.desk import desk
from dropmon.incidents.incident import Kind, State
from dropmon.storage.incidents import incidents_of
from tests.incidents.scene import START, Scene

FORK = get_context("fork")
OUTAGES = 12  # alerts that share nothing, each an incident of its own
LAST = 45  # minutes
KILLS = 60


def prepared(folder: Path) -> Scene:
    """Many alerts fire, of which no incident has heard."""
    folder.mkdir()
    scene = Scene(folder)
    for number in range(OUTAGES):
        scene.minute = number * 11 - 11 * OUTAGES  # too far apart to be one
        scene.alert("api_down" if number % 2 else "slow", f"c{number}", fires=True)
    scene.minute = 0
    return scene


def at_once(count: int, work: Callable[[int], object]) -> list[int | None]:
    """So many processes that begin at the same moment; their exit codes."""
    gate = FORK.Barrier(count)

    def one(number: int) -> None:
        gate.wait()
        work(number)

    processes = [FORK.Process(target=one, args=(number,)) for number in range(count)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    return [process.exitcode for process in processes]


def ticking(scene: Scene, minute: float) -> ForkProcess:
    """A process that ticks again and again, until it is killed."""

    def run() -> None:
        scene.minute = minute
        while True:
            scene.tick()

    process = FORK.Process(target=run)
    process.start()
    return process


def story(scene: Scene) -> list[tuple[object, ...]]:
    """Every timeline, without the times at which ticks came."""
    with scene.store() as store:
        incidents = incidents_of(store)
        found = [then(incidents, number, float("inf")) for number in incidents.numbers()]
    return [(each.incident.number, event.kind, event.text, event.body.get("obligation"))
            for each in found if each for event, _ in each.events]  # fmt: skip


@pytest.mark.slow
def test_ticks_that_are_killed_repeat_nothing_and_forget_nothing(tmp_path: Path) -> None:
    whole = prepared(tmp_path / "whole")
    for minute in range(LAST + 1):
        whole.minute = minute
        whole.tick()
    expected = story(whole)
    dice = random.Random(6)
    scene = prepared(tmp_path / "killed")
    for number in range(KILLS):
        process = ticking(scene, LAST * number / KILLS)
        time.sleep(dice.uniform(0.0, 0.05))
        process.kill()
        process.join()
        assert process.exitcode == -signal.SIGKILL
    for minute in (*range(LAST + 1), LAST, LAST, LAST):
        scene.minute = minute
        scene.tick()

    assert sorted(story(scene), key=str) == sorted(expected, key=str)
    assert sorted(scene.waiting()) == sorted(whole.waiting())
    assert len(scene.waiting()) == len(set(scene.waiting()))


def test_a_tick_that_fails_in_its_midst_has_done_nothing(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.act("fire", "api_down", "a")
    scene.act("fire", "disk", "b")
    with sqlite3.connect(scene.place) as database:
        database.execute(
            "CREATE TRIGGER full BEFORE INSERT ON outbox WHEN new.id LIKE 'incident-2-%' "
            "BEGIN SELECT RAISE(ABORT, 'no room'); END"
        )
    with pytest.raises(StorageError):
        scene.tick()
    assert (scene.states(), scene.waiting()) == ([], [])

    with sqlite3.connect(scene.place) as database:
        database.execute("DROP TRIGGER full")
    scene.tick()
    assert len(scene.states()) == 2


@pytest.mark.slow
def test_twenty_at_once_leave_one_acknowledgement(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.play([(0, "fire api_down a")], [0])
    said = FORK.SimpleQueue()

    def acknowledge(number: int) -> None:
        with desk(scene.rules, scene.place, START + 60, START + 60) as own:
            said.put((response.acknowledge(own, 1, f"p{number}").news, number))

    assert at_once(20, acknowledge) == [0] * 20
    first = [number for news, number in (said.get() for _ in range(20)) if news]
    assert len(first) == 1
    kinds = [kind for _, kind, *_ in story(scene)]
    assert kinds.count(Kind.ACKNOWLEDGED) == 1
    assert scene.incident().state is State.ACKNOWLEDGED
    assert scene.incident().holder == f"p{first[0]}"


@pytest.mark.slow
def test_twenty_ticks_at_once_do_it_once(tmp_path: Path) -> None:
    scene = prepared(tmp_path / "one")
    scene.minute = 16
    assert at_once(20, lambda _: scene.tick()) == [0] * 20
    assert len(scene.states()) == OUTAGES
    assert len(scene.waiting()) == len(set(scene.waiting()))
    opened = [number for number, kind, *_ in story(scene) if kind is Kind.OPENED]
    assert opened == [*range(1, OUTAGES + 1)]
