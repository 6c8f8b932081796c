"""Rules, a history and an outbox together, as `dropmon alert evaluate` brings them together."""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from dropmon.alerts import packing
from dropmon.alerts.notification import Notification
from dropmon.alerts.plan import plan
from dropmon.alerts.state import unpacked
from dropmon.flows import judge
from dropmon.model import Sample
from dropmon.rules import Rules, load
from dropmon.storage import open_store
from dropmon.storage.alerts import alerts_of
from dropmon.storage.outbox import SqliteOutbox
from tests.alerts.play import START, labels
from tests.forks import Parent

EXAMPLE = Path(__file__).parents[2] / "rules.example.yaml"
RULES = """
defaults: {fail_after: 1}
channels:
  webhook: {url: "https://example.com/${NOT_SET}"}
  sms: {type: twilio, account: a, token: "${NOT_SET}", from: f, to: "+1"}
metrics: {share: 100 * half, half: sum(busy) / sum(total)}
alerts:
  - id: full
    name: "{{ value | round }} %"
    condition: share > 80
    severity: critical
    channels: [webhook, sms]
    throttle: 5m
  - {id: down, condition: probe_success == 0, severity: high, channels: [webhook, sms]}
"""


@pytest.fixture
def rules(tmp_path: Path) -> Rules:
    (tmp_path / "rules.yaml").write_text(RULES)
    return load(tmp_path / "rules.yaml")


@pytest.fixture
def place(tmp_path: Path) -> str:
    return str(tmp_path / "x.db")


@pytest.fixture(scope="module")
def born() -> Iterator[Parent]:
    with Parent("tests.alerts.evaluations") as parent:
        yield parent


def record(place: str, samples: Iterable[tuple[str, float]], at: float, **names: str) -> None:
    with open_store(place) as store:
        store.record([Sample(name, labels(**names), at, value) for name, value in samples])


def evaluate(place: str, rules: Rules, at: float, keep: bool = True) -> judge.Judged:
    with open_store(place) as store:
        return judge.judge(rules, plan(rules), store, judge.history(rules, store), at, keep)


def outbox(place: str) -> list[Notification]:
    with SqliteOutbox(Path(place), 5.0) as box:
        return [packing.unpacked(row.payload) for row in box.rows()]


def test_a_metric_of_a_metric_fires_and_is_recorded_and_waits_in_the_outbox(place: str, rules: Rules) -> None:
    record(place, [("busy", 9.0), ("total", 10.0)], START)
    evaluate(place, rules, START)

    with open_store(place) as store:
        assert store.latest("share") == {(): (START, 90.0)}
        assert store.latest("half") == {(): (START, 0.9)}
    told = outbox(place)
    assert [(one.channel, one.reason.value, one.alerts[0].name) for one in told] == [
        ("sms", "first", "90 %"),
        ("webhook", "first", "90 %"),
    ]
    evaluate(place, rules, START)
    assert outbox(place) == told


def test_a_dry_run_says_the_same_and_writes_nothing(place: str, rules: Rules) -> None:
    record(place, [("busy", 9.0), ("total", 10.0)], START)
    before = Path(place).read_bytes()
    dry = evaluate(place, rules, START, keep=False)

    assert len(dry.step.notifications) == 2
    assert (outbox(place), Path(place).read_bytes() == before) == ([], True)
    assert evaluate(place, rules, START).step.notifications == dry.step.notifications


def test_a_process_that_was_overtaken_decides_nothing(place: str, rules: Rules) -> None:
    record(place, [("busy", 9.0), ("total", 10.0)], START)
    with open_store(place) as slow, open_store(place) as fast:
        turn = alerts_of(slow).turn()[0]
        late = judge.evaluated(rules, plan(rules), judge.history(rules, slow), START)
        judge.judge(rules, plan(rules), fast, judge.history(rules, fast), START + 1)
        done = judge.written(plan(rules), alerts_of(slow), late, START, turn)
    assert done.late
    assert [state.phase.value for state in done.step.states.values() if state.rule == "full"] == ["firing"]
    assert len(outbox(place)) == 2


def test_a_clock_that_was_set_back_neither_loses_nor_repeats(place: str, rules: Rules) -> None:
    record(place, [("busy", 9.0), ("total", 10.0)], START)
    evaluate(place, rules, START)
    back = START - 86400
    record(place, [("busy", 9.0), ("total", 10.0)], back)
    evaluate(place, rules, back)
    assert len(outbox(place)) == 2
    record(place, [("busy", 1.0), ("total", 10.0)], back + 60)
    evaluate(place, rules, back + 60)
    assert [one.reason.value for one in outbox(place)[2:]] == ["resolved", "resolved"]
    record(place, [("busy", 9.0), ("total", 10.0)], back + 301)
    evaluate(place, rules, back + 301)  # the throttle of five minutes counts from when it was set back
    assert len(outbox(place)) == 6


