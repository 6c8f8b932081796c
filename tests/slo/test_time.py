"""Windows as a calendar on the wall shows them."""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropmon.slo.window import Window, midnights

PARIS = ZoneInfo("Europe/Paris")


def moment(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=PARIS).timestamp()


@pytest.mark.parametrize(
    ("unit", "at", "start", "hours"),
    [
        ("week", "2026-03-29 12:00", "2026-03-23", 167),  # the clocks go forward
        ("week", "2026-10-25 12:00", "2026-10-19", 169),  # and back
        ("week", "2026-11-23 00:00:01", "2026-11-23", 168),
        ("week", "2026-11-23 00:00:00", "2026-11-16", 168),  # midnight ends the week
        ("month", "2026-10-15 12:00", "2026-10-01", 31 * 24 + 1),
        ("month", "2028-02-29 12:00", "2028-02-01", 29 * 24),
        ("quarter", "2026-11-23 12:00", "2026-10-01", 92 * 24 + 1),
        ("quarter", "2026-01-01 00:00", "2025-10-01", 92 * 24 + 1),
        ("year", "2026-11-23 12:00", "2026-01-01", 365 * 24),
    ],
)
def test_a_calendar_window_begins_and_ends_at_midnight(unit: str, at: str, start: str, hours: int) -> None:
    found = Window(calendar=unit, zone=PARIS).whole(moment(at))
    assert (found.start, found.length) == (moment(start), hours * 3600)


@given(st.floats(1.7e9, 1.9e9), st.sampled_from(["week", "month", "quarter", "year"]))
def test_every_moment_is_in_its_window_and_windows_follow_each_other(at: float, unit: str) -> None:
    window = Window(calendar=unit, zone=PARIS)
    found = window.whole(at)
    assert found.start < at <= found.end
    assert window.whole(found.end + 1).start == found.end
    assert window.whole(found.start).end == found.start


def test_days_are_as_long_as_they_are() -> None:
    found = [*midnights(moment("2026-10-24"), moment("2026-10-27"), PARIS)]
    assert [b - a for a, b in pairwise(found)] == [25 * 3600]
