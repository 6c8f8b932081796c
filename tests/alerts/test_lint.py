from __future__ import annotations

from typing import Any

import pytest

from dropmon.alerts.lint import doubts
from dropmon.alerts.notification import Severity
from dropmon.alerts.rule import Channel, Pace, Plan
from dropmon.model import Status
from tests.alerts.play import rule

KNOWN = {"known", "fast"}
VANISHES = "while failing has no number nothing is known: it can never be known to be well"
COMPARED = {
    "failing": "known == 0", "counted": "count(known > 1) * 100", "said": "known == bool 0",
    "filled": "count(known > 1) or vector(0)",
}  # fmt: skip
FINE = {"condition": "known > 1", "name": "Known", "runbook": "page", "every": 300.0}


def test_an_ordinary_rule_is_beyond_doubt() -> None:
    assert said() == []


@pytest.mark.parametrize(
    ("changes", "doubt"),
    [
        ({"channels": ()}, "nobody is told: it has no channels"),
        ({"channels": ("sms",)}, "nobody is told: no channel of it is for high"),
        ({"depends_on": ("off",)}, "it depends on off, which is not enabled"),
        ({"wait": 60.0}, "for 1m is as long as 5m: it is judged no more often"),
        ({"throttle": 900.0, "remind_every": 600.0}, "its reminders are throttled"),
        ({"unknown_after": 60.0}, "one late run is told as missing data"),
        ({"runbook": None}, "it is high, and no runbook says what to do"),
        ({"name": "r"}, "its title is its id"),
        ({"condition": "known"}, "it fires whenever there is a number, whatever it is"),
        ({"condition": "known > bool 1"}, "with `bool` it fires for 0 as for 1"),
        ({"condition": "rate(known[5m]) > 1"}, "[5m] often holds a single sample: there is one each 5m"),
        ({"channels": ("mail",)}, "when mail fails nobody whom you chose is told"),
        ({"condition": 'sum(known{a="b"}) / sum(known) > 1'}, "while no known matches, nothing is known: it is not 0"),
        ({"condition": "rate(fast[1m]) > 1"}, "[1m] often holds a single sample: there is one each 40 s"),
        ({"wait": 20.0, "paces": {"a": Pace(30.0, 1, 1)}}, "for 20 s is as long as 30 s: it is judged no more often"),
        ({"condition": "failing > 0"}, VANISHES),
        ({"condition": "counted > 0"}, VANISHES.replace("failing", "counted")),
        ({"condition": "other > 1"}, "nothing is recorded as other so far"),
        ({"condition": "metric > 1"}, "nothing is recorded as deep so far"),
    ],
)
def test_what_is_probably_not_meant_is_said(changes: dict[str, Any], doubt: str) -> None:
    assert said(**changes) == [doubt]


@pytest.mark.parametrize(
    "condition",
    [
        "absent(other)",
        "known > 1 and known < 2",
        "known == 0 unless known",
        "good > 1",
        '(sum(known{a="b"}) or vector(0)) / sum(known) > 1',
        "sum(known) / sum(known) > 1",
        "rate(fast[2m]) > 1",
        "said > 0",
        "filled > 0",
    ],
)
def test_what_may_well_be_meant_is_not(condition: str) -> None:
    assert said(condition=condition) == []


def said(**changes: Any) -> list[str]:
    channels = {
        "slack": Channel("slack", fallback="sms"),
        "mail": Channel("mail"),
        "sms": Channel("sms", frozenset({Severity.CRITICAL})),
    }
    off = rule(**{**FINE, "id": "off", "enabled": False})
    plan = Plan((rule(**{**FINE, **changes}), off), channels)
    metrics = {"metric": "sum(deep)", "good": "sum(known)", **COMPARED}
    return [one.what for one in doubts(plan, metrics, KNOWN.__contains__, every=every)]


def every(name: str, matchers: object) -> float | None:
    return 40.0 if name == "fast" else None


def test_a_doubt_is_a_warning() -> None:
    from dropmon.alerts.lint import Doubt, table

    assert table([Doubt("r", "x")], 2).status is Status.WARNING
    assert (table([], 1).status, table([], 1).headline) == (Status.OK, "0 doubts about 1 alert")
