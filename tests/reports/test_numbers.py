"""The numbers, counted a second way: by SQL over the raw rows, on a history with gaps, resets and clock changes."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import date, datetime
from math import ceil
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from dropmon.flows import weekly
from dropmon.history.retention import Retention
from dropmon.incidents.policy import Level
from dropmon.model import Sample
from dropmon.reports.period import Period
from dropmon.reports.report import Report
from dropmon.storage import open_store
from tests.history.promql.prometheus import running
from tests.reports.scene import MONDAY, RULES, WEEK, counters, incident, played, probes, rules

PARIS = ZoneInfo("Europe/Paris")
CLOCKS = {"winter": date(2026, 10, 19), "summer": date(2026, 3, 23), "usual": date(2026, 11, 16)}

PROBES = """
SELECT count(*), sum(value), (SELECT count(*) FROM samples JOIN series ON id = series
    WHERE name = 'probe_duration_seconds' AND time_ms >= ?1 AND time_ms < ?2)
FROM samples JOIN series ON id = series WHERE name = 'probe_success' AND time_ms >= ?1 AND time_ms < ?2
"""
DURATIONS = """
SELECT value FROM samples JOIN series ON id = series
WHERE name = 'probe_duration_seconds' AND time_ms >= ?1 AND time_ms < ?2 ORDER BY value
"""
APDEX = """
SELECT sum(CASE WHEN good.value = 0 THEN 0 WHEN took.value <= 0.5 THEN 1 WHEN took.value <= 2 THEN 0.5 ELSE 0 END) / count(*)
FROM samples AS took JOIN series AS t ON t.id = took.series AND t.name = 'probe_duration_seconds'
JOIN series AS g ON g.name = 'probe_success' AND g.labels = t.labels
JOIN samples AS good ON good.series = g.id AND good.time_ms = took.time_ms
WHERE took.time_ms >= ?1 AND took.time_ms < ?2
"""  # noqa: E501
ERRORS = """
SELECT sum(CASE WHEN before IS NULL THEN 0 WHEN value < before THEN value ELSE value - before END) FROM (
    SELECT time_ms, value, lag(value) OVER (PARTITION BY series ORDER BY time_ms) AS before
    FROM samples JOIN series ON id = series
    WHERE name = 'log_entries_total' AND json_extract(labels, '$.level') IN ('error', 'fatal')
) WHERE time_ms >= ?1 AND time_ms < ?2
"""


def made(folder: Path, first: date, weeks: int = 5) -> Report:
    """The report on the week that begins on a Monday, of a history of some weeks."""
    period = Period("weekly", first, PARIS)
    played(folder / "x.db", weeks, period.end)
    return weekly.report(rules(folder), str(folder / "x.db"), period, period.end + 9 * 3600)


def asked(folder: Path, query: str, period: Period) -> list[tuple[float, ...]]:
    with sqlite3.connect(folder / "x.db") as database:
        return database.execute(query, (round(period.start * 1000), round(period.end * 1000))).fetchall()


@pytest.mark.slow
@pytest.mark.parametrize("name", CLOCKS)
def test_the_numbers_are_those_of_the_raw_rows_whatever_the_clocks_do(tmp_path: Path, name: str) -> None:
    report = made(tmp_path, CLOCKS[name])
    period = report.period
    assert (period.end - period.start) / 3600 == {"winter": 169, "summer": 167, "usual": 168}[name]

    for which, own in (("now", period), ("before", period.back())):
        ((probes, good, timed),) = asked(tmp_path, PROBES, own)
        durations = [value for (value,) in asked(tmp_path, DURATIONS, own)]
        figures = {each.key: getattr(each, which) for each in report.figures}
        assert figures["uptime"] == (good / probes, probes)
        assert figures["mean"] == (pytest.approx(sum(durations) / timed), timed)
        assert figures["p95"] == (durations[ceil(0.95 * len(durations)) - 1], timed)
        assert figures["satisfaction"].value == pytest.approx(asked(tmp_path, APDEX, own)[0][0])
        assert figures["errors"].value == asked(tmp_path, ERRORS, own)[0][0]


@pytest.mark.slow
def test_four_weeks_are_added_and_not_averaged(tmp_path: Path) -> None:
    report = made(tmp_path, CLOCKS["usual"])
    period = report.period
    four = Period("weekly", period.back(4).first, PARIS)
    with sqlite3.connect(tmp_path / "x.db") as database:
        span = round(four.start * 1000), round(period.start * 1000)
        ((probes, good, _),) = database.execute(PROBES, span).fetchall()
        durations = [value for (value,) in database.execute(DURATIONS, span)]
    assert report.figure("uptime").base == (good / probes, probes)
    assert report.figure("p95").base.value == durations[ceil(0.95 * len(durations)) - 1]
    errors = [asked(tmp_path, ERRORS, period.back(count))[0][0] for count in range(1, 5)]
    assert report.figure("errors").base.value == pytest.approx(sum(errors) / 4)


@pytest.mark.slow
def test_days_are_those_of_the_zone(tmp_path: Path) -> None:
    report = made(tmp_path, CLOCKS["winter"])
    assert sum(each.probes for each in report.days) == report.figure("uptime").now.samples
    ((probes, good, _),) = asked(tmp_path, PROBES, Period("daily", date(2026, 10, 25), PARIS))
    assert report.days[-1] == (date(2026, 10, 25), good / probes, probes)
    assert probes == 25 * 12 * 4


@pytest.mark.slow
def test_a_gap_is_no_uptime_and_no_downtime_but_is_said(tmp_path: Path) -> None:
    report = made(tmp_path, CLOCKS["usual"])
    four = 4 * 2016
    assert report.figure("uptime").now.samples == four - 4 * 24
    assert report.coverage == pytest.approx((four - 4 * 24) / (5 * 2016))  # BigBuy was never probed
    assert [(each.kind, each.name) for each in report.missing] == [("check", "BigBuy")]


@pytest.mark.slow
def test_incidents_that_overlap_count_once_in_the_time(tmp_path: Path) -> None:
    report = made(tmp_path, CLOCKS["usual"])
    own = {each.level: (each.incidents, each.acknowledge, each.resolve, each.before) for each in report.levels}
    assert own == {
        "critical": (0, None, None, 0.0), "major": (1, 240.0, 3600.0, 0.0), "minor": (2, 600.0, 5400.0, 1.0)
    }  # fmt: skip
    assert report.disturbed == 1800 + 5400 + 4 * 86400  # of 0:00-1:00 and 0:30-2:00, and the one that is open
    assert report.figure("incidents").base.value == 0.5


@pytest.mark.slow
def test_deployments_are_told_with_the_incidents_of_the_hour_after(tmp_path: Path) -> None:
    report = made(tmp_path, CLOCKS["usual"])
    assert [(each.state, each.incidents) for each in report.deployments or ()] == [
        ("ready", 2), ("failed", 0), ("rolled back", 0)
    ]  # fmt: skip
    assert report.figure("deployments").before.value == 1


@pytest.mark.slow
def test_databases_and_the_pager_are_told(tmp_path: Path) -> None:
    report = made(tmp_path, CLOCKS["usual"])
    (base,) = report.databases
    assert base.growth == 168 * 2**20
    assert (base.connections, base.deadlocks) == (0.7, 7)
    assert base.cache == pytest.approx(0.99)
    assert [each._replace(primary=round(each.primary)) for each in report.duties] == [
        ("Bob", 96, 72.0, 0, 0), ("Alice", 72, 96.0, 3, 3)
    ]  # fmt: skip


@pytest.mark.slow
def test_what_is_older_than_the_samples_is_counted_by_its_hours(tmp_path: Path) -> None:
    raw = made(tmp_path, CLOCKS["usual"])
    with open_store(str(tmp_path / "x.db"), Retention(raw=86400.0)) as store:
        store.prune(MONDAY + 30 * 86400)
    old = weekly.report(rules(tmp_path), str(tmp_path / "x.db"), raw.period, raw.made)
    for key in ("uptime", "mean", "errors"):
        assert old.figure(key).now.value == pytest.approx(raw.figure(key).now.value)
        assert old.figure(key).base.value == pytest.approx(raw.figure(key).base.value)
    for before, after in ((raw, old),):
        assert after.figure("p95").now.value == pytest.approx(before.figure("p95").now.value, rel=0.02)
        assert after.figure("satisfaction").now.value == pytest.approx(
            before.figure("satisfaction").now.value, abs=0.02
        )
    assert old.facts["hourly"]


@pytest.mark.slow
def test_two_weeks_ago_nobody_watched_and_nothing_is_compared(tmp_path: Path) -> None:
    report = made(tmp_path, CLOCKS["usual"], weeks=1)
    words = {each.key: (each.since.word, each.against.word) for each in report.figures}
    assert words == {
        "uptime": ("missing", "missing"), "mean": ("missing", "missing"), "p95": ("missing", "missing"),
        "errors": ("missing", "missing"), "satisfaction": ("missing", "missing"),
        "deployments": ("missing", "missing"), "incidents": ("missing", "missing"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("days", "since", "against"), [(1.5, "missing", "missing"), (6.9, "", "missing"), (14.0, "", "")]
)
def test_counts_are_compared_with_what_was_measured_for_as_long(
    tmp_path: Path, days: float, since: str, against: str
) -> None:
    start = MONDAY - WEEK - days * 86400
    with open_store(str(tmp_path / "x.db")) as store:
        store.record([*probes(start, MONDAY), *counters(start, MONDAY)])
        incident(store, Level.MAJOR, MONDAY - WEEK - 3600, 60.0, 600.0, "down")
    period = Period("weekly", CLOCKS["usual"], PARIS)
    report = weekly.report(rules(tmp_path), str(tmp_path / "x.db"), period, MONDAY + 9)
    words = {key: (report.figure(key).since.word, report.figure(key).against.word) for key in ("errors", "incidents")}
    assert words == {"errors": (since, against), "incidents": (since, against)}
    assert {each.before for each in report.levels} == ({None} if since else {0.0, 1.0})
    assert report.figure("uptime").since.absolute is not None


def changes(folder: Path, samples: Iterable[Sample], every: str) -> set[str]:
    """How the counts of a week compare with the one before, in words, under rules of a default interval."""
    with open_store(str(folder / "x.db")) as store:
        store.record([*samples])
    own = rules(folder, text=RULES.replace("checks:", f"defaults: {{every: {every}}}\nchecks:", 1))
    report = weekly.report(own, str(folder / "x.db"), Period("weekly", CLOCKS["usual"], PARIS), MONDAY + 9)
    return {report.figure(key).since.word for key in ("errors", "incidents")}


@pytest.mark.parametrize("every", ["1m", "5m", "1h"])
def test_another_interval_does_not_make_weeks_unknown_that_were_watched(tmp_path: Path, every: str) -> None:
    start = MONDAY - 2 * WEEK
    assert "missing" not in changes(tmp_path, [*probes(start, MONDAY), *counters(start, MONDAY)], every)


def test_a_check_that_began_in_a_week_does_not_make_it_unknown(tmp_path: Path) -> None:
    start = MONDAY - 2 * WEEK
    new = (
        each for each in probes(start, MONDAY) if each.time >= MONDAY - WEEK - 86400 or ("kind", "web") in each.labels
    )
    assert "missing" not in changes(tmp_path, [*new, *counters(start, MONDAY)], "5m")


@pytest.mark.parametrize(("hours", "days", "known"), [(1, 7, True), (6, 7, True), (24, 7, True), (6, 5, False)])
def test_a_week_is_watched_by_probes_that_come_seldom(tmp_path: Path, hours: int, days: int, known: bool) -> None:
    labels = (("check", "Stripe"), ("kind", "apis"))
    times = [MONDAY - WEEK - days * 86400 + 60 + 3600 * hours * number for number in range((7 + days) * 24 // hours)]
    samples = [*(Sample("probe_success", labels, at, 1.0) for at in times), *counters(MONDAY - 2 * WEEK, MONDAY)]
    assert ("missing" in changes(tmp_path, samples, "5m")) is not known


@pytest.mark.slow
def test_a_few_probes_are_compared_with_nothing(tmp_path: Path) -> None:
    with open_store(str(tmp_path / "x.db")) as store:
        store.record([*probes(MONDAY - 2 * WEEK, MONDAY - WEEK), *probes(MONDAY - WEEK, MONDAY - WEEK + 1200)])
        store.record([*counters(MONDAY - WEEK, MONDAY)])
    report = weekly.report(
        rules(tmp_path), str(tmp_path / "x.db"), Period("weekly", CLOCKS["usual"], PARIS), MONDAY + 9
    )
    assert report.figure("uptime").since.word == "few"
    assert report.figure("uptime").now.value is not None


@pytest.mark.slow
def test_prometheus_counts_the_same_on_the_same_samples(tmp_path: Path) -> None:
    """On the week in which clocks are set back. Its quantiles lie between two samples, ours are samples."""
    period = Period("weekly", CLOCKS["winter"], PARIS)
    report = made(tmp_path, CLOCKS["winter"], weeks=2)
    samples = [*probes(period.end - 2 * WEEK, period.end)]
    length = f"{round((period.end - period.start) * 1000)}ms"

    with running(tmp_path, samples) as prometheus:

        def asked(expression: str) -> float:
            found = prometheus.query(expression.replace("WEEK", length), period.end - 0.001)
            assert isinstance(found, dict)
            return float(found["result"][0]["value"][1])

        uptime = asked("sum(sum_over_time(probe_success[WEEK])) / sum(count_over_time(probe_success[WEEK]))")
        mean = asked(
            "sum(sum_over_time(probe_duration_seconds[WEEK])) / sum(count_over_time(probe_duration_seconds[WEEK]))"
        )
        slowest = asked('quantile_over_time(0.95, probe_duration_seconds{check="import"}[WEEK])')
    assert report.figure("uptime").now.value == pytest.approx(uptime, rel=1e-12)
    assert report.figure("mean").now.value == pytest.approx(mean, rel=1e-9)
    assert next(each.p95 for each in report.checks if each.name == "import") == pytest.approx(slowest, rel=0.01)


def satisfaction(folder: Path, samples: list[Sample], more: str = "") -> Report:
    """The report on a week with more samples, and more in the rules about it."""
    period = Period("weekly", CLOCKS["usual"], PARIS)
    with open_store(str(folder / "x.db")) as store:
        store.record([*probes(period.back().start, period.end), *samples])
    text = RULES.replace("weekly: {at", f"weekly: {{{more}at")
    return weekly.report(rules(folder, text=text), str(folder / "x.db"), period, period.end + 1)


def rated(name: str, labels: dict[str, str], values: list[float], start: float = MONDAY - WEEK) -> list[Sample]:
    own = tuple(sorted(labels.items()))
    return [Sample(name, own, start + 3600.0 * number, value) for number, value in enumerate(values)]


@pytest.mark.slow
def test_satisfaction_is_what_the_named_metric_says_however_seldom(tmp_path: Path) -> None:
    asked = [*rated("csat", {}, [4.0, 5.0]), *rated("csat", {}, [4.0], MONDAY - 2 * WEEK)]
    told = satisfaction(tmp_path, asked, "satisfaction: csat, ").figure("satisfaction")
    assert (told.now.value, told.before.value, told.method) == (4.5, 4.0, "metric")
    assert told.since.absolute == 0.5


@pytest.mark.slow
def test_satisfaction_without_a_sample_is_no_data_and_not_another_number(tmp_path: Path) -> None:
    report = satisfaction(tmp_path, [], "satisfaction: csat, ")
    assert report.figure("satisfaction").now.value is None
    assert ("metric", "csat") in {(each.kind, each.name) for each in report.missing}


def test_satisfaction_without_a_survey_is_the_share_of_good_visits(tmp_path: Path) -> None:
    vitals = [
        *rated("web_vital_share", {"source": "crux", "name": "lcp", "rating": "good"}, [0.8] * 20),
        *rated("web_vital_share", {"source": "beacons", "name": "inp", "rating": "good"}, [0.6] * 20),
        *rated("web_vital_share", {"source": "beacons", "name": "inp", "rating": "poor"}, [0.1] * 20),
        *rated("web_vital_share", {"source": "crux", "name": "ttfb", "rating": "good"}, [0.1] * 20),
        *rated("web_vital_share", {"source": "lab", "name": "lcp", "rating": "good"}, [1.0] * 20),
    ]
    told = satisfaction(tmp_path, vitals).figure("satisfaction")
    assert told.now.value == pytest.approx(0.7)
    assert (told.now.samples, told.method) == (40, "visits")


@pytest.mark.slow
def test_satisfaction_without_shares_is_how_often_vitals_were_good_and_else_apdex(tmp_path: Path) -> None:
    assert satisfaction(tmp_path, []).figure("satisfaction").method == "apdex"
    vitals = [
        *rated("web_vital", {"source": "vercel", "name": "lcp"}, [2.5, 2.6]),
        *rated("web_vital", {"source": "vercel", "name": "cls"}, [0.1, 0.05]),
    ]
    told = satisfaction(tmp_path, vitals).figure("satisfaction")
    assert (told.now.value, told.method) == (0.75, "vitals")


@pytest.mark.slow
@pytest.mark.parametrize("source", ["lab", "lighthouse"])
def test_what_a_robot_measured_is_no_users_satisfaction(tmp_path: Path, source: str) -> None:
    robot = [
        *rated("web_vital", {"source": source, "name": "lcp"}, [0.4] * 20),
        *rated("web_vital_share", {"source": source, "name": "lcp", "rating": "good"}, [1.0] * 20),
    ]
    assert satisfaction(tmp_path, robot).figure("satisfaction").method == "apdex"


@pytest.mark.slow
def test_errors_are_those_of_the_best_source_there_is(tmp_path: Path) -> None:
    report = satisfaction(tmp_path, [])
    failed = sum(each.failed for each in report.checks)
    assert (report.figure("errors").method, report.figure("errors").now.value) == ("failed_probes", failed)
    counted = rated("function_requests_total", {"status": "error"}, [5.0, 7.0, 1.0, 4.0])
    requests = satisfaction(tmp_path, counted).figure("errors")
    assert (requests.method, requests.now.value) == ("failed_requests", 2 + 1 + 3)


@pytest.mark.slow
def test_maintenance_counts_unless_the_rules_take_it_out(tmp_path: Path) -> None:
    window = "maintenance: [{name: nightly, every: daily, at: 02:00, duration: 90m, matchers: {check: Shopify}}]\n"
    whole = made(tmp_path, CLOCKS["winter"], weeks=2)
    text = RULES.replace("weekly: {at", "weekly: {maintenance: excluded, at") + window
    told = weekly.report(rules(tmp_path, text=text), str(tmp_path / "x.db"), whole.period, whole.made)
    own = {each.name: (each.probes, each.failed, each.coverage) for each in told.checks}
    with sqlite3.connect(tmp_path / "x.db") as database:
        rows = database.execute(
            "SELECT time_ms / 1000.0, value FROM samples JOIN series ON id = series WHERE name = 'probe_success'"
            " AND json_extract(labels, '$.check') = 'Shopify'"
        ).fetchall()
    kept = []
    for at, value in rows:
        local = datetime.fromtimestamp(at, PARIS)
        began = local.replace(hour=2, minute=0, second=0, microsecond=0, fold=0).timestamp()
        if whole.period.start <= at < whole.period.end and not began <= at < began + 5400:
            kept.append(value)
    assert own["Shopify"][:2] == (len(kept), kept.count(0.0))
    assert own["Shopify"][2] == pytest.approx(1.0, abs=0.02)
    assert own["Stripe"][:2] == next((each.probes, each.failed) for each in whole.checks if each.name == "Stripe")
    assert told.figure("uptime").now.samples == sum(each.probes for each in told.checks)
    assert sum(each.probes for each in told.days) == told.figure("uptime").now.samples
