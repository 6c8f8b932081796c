from __future__ import annotations

import math
from functools import reduce
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropmon.history.hours import Hour, extended, step, summarise

numbers = st.floats(-1e9, 1e9) | st.just(math.nan)
hours = st.lists(numbers, min_size=1, max_size=50)
Points = list[tuple[int, float]]


def timed(values: list[float]) -> Points:
    return [(1000 * place, value) for place, value in enumerate(values)]


def naive_increase(values: list[float]) -> float:
    """Prometheus' rule over all samples at once."""
    return sum(after - before if after >= before else after for before, after in pairwise(values))


@given(hours, st.sets(st.integers(0, 50)))
def test_parts_in_the_order_of_time_add_up_to_the_whole(values: list[float], cuts: set[int]) -> None:
    points = timed(values)
    edges = sorted({0, len(points), *(cut for cut in cuts if cut < len(points))})
    parts = [hour for begin, end in pairwise(edges) if (hour := summarise(points[begin:end]))]
    whole = summarise(points)

    if whole is None:
        assert parts == []
    else:
        assert same(reduce(Hour.then, parts), whole)


def same(one: Hour, other: Hour) -> bool:
    """Equal, but for the rounding of sums in another order."""
    exact = ("count", "min", "max", "first", "last", "first_ms", "last_ms", "sketch")
    return all(getattr(one, part) == getattr(other, part) for part in exact) and (
        one.sum, one.increase) == pytest.approx((other.sum, other.increase), rel=1e-9, abs=1e-3)  # fmt: skip


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=200), st.integers(1, 20))
def test_an_increase_over_parts_is_that_of_all_samples(values: list[float], size: int) -> None:
    points = timed(values)
    parts = [summarise(points[begin : begin + size]) for begin in range(0, len(points), size)]
    whole = reduce(Hour.then, [part for part in parts if part])

    assert whole.increase == pytest.approx(naive_increase(values), rel=1e-9, abs=1e-3)


@pytest.mark.parametrize(("before", "after", "grown"), [(1, 4, 3), (4, 4, 0), (4, 1, 1), (4, 0, 0)])
def test_a_counter_that_falls_was_reset_to_zero(before: float, after: float, grown: float) -> None:
    assert step(before, after) == grown


@pytest.mark.parametrize(
    ("late", "count"),
    [([(500, 9.0)], 3), ([(1000, 9.0), (2000, 9.0)], 3), ([(0, 9.0)], 4), ([(9000, 9.0), (9001, 9.0)], 5)],
    ids=["between", "the ends again", "before", "after"],
)
def test_late_samples_count_only_outside_what_is_counted(late: Points, count: int) -> None:
    kept = summarise([(1000, 1.0), (1500, 2.0), (2000, 3.0)])
    found = extended(kept, late if late != [(500, 9.0)] else [(1200, 9.0)])

    assert found is not None
    assert found.count == count


def test_nan_is_no_number() -> None:
    assert summarise([(0, math.nan)]) is None
    hour = summarise([(0, math.nan), (1, 2.0), (2, math.nan)])
    assert hour is not None
    assert (hour.count, hour.first_ms, hour.last_ms, hour.sum) == (1, 1, 1, 2.0)
