"""The screens, whole, as text files: `DROPMON_WRITE_SCREENS=1 pytest tests/checks/test_screen.py` writes them anew."""

from __future__ import annotations

import io
import os
from datetime import UTC
from pathlib import Path

import pytest
from rich.console import Console

from dropmon import output
from dropmon.checks.table import Report, nagios, table
from dropmon.model import Outcome, Phases, Verdict

NOW = 1795419127.0  # 2026-11-23 07:32:07 UTC
SCREENS = Path(__file__).parent / "screens"
PHASES = Phases(0.001, 0.002, 0.01, 0.03, 0.001)


def outcome(
    name: str, verdict: Verdict = Verdict.HEALTHY, code: int | None = 200, error: str = "", hint: str = ""
) -> Outcome:
    return Outcome(name, "apis", verdict, NOW, 0.044, PHASES, code, NOW + 86400 * 60, error, hint, tags=("revenue",))


SHARED = ("HTTP 503: an error on their side", "their incident: Elevated API errors (investigating)")
ILL = [
    outcome("Stripe", Verdict.AUTH_FAILED, 401, "HTTP 401: token expired or revoked (STRIPE_KEY)", "make a new one"),
    outcome("acme", Verdict.DOWN, 503, *SHARED),
    outcome("bcme", Verdict.DOWN, 503, *SHARED),
    Outcome("import", "heartbeats", Verdict.UNKNOWN, NOW, error="it never reported", hint="dropmon beat import"),
    outcome("BigBuy", Verdict.RATE_LIMITED, 429, "they are up, but throttle us", "look for what else uses it"),
    outcome("Shopify"),
]
SINCE = {("apis", "Stripe"): NOW - 600, ("apis", "acme"): NOW - 7200, ("apis", "Shopify"): NOW - 86400 * 3}
TREND = {("apis", "Stripe"): [0.04, 0.05, 0.2, 0.044], ("apis", "Shopify"): [0.04] * 10}
REPORTS = {
    "trouble": Report(NOW, 1.25, ILL, SINCE, TREND, UTC),
    "calm": Report(NOW, 0.2, [outcome(f"shop-{i:02}") for i in range(30)], zone=UTC),
    "one": Report(NOW, 0.05, [outcome("Shopify")], SINCE, TREND, UTC),
    "none": Report(NOW, 0.001, [], zone=UTC),
}


def rich(report: Report, width: int) -> str:
    console = Console(width=width, height=24, file=io.StringIO(), markup=False, emoji=False, highlight=False)
    output.screen(table(report, 24), console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def text(report: Report, form: str) -> str:
    if form in {"narrow", "wide"}:
        shown = rich(report, 80 if form == "narrow" else 160)
    elif form == "nagios":
        shown = nagios(report)
    else:
        shown = "".join(output.TEXTS[output.Format(form)](table(report)))
    return "\n".join(line.rstrip() for line in shown.splitlines()) + "\n"


@pytest.mark.parametrize("form", ["narrow", "wide", "plain", "markdown", "json", "csv", "nagios"])
@pytest.mark.parametrize("name", REPORTS)
def test_the_screen_is_as_it_was(name: str, form: str) -> None:
    file = SCREENS / f"{name}.{form}.txt"
    shown = text(REPORTS[name], form)
    if os.environ.get("DROPMON_WRITE_SCREENS"):
        file.write_text(shown)

    assert shown == file.read_text()


@pytest.mark.parametrize("name", REPORTS)
def test_the_verdict_stays_in_sight_on_a_small_terminal(name: str) -> None:
    lines = rich(REPORTS[name], 80).splitlines()

    assert len(lines) < 24
    assert all(len(line) <= 80 for line in lines)
    assert REPORTS[name].status.name in lines[0]
