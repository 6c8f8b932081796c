"""What every source owes: each row once, however late, in memory that does not grow."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dropmon.logs.sources.source import OVERLAP, Row, Seen, Span


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
