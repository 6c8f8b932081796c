from __future__ import annotations

import math
import tempfile
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dropmon import secrets
from dropmon.errors import DropmonError
from dropmon.model import Sample
from dropmon.storage import State, open_store
from tests.storage.numbers import START, every, samples

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dropmon.storage import Store

UP = State("apis", "Stripe", "healthy", since=START, at=START + 60)


def contents(store: Store) -> dict[tuple[str, object, float], str]:
    """All samples; repr tells NaN, and 0 from -0."""
    known = {one.id: one for one in store.series()}
    rows = store.samples(known, -math.inf, math.inf)
    return {(known[number].name, known[number].labels, time): repr(value) for number, time, value in rows}


@pytest.mark.slow
@settings(deadline=None, max_examples=60)
@given(st.lists(st.lists(samples, max_size=30), max_size=4))
def test_what_was_recorded_is_read_and_the_last_of_equal_times_stays(batches: list[list[Sample]]) -> None:
    with tempfile.TemporaryDirectory() as folder, open_store(f"{folder}/x.db") as store:
        for batch in batches:
            assert store.record(batch) == len(batch)
        model = {(s.name, s.labels, s.time): repr(s.value + 0.0) for batch in batches for s in batch}

        assert {key: repr(float(text) + 0.0) for key, text in contents(store).items()} == model


def test_a_recording_is_all_or_nothing(store: Store) -> None:
    def broken() -> Iterator[Sample]:
        yield from every(60, 3)
        raise DropmonError("the source ended")

    with pytest.raises(DropmonError, match="the source ended"):
        store.record(broken(), [UP])
    assert store.series() == []
    assert store.states() == {}

    store.record(every(60, 3))  # the numbers of the series that never were are not remembered
    assert len(contents(store)) == 3


def test_a_recording_streams(store: Store) -> None:
    """No list of all samples is made: a hundred are written before the next is asked for."""
    alive: set[int] = set()

    def counted() -> Iterator[Sample]:
        for sample in every(1, 20_000):
            alive.add(id(sample))
            yield sample

    assert store.record(counted()) == 20_000
    assert len(alive) < 500


def test_states_are_kept_by_kind_and_name(store: Store) -> None:
    other = State("web", "Stripe", "down", START, START, retry_at=START + 30)
    store.record([], [UP, other])

    assert store.states() == {("apis", "Stripe"): UP, ("web", "Stripe"): other}


def test_a_slow_process_does_not_put_back_what_a_later_one_has_said(store: Store) -> None:
    newer = State("apis", "Stripe", "down", since=START + 70, at=START + 70)
    store.record([], [newer])
    store.record([], [UP])

    assert store.states() == {("apis", "Stripe"): newer}


def test_a_clock_that_was_ahead_does_not_have_the_last_word(store: Store) -> None:
    for ahead, last in ((601, UP), (600, UP._replace(at=UP.at + 600))):
        store.record([], [UP._replace(at=UP.at + ahead)])
        store.record([], [UP])

        assert store.states() == {("apis", "Stripe"): last}


def test_series_that_another_process_forgot_are_made_anew(place: str) -> None:
    with open_store(place) as mine, open_store(place) as other:
        mine.record(every(60, 1))
        other.prune(now=START + 500 * 86_400)
        assert mine.series() == []
        mine.record(every(60, 1))

        assert [one.name for one in other.series()] == ["up"]
        assert len(contents(other)) == 1


def test_no_secret_reaches_the_disk(place: str, tmp_path: Path) -> None:
    secrets.remember("tok_planted_in_a_label")
    labels = (("shop", "x tok_planted_in_a_label"),)
    for _ in range(2):
        with open_store(place) as store:
            store.record([Sample("up", labels, START, 1.0)], [UP._replace(name="x tok_planted_in_a_label")])
            assert list(store.states()) == [("apis", "x •••")]
            assert [one.labels for one in store.series()] == [(("shop", "x •••"),)]
    assert not [file for file in tmp_path.iterdir() if b"tok_planted" in file.read_bytes()]


def test_series_that_were_forgotten_here_are_made_anew(store: Store) -> None:
    store.record(every(60, 1))
    for _ in range(2):
        store.prune(now=START + 500 * 86_400)
        assert store.series() == []
        store.record(every(60, 1), now=START + 500 * 86_400)  # forgets it at once
        assert store.info().samples == 0
    store.record(every(60, 1))
    assert len(contents(store)) == 1


@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan, 0.0, 5e-324, 1.7976931348623157e308])
def test_every_number_is_kept(store: Store, value: float) -> None:
    store.record([Sample("up", (), START, value)])

    assert repr(store.latest("up")[()][1]) == repr(value)
