from __future__ import annotations

import math
import random
import time
from typing import TYPE_CHECKING

import pytest

from dropmon.model import Sample
from dropmon.storage import Matcher, Retention, open_store
from dropmon.storage.store import Aggregate
from tests.storage.numbers import DAY, START, every

if TYPE_CHECKING:
    from dropmon.storage import Store


@pytest.mark.parametrize(
    ("matchers", "found"),
    [
        ([], ["a", "b", "ab", ""]),
        ([Matcher("check", "=", "a")], ["a"]),
        ([Matcher("check", "!=", "a")], ["b", "ab", ""]),
        ([Matcher("check", "=~", "a|b")], ["a", "b"]),
        ([Matcher("check", "=~", "a.*")], ["a", "ab"]),
        ([Matcher("check", "!~", "a.*")], ["b", ""]),
        ([Matcher("check", "=", "")], [""]),
        ([Matcher("kind", "=", "apis"), Matcher("check", "=~", ".+b")], ["ab"]),
        ([Matcher("absent", "=", "x")], []),
    ],
)
def test_matchers_select_as_prometheus_does(store: Store, matchers: list[Matcher], found: list[str]) -> None:
    for name in ("a", "b", "ab"):
        store.record([Sample("up", (("check", name), ("kind", "apis")), START, 1.0)])
    store.record([Sample("up", (), START, 1.0), Sample("down", (("check", "a"),), START, 1.0)])

    selected = store.series("up", matchers)

    assert sorted(dict(one.labels).get("check", "") for one in selected) == sorted(found)


def test_series_of_every_name_come_sorted(store: Store) -> None:
    store.record(Sample(name, labels, START, 1.0) for name in "ba" for labels in ((("x", "2"),), (("x", "1"),)))

    assert [(one.name, one.labels[0][1]) for one in store.series()] == [("a", "1"), ("a", "2"), ("b", "1"), ("b", "2")]


def test_a_range_is_open_on_the_left(store: Store) -> None:
    store.record(every(60, 5))
    (one,) = store.series("up")

    times = [time - START for _, time, _ in store.samples([one.id], START + 60, START + 180)]

    assert times == [120, 180]


def test_recent_gives_the_newest_of_each_series_oldest_first(store: Store) -> None:
    store.record(Sample("up", (("check", "long"),), START + 60 * n, n) for n in (3, 1, 2, 0))
    store.record([Sample("up", (("check", "short"),), START, 7.0), Sample("other", (), START, 1.0)])

    assert store.recent("up", 2) == {
        (("check", "long"),): [(START + 120, 2.0), (START + 180, 3.0)],
        (("check", "short"),): [(START, 7.0)],
    }
    assert store.recent("unknown", 2) == {}


def test_latest_is_the_newest_that_is_not_younger(store: Store) -> None:
    store.record(Sample("up", (), START + 60 * n, n) for n in range(4))

    assert store.latest("up") == {(): (START + 180, 3.0)}
    assert store.latest("up", at=START + 119.9) == {(): (START + 60, 1.0)}
    assert store.latest("up", at=START - 1) == {}


def test_latest_remembers_what_only_its_hour_has_kept(place: str) -> None:
    """A job that reports every 31 days, in a history that keeps samples for one."""
    first, second = START + 100, START + 31 * DAY + 100
    with open_store(place, Retention(raw=DAY)) as store:
        for time in (first, first + 60, second):
            store.record([Sample("beat", (), time, time)])
            store.prune(time + 2 * DAY)

        assert store.info().samples == 0
        assert store.latest("beat") == {(): (second, second)}
        assert store.latest("beat", at=second - 1) == {(): (first + 60, first + 60)}
        assert store.latest("beat", at=first - 1) == {}


def test_latest_is_the_newest_of_samples_and_hours(place: str) -> None:
    now = START + 10 * DAY
    with open_store(place, Retention(raw=DAY)) as store:
        store.record([Sample("beat", (), START, 1.0)])
        store.prune(now)
        store.record([Sample("beat", (), START - DAY, 0.0)])  # late, and waits for its hour

        assert store.latest("beat", at=now) == {(): (START, 1.0)}
        store.record([Sample("beat", (), now, 2.0), Sample("beat", (), now + DAY, 3.0)])
        assert store.latest("beat", at=now) == {(): (now, 2.0)}
        assert store.latest("beat", at=now - 1) == {(): (START, 1.0)}


@pytest.mark.parametrize(
    ("function", "plain", "with_nan"),
    [("count", 3, 4), ("sum", 6, math.nan), ("avg", 2, math.nan), ("min", 1, 1), ("max", 3, 3)],
)
def test_aggregates_are_those_of_prometheus(store: Store, function: Aggregate, plain: float, with_nan: float) -> None:
    for name, values in {"plain": (1, 2, 3), "with_nan": (1, math.nan, 2, 3), "outside": ()}.items():
        store.record(Sample(name, (), START + 60 * n, value) for n, value in enumerate(values, 1))
        store.record([Sample(name, (), START, 99.0)])
    ids = {one.name: one.id for one in store.series()}

    found = store.aggregate(function, ids.values(), START, START + 3600)

    assert found == pytest.approx({ids["plain"]: plain, ids["with_nan"]: with_nan}, nan_ok=True)


@pytest.mark.slow
def test_recent_of_ten_thousand_series_is_quick(store: Store) -> None:
    chance = random.Random(1)
    store.record(Sample("up", s.labels, s.time, chance.random()) for s in every(300, 14, series=10_000))

    took = []
    for _ in range(5):
        began = time.process_time()
        assert len(store.recent("up", 12)) == 10_000
        took.append(time.process_time() - began)

    assert min(took) < 0.3  # half of it on a quiet machine
