"""From a check that fails to a phone that rings, in a process of its own."""

from __future__ import annotations

import json
import sqlite3
import subprocess
from pathlib import Path

import pytest

from tests.cli.conftest import COMMAND, environment
from tests.oncall.phones import ringing

MORE = """
defaults: {every: 10s, fail_after: 1, retries: 0, timeout: 2s, line: []}
checks: {tcp: [{name: shop, host: 127.0.0.1, port: 1}]}
alerts: [{id: down, name: it is down, condition: probe_success == 0, severity: critical, channels: [oncall]}]
"""


@pytest.mark.slow
def test_what_is_down_rings_and_who_held_the_pager_is_written_down(tmp_path: Path) -> None:
    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*COMMAND, *words], capture_output=True, text=True, cwd=tmp_path, env=environment(tmp_path), timeout=60
        )

    with ringing(tmp_path) as phones:
        phones.rules(rotation="[{primary: ann, backup: bob}]", more=MORE)
        first, second = run("cycle"), run("cycle")
        assert "tells oncall: first, 1 alert: it is down" in first.stdout
        assert "tells oncall" not in second.stdout
        assert phones.whom == ["+33600000001", "<@U01>", "ann@example.com"]

        asked = run("alert", "test", "oncall.backup", "--format", "json")
        assert json.loads(asked.stdout)["channels"][0]["to"] == "+33600000002, bob@example.com"
        assert phones.whom.count("+33600000002") == 1

    rows = sqlite3.connect(tmp_path / "history.db").execute("SELECT role, person, source FROM served").fetchall()
    assert rows == [("backup", "bob", "rotation"), ("primary", "ann", "rotation")]


def test_what_cannot_reach_anybody_is_said_while_nothing_burns(tmp_path: Path) -> None:
    with ringing(tmp_path) as phones:
        phones.rules("{ann: {name: Ann}}", "[{primary: ann}]", MORE.replace("== 0", "== 2"))
        done = subprocess.run(
            [*COMMAND, "cycle"], capture_output=True, text=True, cwd=tmp_path, env=environment(tmp_path), timeout=60
        )
    assert "the channel oncall cannot be used: none of them can be reached" in done.stderr + done.stdout
