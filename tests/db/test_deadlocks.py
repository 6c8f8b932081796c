"""dropmon db deadlocks: a rate from the history, which clears, beside a counter that does not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from dropmon.db.samples import samples
from dropmon.db.table import headline
from dropmon.db.trend import DAY, added
from dropmon.model import Sample, Status
from dropmon.storage import open_store
from tests.db.asking import ask

if TYPE_CHECKING:
    from pathlib import Path

    from dropmon.db.run import Answer
    from dropmon.db.trend import Points
    from dropmon.demo.database import Server

AT = 1_800_000_000.0


def shop(answer: Answer) -> dict[str, Any]:
    (found,) = (row for row in answer.rows if row["database"] == "shop")
    return dict(found)


def later(answer: Answer, points: Points) -> Answer:
    """The answer with these earlier samples of the shop, by their age."""
    kept = [(AT - age, value) for age, value in points]
    return added(answer, lambda _, start: {(("datname", "shop"),): [each for each in kept if each[0] > start]}, AT)


def test_the_planted_deadlock_is_counted(server: Server) -> None:
    answer = ask(server, "deadlocks")

    assert shop(answer)["deadlocks"] >= 1
    assert answer.rows[0]["database"] == "shop"
    assert {row["database"] for row in answer.rows} >= {"shop", "bare", "bench", "old", "postgres"}
    assert all("template" not in row["database"] for row in answer.rows)


def test_whoever_may_see_nothing_sees_this(server: Server) -> None:
    assert shop(ask(server, "deadlocks", role="blind"))["deadlocks"] >= 1


def test_without_a_history_a_count_is_no_rate(newest: Server) -> None:
    answer = later(ask(newest, "deadlocks"), [])
    found = shop(answer)

    assert (found["status"], found["per_day"]) == ("unknown", None)
    assert "dropmon check database" in found["hint"]
    assert answer.status is Status.UNKNOWN
    assert answer.facts["rate_per_day"] is None


def test_none_ever_is_well_without_a_history(newest: Server) -> None:
    answer = later(ask(newest, "deadlocks"), [])
    never = next(row for row in answer.rows if row["database"] == "bare")

    assert (never["status"], never["per_day"], never["hint"]) == ("ok", None, None)


@pytest.mark.parametrize(("age", "rate", "said"), [(1.5, None, "?"), (3700, 0.0, "0")])
def test_a_rate_takes_an_hour(newest: Server, age: float, rate: float | None, said: str) -> None:
    answer = ask(newest, "deadlocks")
    calm = answer._replace(rows=({**shop(answer), "deadlocks": 0},))
    told = later(calm, [(age, 0)])

    assert (told.status, shop(told)["per_day"], told.facts["rate_per_day"]) == (Status.OK, rate, rate)
    assert headline(told).startswith(f"\N{HEAVY CHECK MARK} OK  {said} deadlocks a day")


def test_a_new_one_is_a_warning_however_short_the_history(newest: Server) -> None:
    answer = ask(newest, "deadlocks")
    found = shop(later(answer, [(300, shop(answer)["deadlocks"] - 1)]))

    assert (found["status"], found["per_day"], found["window_seconds"]) == ("warning", 1.0, 300)
    assert "deadlock detected" in found["hint"]


def test_an_all_clear_takes_a_day(newest: Server) -> None:
    answer = ask(newest, "deadlocks")
    now = shop(answer)["deadlocks"]

    assert shop(later(answer, [(300, now)]))["status"] == "unknown"
    assert shop(later(answer, [(DAY - 300, now)]))["status"] == "ok"


def test_it_clears_when_the_day_has_passed(newest: Server) -> None:
    answer = ask(newest, "deadlocks")
    now = shop(answer)["deadlocks"]
    cleared = later(answer, [(2 * DAY, now - 1), (DAY + 60, now), (DAY - 240, now), (300, now)])

    assert shop(cleared)["status"] == "ok"
    assert (cleared.status, cleared.facts["rate_per_day"]) == (Status.OK, 0.0)


def test_a_sample_a_week_is_a_rate_too(newest: Server) -> None:
    answer = ask(newest, "deadlocks")
    found = shop(later(answer, [(5 * DAY, shop(answer)["deadlocks"] - 1)]))

    assert (found["status"], found["per_day"]) == ("warning", pytest.approx(0.2))


def test_after_a_reset_it_counts_from_zero(newest: Server) -> None:
    answer = ask(newest, "deadlocks")
    now = shop(answer)["deadlocks"]

    assert shop(later(answer, [(DAY - 60, now + 500)]))["per_day"] == now


@pytest.mark.parametrize(
    ("allowed", "status"), [("0/day", "warning"), ("1/day", "ok"), ("1/hour", "ok"), ("6/week", "warning")]
)
def test_more_than_allowed_is_a_warning(newest: Server, allowed: str, status: str) -> None:
    answer = ask(newest, "deadlocks", warn=allowed)

    assert shop(later(answer, [(DAY - 60, shop(answer)["deadlocks"] - 1)]))["status"] == status


def test_the_numbers_that_it_leaves(newest: Server) -> None:
    answer = ask(newest, "deadlocks")
    kept = {(sample.name, dict(sample.labels)["datname"]): sample.value for sample in samples(answer, {}, AT)}

    assert kept["pg_deadlocks_total", "shop"] == shop(answer)["deadlocks"]
    assert kept["pg_conflicts_total", "shop"] == 0


def test_a_crash_loses_the_counters_and_is_told(mortal: Server) -> None:
    before = ask(mortal, "deadlocks")
    mortal.crash()
    mortal.restart()
    after = ask(mortal, "deadlocks")

    assert (shop(before)["deadlocks"] >= 1, shop(after)["deadlocks"]) == (True, 0)
    assert after.facts["started_at"] > before.facts["started_at"]
    assert any("the server runs since" in note for note in after.facts["notes"])


def test_the_command_asks_its_history(newest: Server, tmp_path: Path) -> None:
    now = time.time()
    counted = float(shop(ask(newest, "deadlocks"))["deadlocks"])
    labels = (("database", "shop"), ("datname", "shop"), ("instance", f"127.0.0.1:{newest.port}"))
    with open_store(str(tmp_path / "kept.db")) as store:
        store.record([Sample("pg_deadlocks_total", labels, now - 600, counted - 1)], now=now)
    words = ["deadlocks", "-d", newest.url_of("dropmon", "shop"), "--storage", str(tmp_path / "kept.db"), "--record"]
    command = [sys.executable, "-m", "dropmon", "db", *words, "--format", "json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path, env={**os.environ})
    found = json.loads(done.stdout)

    assert (done.returncode, found["status"], found["rate_per_day"]) == (1, "warning", 1.0)
    with open_store(str(tmp_path / "kept.db")) as store:
        assert store.latest("pg_deadlocks_total")[labels][1] == counted


@pytest.mark.slow
@pytest.mark.parametrize("where", ["", "127.0.0.1:1", "address"])
@pytest.mark.parametrize("named", [True, False])
def test_servers_whose_databases_are_named_alike_are_kept_apart(
    newest: Server, tmp_path: Path, where: str, named: bool
) -> None:
    url, now = newest.url_of("dropmon", "shop"), time.time()
    (tmp_path / "rules.yaml").write_text(f"databases: {{shop: {{url: '{url}'}}}}\n")
    counted = float(shop(ask(newest, "deadlocks"))["deadlocks"])
    instance = where.replace("address", f"127.0.0.1:{newest.port}")
    labels = {"database": "shop", "datname": "shop"} | ({"instance": instance} if where else {})
    with open_store(str(tmp_path / "kept.db")) as store:
        sample = Sample("pg_deadlocks_total", tuple(labels.items()), now - 2 * 3600, counted - 1)
        store.record([sample], now=now)
    which = ["shop", "--rules", "rules.yaml"] if named else [url]
    command = [sys.executable, "-m", "dropmon", "db", "deadlocks", "--format", "json", "-d", *which]
    command += ["--storage", str(tmp_path / "kept.db")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    ours = where == ("" if named else "address")

    assert (json.loads(done.stdout)["rate_per_day"] or 0) == (1.0 if ours else 0), done.stderr
