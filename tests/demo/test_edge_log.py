"""The log of the edge functions: what `supabase functions serve` writes of functions that log as the guide says."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from dropmon.demo import traffic

if TYPE_CHECKING:
    from collections.abc import Callable

    from dropmon.demo.standin import Stage

    Ask = Callable[..., Any]

LINE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z (.*)")
NOW = 1_795_419_127.0


def messages(log: str) -> list[str]:
    """The lines without their time; each must have one."""
    found = [LINE.fullmatch(line) for line in log.splitlines()]
    assert all(found)
    return [match[1] for match in found if match]


def logged(log: str, level: str) -> list[dict[str, object]]:
    prefix = f"[{level}] "
    return [json.loads(line.removeprefix(prefix)) for line in messages(log) if line.startswith(prefix)]


def test_the_backlog_is_the_same_every_time() -> None:
    assert list(traffic.backlog(NOW, 600)) == list(traffic.backlog(NOW, 600))


@pytest.mark.slow
def test_an_hour_holds_invocations_a_few_errors_and_stack_traces() -> None:
    log = "".join(traffic.backlog(NOW, 3600))
    errors = [entry for entry in logged(log, "Error") if entry.get("type") == "error"]
    metrics = [entry for entry in logged(log, "Info") if entry.get("type") == "metric"]
    assert len(metrics) > 1700
    assert 1 <= len(errors) <= 30
    assert sorted(errors[0]) == ["duration", "error", "function", "type"]
    assert any(line.startswith("    at ") for line in messages(log))
    assert any(entry["level"] == "warn" for entry in logged(log, "Warning"))


def test_an_invocation_is_logged_at_once(standins: Stage, ask: Ask) -> None:
    log = standins.folder / "functions.log"
    before = log.read_text()
    ask(standins.cast["functions"].url + "/functions/v1/monitoring", {"apikey": "sb_publishable_demo_not_a_real_key"})
    new = log.read_text().removeprefix(before)
    assert "serving the request with supabase/functions/monitoring" in messages(new)
    assert any(entry.get("function") == "monitoring" for entry in logged(new, "Info"))


def test_a_function_that_cannot_boot_leaves_a_stack_trace(standins: Stage, ask: Ask) -> None:
    log = standins.folder / "functions.log"
    before = log.read_text()
    standins.suffer("functions", "down")
    ask(standins.cast["functions"].url + "/functions/v1/monitoring")
    assert "InvalidWorkerResponse: event loop error: TypeError" in log.read_text().removeprefix(before)
