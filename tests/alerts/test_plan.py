"""What the rules file comes to when alerts are judged by it."""

from __future__ import annotations

import time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from dropmon.alerts.channels import kinds
from dropmon.alerts.notification import Severity
from dropmon.alerts.plan import plan
from dropmon.alerts.rule import Plan, Rule
from dropmon.rules import load
from dropmon.rules.sections.channels import given
from tests.alerts.play import labels

ALERT = "alerts: [{id: a, condition: CONDITION, severity: high}]\n"


def planned(folder: Path, text: str) -> Plan:
    (folder / "rules.yaml").write_text(text)
    return plan(load(folder / "rules.yaml"))


def rule(folder: Path, text: str, condition: str = "probe_success == 0", more: str = "") -> Rule:
    (only,) = planned(folder, text + ALERT.replace("CONDITION", condition + more)).rules
    return only


@pytest.mark.parametrize(
    ("condition", "more", "fails", "recovers", "calm"),
    [
        ("probe_success == 0", "", 3, 2, 0.0),
        ("sum(probe_success{kind='apis'}) < 2", "", 3, 2, 0.0),
        ("error_rate > 1", "", 1, 1, 0.0),
        ("probe_success == 0", ", fail_after: 1", 1, 2, 0.0),
        ("error_rate > 1", ", fail_after: 4, recover_after: 5", 4, 5, 0.0),
        ("probe_success == 0", ", recover_after: 10m", 3, 1, 600.0),
    ],
)
def test_what_counts_is_said_by_the_alert_or_else_by_the_defaults_for_checks(
    tmp_path: Path, condition: str, more: str, fails: int, recovers: int, calm: float
) -> None:
    own = rule(tmp_path, "defaults: {fail_after: 3, recover_after: 2}\n", f'"{condition}"', more)
    assert (own.fail_after, own.recover_after, own.calm) == (fails, recovers, calm)


def test_a_check_is_counted_as_it_says(tmp_path: Path) -> None:
    text = (
        "checks:\n  tcp:\n    - {name: a, host: h, port: 1, every: 1m, fail_after: 5}\n"
        "    - {name: b, host: h, port: 1}\n"
        "  heartbeats: [{name: job, every: 1d, recover_after: 4}]\n"
    )
    own = rule(tmp_path, text)
    paced = {name: own.of(labels(check=name)) for name in ("a", "b", "job", "other")}
    assert {name: (each.every, each.fail_after, each.recover_after) for name, each in paced.items()} == {
        "a": (60.0, 5, 1), "b": (300.0, 2, 1), "job": (300.0, 2, 4), "other": (300.0, 2, 1),
    }  # fmt: skip
    assert rule(tmp_path, text, more=", fail_after: 1").of(labels(check="a")).fail_after == 1
    assert rule(tmp_path, text, "x > 1").of(labels(check="a")).every == 300.0


def test_channels_are_known_whether_or_not_they_can_be_used_here(tmp_path: Path) -> None:
    text = """
channels:
  sms: {account: a, token: "${NOT_SET}", from: f, to: "+1"}
  night: {type: twilio, account: a, token: t, from: f, to: "+33612345678", severities: [high, critical]}
  webhook: {url: https://example.com, resolved: false}
"""
    found = planned(tmp_path, text).channels
    assert found["sms"].severities == {Severity.CRITICAL}
    assert found["night"].severities == {Severity.HIGH, Severity.CRITICAL}
    assert (found["webhook"].severities, found["webhook"].resolved) == (frozenset(Severity), False)


@pytest.mark.parametrize("word", ["false", "False", "no", "off", "'no'", "0", "true", "yes", "on", "perhaps"])
def test_a_yes_or_no_is_read_as_the_channel_reads_it(tmp_path: Path, word: str) -> None:
    text = f"channels: {{webhook: {{url: 'https://example.com', resolved: {word}}}}}\n"
    own = planned(tmp_path, text).channels["webhook"]
    built = given(load(tmp_path / "rules.yaml"))["webhook"].channel
    assert own.resolved is (built.resolved if built else True)


def test_what_an_entry_does_not_say_its_class_says(tmp_path: Path) -> None:
    for name, kind in kinds().items():
        own = planned(tmp_path, f"channels: {{x: {{type: {name}}}}}\n").channels["x"]
        fields = kind.model_fields
        assert {one.word for one in own.severities} == set(fields["severities"].default or [s.word for s in Severity])
        assert own.resolved is fields["resolved"].default


@pytest.mark.parametrize("zone", ["Europe/Paris", ":Europe/Paris", "CET-1CEST,M3.5.0,M10.5.0/3"])
def test_without_a_zone_windows_follow_the_machines_clock_summer_and_winter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, zone: str
) -> None:
    text = """
maintenance:
  - {name: nightly, every: daily, at: "02:00", duration: 1h}
  - {name: once, from: 2027-07-01 12:00, until: 2027-12-01 12:00}
"""
    named = planned(tmp_path, "platform: {timezone: Europe/Paris}\n" + text).windows
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        here = planned(tmp_path, text).windows
        assert [(each.start, each.end) for each in here] == [(each.start, each.end) for each in named]
        for day in range(-10, 400):
            for minute in range(0, 240, 30):
                at = 1_790_000_000 // 86400 * 86400 + day * 86400.0 + minute * 60
                assert here[0].until(at) == named[0].until(at), at
    finally:
        monkeypatch.undo()
        time.tzset()


def test_windows_are_in_their_own_zone_or_the_platforms(tmp_path: Path) -> None:
    text = """
platform: {timezone: Europe/Paris}
maintenance:
  - {name: a, every: [monday, friday], at: "03:00", duration: 30m, matchers: {check: x}}
  - {name: b, from: 2026-07-01 12:00, until: 2026-07-01 13:00, timezone: UTC}
  - {name: c, from: 2026-07-01 12:00, until: 2026-07-01T13:00Z}
"""
    a, b, c = planned(tmp_path, text).windows
    assert (a.zone, sorted(a.days), a.duration, a.matchers) == (
        ZoneInfo("Europe/Paris"),
        [0, 4],
        1800,
        {"check": ("x",)},
    )
    assert b.start is not None
    assert (c.start, c.end) == (b.start - 7200, b.start + 3600)
