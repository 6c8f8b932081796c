"""What every source owes: each row once, however late, in memory that does not grow."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from dropmon.logs.query import Query
from dropmon.logs.sources.source import LATE, OVERLAP, Clock, PassingError, Row, Say, Seen, Source, Span
from dropmon.logs.window import Window

NOW = 1795415700.0


def row(at: float, key: str) -> Row:
    return Row(at, key, b"{}")


@given(st.lists(st.tuples(st.floats(0, 50), st.sampled_from("abcdef"))))
def test_rows_of_the_last_minute_are_told_once_in_any_order(told: list[tuple[float, str]]) -> None:
    found = [each.key for each in Seen().new(row(*each) for each in told)]
    assert found == list(dict.fromkeys(key for _, key in told))


def test_old_rows_are_forgotten_and_a_very_late_one_is_still_told() -> None:
    seen = Seen()
    assert len(list(seen.new(row(at, str(at)) for at in range(10_000)))) == 10_000
    assert len(seen._keys) <= 2 * OVERLAP + 1
    assert [each.key for each in seen.new([row(5, "late")])] == ["late"]
    assert [each.key for each in Seen().new([row(9999, "a"), row(5, "late")])] == ["a", "late"]


@given(st.floats(0, 1e9), st.floats(0, 1e6), st.floats(1e3, 1e5))
def test_steps_meet_and_are_no_longer_than_allowed(since: float, length: float, most: float) -> None:
    steps = list(Span(since, since + length).steps(most))
    assert all(each.until - each.since <= most * 1.000001 for each in steps)
    assert [each.since for each in steps[1:]] == [each.until for each in steps[:-1]]
    assert not steps or (steps[0].since, steps[-1].until) == (since, since + length)


class Kept(Source):
    """A platform that keeps one row, and can be asked when it wants to."""

    at: float = NOW
    spans: list[Span] = Field(default_factory=list)
    answers: list[bool] = Field(default_factory=list)  # whether it can be asked each time; then always

    def told(self, span: Span, want: Query, clock: Clock, say: Say) -> Iterator[Row]:
        self.spans.append(span)
        if self.answers and not self.answers.pop(0):
            raise PassingError("not now")
        yield row(self.at, "a")


def test_a_window_without_ends_is_the_last_hour() -> None:
    kept = Kept()
    list(kept.rows(Window(None, None), Query(), lambda: NOW))
    list(kept.rows(Window(None, NOW - 9), Query(), lambda: NOW))
    assert kept.spans == [Span(NOW - 3600, NOW), Span(NOW - 3609, NOW - 9)]


@pytest.mark.parametrize(("ago", "back"), [(10, 10 + OVERLAP), (3000, LATE), (-30, OVERLAP - 30)])
def test_each_round_goes_back_for_what_is_late_and_ahead_for_clocks_that_are(ago: float, back: float) -> None:
    kept = Kept(at=NOW - ago)
    assert len(list(islice(kept.follow(NOW - 5000, Query(), lambda: NOW, 0.001), 3))) == 3
    assert kept.spans == [Span(NOW - 5000, NOW + OVERLAP), Span(NOW - back, NOW + OVERLAP)]


def test_a_platform_that_cannot_be_asked_is_asked_ever_more_seldom_until_it_can(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    waited: list[float] = []
    monkeypatch.setattr("dropmon.logs.sources.source.time.sleep", waited.append)
    kept = Kept(answers=[False] * 6 + [True, False])
    list(islice(kept.follow(NOW, Query(), lambda: NOW), 10))
    assert waited == [10, 20, 40, 60, 60, 60, 5, 10]
