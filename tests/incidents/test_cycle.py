"""A whole cycle: a real check fails, an incident is opened and told, somebody takes it, it is over."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dropmon.cli import run
from tests.alerts.channels.receiver import Receiver, Reply, receiving

RULES = """
platform: {{name: Shop, timezone: UTC, language: fr}}
defaults: {{fail_after: 1, timeout: 2s, retries: 0}}
channels:
  alerts: {{type: webhook, url: "{url}/alerts"}}
  team: {{type: webhook, url: "{url}/team"}}
  tickets: {{type: webhook, url: "{url}/tickets"}}
checks: {{web: [{{name: shop, url: "{site}"}}]}}
alerts:
  - {{id: down, name: "{{{{ labels.check }}}} en panne", condition: probe_success == 0, severity: critical, channels: [alerts], runbook: api-down}}
incidents:
  tickets: tickets
  critical: {{from: [critical], acknowledge: 5m, escalate: 15m, notify: [team, alerts], postmortem: required, ticket: true}}
"""  # noqa: E501


@pytest.fixture
def broken() -> list[bool]:
    return [True]


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: list[bool]) -> Iterator[Receiver]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DROPMON_STORAGE", str(tmp_path / "x.db"))
    monkeypatch.delenv("DROPMON_RULES", raising=False)
    with receiving() as receiver, receiving(lambda *_: Reply(500 if broken[0] else 200)) as site:
        Path("rules.yaml").write_text(RULES.format(url=receiver.url, site=site.url))
        yield receiver


def cycle() -> int:
    return run(["cycle"])


def messages(told: Receiver) -> list[tuple[str, str, Any]]:
    """Where each message went, why, and the alert that it tells of."""
    found = [(each.path[1:], each.json["type"], each.json["data"]["alerts"][0]) for each in told.seen]
    told.seen.clear()
    return found


def test_an_outage_from_its_first_alert_to_its_end(
    told: Receiver, broken: list[bool], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cycle() == 2
    assert "incidents: 1 critical open\n  incident 1 opened: critical (to: team, tickets): shop en panne" in (
        capsys.readouterr().out
    )
    found = {where: (kind, about) for where, kind, about in messages(told)}
    assert sorted((where, kind) for where, (kind, _) in found.items()) == [
        ("alerts", "alert.first"), ("team", "alert.first"), ("tickets", "alert.first"),
    ]  # fmt: skip
    about = found["team"][1]
    assert (about["rule"], about["name"], about["severity"]) == ("incident-1", "Incident 1 : shop en panne", "critical")
    assert about["acknowledge"] == "dropmon incident ack 1"
    assert about["description"].startswith("Un incident critique est ouvert. À prendre en charge avant")

    assert cycle() == 2
    assert messages(told) == []
    capsys.readouterr()
    assert run(["alert", "ack", "down", "--by", "alice"]) == 0
    assert "incident 1 is alice's" in capsys.readouterr().err

    broken[0] = False
    assert cycle() == 0
    assert sorted((where, kind) for where, kind, _ in messages(told)) == [
        ("alerts", "alert.resolved"), ("team", "alert.resolved"), ("tickets", "alert.resolved"),
    ]  # fmt: skip
    assert run(["incident", "list", "--all", "--format", "json"]) == 0
    out = capsys.readouterr().out
    (one,) = json.loads(out[out.index("{") :])["incidents"]
    assert (one["state"], one["holder"]) == ("resolved", "alice")
    assert one["seconds_to_acknowledge"] is not None


def test_a_cycle_without_incidents_says_nothing_of_them(told: Receiver, capsys: pytest.CaptureFixture[str]) -> None:
    text = Path("rules.yaml").read_text()
    Path("rules.yaml").write_text(text[: text.index("incidents:")])
    assert cycle() == 2
    assert "incident" not in capsys.readouterr().out
    assert [where for where, *_ in messages(told)] == ["alerts"]


def test_incidents_that_are_written_wrong_keep_no_alert_from_being_told(
    told: Receiver, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("rules.yaml").write_text(Path("rules.yaml").read_text().replace("acknowledge: 5m", "acknowledge: 5"))
    assert cycle() == 2
    assert "5 has no unit" in capsys.readouterr().err
    assert [where for where, *_ in messages(told)] == ["alerts"]
