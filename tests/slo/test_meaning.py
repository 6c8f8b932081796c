"""What an expression of an SLO means: through an outage no way of writing it says that all is well."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from dropmon.errors import RulesError
from dropmon.flows.judge import history
from dropmon.flows.promises import Burned, burned, stand
from dropmon.model import Sample
from dropmon.rules import Rules, load
from dropmon.slo import words
from dropmon.slo.standing import Standing
from dropmon.storage import open_store

END = 1_795_446_000.0  # 2026-11-23T15:00Z
CHECKS = "abcd"
TEXT = """
platform: {name: Shop, timezone: UTC}
checks: {web: [{name: a, url: "https://a.example"}]}
channels: {hook: {type: webhook, url: "https://hook.example"}}
slos: [{name: up, target: "TARGET", window: 7d, KEY: 'PART', total: 'TOTAL', channels: [hook], MORE}]
"""


def rules(folder: Path, part: str, total: str, key: str = "good", more: str = "min_events: 1") -> Rules:
    text = TEXT.replace("KEY", key).replace("PART", part).replace("TOTAL", total).replace("MORE", more)
    (folder / "rules.yaml").write_text(text.replace("TARGET", "99%" if key == "good" else "< 1%"))
    return load(folder / "rules.yaml")


def stood(folder: Path, rules: Rules, down: str = CHECKS) -> tuple[Standing, Burned]:
    """How the promise stands after two days of which these checks were down throughout, and what its alerts see."""
    with open_store(str(folder / "history.db")) as store:
        for check in CHECKS:
            value = 0.0 if check in down else 1.0
            labels = ("check", check), ("kind", "web")
            store.record(Sample("probe_success", labels, END - 300 * back, value) for back in range(2 * 288))
        select = history(rules, store)
        return stand(rules, store, select, END)[0], burned(rules, store, select, END)


USUAL = [
    ("good", "sum(probe_success)", "count(probe_success)"),
    ("good", "count(probe_success == 1)", "count(probe_success)"),
    ("good", "count(probe_success == 1) or vector(0)", "count(probe_success)"),
    ("good", "sum(probe_success == bool 1)", "count(probe_success)"),
    ("good", "sum(probe_success == 1) or vector(0)", "count(probe_success)"),
    ("bad", "sum(count by (check) (probe_success == 0) > 0)", "count(probe_success)"),
    ("good", "sum by (check) (probe_success)", "count by (check) (probe_success)"),
    ("bad", "count(probe_success) - sum(probe_success)", "count(probe_success)"),
    ("bad", "count(probe_success == 0)", "count(probe_success)"),
    ("good", "probe_success == 1", "probe_success"),
    ("good", "avg_over_time(probe_success[5m]) >= 0.5", "probe_success"),
]


@pytest.mark.parametrize(("key", "part", "total"), USUAL)
@pytest.mark.parametrize(("down", "share"), [("", 1), ("a", Fraction(3, 4)), ("abcd", 0)])
def test_the_share_is_that_of_the_series_that_are_up(
    tmp_path: Path, key: str, part: str, total: str, down: str, share: Fraction
) -> None:
    found, _ = stood(tmp_path, rules(tmp_path, part, total, key), down)
    assert found.sli == share
    assert found.tally.total == 4 * 2 * 288


@pytest.mark.parametrize(("key", "part", "total"), USUAL)
def test_its_page_sees_an_outage(tmp_path: Path, key: str, part: str, total: str) -> None:
    _, seen = stood(tmp_path, rules(tmp_path, part, total, key))
    rates = {dict(each.labels)["window"]: each.value for each in seen.samples if each.name == "slo_burn_rate"}
    assert {rates["5m"], rates["1h"]} == {100.0}
    assert "slo.up.page" in seen.said


def test_a_slice_is_good_when_enough_of_what_is_added_up_is(tmp_path: Path) -> None:
    sliced = rules(
        tmp_path, "sum(probe_success)", "count(probe_success)", more="budgeting: timeslices, slice_target: 75%"
    )
    assert stood(tmp_path, sliced, "a")[0].sli == 1
    assert stood(tmp_path, sliced, "ab")[0].sli == 0


@pytest.mark.parametrize(
    ("key", "part", "total", "write"),
    [
        ("good", "probe_success == bool 1", "probe_success", "write probe_success == 1, total: probe_success"),
        ("good", "avg(probe_success)", "count(probe_success)", "each would count"),
        ("good", "sum(probe_success)", "probe_success", "each would count"),
        ("good", "sum(probe_success)", "sum(requests_total) - sum(probe_success)", "each would count"),
        ("good", "(probe_success == 1) or vector(0)", "probe_success", "each would count"),
        ("bad", "1 - probe_success", "probe_success", "each would count"),
        ("good", "probe_success", "avg_over_time(probe_success[5m])", "each would count"),
        ("good", "probe_success == 1", "count(probe_success)", "write count(probe_success == 1)"),
        ("good", "probe_success", "probe_success", "write a comparison"),
        ("good", "requests_total", "sum(requests_total)", "write a comparison"),
    ],
)
def test_what_would_count_whatever_is_measured_is_refused(
    tmp_path: Path, key: str, part: str, total: str, write: str
) -> None:
    with pytest.raises(RulesError) as caught:
        rules(tmp_path, part, total, key).slos  # noqa: B018
    assert write in str(caught.value)


@pytest.mark.parametrize(
    ("key", "part", "total", "write"),
    [
        ("bad", "sum(probe_success == 0)", "count(probe_success)", "write count(probe_success == 0)"),
        ("bad", "sum by (check) ((probe_success < 1)) or vector(0)", "count(up)", "write count(probe_success < 1)"),
        ("good", "sum(status == 200)", "count(status)", "write count(status == 200)"),
        ("good", "count(a) - sum((a != 1) and b)", "count(a)", "write count((a != 1) and b)"),
        ("good", "sum(a == 1 or a == 2)", "count(a)", "write count(a == 1 or a == 2)"),
        ("good", "sum(a == 1)", "sum(a >= 0)", "write count(a >= 0)"),
    ],
)
def test_a_sum_of_the_values_of_what_passes_is_refused_at_its_place(
    tmp_path: Path, key: str, part: str, total: str, write: str
) -> None:
    with pytest.raises(RulesError, match=rf"slos\[0\]\.{'total' if 'a >= 0' in total else key}: ") as caught:
        rules(tmp_path, part, total, key).slos  # noqa: B018
    assert write in str(caught.value)


@pytest.mark.parametrize("more", ["min_events: 1", "budgeting: timeslices"])
@pytest.mark.parametrize(("key", "said"), [("good", "more was good"), ("bad", "more was bad")])
def test_more_of_the_part_than_of_all_is_said(tmp_path: Path, key: str, said: str, more: str) -> None:
    odd = rules(tmp_path, "count(probe_success)", 'count(probe_success{check!="b"})', key, more)
    found, _ = stood(tmp_path, odd, "")
    assert f"{said} than there was in all, 576 times" in words.reason(found)
    even = rules(tmp_path, "count(probe_success)", "count(probe_success)", key, more)
    assert "in all" not in words.reason(stood(tmp_path, even, "")[0])
