"""What `check database` looks into: the numbers it keeps, and what it complains of."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from dropmon.db.database import Database
from dropmon.db.report import load
from dropmon.db.session import session
from dropmon.db.watch import reason
from tests.db.sessions import connect

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from dropmon.demo.database import Server

RULES = """
platform: {{name: shop, url: "https://shop.example"}}
storage: {folder}/history.db
databases:
  main:
    url: {url}
    labels: {{team: core}}
    thresholds: {{connections: {connections}}}
"""


@pytest.fixture
def check(newest: Server, tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    def run(*words: str, connections: str = "80%") -> subprocess.CompletedProcess[str]:
        url = newest.url_of("dropmon", "shop")
        (tmp_path / "rules.yaml").write_text(RULES.format(folder=tmp_path, url=url, connections=connections))
        command = [sys.executable, "-m", "dropmon", *words]
        return subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path, env={**os.environ})

    return run


def test_a_database_past_a_threshold_is_degraded_and_names_the_report(check: Any, newest: Server) -> None:
    with connect(newest, "app", "shop"):
        done = check("check", "database", "--format", "json", connections="1%")
    (found,) = json.loads(done.stdout)["checks"]

    assert (done.returncode, found["verdict"]) == (1, "degraded")
    assert "usable connections are taken" in found["error"]
    assert found["hint"].startswith("dropmon db ")


def test_a_complaint_about_one_session_names_it(newest: Server) -> None:
    url = newest.url_of("postgres")
    with connect(newest, "app", "shop") as open_, session(Database("main", url)) as found:
        open_.execute("begin")
        open_.execute("select 1")
        time.sleep(1.1)
        answer = found.ask(load("connections"), {"idle": 1.0})
    assert "idle in transaction for 00:00:0" in reason(answer)
    assert "usable connections are taken" in reason(answer)


def test_a_check_leaves_the_numbers_of_every_report(check: Any) -> None:
    check("check", "database")
    kept = {line.partition("{")[0] for line in check("history", "export").stdout.splitlines() if 'team="core"' in line}

    assert kept >= {
        "pg_connections", "pg_max_connections", "pg_cache_hit_ratio", "pg_deadlocks_total", "pg_table_bytes",
        "pg_database_bytes", "pg_longest_transaction_seconds", "pg_xid_age", "pg_statement_mean_seconds",
        "pg_replication_lag_bytes",
    }  # fmt: skip


def test_the_guides_own_expression_has_its_numbers(check: Any) -> None:
    """`100 * sum(pg_connections) / sum(pg_max_connections)` needs both, with a zero where nobody is in a state."""
    check("check", "database")
    lines = check("history", "export").stdout.splitlines()
    states = {line for line in lines if line.startswith("pg_connections{")}

    assert {"idle in transaction", "active", "idle"} <= {
        line.partition('state="')[2].partition('"')[0] for line in states
    }
    assert [line for line in lines if line.startswith("pg_max_connections{") and " 60" in line]


def test_without_recording_nothing_is_kept(check: Any) -> None:
    check("check", "database", "--no-record")

    assert "pg_connections" not in check("history", "export").stdout
