"""What counts as having been seen: how long, how often, and by which side of an `or`."""

from __future__ import annotations

from typing import Any

import pytest

from dropmon.alerts.condition import Answer, ask
from dropmon.alerts.notification import Phase
from dropmon.alerts.rule import Labels
from dropmon.flows.judge import query
from dropmon.history.promql import Series
from dropmon.storage.matcher import Matcher
from tests.alerts.play import MINUTE, START, Play, labels, rule

HOUR = 60 * MINUTE


@pytest.mark.parametrize(
    ("settings", "seen", "reason"),
    [({"wait": 600}, 2.0, "first"), ({"unknown_after": 600}, None, "unknown"), ({}, 2.0, "first")],
)
def test_runs_that_are_far_apart_move_on_all_the_same(settings: dict[str, Any], seen: Any, reason: str) -> None:
    play = Play(rule(**settings))
    told = [play.see(seen, at=START + number * HOUR) for number in range(6)]
    assert [one.reason.value for messages in told for one in messages] == [reason]


def test_of_a_long_pause_no_more_than_three_intervals_are_counted() -> None:
    play = Play(rule(wait=240))
    assert play.see(2.0) == []
    assert play.see(2.0, at=START + HOUR) == []
    assert play.words("x") == "F"


class Past:
    """Samples of which each is seen for as long as it stands: five minutes."""

    def __init__(self, **series: dict[float, float]) -> None:
        self.series = series

    def select(self, matchers: list[Matcher], start: int, end: int) -> list[Series]:
        found = []
        for name, points in self.series.items():
            whole = {"__name__": name, "check": "a"}
            if all(matcher.accepts(whole) for matcher in matchers):
                own = {at: value for at, value in points.items() if start < round(at * 1000) <= end}
                found.append(Series(tuple(sorted(whole.items())), [round(at * 1000) for at in own], [*own.values()]))
        return found

    def answer(self, condition: str, at: float) -> Answer:
        return ask(condition, query(self.select), at)  # type: ignore[arg-type]


def said(settings: dict[str, Any], points: dict[int, float], minutes: int) -> str:
    """Judged each minute, while a check runs each five; the points are minutes."""
    past = Past(up={START + minute * MINUTE: value for minute, value in points.items()})
    play = Play(rule(every=300.0, condition="up == 0", **settings))
    letters = {"first": "F", "resolved": "O"}
    told = [play.see(past.answer("up == 0", START + number * MINUTE)) for number in range(minutes)]
    return "".join(letters[one[0].reason.value] if one else "-" for one in told)


@pytest.mark.parametrize(
    ("settings", "points", "word"),
    [
        ({"fail_after": 2}, {0: 0.0, 5: 1.0, 10: 1.0}, "-" * 12),
        ({"fail_after": 2}, {0: 0.0, 5: 0.0, 10: 0.0}, "-----F------"),
        ({"fail_after": 3}, {0: 0.0, 5: 0.0, 10: 0.0}, "----------F-"),
        ({"recover_after": 2}, {0: 0.0, 5: 1.0, 10: 0.0}, "F-----------"),
        ({"recover_after": 2}, {0: 0.0, 5: 1.0, 10: 1.0}, "F---------O-"),
        ({}, {0: 0.0, 5: 1.0, 10: 1.0}, "F----O------"),
    ],
)
def test_a_number_that_is_looked_at_twice_was_measured_once(
    settings: dict[str, Any], points: dict[int, float], word: str
) -> None:
    assert said(settings, points, 12) == word


def test_a_series_that_one_side_of_an_or_gave_is_not_well_because_the_other_side_is() -> None:
    condition = "sum(x) > 80 or sum(y) > 80"
    past = Past(x={START: 90.0}, y={START + number * MINUTE: 1.0 for number in range(60)})
    play = Play(rule(condition=condition, unknown_after=600))
    told = [play.see(past.answer(condition, START + number * MINUTE)) for number in range(20)]
    assert [one.reason.value for messages in told for one in messages] == ["first", "unknown"]
    past.series["x"][START + 20 * MINUTE] = 5.0
    assert [one.reason.value for one in play.see(past.answer(condition, START + 20 * MINUTE))] == ["resolved"]


def test_a_series_that_an_or_gives_a_default_is_well_without_data() -> None:
    condition = "(sum(x) or vector(0)) > 80"
    past = Past(x={START: 90.0})
    play = Play(rule(condition=condition))
    told = [play.see(past.answer(condition, START + number * MINUTE)) for number in range(8)]
    assert [one.reason.value for messages in told for one in messages] == ["first", "resolved"]


def test_a_label_that_is_missing_is_not_every_label() -> None:
    def select(matchers: list[Matcher], start: int, end: int) -> list[Series]:
        own: tuple[Labels, ...] = (labels(__name__="up"), labels(__name__="up", check="b"))
        return [Series(each, [round(START * 1000)], [1.0]) for each in own]

    answer = ask("up == 0 unless up > 5", query(select), START)  # type: ignore[arg-type]
    assert [answer.known(labels(check=name)) for name in "ab"] == [False, True]


def test_who_is_not_known_explains_nothing() -> None:
    play = Play(rule(id="parent", wait=600), rule(id="child", depends_on=("parent",)))
    assert play.see(2.0, 2.0) == []
    assert play.see(None, 2.0) != []
    assert {state.phase for state in play.states.values()} == {Phase.PENDING, Phase.FIRING}


def test_a_reminder_comes_no_earlier_than_half_of_the_pause_between_evaluations() -> None:
    play = Play(rule(every=300.0, remind_every=600.0))
    assert play.words("x" * 21) == "F---------R---------R"
