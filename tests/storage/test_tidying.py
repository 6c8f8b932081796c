from __future__ import annotations

import math
import tempfile
from collections import defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dropmon.history.hours import Hour, summarise
from dropmon.history.sketch import quantile, unpack
from dropmon.model import Event, Sample
from dropmon.storage import Retention, State, Tidied, open_store
from dropmon.storage.alerts import Changed, Silenced, alerts_of
from dropmon.storage.events import events_of
from dropmon.storage.outbox import Row, open_outbox
from tests.storage.numbers import CHECKS, DAY, HOUR, START, every

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dropmon.storage import Labels, Store

SHORT = Retention(raw=2 * HOUR, hourly=20 * HOUR)
numbers = st.floats(-1e6, 1e6).map(lambda value: round(value, 3))
milliseconds = st.integers(0, 20 * 3_600_000)


def hours(store: Store) -> dict[tuple[Labels, float], Hour]:
    known = {one.id: one.labels for one in store.series()}
    return {(known[number], start): hour for number, start, hour in store.hours(known, -math.inf, math.inf)}


def raw(store: Store) -> Mapping[Labels, list[tuple[int, float]]]:
    known = {one.id: one.labels for one in store.series()}
    found = defaultdict(list)
    for number, time, value in store.samples(known, -math.inf, math.inf):
        found[known[number]].append((round(time * 1000), value))
    return found


@pytest.mark.slow
@settings(deadline=None, max_examples=40)
@given(
    st.dictionaries(st.tuples(st.sampled_from(CHECKS[:2]), milliseconds), numbers, max_size=60),
    st.lists(st.floats(0, 30 * HOUR), max_size=4),
)
def test_retention_never_loses_an_hour(kept: dict[tuple[Labels, int], float], prunings: list[float]) -> None:
    """In the order of time, pruned at any moments: what is left of each hour is its samples, or what they come to."""
    with tempfile.TemporaryDirectory() as folder, open_store(f"{folder}/x.db", SHORT) as store:
        waiting = sorted(kept.items(), key=lambda item: item[0][1])
        for now in sorted(prunings):
            store.record(Sample("up", labels, START + ms / 1000, v) for (labels, ms), v in waiting if ms <= now * 1000)
            waiting = [item for item in waiting if item[0][1] > now * 1000]
            store.prune(START + now)
        store.record(Sample("up", labels, START + ms / 1000, v) for (labels, ms), v in waiting)
        first = SHORT.first_hour(START + max(prunings, default=0)) * HOUR
        left, rows = raw(store), hours(store)

    expected = defaultdict(list)
    for (labels, ms), value in sorted(kept.items(), key=lambda item: item[0][1]):
        start = START + ms // 3_600_000 * HOUR
        if start >= first:
            expected[labels, start].append((round(START * 1000) + ms, value))
    for (labels, start), samples in expected.items():
        if (labels, start) in rows:
            assert rows[labels, start].count == len(samples)
            assert rows[labels, start].sum == pytest.approx(sum(value for _, value in samples), abs=1e-6)
        else:
            assert [point for point in left[labels] if START + 0 <= start <= point[0] / 1000 < start + HOUR] == samples
    assert set(rows) <= set(expected)


@pytest.mark.slow
@settings(deadline=None, max_examples=40)
@given(
    st.dictionaries(st.integers(0, 3_599_999), numbers, min_size=1, max_size=40), st.lists(st.integers(0, 3_600_000))
)
def test_an_hour_cut_anywhere_is_the_same_hour(values: dict[int, float], cuts: list[int]) -> None:
    """Samples that come late, in the order of time, are added to the hour that was made before they came."""
    base = round(START * 1000)
    whole = summarise([(base + ms, value) for ms, value in sorted(values.items())])
    assert whole is not None
    edges = sorted({0, *cuts, 3_600_000})
    with tempfile.TemporaryDirectory() as folder, open_store(f"{folder}/x.db", SHORT) as store:
        for begin, end in pairwise(edges):
            part = [Sample("up", (), (base + ms) / 1000, v) for ms, v in values.items() if begin <= ms < end]
            store.record(part)
            store.prune(START + 10 * HOUR)
        (hour,) = hours(store).values()

    assert hour.sketch == whole.sketch
    assert (hour.count, hour.min, hour.max, hour.first, hour.last) == (
        whole.count, whole.min, whole.max, whole.first, whole.last,
    )  # fmt: skip
    assert (hour.sum, hour.increase) == pytest.approx((whole.sum, whole.increase), abs=1e-6)


def test_importing_old_samples_twice_changes_nothing(store: Store) -> None:
    old = list(every(60, 600, value=2.0, series=3))
    store.record(old)
    store.prune(START + 40 * DAY)
    before = hours(store)
    store.record(old)
    store.prune(START + 40 * DAY)

    assert hours(store) == before
    assert sum(hour.count for hour in before.values()) == 1800


