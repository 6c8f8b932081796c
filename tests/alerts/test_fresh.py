"""Of which series a condition knows anything."""

from __future__ import annotations

import time
from math import nan
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from promql_parser import parse

from dropmon.alerts.condition import Vector, ask
from dropmon.alerts.fresh import known, written
from dropmon.alerts.rule import Labels
from dropmon.flows.judge import query
from dropmon.history.promql import Series, evaluate
from dropmon.history.promql import Vector as Found
from dropmon.storage.matcher import Matcher
from tests.alerts.play import START, labels

A, B = labels(check="a"), labels(check="b")
HISTORY: dict[str, dict[Labels, float]] = {
    "up": {A: 0.0, B: 1.0},
    "errors": {labels(check="a", status="error"): 5.0},
    "total": {labels(check="a", status="all"): 10.0},
    "hollow": {A: nan, B: 1.0},
    "odd": {labels(path='a\\b"c\nd'): 1.0},
    "info": {labels(check="a", kind="x"): 1.0},
}
TWICE = {"errors": 90_000}  # milliseconds ago: an earlier sample of all its series


def select(matchers: list[Matcher], start: int, end: int) -> list[Series]:
    found = []
    for name, series in HISTORY.items():
        for own, value in series.items():
            whole = {**dict(own), "__name__": name}
            if all(matcher.accepts(whole) for matcher in matchers):
                times = [round(START * 1000) - ago for ago in (TWICE.get(name, 0), 60_000) if ago]
                inside = [time for time in times if start < time <= end]
                found.append(Series(tuple(sorted(whole.items())), inside, [value for _ in inside]))
    return found


def asked(condition: str) -> tuple[Vector, dict[Labels, bool]]:
    answer = ask(condition, query(select), START)  # type: ignore[arg-type]
    assert answer.error == ""
    return answer.vector, {series: answer.known(series) for series in ((), A, B)}


@pytest.mark.parametrize(
    ("condition", "meets", "of"),
    [
        ("up == 0", [A], "ab"),
        ("up > 5", [], "ab"),
        ('up{check="a"} > 5', [], "a"),
        ("gone > 1", [], ""),
        ("hollow > 5", [], "b"),
        ("hollow != 5", [B], "b"),
        ("up > up", [], "ab"),
        ("hollow > up", [], "b"),
        ("up == 0 and gone == 0", [], ""),
        ("up == 0 or gone == 0", [A], "ab"),
        ("gone == 0 unless up", [], ""),
        ("up == 5 unless gone", [], "ab"),
        ("absent(gone)", [()], "ab"),
        ("absent(up)", [], "ab"),
        ("(sum(gone) or vector(0)) > 5", [], "ab"),
        ("count(up == 5) > 0", [], "ab"),
        ("sum by (check) (errors) / sum by (check) (total) > 1", [], "a"),
        ("errors / ignoring(status) total > 1", [], "a"),
        ("errors / ignoring(status) gone > 1", [], ""),
        ("up == 5 and on(check) info", [], "a"),
        ('label_replace(up, "check", "z$1", "check", "(.*)") > 5', [], "ab"),
        ("avg_over_time(up[5m]) > 5", [], "ab"),
        ("avg_over_time(up[30s]) > 5", [], ""),
        ("avg_over_time(up[1m] offset 1h) > 5", [], ""),
        ("max_over_time(up[1h:1m]) > 5", [], "ab"),
        ("rate(up[5m]) > 5", [], ""),  # of one sample there is no rate
        ("predict_linear(up[5m], 60) > 5", [], ""),
        ("rate(errors[5m]) > 5", [], "a"),
        ("rate(errors[80s]) > 5", [], ""),
        ("irate(errors[5m]) + up > 5", [], "a"),
        ("deriv(errors[5m]) > 5 and up > 5", [], "a"),
        ("predict_linear(errors[5m], 60) > 9", [], "a"),
        ("predict_linear(errors[80s], 60) > 9 and up", [], ""),
        ("vector(time()) > 5", [()], "ab"),
        ("-up > 5", [], "ab"),
        ('odd{path="a\\\\b\\"c\\nd"} > 5', [], "ab"),
        ('odd{path=~"a\\\\\\\\b.+"} * 2 > 5', [], "ab"),
    ],
)
def test_a_series_is_known_when_all_that_it_needs_is_there(condition: str, meets: list[Labels], of: str) -> None:
    vector, found = asked(condition)
    assert [series for series, _ in vector] == meets
    assert {"a": found[A], "b": found[B]} == {"a": "a" in of, "b": "b" in of}
    assert found[()] is bool(of)


@given(
    st.sampled_from(["up", "up + 1", "2 * up", "(up > -5)", "up - nan", "sum(up)", "up / 0", "up > 0", "0 < up"]),
    st.sampled_from(["==", "!=", ">", "<", ">=", "<="]),
    st.sampled_from(["0", "1", "-1", "+.5", "1e0", "2.", "Inf"]),
    st.sampled_from(["", " ", "\n"]),
)
def test_comparing_outside_of_promql_comes_to_the_same(left: str, op: str, right: str, space: str) -> None:
    condition = f"{left}{space}{op}{space}{right}"
    whole = evaluate(condition, select, START)  # type: ignore[arg-type]
    assert isinstance(whole, Found)
    wanted = [(tuple(pair for pair in own if pair[0] != "__name__"), value) for own, value in whole.samples]
    assert asked(condition)[0] == [(own, value) for own, value in wanted if value == value]


SOME = st.dictionaries(st.sampled_from("abc"), st.sampled_from("12")).map(lambda own: labels(**own))


@given(st.lists(SOME, max_size=6), st.lists(SOME, max_size=6))
def test_labels_that_nothing_of_what_is_found_has_are_no_hindrance(found: list[Labels], wanted: list[Labels]) -> None:
    answer = known(parse("x"), lambda _: [(own, 1.0) for own in found])
    had = {key for own in found for key, _ in own}
    for series in wanted:
        asked = [(key, of) for key, of in series if key in had]
        assert answer(series) is any(all(dict(own).get(key) == of for key, of in asked) for own in found)


def test_of_many_series_each_is_found_at_once() -> None:
    many = [labels(check=str(number), region="eu") for number in range(5000)]
    answer = known(parse("x"), lambda _: [(own, 1.0) for own in many])
    began = time.process_time()
    assert all(answer(labels(check=str(number))) for number in range(5000))
    assert time.process_time() - began < 0.5  # looking through all of them for each took 15 s


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


@given(TEXTS, st.integers(-3600, 3600).filter(bool))
def test_a_selector_is_written_as_it_was_read(text: str, offset: int) -> None:
    quoted = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    once: Any = parse(f'x{{a="{quoted}"}} offset {offset}s')
    again: Any = parse(written(once))
    assert [each.value for each in again.matchers.matchers] == [text]
    assert again.offset == once.offset


def test_what_cannot_be_evaluated_is_not_known_and_says_why() -> None:
    answer = ask("up > 1 unless on(", query(select), START)  # type: ignore[arg-type]
    assert answer.error
    assert not answer.known(())
