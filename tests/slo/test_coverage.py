"""How much of the time was measured, of every series that is counted."""

from __future__ import annotations

from pathlib import Path

import pytest

from dropmon.flows.judge import history
from dropmon.flows.promises import stand
from dropmon.model import Sample
from dropmon.rules import load
from dropmon.slo import words
from dropmon.slo.standing import Standing
from dropmon.storage import open_store

END = 1_795_446_000.0  # 2026-11-23T15:00Z
DAYS = 7
RULES = """
platform: {name: Shop, timezone: Europe/Paris, language: en}
checks: {web: [{name: a, url: "https://a.example"}, {name: b, url: "https://b.example"}]}
slos: [{name: up, target: 99%, window: 7d, good: probe_success == 1, total: probe_success}]
"""


def measured(folder: Path, **days: float) -> Standing:
    """How the promise stands when these checks were measured for so many days, of seven."""
    (folder / "rules.yaml").write_text(RULES)
    rules = load(folder / "rules.yaml")
    with open_store(str(folder / "history.db")) as store:
        for check, length in days.items():
            first = END - DAYS * 86400 + 300 if length >= 0 else END - 9 * 86400
            labels = ("check", check), ("kind", "web")
            times = range(round(abs(length) * 288))
            store.record(Sample("probe_success", labels, first + 300 * number, 1.0) for number in times)
        return stand(rules, store, history(rules, store), END)[0]


STEPS = """
platform: {name: Shop, timezone: UTC, language: en}
checks: {web: [{name: a, url: "https://a.example"}]}
slos:
  - {name: mixed, target: 99%, window: 7d, value: avg(probe_success), above: 0.5}
  - {name: apart, target: 99%, window: 7d, value: avg by (check) (probe_success), above: 0.5}
  - {name: one, target: 99%, window: 7d, value: 'avg(probe_success{check="a"})', above: 0.5}
  - {name: another, target: 99%, window: 7d, value: 'avg(probe_success{check="b"})', above: 0.5}
  - {name: samples, target: 99%, window: 7d, value: probe_success, above: 0.5}
maintenance: [{name: move, from: "2026-11-22 10:00", until: "2026-11-22 12:00", matchers: {check: a}}]
"""


@pytest.mark.slow
def test_maintenance_that_an_expression_cannot_tell_from_the_rest_is_said_to_count(tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text(STEPS)
    rules = load(tmp_path / "rules.yaml")
    with open_store(str(tmp_path / "history.db")) as store:
        for check in "ab":
            labels = ("check", check), ("kind", "web")
            store.record(Sample("probe_success", labels, END - 300 * back, 1.0) for back in range(DAYS * 288))
        found = {each.promise.name: words.reason(each) for each in stand(rules, store, history(rules, store), END)}
    said = {name for name, reason in found.items() if "not left out" in reason}
    assert said == {"mixed"}
    assert found["mixed"] == "not left out, as the expression does not keep its labels: move"


@pytest.mark.parametrize(
    ("days", "coverage"),
    [
        ({"a": 7}, 1.0),
        ({"a": 7, "b": 3.5}, 3 / 4),
        ({"a": 7, "b": 7, "c": 0.7}, 2.1 / 3),
        ({"a": 7, "b": 0.0}, 1.0),  # never measured: it is none
        ({"a": 7, "b": -1}, 1 / 2),  # measured before the window, and not since
    ],
)
def test_a_check_that_nobody_measured_is_no_measured_one(
    tmp_path: Path, days: dict[str, float], coverage: float
) -> None:
    found = measured(tmp_path, **days)
    assert found.tally.coverage == pytest.approx(coverage, abs=0.001)
    assert any("of the time was measured" in each for each in words.besides(found)) is (coverage < words.ENOUGH)