def test_recording_tidies_as_it_goes(place: str) -> None:
    """What a cron job does every five minutes keeps up with the retention, without anybody calling prune."""
    rounds = 12 * 24
    with open_store(place, SHORT) as store:
        for number in range(rounds):
            at = START + 300 * number
            state = State("apis", "x", "healthy", START, at)
            store.record([Sample("up", (("check", str(one)),), at, 1.0) for one in range(30)], [state])
        info = store.info()
        counts = [hour.count for hour in hours(store).values()]

    assert info.oldest is not None
    assert at - info.oldest < SHORT.raw + 2 * HOUR
    assert set(counts) == {12}
    assert len(counts) == pytest.approx(30 * 20, abs=60)


def test_one_recording_never_tidies_much(store: Store) -> None:
    """A month that nobody tidied is worked off in small pieces."""
    store.record(every(3600, 24 * 30, series=20))
    before = store.info().samples
    store.record([], now=START + 100 * DAY)

    assert 100 <= before - store.info().samples <= 200


def test_a_recording_without_a_time_tidies_nothing(store: Store) -> None:
    store.record(every(60, 60))
    store.record([Sample("up", (), START + 1000 * DAY, 1.0)])

    assert store.info().hours == 0


def test_what_is_too_old_is_forgotten_with_its_series(store: Store) -> None:
    store.record(every(300, 24, series=5))

    assert store.prune(START + 36 * DAY) == Tidied(samples=120)
    assert store.info().hours == 10
    assert store.prune(START + 401 * DAY) == Tidied(hours=10, series=5)
    assert store.info().series == 0


def test_a_clock_that_runs_ahead_costs_a_day_and_not_what_is_kept(place: str) -> None:
    """Of samples, hours, changes of phase, silences, events and messages alike."""
    young, old, gone = START - 10 * DAY, START - 395 * DAY, START - 420 * DAY
    with open_store(place) as store:
        store.record([], now=START)
        store.record([*every(3600, 24), Sample("up", (), young, 1.0), Sample("up", (), old, 1.0)])
        store.prune(START)
        before = store.info()
        alerts = alerts_of(store)
        for at in (old, gone):
            alerts.silence(Silenced(str(at), (), at - 1, at, "ann", "", at))
        for now in (START + 800 * DAY, START + 800 * DAY + 1, START + 800 * DAY + 60):
            store.record([], now=now)
            note(store, now, old if now == START + 800 * DAY else now)
        with open_outbox(None, place) as outbox:
            outbox.put([Row("1", "slack", "{}", START)], START)
            row = outbox.claim(START, 60.0)
            assert row is not None
            outbox.sent(row, START)
            assert outbox.tidy(START + 800 * DAY + 61, 30 * DAY) == 0
        after = store.info()

        assert (after.samples, after.hours) == (before.samples, before.hours)
        assert [one.at for one in alerts.changes(0, START)] == [old]
        assert [one.id for one in events_of(store).between(0, START)] == [str(old)]
        assert [one.id for one in alerts.silences()] == [str(old)]


def note(store: Store, now: float, at: float) -> None:
    """Something that happened at a time, written down now."""
    alerts = alerts_of(store)
    with alerts.writing():
        alerts.note([Changed(at, "r", (), "pending", "firing")], now)
    events_of(store).keep([Event("deployment", "ci", str(at), at, "t", "ready", "")], now)


def test_a_store_that_rested_catches_up(place: str) -> None:
    """A month in a day and a quarter of cron's rounds; nothing is forgotten early on the way."""
    with open_store(place) as store:
        store.record([], now=START)
        store.record([Sample("up", (), START - 34.5 * DAY + hour * HOUR, 1.0) for hour in range(24 * 34)])
        back = START + 30 * DAY
        for minute in range(0, 31 * 60, 5):
            now = back + 60 * minute
            store.record([], now=now)
            left = store.info().oldest
            assert left is not None
            assert left <= now - 35 * DAY + HOUR

        assert left is not None
        assert left >= now - 35 * DAY - HOUR


def test_a_clock_that_began_in_1970_keeps_nothing_for_long(place: str) -> None:
    with open_store(place, SHORT) as store:
        for now in (START, 5.0, START + 10 * HOUR):
            store.record([], now=now)
        store.record([Sample("up", (), START, 1.0)], now=START + 11 * HOUR)

        assert store.info().oldest is None


def test_an_hour_of_nothing_but_nan_leaves_no_row(store: Store) -> None:
    store.record(every(300, 12, value=math.nan))
    store.prune(START + 36 * DAY)

    assert (store.info().samples, store.info().hours) == (0, 0)


def test_infinite_and_mixed_numbers_survive_as_an_hour(store: Store) -> None:
    store.record(Sample("up", (), START + n, v) for n, v in enumerate([math.inf, math.nan, -math.inf, 1.0]))
    store.prune(START + 36 * DAY)
    (hour,) = hours(store).values()

    assert (hour.count, hour.min, hour.max, hour.last) == (3, -math.inf, math.inf, 1.0)
    assert math.isnan(hour.sum)
    assert quantile(unpack(hour.sketch), 0.5) == pytest.approx(1.0, rel=0.01)
