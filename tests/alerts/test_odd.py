"""What one rule brings about stays with that rule: the others are judged and told."""

from __future__ import annotations

from math import inf
from pathlib import Path

import pytest

from dropmon.alerts import recording
from dropmon.alerts.condition import Vector, ask
from dropmon.alerts.plan import plan
from dropmon.alerts.template import filled
from dropmon.errors import RulesError
from dropmon.flows import judge
from dropmon.model import Sample
from dropmon.rules import load
from dropmon.rules.promql import expression
from dropmon.storage import open_store
from tests.alerts.play import START


@pytest.mark.parametrize(
    "text",
    [
        "ln(-1) > 0",
        "log2(-1) > 0",
        "up > log10(-1)",
        "ln(ln(-1))",
        "(" * 400 + "up" + ")" * 400,
        'label_replace(up, "a", "b", "c", "(")',
        'up{check=~"x{2000}"}',
        'up{check=~"x{1,2000}"}',
    ],
)
def test_a_condition_that_could_not_be_judged_is_refused_when_it_is_read(text: str) -> None:
    with pytest.raises(ValueError, match=r"expected type vector|in one another|regular expression"):
        expression(text)


@pytest.mark.parametrize(
    "text", ["(" * 100 + "up" + ")" * 100 + " > 0", 'up{check=~"x{1000}|[{2000}]"} > 0', 'up{check="((("} > 0']
)
def test_what_only_looks_odd_is_judged(text: str) -> None:
    assert ask(expression(text), lambda _, __: [((), 1.0)], START).error == ""


@pytest.mark.parametrize("error", [TypeError("no float"), RecursionError("deep"), KeyError("x"), MemoryError()])
def test_whatever_an_evaluation_raises_is_what_keeps_that_rule_from_being_known(error: Exception) -> None:
    def query(_: str, __: float) -> Vector:
        raise error

    answer = ask("up == 0", query, START)
    assert (answer.vector, answer.known(())) == ([], False)
    assert type(error).__name__ in answer.error
    _, failed = recording.recorded({"a": "up"}, ["a"], query, lambda _: None, START)
    assert type(error).__name__ in failed["a"]


def test_a_number_without_end_has_no_duration_and_is_told() -> None:
    text = "{{ value | duration }} {{ value | round }} {{ value | size }} {{ value | percent }}"
    assert filled(text, {}, inf, {}) == "inf inf inf TiB inf %"


def test_one_rule_that_cannot_be_judged_stops_no_other(tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text(
        """
channels: {ntfy: {topic: t}}
alerts:
  - {id: odd, condition: 'label_replace(up, "check", "x", "", "") > 0', severity: high, channels: [ntfy]}
  - {id: down, condition: up == 1, severity: high, channels: [ntfy]}
"""
    )
    rules = load(tmp_path / "rules.yaml")
    with open_store(str(tmp_path / "x.db")) as store:
        store.record([Sample("up", (("check", name),), START, 1.0) for name in "ab"])
        done = judge.judge(rules, plan(rules), store, judge.history(rules, store), START)
    assert "same labelset" in done.answers["odd"].error
    assert [alert.rule for one in done.step.notifications for alert in one.alerts] == ["down", "down"]


def test_the_rules_say_where_the_odd_condition_is(tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text("alerts: [{id: odd, condition: ln(-1) > 0, severity: high}]")
    with pytest.raises(RulesError, match=r"rules.yaml:1:.*expected type vector in call to .*ln.*, got scalar"):
        _ = load(tmp_path / "rules.yaml").alerts
