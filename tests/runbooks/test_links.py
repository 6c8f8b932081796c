"""Where an alert leads: its own page, that of its check, or the one that is called like it."""

from __future__ import annotations

from pathlib import Path

import pytest

from dropmon.alerts.message import message
from dropmon.alerts.notification import Alert, Notification, Phase, Reason, Severity
from dropmon.alerts.plan import plan
from dropmon.flows import telling
from dropmon.rules import Rules, load
from dropmon.rules.findings import examine

CHECKS = """
checks:
  apis: [{name: Stripe, url: "https://a", runbook: stripe}, {name: Shopify, url: "https://a"}]
  heartbeats: [{name: job, every: 1d, runbook: jobs}]
databases: {main: {url: postgresql://h/d, runbook: base}, other: {url: postgresql://h/d}}
alerts:
  - {id: own, condition: a > 1, severity: low, runbook: mine}
  - {id: none, condition: probe_success == 0, severity: critical}
"""


def rules(folder: Path, text: str) -> Rules:
    (folder / "rules.yaml").write_text(text)
    return load(folder / "rules.yaml")


@pytest.mark.parametrize(
    ("labels", "usual", "page"),
    [
        ({"check": "Stripe"}, "", "stripe"),
        ({"check": "Shopify"}, "", None),
        ({"check": "Shopify"}, "any", "any"),
        ({"check": "Stripe"}, "any", "stripe"),
        ({"check": "job"}, "", "jobs"),
        ({"database": "main"}, "", "base"),
        ({"check": "main", "kind": "database"}, "", "base"),
        ({"database": "other"}, "any", "any"),
        ({"check": "unheard of"}, "any", None),
        ({}, "any", None),
    ],
)
def test_an_alert_without_a_page_has_that_of_its_check(
    tmp_path: Path, labels: dict[str, str], usual: str, page: str | None
) -> None:
    more = f"defaults: {{runbook: {usual}}}\n" if usual else ""
    own, none = plan(rules(tmp_path, more + CHECKS)).rules

    assert none.page(labels) == page
    assert own.page(labels) == "mine"


@pytest.mark.parametrize(
    ("runbooks", "page", "link"),
    [
        ("{url: 'https://wiki.example/r/'}", "api-down", "https://wiki.example/r/api-down"),
        ("{url: 'https://wiki.example/r'}", "a b", "https://wiki.example/r/a%20b"),
        ("{url: 'https://wiki.example/r'}", "https://else.example/x", "https://else.example/x"),
        ("{folder: pages}", "api-down", ""),
        ("{url: 5}", "api-down", ""),  # a mistake there must keep no message from being sent
        ("{url: '${NOT_SET}'}", "api-down", ""),
    ],
)
def test_a_message_links_to_the_page(tmp_path: Path, runbooks: str, page: str, link: str) -> None:
    alert = Alert("x", "X", Severity.HIGH, Phase.FIRING, runbook=page)
    voice = telling.voice(rules(tmp_path, f"runbooks: {runbooks}"))
    told = message(Notification("1", "c", Reason.FIRST, (alert,), 0.0), voice)
    (part,) = told.parts

    assert (part.runbook, part.link) == (page, link)
    assert f"  Runbook: {page}" in told.text
    assert link in told.text


@pytest.mark.parametrize(
    ("severity", "more", "said"),
    [
        ("low", "runbook: gone", False),
        ("high", "runbook: gone", True),
        ("critical", "runbook: gone", True),
        ("critical", "runbook: api-down", False),  # comes with dropmon
        ("critical", "runbook: 'https://wiki.example/x'", False),
        ("low", "runbook: gone}]\nrunbooks: {folder: pages} #", True),
        ("critical", "runbook: gone}]\nrunbooks: {url: 'https://wiki.example'} #", False),  # they are elsewhere
    ],
)
def test_rules_check_knows_runbooks_that_there_are_not(tmp_path: Path, severity: str, more: str, said: bool) -> None:
    text = f"alerts: [{{id: a, condition: b > 1, severity: {severity}, {more}}}]"
    loaded = rules(tmp_path, text)

    assert any("no runbook 'gone'" in problem.what for problem in examine(loaded.path).problems) == said
