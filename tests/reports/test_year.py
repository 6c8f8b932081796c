"""A year: every number of every fourth week, and of those in which clocks change, by SQL over the raw rows."""

from __future__ import annotations

import random
import sqlite3
from datetime import date, timedelta
from math import ceil
from pathlib import Path

import pytest

from dropmon.flows import weekly
from dropmon.incidents.policy import Level
from dropmon.reports.period import Period
from dropmon.storage import open_store
from tests.reports.scene import MONDAY, WEEK, counters, incident, probes, rules
from tests.reports.test_numbers import DURATIONS, ERRORS, PARIS, PROBES, asked

FIRST = date(2025, 12, 1)
WEEKS = sorted({*(FIRST + timedelta(weeks=n) for n in range(4, 51, 4)), date(2026, 3, 23), date(2026, 10, 19)})


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Probes and counters of a year, and incidents that overlap."""
    folder = tmp_path_factory.mktemp("year")
    start = MONDAY - 51 * WEEK
    chance = random.Random(5)
    with open_store(str(folder / "x.db")) as store:
        store.record(probes(start, MONDAY))
        store.record(counters(start, MONDAY))
        for _ in range(300):
            opened = start + chance.randrange(int(MONDAY - start))
            incident(store, chance.choice([*Level]), opened, 60.0, float(chance.randrange(60, 200_000)), "x")
    return folder


@pytest.mark.slow
def test_every_week_of_a_year_has_the_numbers_of_its_rows(year: Path) -> None:
    with sqlite3.connect(year / "x.db") as database:
        bodies = database.execute(
            "SELECT opened, json_extract(body, '$.resolved'), json_extract(body, '$.policy.level') FROM incidents"
        ).fetchall()
    own = rules(year)
    for first in WEEKS:
        period = Period("weekly", first, PARIS)
        report = weekly.report(own, str(year / "x.db"), period, period.end + 3600)
        ((count, good, timed),) = asked(year, PROBES, period)
        durations = [value for (value,) in asked(year, DURATIONS, period)]
        assert report.figure("uptime").now == (good / count, count)
        assert report.figure("mean").now.value == pytest.approx(sum(durations) / timed)
        assert report.figure("mean").now.samples == timed
        assert report.figure("p95").now.value == durations[ceil(0.95 * len(durations)) - 1]
        assert report.figure("errors").now.value == asked(year, ERRORS, period)[0][0]

        began = [level for opened, _, level in bodies if period.start <= opened < period.end]
        assert {each.level: each.incidents for each in report.levels} == {
            level.value: began.count(level.value) for level in Level
        }
        seconds = {
            second
            for opened, resolved, _ in bodies
            for second in range(int(max(opened, period.start)), int(min(resolved, period.end)))
        }
        assert report.disturbed == pytest.approx(len(seconds), abs=100)
