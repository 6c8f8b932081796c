"""What `check database` looks into: the numbers it keeps, and what it complains of."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from dropmon import rules as loading
from dropmon.db.database import Database
from dropmon.db.report import load
from dropmon.db.session import session
from dropmon.db.watch import reason
from dropmon.flows.cycle import looked
from tests.db.sessions import connect

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from dropmon.demo.database import Server

pytestmark = pytest.mark.slow

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
    def run(*words: str, connections: str = "80%", database: str = "shop") -> subprocess.CompletedProcess[str]:
        url = newest.url_of("dropmon", database)
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


@pytest.mark.parametrize(
    ("table", "error"),
    [
        ("pg_sequence", "could not look at sequences: canceling statement due to lock timeout"),
        ("pg_extension", "it answers, but could not be looked into: canceling statement due to lock timeout"),
    ],
)
def test_what_cannot_be_looked_at_is_named_and_never_healthy(
    check: Any, newest: Server, scratch: str, table: str, error: str
) -> None:
    with connect(newest, "postgres", "migration", scratch) as other:
        other.execute(f"begin; lock table pg_catalog.{table} in access exclusive mode")
        done = check("check", "database", "--format", "json", database=scratch)
    (found,) = json.loads(done.stdout)["checks"]

    assert (done.returncode, found["verdict"]) == (3, "unknown")
    assert found["error"].startswith(error)
    assert found["hint"].endswith("dropmon db blocking")
    assert [line[-4:] for line in check("history", "export").stdout.splitlines() if "probe_success{" in line]


def test_what_complains_is_told_beside_what_cannot_be_looked_at(check: Any, newest: Server, scratch: str) -> None:
    with connect(newest, "postgres", "migration", scratch) as other:
        other.execute("begin; lock table pg_catalog.pg_sequence in access exclusive mode")
        done = check("check", "database", "--format", "json", connections="1%", database=scratch)
    (found,) = json.loads(done.stdout)["checks"]

    assert (done.returncode, found["verdict"]) == (3, "unknown")
    assert "; could not look at sequences: canceling" in found["error"]
    assert found["hint"].startswith("dropmon db connections; ")


def test_what_this_server_does_not_have_is_no_doubt(check: Any, scratch: str) -> None:
    """The database has no pg_stat_statements, and the role no right to the numbers of its sequences."""
    done = check("check", "database", "--format", "json", database=scratch)

    assert (done.returncode, json.loads(done.stdout)["checks"][0]["verdict"]) == (0, "healthy")


def test_a_look_that_the_deadline_cuts_short_is_no_all_clear(newest: Server, tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text(
        RULES.format(folder=tmp_path, url=newest.url_of("dropmon", "shop"), connections="80%")
    )
    found = looked(loading.load(tmp_path / "rules.yaml"), "main", time.time(), 0.0)

    assert [(each.report, each.what) for each in found.unseen] == [("", "not done when the run's deadline came")]
