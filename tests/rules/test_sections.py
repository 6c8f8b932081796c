"""Every section takes what people write, refuses what it cannot mean, and says so in plain words."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from fractions import Fraction
from typing import Any

import pytest

from tests.rules.conftest import Complain, Load, cases

PEOPLE = "people: {a: {name: A}}"
SMS = "channels: {x: {type: twilio, account: A, token: t, from: +33612345678, "
ONCE = "maintenance: [{name: a, from: 2026-12-24 09:00, "


@pytest.mark.parametrize(
    ("text", "path", "value"),
    [
        ("platform: {timezone: Europe/Paris}", "platform.timezone.key", "Europe/Paris"),
        ("platform: {}", "platform.timezone", None),
        ("storage: /var/lib/x.db", "storage", "/var/lib/x.db"),
        ("platform:", "storage", "sqlite"),
        ("history: {retention: 7d}", "history.retention", 604800.0),
        ("databases: {m: {url: x, thresholds: {deadlocks: 3/day}}}", "databases.m.thresholds.deadlocks", (3, 86400.0)),
        ("databases: {m: {url: x}}", "databases.m.thresholds.connections", Fraction(4, 5)),
        ("sources: {vercel: {project: a, token: t}}", "sources.vercel.project", ("a",)),
        ("sources: {sql: [{metric: a_total, type: counter, query: q}]}", "sources.sql.0.database", "main"),
        ("sources: {sql: [{metric: a, query: q, timeout: 2s}]}", "sources.sql.0.timeout", 2.0),
        ("slos: [{name: a, target: 99.9%, value: b, below: 500ms}]", "slos.0.below", 0.5),
        ("slos: [{name: a, target: 99.9%, value: b, above: 4.5}]", "slos.0.above", 4.5),
        ("slos: [{name: a, target: 99.9%, bad: b, total: c}]", "slos.0.target.share", Fraction(999, 1000)),
        ("alerts: [{id: a, condition: b > 1, for: 5m, severity: low}]", "alerts.0.for_", 300.0),
        ("alerts: [{id: a, condition: b, recover_after: 5m, severity: low}]", "alerts.0.recover_after.seconds", 300.0),
        ("alerts: [{id: a, condition: b > 1, recover_after: 3, severity: low}]", "alerts.0.recover_after.times", 3),
        ("channels: {slack: {webhook: w123}}", "channels.slack.type", "slack"),
        ("channels: {email: {host: h, from: a@b.c, to: a@b.c}}", "channels.email.to", ("a@b.c",)),
        ("channels: {smtp: {host: h, from: Ops <a@b.c>, to: [a@b.c]}}", "channels.smtp.from_", "Ops <a@b.c>"),
        ("channels: {x: {type: ntfy, topic: t}}", "channels.x.url", "https://ntfy.sh"),
        (SMS + "to: +33 6 12 34 56 78}}", "channels.x.to", ("+33612345678",)),
        ("maintenance: [{name: a, every: daily, at: 03:00, duration: 30m}]", "maintenance.0.at", time(3)),
        ("maintenance: [{name: a, every: [monday], at: 3:30, duration: 1d}]", "maintenance.0.every", ("monday",)),
        (ONCE + "until: 2026-12-25T09:00Z}]", "maintenance.0.until", datetime(2026, 12, 25, 9, tzinfo=UTC)),
        (f"oncall: {{{PEOPLE}, start: 2026-01-05, rotation: [{{primary: a}}]}}", "oncall.start", date(2026, 1, 5)),
        ("oncall: {handoff: Friday 17:30}", "oncall.handoff.weekday", 4),
        ("incidents: {minor: {from: [low], ticket: true}}", "incidents.minor.ticket", True),
        ("incidents: {critical: {from: [critical]}}", "incidents.major.postmortem", "no"),
        ("report: {weekly: {at: monday 09:00, channel: x, to: a@b.c}}", "report.weekly.to", ("a@b.c",)),
    ],
)  # fmt: skip
def test_what_people_write_is_understood(rules: Load, text: str, path: str, value: object) -> None:
    found: Any = rules(text)
    for step in path.split("."):
        found = found[step] if isinstance(found, dict) else found[int(step)] if step.isdigit() else getattr(found, step)
    assert found == value


@pytest.mark.parametrize(("text", "said"), cases("refused.txt"))
def test_what_cannot_be_meant_is_refused_in_plain_words(complaints: Complain, text: str, said: str) -> None:
    assert f"rules.yaml:{said}" in complaints(text)


def test_everything_is_said_at_once_and_in_order(complaints: Complain) -> None:
    text = (
        "platform: {name: 1}\nchecks:\n  tcp:\n    - {name: a, host: h, port: 0}\n    - {name: a, host: h, port: 1}\n"
        "alerts:\n  - {id: x, condition: a >, severity: low, channels: [nobody]}\noncall: 3\n"
    )
    assert [line.split(":")[1] for line in complaints(text)] == ["1", "4", "5", "7", "7", "8"]
