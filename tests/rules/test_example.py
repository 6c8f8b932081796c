"""The files that we show load, and carry the values of the monitoring guide."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

import pytest

from dropmon.rules import Rules, load
from dropmon.rules.findings import examine
from dropmon.rules.sections import SECTIONS
from dropmon.slo.target import shown
from dropmon.units import percent

EXAMPLE = Path(__file__).parents[2] / "rules.example.yaml"
SHAPE = Path(__file__).with_name("shape.yaml")
STARTER = Path(str(files("dropmon.rules").joinpath("starter.yaml")))


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every variable that the examples name."""
    for name in set(re.findall(r"\$\{([A-Z_]+)\}", EXAMPLE.read_text() + SHAPE.read_text())):
        monkeypatch.setenv(name, "https://value.example" if name.endswith("URL") else "value-of-" + name.lower())


@pytest.fixture
def example(environment: None) -> Rules:
    return load(EXAMPLE)


@pytest.mark.parametrize("path", [EXAMPLE, SHAPE, STARTER], ids=lambda path: path.name)
@pytest.mark.usefixtures("environment")
def test_what_we_show_has_no_problem(path: Path) -> None:
    findings = examine(path)
    assert (findings.problems, findings.unset) == ((), ())


@pytest.mark.parametrize("path", [EXAMPLE, SHAPE], ids=lambda path: path.name)
def test_without_its_variables_it_only_lacks_them(path: Path) -> None:
    findings = examine(path)
    assert findings.problems == ()
    assert findings.exit_code == 1


def test_the_starter_needs_no_variable() -> None:
    assert examine(STARTER).exit_code == 0


def test_the_example_shows_every_section(example: Rules) -> None:
    assert set(SECTIONS) == example.given


def test_every_section_of_the_example_loads(example: Rules) -> None:
    assert all(getattr(example, section) for section in SECTIONS if section != "checks")
    assert [entry.name for entry in example.entries("apis")] == ["Shopify", "Stripe", "BigBuy", "merchants"]


def test_the_example_carries_the_alerts_of_the_guide(example: Rules) -> None:
    alerts = {alert.id: alert for alert in example.alerts}
    minutes = {name: alert.throttle / 60 for name, alert in alerts.items()}

    assert alerts["high_error_rate"].condition == "error_rate > 1"
    assert alerts["high_error_rate"].channels == ("email", "sms", "slack")
    assert alerts["slow_response"].condition == "avg_response_time > 1000"
    assert alerts["database_connections"].condition == "db_connections > 80"
    assert (minutes["high_error_rate"], minutes["slow_response"], minutes["database_connections"]) == (5, 15, 30)


def test_the_example_carries_the_promises_of_the_guide(example: Rules) -> None:
    targets = {slo.name: shown(slo.target) for slo in example.slos}
    assert (targets["uptime"], targets["error-rate"], targets["api-success"]) == ("99.9%", "< 0.1%", "> 99.5%")
    assert {slo.name: slo.below for slo in example.slos if slo.below} == {"response-time": 0.5, "query-time": 0.1}


def test_the_example_carries_the_rest_of_the_guide(example: Rules) -> None:
    limits = example.databases["main"].thresholds
    rotation = [(row.primary, row.backup) for row in example.oncall.rotation]
    critical, major, minor = example.incidents.critical, example.incidents.major, example.incidents.minor

    assert (limits.connections, limits.slow_query, limits.cache_hit) == (percent("80%"), 0.1, percent("95%"))
    assert rotation == [("alice", "bob"), ("bob", "charlie"), ("charlie", "alice")]
    assert (critical.acknowledge, critical.escalate, critical.postmortem) == (300, 900, "required")
    assert (major.acknowledge, major.investigate, major.communicate) == (900, 1800, 3600)
    assert (minor.due, minor.ticket) == (86400, True)
    assert example.report.weekly
    assert str(example.report.weekly.at) == "monday 09:00"
