"""What earlier samples tell: increases of counters that may begin again."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dropmon.db.trend import increase, merged, since

values = st.lists(st.integers(0, 10**9).map(float), max_size=30)
times = st.lists(st.integers(0, 10**9).map(float), max_size=30, unique=True).map(sorted)


def points(counts: list[float]) -> list[tuple[float, float]]:
    return [(float(time), count) for time, count in enumerate(counts)]


@given(values)
def test_an_increase_is_never_negative(counts: list[float]) -> None:
    assert increase(points(counts)) >= 0


@given(values)
def test_without_a_reset_it_is_the_last_less_the_first(counts: list[float]) -> None:
    grown = sorted(counts)

    assert increase(points(grown)) == (grown[-1] - grown[0] if grown else 0)


@given(values, values)
def test_two_halves_that_share_a_sample_are_the_whole(one: list[float], other: list[float]) -> None:
    whole = points([*one, 5.0, *other])
    at = len(one)

    assert increase(whole) == increase(whole[: at + 1]) + increase(whole[at:])


@given(values)
def test_it_is_at_least_what_the_counter_shows(counts: list[float]) -> None:
    """After a reset all that is counted is new."""
    if counts:
        assert increase(points([0.0, *counts])) >= max(counts)


@given(times, st.integers(-10, 10**9 + 10).map(float))
def test_since_is_the_young_or_the_newest_of_the_old(moments: list[float], start: float) -> None:
    series = [(moment, 1.0) for moment in moments]
    found = since(series, start)

    assert bool(found) == bool(series)
    assert series[len(series) - len(found) :] == list(found)
    assert all(time > start for time, _ in found) or len(found) == 1


@given(times, times)
def test_series_whose_labels_changed_go_on_as_one(one: list[float], other: list[float]) -> None:
    series = {
        (("datname", "shop"),): [(time, 1.0) for time in one],
        (("datname", "shop"), ("team", "x")): [(time, 2.0) for time in other],
    }

    assert merged(series, "datname") == {"shop": sorted([*((t, 1.0) for t in one), *((t, 2.0) for t in other)])}
