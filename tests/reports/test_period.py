"""Weeks and days by the clock on the wall, whatever the zone does."""

from __future__ import annotations

from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropmon.errors import UsageError
from dropmon.reports.comparison import Amount, Unit, change
from dropmon.reports.numbers import changed, percent
from dropmon.reports.period import Period, before, due, named
from dropmon.reports.spans import merged, within

ZONES = st.sampled_from(["Europe/Paris", "UTC", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Africa/Cairo"]).map(ZoneInfo)  # fmt: skip # noqa: E501
TIMES = st.floats(1.6e9, 2.2e9)
KINDS = st.sampled_from(["weekly", "daily"])
SPANS = st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)))


@given(KINDS, TIMES, ZONES)
def test_the_last_period_is_over_and_the_next_is_not(kind: str, at: float, zone: ZoneInfo) -> None:
    last = before(kind, at, zone)
    assert last.end <= at < last.back(-1).end
    assert last.start == last.back().end
    assert named(kind, last.name, zone) == last
    assert last.days[0] == last.first
    assert last.days[-1] == last.last


@given(TIMES, ZONES, st.integers(0, 6), st.times())
def test_it_was_due_within_the_last_week(at: float, zone: ZoneInfo, weekday: int, clock: time) -> None:
    found = due(at, weekday, clock.replace(microsecond=0), zone)
    assert found <= at < found + 8 * 86400
    assert due(found, weekday, clock.replace(microsecond=0), zone) == found


@pytest.mark.parametrize(
    ("first", "hours"), [(date(2026, 3, 23), 167), (date(2026, 10, 19), 169), (date(2026, 12, 28), 168)]
)
def test_weeks_are_as_long_as_the_clock_says(first: date, hours: int) -> None:
    period = Period("weekly", first, ZoneInfo("Europe/Paris"))
    assert (period.end - period.start) / 3600 == hours


def test_a_year_of_53_weeks_has_all_of_them() -> None:
    weeks = [Period("weekly", date(2026, 12, 21) + timedelta(weeks=n), ZoneInfo("UTC")).name for n in range(3)]
    assert weeks == ["2026-W52", "2026-W53", "2027-W01"]
    with pytest.raises(UsageError, match="is no week"):
        named("weekly", "2027-W53", ZoneInfo("UTC"))


@given(SPANS, st.integers(0, 50), st.integers(0, 50))
def test_what_overlaps_counts_once(spans: list[tuple[int, int]], start: int, end: int) -> None:
    seconds = {second for first, last in spans for second in range(first, last)}
    assert within(spans, start, end) == len(seconds & set(range(start, end)))
    assert all(one[1] < other[0] for one, other in zip(merged(spans), merged(spans)[1:], strict=False))


@given(st.floats(0, 1), st.sampled_from(["en", "fr"]))
def test_only_all_of_it_is_a_hundred_percent(ratio: float, language: str) -> None:
    assert (percent(ratio, language) == "100 %") == (ratio == 1)
    assert ("." in percent(ratio, language)) == (language == "en" and ratio != 1)


@given(st.one_of(st.none(), st.floats(0, 1e6)), st.one_of(st.none(), st.floats(0, 1e6)), st.sampled_from([*Unit]))
def test_a_change_is_never_infinite_nor_invented(now: float | None, then: float | None, unit: Unit) -> None:
    found = change(Amount(now), Amount(then), unit)
    assert (found.absolute is None) == (now is None or then is None)
    text = changed(found, unit, "en")
    assert text
    assert "inf" not in text
    assert "nan" not in text
