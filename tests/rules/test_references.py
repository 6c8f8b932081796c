"""What one section says of another is checked, whatever else is wrong in either."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.rules.conftest import Complain, cases

ALERT = "{id: a, condition: b > 1, severity: low"
ONCALL = "oncall: {start: 2026-01-05, people: {x: {name: X}, y: {name: Y}}, rotation: [{primary: x}]}\n"


@pytest.mark.parametrize(("text", "said"), cases("unknown.txt"))
def test_a_reference_that_leads_nowhere_is_named(complaints: Complain, text: str, said: str) -> None:
    assert f"rules.yaml:{said}" in complaints(text)


@pytest.mark.parametrize(
    "text",
    [
        ONCALL + f"alerts: [{ALERT}, channels: [oncall]}}]",
        "metrics: {a: 'a_total + 1', b: 'x{a=\"b\"}'}",
        "checks: {tcp: [{name: a, host: h, port: 1, depends_on: [b]}], dns: [{name: b, host: h}]}",
        f"alerts: [{ALERT}, runbook: here}}]\nrunbooks: {{folder: pages}}",
        f"alerts: [{ALERT}, runbook: anything}}]",
    ],
)
def test_a_reference_that_leads_somewhere_is_fine(complaints: Complain, text: str) -> None:
    Path("pages").mkdir()
    Path("pages/here.md").write_text("# Here")
    assert complaints(text) == []


def test_a_broken_section_does_not_hide_wrong_references(complaints: Complain) -> None:
    text = f"alerts: [{ALERT}, throttle: 5, channels: [slak]}}]\nchannels: {{slack: {{webhok: w}}}}"
    assert [line.partition(": ")[2] for line in complaints(text)] == [
        "alerts[0].throttle: 5 has no unit: write a number with one, such as 5s",
        "unknown channel 'slak' (did you mean 'slack'?)",
        "unknown key 'webhok' in channels.slack (did you mean 'webhook'?)",
    ]
