"""dropmon db growth: how fast tables grow, by the sizes that were recorded."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropmon.db.report import load
from dropmon.db.run import Answer
from dropmon.db.server import Server as Who
from dropmon.db.table import headline, notes
from dropmon.db.trend import DAY, WEEK, anew, growth, pace
from dropmon.model import Sample, Status
from dropmon.storage import open_for

if TYPE_CHECKING:
    from pathlib import Path

    from dropmon.demo.database import Server

AT = 1_800_000_000.0
MIB = 1 << 20
REPORT = load("growth")
WHO = Who._make([""] * len(Who._fields))


def answered(sizes: dict[str, list[float]], every: float = DAY, **given: Any) -> Answer:
    """The report, when so many bytes were recorded of each table, one period after the other, the last one now."""
    row = dict.fromkeys((column.key for column in REPORT.columns), None)
    rows = tuple({**row, "name": name, "by": "table", "total_bytes": now[-1]} for name, now in sizes.items())
    answer = Answer(REPORT, WHO, REPORT.values(given=given), {"warn_ratio": 0.2, "tables": len(rows)}, rows)
    found = {
        (("database", "shop"), ("table", name)): [
            (AT - every * (len(values) - 1 - place), value) for place, value in enumerate(values[:-1])
        ]
        for name, values in sizes.items()
    }

    def past(name: str, start: float, step: float = 0) -> Any:
        if name != "pg_table_bytes":
            return {}
        return {labels: [point for point in points if point[0] > start] for labels, points in found.items()}

    return growth(answer, past, AT)


def line(first: float, a_day: float, days: int = 7) -> list[float]:
    return [first + a_day * day for day in range(days)]


@given(st.floats(0, 1e12), st.floats(1, 1e9), st.integers(2, 50))
def test_of_a_straight_line_the_pace_is_its_slope(first: float, rate: float, count: int) -> None:
    points = [(AT + 60 * place, first + rate * 60 * place) for place in range(count)]
    found = pace(points)

    assert found is not None
    assert found[0] == pytest.approx(rate, rel=1e-3)
    assert found[1] == pytest.approx(max(first, points[-1][1] / 100), rel=1e-3, abs=1)


@given(st.lists(st.floats(1, 1e12), min_size=2, max_size=30))
def test_what_shrinks_never_warns(sizes: list[float]) -> None:
    answer = answered({"app.visits": sorted(sizes, reverse=True)}, every=DAY / 4, size="1B")

    assert answer.status in {Status.OK, Status.UNKNOWN}


@given(st.lists(st.tuples(st.floats(0, 1e9), st.floats(0, 1e12)), max_size=30))
def test_a_new_beginning_has_no_fall_by_more_than_half(points: list[tuple[float, float]]) -> None:
    rest = list(anew(points))

    assert rest == points[len(points) - len(rest) :]
    assert all(after >= before / 2 for (_, before), (_, after) in pairwise(rest))


def test_a_large_table_that_grows_too_fast_is_a_warning_and_stands_first() -> None:
    sizes = {"app.slow": line(900 * MIB, MIB), "app.fast": line(100 * MIB, 5 * MIB)}
    answer = answered(sizes)
    first, second = answer.rows

    assert (answer.status, answer.facts["growing"], answer.facts["compared"]) == (Status.WARNING, 1, 2)
    assert (first["name"], first["status"]) == ("app.fast", "warning")
    assert first["week_bytes"] == pytest.approx(35 * MIB)
    assert first["week_ratio"] == pytest.approx(0.35)
    assert first["change_bytes"] == 30 * MIB
    assert first["month_bytes"] == pytest.approx((130 + 150) * MIB)
    assert first["doubling_seconds"] == pytest.approx(130 / 5 * DAY)
    assert "partition" in first["hint"]
    assert (second["status"], second["hint"]) == ("ok", None)


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({}, Status.WARNING),
        ({"warn": "50%/week"}, Status.OK),
        ({"warn": "6%/day"}, Status.OK),
        ({"warn": "4%/day"}, Status.WARNING),
        ({"size": "1GiB"}, Status.OK),
    ],
)
def test_the_limits_are_those_given(given: dict[str, Any], status: Status) -> None:
    assert answered({"app.fast": line(100 * MIB, 5 * MIB)}, **given).status is status


def test_a_small_table_may_grow_as_it_likes() -> None:
    assert answered({"app.tiny": line(MIB, MIB)}).status is Status.OK


def test_a_table_that_was_emptied_begins_anew() -> None:
    refilled = [*line(500 * MIB, 0.0, 3), *line(100 * MIB, MIB, 4)]
    (row,) = answered({"app.queue": refilled}).rows

    assert row["span_seconds"] == 3 * DAY
    assert row["week_bytes"] == pytest.approx(7 * MIB)
    assert row["status"] == "ok"


def test_what_began_empty_is_a_warning_with_a_bound() -> None:
    (row,) = answered({"app.new": line(0, 50 * MIB)}).rows

    assert row["status"] == "warning"
    assert row["week_ratio"] <= 100 * WEEK / row["span_seconds"]


def test_without_a_history_nothing_is_known_and_nothing_is_well() -> None:
    answer = answered({"app.visits": [100 * MIB]})

    assert answer.status is Status.UNKNOWN
    assert answer.rows[0]["status"] is None
    assert "not known yet" in headline(answer)
    assert "dropmon db sizes --record" in notes(answer)[0]


def test_a_few_hours_tell_nothing_of_a_week() -> None:
    sizes = {"app.visits": line(100 * MIB, 9 * MIB)}

    assert answered(sizes, every=3600.0).status is Status.UNKNOWN
    assert answered(sizes, every=3600.0, window="1d").status is Status.WARNING


def test_the_forecast_of_a_shrinking_table_is_never_below_nothing() -> None:
    (row,) = answered({"app.old": line(700 * MIB, -50 * MIB)}).rows

    assert (row["month_bytes"], row["doubling_seconds"]) == (0.0, None)


def test_the_limit_counts_lines_after_they_are_judged() -> None:
    sizes = {f"app.t{each}": line(900 * MIB, MIB) for each in range(5)} | {"app.fast": line(100 * MIB, 9 * MIB)}
    answer = answered(sizes, limit=1)

    assert [row["name"] for row in answer.rows] == ["app.fast"]
    assert answer.facts["compared"] == 6


def test_the_command_compares_with_what_was_recorded(newest: Server, tmp_path: Path) -> None:
    now, place = time.time(), str(tmp_path / "history.db")
    with open_for(None, place) as store:
        labels = (("database", "shop"), ("instance", f"127.0.0.1:{newest.port}"), ("table", "app.visits"))
        store.record([Sample("pg_table_bytes", labels, now - day * DAY, (8 - day) * MIB) for day in range(1, 7)])

    found = dropmon(newest, place, "growth", "--size", "1MiB")
    row = found["rows"][0]

    assert (found["status"], found["growing"], found["compared"]) == ("warning", 1, 1)
    assert (row["name"], row["status"]) == ("app.visits", "warning")
    assert row["week_bytes"] == pytest.approx(7 * MIB, rel=0.1)
    assert "database shop" in {each["name"] for each in found["rows"]}


@pytest.mark.slow
def test_sizes_records_what_it_compares_with(newest: Server, tmp_path: Path) -> None:
    place = str(tmp_path / "history.db")
    dropmon(newest, place, "sizes", "--record", "--limit", "1")
    with open_for(None, place) as store:
        tables = {dict(each.labels).get("table") for each in store.series("pg_table_bytes")}
        databases = {dict(each.labels).get("datname") for each in store.series("pg_database_bytes")}

    assert {"app.visits", "app.orders", "app.readings"} <= tables
    assert {"shop", "bare"} <= databases
    assert dropmon(newest, place, "growth")["status"] == "unknown"


def dropmon(server: Server, place: str, *words: str) -> Any:
    options = ["--database", server.url_of("dropmon", "shop"), "--storage", place, "--format", "json"]
    command = [sys.executable, "-m", "dropmon", "db", *words, *options]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=False).stdout)
