from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropmon.history.sketch import bin_of, bins, pack, quantile, unpack, value_of

numbers = st.floats(-1e308, 1e308, allow_subnormal=False) | st.sampled_from([math.inf, -math.inf])
quantiles = st.floats(0, 1)


@given(numbers)
def test_a_bin_stands_for_every_number_in_it_within_one_percent(value: float) -> None:
    assert value_of(bin_of(value)) == pytest.approx(value, rel=0.01 + 1e-9, abs=1e-307)


@given(st.lists(numbers, min_size=1), quantiles)
def test_a_quantile_is_within_one_percent(values: list[float], q: float) -> None:
    exact = sorted(values)[math.floor(q * (len(values) - 1))]

    assert quantile(bins(values), q) == pytest.approx(exact, rel=0.01 + 1e-9, abs=1e-307)


@given(st.lists(numbers))
def test_bytes_give_the_sketch_back(values: list[float]) -> None:
    assert unpack(pack(bins(values))) == bins(values)


@pytest.mark.slow
@given(st.lists(numbers), st.randoms())
def test_the_order_and_the_parts_do_not_matter(values: list[float], chance: random.Random) -> None:
    whole = pack(bins(values))
    chance.shuffle(values)
    half = len(values) // 2

    assert pack(bins(values[:half]) + bins(values[half:])) == whole


@given(st.lists(numbers, min_size=2, max_size=2))
def test_bins_are_in_the_order_of_their_numbers(pair: list[float]) -> None:
    low, high = sorted(pair)

    assert bin_of(low) <= bin_of(high)


def test_an_hour_of_response_times_takes_few_bytes() -> None:
    chance = random.Random(1)
    sizes = [len(pack(bins(chance.lognormvariate(-3, 0.5) for _ in range(12)))) for _ in range(100)]

    assert sum(sizes) / len(sizes) < 26


def test_nothing_has_no_quantile() -> None:
    assert math.isnan(quantile(bins([]), 0.5))
