"""What is over costs nothing: it is found by indexes, however much of it there is."""

from __future__ import annotations

from pathlib import Path

import pytest

from dropmon.flows.tick import tick
from dropmon.incidents.incident import State
from dropmon.storage import Store
from dropmon.storage.incidents import IncidentStore, incidents_of
from tests.incidents.scene import Scene


def scans(store: Store, statements: list[str]) -> list[str]:
    """The statements that read every incident there is."""
    database = incidents_of(store)._database
    reads = [each for each in statements if each.lstrip().startswith("SELECT")]
    assert any("FROM incidents" in each for each in reads)
    plans = {each: [row[3] for row in database.execute(f"EXPLAIN QUERY PLAN {each}")] for each in reads}
    return [each for each, plan in plans.items() if "SCAN incidents" in plan]


@pytest.mark.parametrize("acts", [[], [(2.0, "fire slow b")], [(2.0, "fire disk a")]])
def test_a_tick_does_not_read_every_incident(acts: list[tuple[float, str]], tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.play([(0.0, "fire slow a"), (1, "resolve 1"), *acts], [0, 1, 2] if acts else [0, 1])
    scene.minute = 3
    statements: list[str] = []
    with scene.store() as store:
        incidents_of(store)._database.set_trace_callback(statements.append)
        tick(scene.rules, scene.plan, store, scene.at)
        incidents_of(store)._database.set_trace_callback(None)
        assert scans(store, statements) == []


def test_nothing_is_to_do_until_something_is_due(tmp_path: Path) -> None:
    day = 24 * 60
    scene = Scene(tmp_path)
    scene.play([(0, "fire api_down a"), (1, "end api_down a")], [0, 1])
    assert (scene.incident().state, scene.incident().firing) == (State.RESOLVED, ())

    def quiet(minute: float) -> bool:
        scene.minute = minute
        with scene.store() as store:
            own: IncidentStore = incidents_of(store)
            return own.quiet(True, scene.at)

    assert [quiet(minute) for minute in (2, 7 * day, 7 * day + 1)] == [True, True, False]
    scene.tick()
    assert quiet(7 * day + 2)
