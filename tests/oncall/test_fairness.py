"""Hours, weekends and nights: nothing is lost, nothing is counted twice."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dropmon.oncall.fairness import Span, balance, loads, spans
from dropmon.oncall.roster import Roster
from dropmon.oncall.schedule import shifts
from dropmon.oncall.served import Served
from tests.oncall.rosters import DAY, instants, names, overrides, rosters
from tests.oncall.test_schedule import PARIS, at


@pytest.mark.slow
@settings(deadline=None)
@given(st.data(), rosters(), instants)
def test_all_hours_are_somebodys(data: st.DataObject, roster: Roster, now: float) -> None:
    made, end = data.draw(overrides(now)), now + 50 * DAY
    rows, start = [], now - 10 * DAY
    for _ in range(data.draw(st.integers(0, 6))):  # what was served, with gaps in which nobody looked
        start += data.draw(st.integers(0, 5)) * DAY
        until = start + data.draw(st.integers(1, 8)) * DAY
        rows.append(Served("primary", start, until, until, data.draw(names), "rotation"))
        start = until

    found = [*spans(rows, shifts(roster, made, now, end), now, end)]
    for role in ("primary", "backup"):
        own = sorted((one.start, one.end) for one in found if one.role == role)
        assert sum(end - start for start, end in own) == pytest.approx(end - now)
        assert all(one[1] <= other[0] for one, other in pairwise(own))
    carried = loads(found, roster)
    assert sum(one.primary for one in carried) == pytest.approx(50 * 24)
    assert abs(sum(one.nights for one in carried) - 50) <= 1
    assert [one.primary for one in carried] == sorted((one.primary for one in carried), reverse=True)


def test_a_week_has_seven_nights_and_one_weekend() -> None:
    start, end = at("2026-03-23 09:00"), at("2026-03-30 09:00")  # clocks go forward on its last night
    carried = loads(spans((), shifts(PARIS, [], start, end), start, end), PARIS)
    (one,) = [each for each in carried if each.primary]
    assert (one.primary, one.nights, one.weekends) == (167.0, 7, 1.0)
    assert {each.person for each in carried} == set(PARIS.people)  # who carries nothing is in it


def test_a_night_is_that_of_whoever_has_the_pager_at_three_and_a_weekend_day_at_noon() -> None:
    """Who hands over at two in the morning had no night, and an hour around noon is half a weekend."""
    held = [
        Span("primary", "ann", at("2026-03-20 22:00"), at("2026-03-21 02:00")),
        Span("primary", "bob", at("2026-03-21 02:00"), at("2026-03-21 11:00")),
        Span("primary", "carol", at("2026-03-21 11:00"), at("2026-03-21 13:00")),
    ]
    counted = {one.person: (one.nights, one.weekends) for one in loads(held, PARIS) if one.primary}
    assert counted == {"ann": (0, 0.0), "bob": (1, 0.0), "carol": (0, 0.5)}


@pytest.mark.parametrize(
    ("hours", "even"),
    [([168, 168, 168], 100.0), ([168, 0], 0.0), ([100, 80], 80.0), ([100, 95], 100.0), ([], 100.0)],
)
def test_balance_is_the_mean_over_pairs(hours: list[float], even: float) -> None:
    assert balance(hours) == even
