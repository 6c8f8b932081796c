"""The embedded history, as PromQL reads it."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf, nan
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dropmon.history.promql import Matrix, Value, Vector, evaluate, evaluate_range
from dropmon.history.promql.value import Select
from dropmon.history.selection import Selection
from dropmon.model import Sample
from dropmon.storage import Retention, Store, open_store

AT = 1_795_420_800.0
HOUR = 3600.0
DAY = 86_400.0


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(str(tmp_path / "h.db"), Retention(raw=2 * DAY)) as opened:
        yield opened


def numbers(value: Value) -> list[float]:
    assert isinstance(value, Vector)
    return [number for _, number in value.samples]


class Plain:
    """A selection that adds nothing up by itself."""

    def __init__(self, selection: Selection) -> None:
        self.selection = selection

    def __call__(self, *asked: object) -> object:
        return self.selection(*asked)  # type: ignore[arg-type]


def test_series_are_found_by_every_kind_of_matcher(store: Store) -> None:
    store.record(
        Sample(name, (("check", check),), AT, 1.0) for name in ("up", "down") for check in ("a", "b", "ab", 'c"')
    )
    counts = {
        'up{check="a"}': 1,
        'up{check!="a"}': 3,
        'up{check=~"a|b"}': 2,
        'up{check=~"a.*"}': 2,
        'up{check!~"a.*",check!="b"}': 1,
        'up{check="c\\""}': 1,
        '{check="a"}': 2,
        '{__name__=~"up|down",check=~".b"}': 2,
        'up{other=""}': 4,
        'up{other!=""}': 0,
        'up{check="a",check="b"}': 0,
        "sideways": 0,
    }
    assert {asked: len(numbers(evaluate(asked, Selection(store), AT))) for asked in counts} == counts


def test_a_sample_stands_for_two_and_a_half_intervals_but_five_minutes_at_least(store: Store) -> None:
    store.record([Sample("up", (("check", "a"),), AT, 1.0)])
    for interval, stands in ((60, 300), (300, 750), (DAY, 2.5 * DAY)):
        selection = Selection(store, lambda labels, interval=interval: float(interval))  # type: ignore[misc]
        assert numbers(evaluate("up", selection, AT + stands - 0.001)) == [1.0]
        assert numbers(evaluate("up", selection, AT + stands)) == []
        assert numbers(evaluate("up offset 1m", selection, AT + stands + 59)) == [1.0]


@pytest.mark.parametrize("value", [nan, inf, -inf])
def test_what_is_no_number_comes_out_as_it_would_without_sqlite(store: Store, value: float) -> None:
    store.record(Sample("x", (), AT - back, number) for back, number in ((3, 1.0), (2, value), (1, 2.0)))
    selection = Selection(store)
    for function in ("avg", "sum", "min", "max", "count"):
        asked = f"{function}_over_time(x[1m])"
        assert repr(evaluate(asked, selection, AT)) == repr(evaluate(asked, Plain(selection), AT))  # type: ignore[arg-type]


@pytest.mark.slow
@settings(deadline=None)  # each opens a store: the disk may be busy
@given(
    points=st.dictionaries(st.integers(-900, 0), st.integers(-5, 5), max_size=12),
    function=st.sampled_from(
        [*(f"{name}_over_time" for name in ("avg", "sum", "min", "max", "count")), "rate", "increase", "delta"]
    ),
    length=st.integers(1, 600),
    step=st.integers(1, 300),
)
def test_sqlite_adds_up_as_python_does(
    tmp_path_factory: pytest.TempPathFactory, points: dict[int, int], function: str, length: int, step: int
) -> None:
    with open_store(str(tmp_path_factory.mktemp("s") / "h.db")) as store:
        store.record(Sample("x", (), AT + back, float(value)) for back, value in points.items())
        selection = Selection(store)
        asked = f"{function}(x[{length}s] offset 10s)"

        def ranged(select: Select) -> Matrix:
            return evaluate_range(asked, select, AT - 600, AT, step)

        pushed, plain = ranged(selection), ranged(Plain(selection))  # type: ignore[arg-type]
        assert [one.times for one in pushed.series] == [one.times for one in plain.series]
        for one, other in zip(pushed.series, plain.series, strict=True):
            assert list(one.values) == pytest.approx(list(other.values))


@pytest.mark.slow
@settings(deadline=None)  # each opens a store: the disk may be busy
@given(
    points=st.dictionaries(st.integers(-90, 0), st.integers(0, 5), max_size=40),
    step=st.sampled_from([7, 12, 130, 260]),
    expression=st.sampled_from(
        ["x", "rate(x[11m])", "last_over_time(x[1h])", "x offset 3m", "max_over_time(x[9m:2m])"]
    ),
    interval=st.sampled_from([60, 300, 7200]),
)
def test_a_range_is_what_comes_of_each_of_its_moments(
    tmp_path_factory: pytest.TempPathFactory, points: dict[int, int], step: int, expression: str, interval: int
) -> None:
    with open_store(str(tmp_path_factory.mktemp("s") / "h.db")) as store:
        store.record(Sample("x", (), AT + 600 * back, float(value)) for back, value in points.items())
        selection = Selection(store, lambda labels: float(interval))
        start, width = AT - 40_000, step * 60.0
        ranged = evaluate_range(expression, selection, start, AT, width)
        single = {}
        for n in range(int((AT - start) / width) + 1):
            for number in numbers(
                evaluate(expression, Selection(store, lambda labels: float(interval)), start + n * width)
            ):
                single[round(1000 * (start + n * width))] = number
        assert [dict(zip(one.times, one.values, strict=True)) for one in ranged.series] == ([single] if single else [])


def test_what_is_older_than_the_samples_is_answered_from_its_hours(store: Store) -> None:
    begin = AT - 6 * DAY
    samples = [Sample("x", (), begin + n * 300, float(n % 12)) for n in range(int(6 * DAY / 300))]
    store.record(samples)
    fresh = Selection(store)
    asked = [f"{function}_over_time(x[1d] offset 4d)" for function in ("avg", "sum", "min", "max", "count")]
    at = AT - 150  # off the hours: no hour lies on the edge
    before = [numbers(evaluate(each, fresh, at)) for each in asked]
    store.prune(AT)
    old = Selection(store)
    after = [numbers(evaluate(each, old, at)) for each in asked]

    assert not fresh.coarse
    assert old.coarse
    assert [one for (one,) in after] == pytest.approx([one for (one,) in before], rel=0.05)
    assert numbers(evaluate("x", old, AT - 4 * DAY - 1000)) != []


@pytest.mark.parametrize("days", [(0, 6), (1, 3), (5, 6)])
@pytest.mark.parametrize(
    "expression",
    ["x", "rate(x[1d])", "increase(x[3h])", "avg_over_time(x[1d])", "max_over_time(x[36h])", "delta(x[7h])"],
)
def test_a_range_of_hours_and_samples_is_what_comes_of_each_of_its_moments(
    store: Store, expression: str, days: tuple[int, int]
) -> None:
    samples = [(n, number) for number in range(3) for n in range(int(6 * DAY / 300))]
    store.record(Sample("x", (("n", str(k)),), AT - 6 * DAY + n * 300 + k, float(n * k % 50)) for n, k in samples)
    store.prune(AT)
    first, last = (AT - 150 - (6 - day) * DAY for day in days)
    ranged = evaluate_range(expression, Selection(store), first, last, DAY / 2)
    found = {each.labels: dict(zip(each.times, each.values, strict=True)) for each in ranged.series}
    single: dict[object, dict[int, float]] = {}
    for n in range(2 * (days[1] - days[0]) + 1):
        moment = first + n * DAY / 2
        value = evaluate(expression, Plain(Selection(store)), moment)  # type: ignore[arg-type]
        if "over_time" in expression:
            value = evaluate(expression, Selection(store), moment)
        for labels, number in value.samples:  # type: ignore[union-attr]
            single.setdefault(labels, {})[round(1000 * moment)] = number
    assert found.keys() == single.keys()
    for labels, points in found.items():
        assert points == pytest.approx(single[labels])


def test_the_newest_samples_do_not_become_coarse(store: Store) -> None:
    store.record(Sample("x", (), AT - back, 1.0) for back in range(0, int(4 * DAY), 300))
    store.prune(AT)
    selection = Selection(store)
    assert numbers(evaluate("avg_over_time(x[1d]) + x + rate(x[1h])", selection, AT)) == [2.0]
    assert not selection.coarse


def test_very_many_windows_come_out_the_same(store: Store) -> None:
    """Several threads ask for them."""
    store.record(Sample("x", (("n", str(k)),), AT - 60 * n, float(n * k)) for k in range(7) for n in range(1500))
    selection = Selection(store)
    for function in ("avg", "count", "max"):
        asked = f"{function}_over_time(x[1m])"
        pushed = evaluate_range(asked, selection, AT - 60_000, AT, 60)
        assert pushed == evaluate_range(asked, Plain(selection), AT - 60_000, AT, 60)  # type: ignore[arg-type]
        assert [len(each.times) for each in pushed.series] == [1001] * 7
