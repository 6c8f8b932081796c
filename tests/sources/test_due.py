"""When a source is asked again: by its own interval, and not before it wants to be."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from dropmon import rules
from dropmon.checks.run import Limits
from dropmon.flows import cycle
from dropmon.rules import Rules
from dropmon.rules.sections.sources import given
from dropmon.sources.run import Answer
from dropmon.sources.source import Given, Reading
from dropmon.storage import Store, open_store
from tests.sources.api import Api, Reply, api

NOW = 1_795_420_000.0


@pytest.fixture
def service() -> Iterator[Api]:
    with api() as service:
        yield service


@pytest.fixture
def store() -> Iterator[Store]:
    with open_store("kept.db") as store:
        yield store


def loaded(service: Api, paths: tuple[str, ...] = ("a",), every: str = "5m") -> Rules:
    entries = "".join(
        f"    - {{metric: {path}, url: '{service.url}/{path}', path: n, every: {every}}}\n" for path in paths
    )
    Path("rules.yaml").write_text(f"sources:\n  json:\n{entries}")
    return rules.load(Path("rules.yaml"))


def asked(found: Rules, store: Store, at: float) -> int:
    """How many sources a turn at that time asks."""
    wanted = cycle.due(given(found), store, at)
    cycle.collect(found, wanted, Limits(deadline=5, clock=lambda: at), store)
    return len(wanted)


@pytest.mark.parametrize(
    ("reply", "after", "again"),
    [
        (Reply({"n": 1}), 200, 0), (Reply({"n": 1}), 280, 1),  # every 5m, and cron is not punctual
        (Reply({}, 500), 30, 0), (Reply({}, 500), 60, 1),
        (Reply({}, 429, {"Retry-After": "170"}), 160, 0), (Reply({}, 429, {"Retry-After": "170"}), 170, 1),
        (Reply({}, 429, {"Retry-After": "7"}), 30, 0), (Reply({}, 429, {"Retry-After": "7"}), 60, 1),
        (Reply({}, 429, {"Retry-After": "900000"}), 3500, 0), (Reply({}, 429, {"Retry-After": "900000"}), 3600, 1),
        (Reply({"n": 1}), -60, 1),  # a clock that was set back
    ],
)  # fmt: skip
def test_it_is_asked_again_in_its_time(service: Api, store: Store, reply: Reply, after: float, again: int) -> None:
    service.answer = lambda _: reply
    found = loaded(service)
    assert asked(found, store, NOW) == 1
    assert asked(found, store, NOW + after) == again
    assert len(service.asked) == 1 + again


def test_one_that_fails_does_not_make_the_others_be_asked(service: Api, store: Store) -> None:
    service.answer = lambda got: Reply({"n": 1}) if got.path == "/a" else Reply({}, 500)
    found = loaded(service, ("a", "b"))
    assert [asked(found, store, NOW + after) for after in (0, 30, 70, 140, 290)] == [2, 0, 1, 1, 2]


def test_without_a_history_everything_is_asked(service: Api) -> None:
    assert len(cycle.due(given(loaded(service)), None, NOW)) == 1


def test_a_part_that_was_refused_does_not_silence_the_whole_source() -> None:
    source = Given("vercel", "vercel")
    refused = Reading("b", error="429", retry_at=NOW + 3600)
    partly, wholly = Answer(source, (Reading("a", (), 1.0), refused), NOW), Answer(source, (refused,), NOW)
    assert (cycle.said(partly, {}).retry_at, cycle.said(wholly, {}).retry_at) == (None, NOW + 3600)


def test_one_that_goes_on_failing_is_asked_less_and_less_up_to_its_own_interval(service: Api, store: Store) -> None:
    service.answer = lambda _: Reply({}, 404)
    found = loaded(service, every="20m")
    times = [second for second in range(0, 7200, 60) if asked(found, store, NOW + second)]
    pauses = [after - before for before, after in itertools.pairwise(times)]
    assert pauses[:5] == [60, 60, 120, 240, 480]
    assert set(pauses[6:]) == {1080}  # 20m, and cron is not punctual


def test_two_of_one_name_are_remembered_apart(service: Api, store: Store) -> None:
    service.answer = lambda got: Reply({"n": 1}, 200 if got.path == "/paris" else 500)
    entries = "".join(
        f"    - {{metric: stock, url: '{service.url}/{shop}', path: n, labels: {{shop: {shop}}}}}\n"
        for shop in ("paris", "lyon")
    )
    Path("rules.yaml").write_text(f"sources:\n  json:\n{entries}")
    found = rules.load(Path("rules.yaml"))
    assert [asked(found, store, NOW + after) for after in (0, 30, 60, 290)] == [2, 0, 1, 2]
