"""The arithmetic of budgets: exact, and with properties that hold whatever is counted."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropmon.slo import burn, words
from dropmon.slo.details import facts
from dropmon.slo.exclusion import pieces
from dropmon.slo.indicator import events
from dropmon.slo.promise import Promise, Slices
from dropmon.slo.standing import State, edges, standing
from dropmon.slo.table import as_object, overview
from dropmon.slo.tally import Tally, growth, together
from dropmon.slo.target import target
from dropmon.slo.window import Window

AT = 1_795_446_000.0  # 2026-11-23T15:00Z
UP = events("up == 1", None, "up")
COUNTS = st.tuples(st.integers(0, 1000), st.integers(0, 1000)).map(lambda both: (min(both), max(both)))


def stands(promise: Promise, good: int, total: int, at: float = AT):  # type: ignore[no-untyped-def]
    """How a promise stands when so many events were counted an hour and a half ago, and none since."""
    cuts = edges(promise, at)
    place = max(n for n, cut in enumerate(cuts[:-1]) if cut < round(1000 * (at - 5400)))
    tallies = [Tally(Fraction(good), Fraction(total)) if n == place else Tally() for n in range(len(cuts) - 1)]
    return standing(promise, at, cuts, tallies)


@pytest.mark.parametrize(
    ("said", "good", "total", "consumed", "state"),
    [
        ("99.9%", 999, 1000, Fraction(1), State.AT_RISK),  # exactly all of it, and at least so much was promised
        ("99.9%", 998, 1000, Fraction(2), State.BREACHED),
        ("> 99.9%", 999, 1000, Fraction(1), State.BREACHED),
        ("< 0.1%", 999, 1000, Fraction(1), State.BREACHED),  # 0.1 % exactly breaks "< 0.1 %"
        ("<= 0.1%", 999, 1000, Fraction(1), State.AT_RISK),
        ("99.9%", 99_990_000, 100_000_000, Fraction(1, 10), State.HEALTHY),
        ("99.9%", 9_990_000_000_000_001, 10_000_000_000_000_000, Fraction(9_999_999_999_999, 10_000_000_000_000),
         State.AT_RISK),
        ("99.9%", 0, 1000, Fraction(1000), State.BREACHED),  # an SLI of 0 is a number
        ("99.9%", 1000, 1000, Fraction(0), State.HEALTHY),
        ("99.9%", 0, 0, None, State.NO_DATA),
    ],
)  # fmt: skip
def test_a_budget_is_counted_exactly(said: str, good: int, total: int, consumed: Fraction | None, state: State) -> None:
    found = stands(Promise("up", target(said), UP), good, total)
    assert (found.consumed, found.state) == (consumed, state)
    assert found.remaining == (None if consumed is None else 1 - consumed)


def test_too_few_events_say_nothing() -> None:
    promise = Promise("up", target("99.9%"), UP, min_events=100)
    few = stands(promise, 0, 99)
    assert (few.state, few.sli, few.exhausted_in) == (State.NO_DATA, None, None)  # not 0 %
    assert as_object(few)["sli"] is None
    assert ("SLI", "NO DATA") in facts(few)
    assert stands(promise, 100, 100).state is State.HEALTHY


@given(COUNTS, st.sampled_from(["99.9%", "> 99.5%", "95%", "< 0.1%", "1%"]))
def test_the_state_follows_from_the_share_alone(counts: tuple[int, int], said: str) -> None:
    good, total = counts
    found = stands(Promise("up", target(said), UP), good, total)
    if found.state is not State.NO_DATA:
        assert (found.state is State.BREACHED) is not target(said).met(Fraction(good, total))


@given(st.lists(COUNTS, min_size=1, max_size=30))
def test_parts_are_added_and_never_averaged(parts: list[tuple[int, int]]) -> None:
    whole = together(Tally(Fraction(good), Fraction(total)) for good, total in parts)
    total = sum(total for _, total in parts)
    assert whole.sli == (Fraction(sum(good for good, _ in parts), total) if total else None)


@pytest.mark.slow
@given(
    st.lists(st.integers(0, 10_000), min_size=2, max_size=20, unique=True).map(sorted),
    st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 10_000)), max_size=8),
)
def test_what_is_taken_out_is_out_and_nothing_else(cuts: list[int], out: list[tuple[int, int]]) -> None:
    found = pieces(cuts, out)
    counted = {time: part for part, start, end in found for time in range(start + 1, end + 1)}
    assert sum(end - start for _, start, end in found) == len(counted)  # none twice
    for part, (start, end) in enumerate(pairwise(cuts)):
        for time in range(start + 1, end + 1):
            gone = any(first <= time < last for first, last in out)
            assert counted.get(time, -1) == (-1 if gone else part)


@given(st.lists(st.integers(0, 50), min_size=1, max_size=40), st.lists(st.integers(0, 450), min_size=2, max_size=6))
def test_the_growth_of_parts_is_the_growth_of_the_whole(values: list[int], cuts: list[int]) -> None:
    times = [10 * number for number in range(1, len(values) + 1)]
    counter = growth([], [], times, [float(value) for value in values])
    cuts = sorted(cuts)
    assert sum(counter.between(*both) for both in pairwise(cuts)) == counter.between(cuts[0], cuts[-1])
    grown = sum(b - a if b >= a else b for a, b in pairwise(values))
    assert counter.between(0, 10_000) == grown


@given(st.floats(3600, 400 * 86400), st.sampled_from(["90%", "95%", "99%", "99.9%"]))
def test_a_threshold_that_is_called_reachable_is_crossed_by_an_outage(window: float, said: str) -> None:
    own = target(said)
    outage = dict.fromkeys(burn.WINDOWS, burn.fastest(own))
    crossed = burn.burning(outage, window)
    assert {*crossed} | {*burn.unreachable(own, window)} == {*burn.thresholds(window)}
    assert not {*crossed} & {*burn.unreachable(own, window)}


def test_a_burn_rate_at_its_threshold_is_not_above_it() -> None:
    at = dict.fromkeys(burn.WINDOWS, Fraction(72, 5))
    assert [each.pair.long for each in burn.burning(at, 30 * 86400)] == ["6h", "1d", "3d"]


def test_a_quiet_window_is_not_a_good_one() -> None:
    burns = {**dict.fromkeys(burn.WINDOWS, Fraction(100)), "5m": None}
    assert "1h" not in {each.pair.long for each in burn.burning(burns, 30 * 86400)}


@pytest.mark.parametrize(
    ("window", "factors"),
    [(30, [14.4, 6, 3, 1]), (28, [13.44, 5.6, 2.8, 0.9333]), (7, [13.44, 3.5, 1.4, 0.98]), (90, [43.2, 18, 9, 3]),
     (1, [1.92])],
)  # fmt: skip
def test_thresholds_are_scaled_to_the_window(window: int, factors: list[float]) -> None:
    assert [float(each.factor) for each in burn.thresholds(window * 86400)] == pytest.approx(factors, abs=1e-4)


NOVEMBER, MONTH = 1_793_491_200.0, 30 * 86400  # 2026-11-01T00:00Z, and how long it is


@pytest.mark.parametrize(
    ("good", "total", "hours", "consumed", "state"),
    [
        (71, 72, 6, Fraction(1, 72 * 120) * 1000, State.AT_RISK),  # of the month's 8,640 probes 8.64 may fail
        (287, 288, 24, Fraction(1, 288 * 30) * 1000, State.AT_RISK),  # the next day it is the same share of it
        (63, 72, 6, Fraction(9, 72 * 120) * 1000, State.BREACHED),
        (8639, 8640, 720, Fraction(1000, 8640), State.HEALTHY),  # at its end nothing is to come
    ],
)
def test_events_of_a_calendar_use_up_the_budget_of_the_whole_month(
    good: int, total: int, hours: int, consumed: Fraction, state: State
) -> None:
    found = stands(Promise("up", target("99.9%"), UP, Window(calendar="month")), good, total, NOVEMBER + 3600 * hours)
    assert (found.consumed, found.state) == (consumed, state)
    assert found.consumed == found.tally.bad / found.allowed
    assert found.minutes == Fraction(MONTH, 60_000)


@given(st.integers(3, 720), COUNTS, st.sampled_from(["99.9%", "> 99%", "< 5%"]))
def test_a_calendar_budget_is_never_less_than_that_of_the_events_so_far(
    hours: int, counts: tuple[int, int], said: str
) -> None:
    found = stands(Promise("up", target(said), UP, Window(calendar="month")), *counts, NOVEMBER + 3600 * hours)
    assert found.allowed >= found.tally.total * found.promise.target.budget
    if found.state is State.BREACHED:
        assert not found.promise.target.met(Fraction(*counts))


@pytest.mark.parametrize(
    ("bad", "total", "allowed", "state"),
    [
        (43, 6516, Fraction(8640, 100), State.HEALTHY),  # every slice so far was measured
        (43, 3000, Fraction(3000 + 2124, 100), State.AT_RISK),  # what nobody measured was not good
        (43, 43, Fraction(43 + 2124, 100), State.BREACHED),
    ],
)
def test_slices_of_a_calendar_use_up_the_budget_of_those_counted_and_to_come(
    bad: int, total: int, allowed: Fraction, state: State
) -> None:
    promise = Promise("up", target("99%"), UP, Window(calendar="month"), Slices(300.0, target("99%")))
    found = stands(promise, total - bad, total)  # 7 days and 9 hours of November are left
    assert (found.allowed, found.consumed, found.state) == (allowed, bad / allowed, state)


@pytest.mark.parametrize(
    ("window", "pace", "consumed", "days"),
    [
        (Window(), 2, Fraction(1, 2), 7.5),
        (Window(), 1, Fraction(99, 100), None),  # in a window that rolls as much comes back as goes
        (Window(), Fraction(1, 2), Fraction(99, 100), None),
        (Window(), Fraction(11, 10), Fraction(-1, 2), None),  # it would take longer than the window
        (Window(), 0, Fraction(1, 2), None),
        (Window(), 0, Fraction(1), 0.0),
        (Window(), None, Fraction(1, 2), None),
        (Window(calendar="month"), 1, Fraction(9, 10), 3.0),  # nothing comes back before the first of December
        (Window(calendar="month"), 1, Fraction(1, 2), None),
    ],
)
def test_when_a_budget_is_gone_is_said_where_it_will_be(
    window: Window, pace: Fraction | int | None, consumed: Fraction, days: float | None
) -> None:
    found = stands(Promise("up", target("99.9%"), UP, window), 1000, 1000)
    burns = dict.fromkeys(burn.WINDOWS, None if pace is None else Fraction(pace))
    assert found._replace(burns=burns, consumed=consumed).exhausted_in == (None if days is None else days * 86400)


@pytest.mark.parametrize(
    ("said", "good", "sli", "shown", "because"),
    [
        ("< 0.1%", 99_865, "0.135%", "< 0.1%", "0.135% is more than 0.1%"),
        ("< 0.1%", 99_900, "0.1%", "< 0.1%", "exactly 0.1%, and less was promised"),
        ("<= 0.1%", 99_910, "0.09%", "<= 0.1%", "90% of the budget is consumed"),
        ("> 99.9%", 99_865, "99.865%", "> 99.9%", "99.865% is less than 99.9%"),
        ("> 99.9%", 99_900, "99.9%", "> 99.9%", "exactly 99.9%, and more was promised"),
    ],
)
def test_a_share_is_shown_as_its_target_is_written(said: str, good: int, sli: str, shown: str, because: str) -> None:
    found = stands(Promise("errors", target(said), UP), good, 100_000)
    cells = dict(facts(found))
    assert (cells["SLI"], cells["promised"].removeprefix("at least ")) == (sli, shown)
    table = overview([found], AT)
    own = {column.key: column.cell(table.rows[0]) for column in table.columns if column.key in {"sli", "target"}}
    assert own == {"sli": sli, "target": shown}
    assert because in words.because(found)
    assert (as_object(found)["sli"], as_object(found)["target"]) == (good / 100_000, pytest.approx(0.999))