def test_numbers_that_are_none_are_unknown(place: str, rules: Rules) -> None:
    record(place, [("busy", 0.0), ("total", 0.0)], START)
    states = evaluate(place, rules, START).step.states
    assert {state.rule: state.shown.value for state in states.values()} == {"full": "unknown", "down": "unknown"}


@pytest.mark.parametrize("gone", [True, False])
def test_a_series_that_is_no_longer_measured_is_not_well(place: str, rules: Rules, gone: bool) -> None:
    for at in (START, START + 60):
        record(place, [("probe_success", 0.0)], at, check="a")
    evaluate(place, rules, START + 60)
    record(place, [("probe_success", 1.0)], START + 900, check="b" if gone else "a")
    states = evaluate(place, rules, START + 900).step.states
    assert states["down", labels(check="a")].shown.value == ("unknown" if gone else "resolved")


@pytest.mark.slow
def test_the_three_rules_of_the_guide(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rules = load(EXAMPLE)
    for number in range(11):
        at = START + 30 * number
        record(place, [("function_requests_total", 100.0 * number)], at, status="ok")
        record(place, [("function_requests_total", 2.0 * number)], at, status="error")
        record(place, [("probe_duration_seconds", 1.5)], at, kind="apis", check="Stripe")
        record(place, [("pg_connections", 85.0), ("pg_max_connections", 100.0)], at, database="main")
    for at in (START + 301, START + 302):
        evaluate(place, rules, at)

    told = {(one.channel, alert.rule): alert for one in outbox(place) for alert in one.alerts}
    assert set(told) == {
        ("email", "high_error_rate"), ("sms", "high_error_rate"), ("slack", "high_error_rate"),
        ("email", "slow_response"), ("slack", "slow_response"), ("slack", "database_connections"),
    }  # fmt: skip
    alert = told["sms", "high_error_rate"]
    assert (alert.name, alert.runbook, alert.severity.word) == ("Taux d'erreur élevé", "high-error-rate", "critical")
    values = {rule: alert.value for (_, rule), alert in told.items()}
    assert values == pytest.approx({"high_error_rate": 1.9608, "slow_response": 1500, "database_connections": 85}, 1e-4)


@pytest.mark.slow
def test_twenty_processes_at_once_tell_it_once(place: str, rules: Rules, born: Parent) -> None:
    record(place, [("busy", 9.0), ("total", 10.0)], START)
    many = [born.fork("once", place, str(rules.path), str(number % 3)) for number in range(20)]
    for one in many:
        one.stdin.write(b"x")
        one.stdin.close()
    assert [one.wait(60) for one in many] == [0] * 20
    for one in many:
        one.stdout.close()
    assert [one.channel for one in outbox(place)] == ["sms", "webhook"]


def test_a_history_that_cannot_be_written_stops_nobody_from_being_told(place: str, rules: Rules) -> None:
    record(place, [("busy", 9.0), ("total", 10.0)], START)
    holder = sqlite3.connect(place, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with open_store(place, patience=0.1) as store:
        done = judge.judge(rules, plan(rules), store, judge.history(rules, store), START)
    holder.execute("ROLLBACK")
    holder.close()

    assert done.problem
    assert "in use by another process" in done.problem.what
    assert [one.channel for one in done.step.notifications] == ["sms", "webhook"]
    assert outbox(place) == []


@pytest.mark.slow
def test_a_process_that_is_killed_at_any_moment_leaves_states_and_messages_that_fit(
    place: str, rules: Rules, born: Parent
) -> None:
    """What a channel was told and what is remembered of it come to the same, whenever that was."""
    moments = random.Random(5)
    begun = 0
    for _ in range(40):
        life = born.fork("live", place, str(rules.path), str(begun))
        for line in life.stdout:
            begun += 1
            if int(line) >= 1 + moments.randrange(4):
                break
        time.sleep(moments.random() * 0.02)
        life.kill()
        life.wait(10)
        life.stdin.close()
        life.stdout.close()
        told = [one.reason.value for one in outbox(place) if one.channel == "sms"]
        assert told == ["first", "resolved"] * (len(told) // 2) + ["first"] * (len(told) % 2)
        with open_store(place) as store:
            states = [unpacked(each.body) for each in alerts_of(store).states() if each.rule == "full"]
        assert any(state.of("sms").open for state in states) is (len(told) % 2 == 1)
    assert begun > 80
    assert len(outbox(place)) > 20
