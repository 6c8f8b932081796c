"""What a report says of a week: nothing that is known is hidden, nothing is counted twice, nothing unknown is well."""

from __future__ import annotations

import re
from datetime import UTC, date
from pathlib import Path

import pytest

from dropmon.flows import behind, weekly
from dropmon.history.retention import Retention
from dropmon.incidents.incident import Incident
from dropmon.incidents.policy import Level, Policy
from dropmon.model import Status
from dropmon.reports.comparison import Amount, Change, Unit
from dropmon.reports.html import document
from dropmon.reports.mail import plain, subject
from dropmon.reports.numbers import changed
from dropmon.reports.period import Period
from dropmon.reports.reasons import told
from dropmon.reports.report import Check, Figure, Promise, Report
from dropmon.reports.writer import Writer
from dropmon.storage import open_store
from tests.reports.scene import MONDAY, RULES, WEEK, database, deployment, incident, probes, rules

PERIOD = Period("weekly", date(2026, 11, 16), UTC)
KEYS = ("uptime", "mean", "p95", "errors", "deployments", "incidents", "satisfaction")
HEALTHY = Promise("checkout", "99.9%", 1.0, "HEALTHY", 0.0, 43.0)
SILENT = HEALTHY._replace(sli=None, status="NO_DATA", consumed=None, minutes=None)


def writer(language: str = "en", promises: tuple[Promise, ...] = (), **known: float) -> Writer:
    figures = tuple(Figure(key, Unit.COUNT, Amount(known.get(key))) for key in KEYS)
    return Writer(Report(PERIOD, PERIOD.end, "Shop", figures, promises=promises), language)


@pytest.mark.parametrize(
    ("own", "headline", "status"),
    [
        (writer(), "NO DATA: nothing was measured", Status.UNKNOWN),
        (writer(deployments=0.0), "NO DATA: nothing was measured", Status.UNKNOWN),
        (writer(promises=(SILENT,)), "NO DATA: nothing was measured", Status.UNKNOWN),
        (
            writer(errors=3.0, deployments=2.0),
            "uptime: NO DATA; errors: 3; incidents: NO DATA; deployments: 2", Status.OK,
        ),
        (
            writer(promises=(HEALTHY,)),
            "uptime: NO DATA; errors: NO DATA; incidents: NO DATA; deployments: NO DATA; 1 SLOs: HEALTHY 1", Status.OK,
        ),
        (
            writer("fr", incidents=1.0),
            "disponibilité : PAS DE DONNÉES ; erreurs : PAS DE DONNÉES ; incidents : 1 ;"
            " déploiements : PAS DE DONNÉES", Status.OK,
        ),
    ],
)  # fmt: skip
def test_no_probes_are_not_no_data(own: Writer, headline: str, status: Status) -> None:
    assert (own.headline, own.status) == (headline, status)
    assert subject(own).endswith(headline)


@pytest.mark.parametrize(
    ("reason", "french"),
    [
        ("7 events are fewer than min_events, 100", "7 mesures, moins que min_events, 100"),
        ("1,234.5 slices are fewer than min_events, 2000", "1 234,5 mesures, moins que min_events, 2000"),
        ("nothing was measured in the window", "rien n'a été mesuré dans la fenêtre"),
        ("exactly 99.9%, and more was promised", "exactement 99,9 %, et il était promis davantage"),
        ("99.8% is less than 99.9%", "99,8 %, moins que 99,9 %"),
        ("99.8% so far is less than > 99.9%", "99,8 % jusqu'ici, moins que > 99,9 %"),
        ("0.135% is more than 0.1%", "0,135 %, plus que 0,1 %"),
        ("0.135% so far is not < 0.1%", "0,135 % jusqu'ici, et non < 0,1 %"),
        ("exactly 0.1%, and less was promised", "exactement 0,1 %, et il était promis moins"),
        (
            "not left out, as the expression does not keep its labels: move",
            "non exclu, car l'expression n'en garde pas les labels : move",
        ),
        ("burns more than 14.4× over 1h and 5m", "le budget brûle à plus de 14,4× sur 1 h et 5 min"),
        ("85% of the budget is consumed", "85 % du budget est consommé"),
        ("nothing was measured for a day", "rien n'a été mesuré depuis un jour"),
        ("only 12.5% of the time was measured", "12,5 % du temps seulement a été mesuré"),
        ("2h left out: a move to 1.5", "2 h non compté : a move to 1.5"),
        (
            "slices are counted from samples, which begin 2026-11-20 01:00 CET: see history.retention",
            "les tranches sont comptées sur les mesures, qui commencent le 2026-11-20 01:00 CET :"
            " voir history.retention",
        ),
    ],
)
def test_why_an_slo_is_in_its_state_is_said_in_french(reason: str, french: str) -> None:
    assert told(reason, "fr") == french


@pytest.mark.parametrize("language", ["en", "fr"])
def test_an_slo_of_slices_says_by_the_clock_of_the_report_since_when_it_counts(tmp_path: Path, language: str) -> None:
    sliced = "target: 99.9%, window: 7d, budgeting: timeslices, slice_target: 90%"
    own, place = rules(tmp_path, text=RULES.replace("target: 99.9%, window: 7d", sliced)), str(tmp_path / "x.db")
    with open_store(place, Retention(raw=2 * 86400.0)) as store:
        store.record([*probes(MONDAY - 10 * 86400, MONDAY)])
        store.prune(MONDAY)
    report = weekly.report(own, place, Period("weekly", date(2026, 11, 16), weekly.zone(own)), MONDAY)
    text = " ".join(plain(Writer(report, language)).split())
    assert re.search(r"(which begin|qui commencent le) 2026-11-21 0[01]:00 CET ?: (see|voir) history.retention", text)


def test_a_reason_stands_under_the_slos_and_numbers_in_the_document() -> None:
    few = SILENT._replace(reason="only 12.5% of the time was measured", coverage=0.125, good=6.0, bad=1.0, total=7.0)
    assert "checkout: only 12.5 % of the time was measured" in plain(writer(promises=(few,)))
    assert "checkout : 12,5 % du temps seulement a été mesuré" in plain(writer("fr", promises=(few,)))


def test_a_promise_of_what_is_bad_shows_what_was_bad() -> None:
    errors = SILENT._replace(name="errors", target="< 0.1%", sli=0.99865, status="BREACHED", consumed=1.35)
    text = plain(writer(promises=(errors,)))
    assert "errors < 0.1 %" in text
    assert "0.135 %" in text
    assert "99.86" not in text


def happened(number: int, at: float) -> Incident:
    return Incident(number, "down", Policy(Level.MAJOR), at)


def test_an_incident_after_several_deployments_counts_once_and_no_failed_one_is_blamed() -> None:
    events = [
        deployment("a", 0.0, "one", "ready"), deployment("b", 1200.0, "two", "rolled back"),
        deployment("c", 2400.0, "three", "failed"), deployment("d", 2500.0, "four", "canceled"),
    ]  # fmt: skip
    found = [happened(1, 3000.0), happened(2, 4000.0), happened(3, 5000.0)]
    assert [each.incidents for each in behind.deployments(events, found)] == [1, 2, 0, 0]
    assert behind.after(events, found) == {1, 2}


def test_of_a_week_that_nobody_watched_no_section_says_that_there_were_no_incidents(tmp_path: Path) -> None:
    own, place = rules(tmp_path), str(tmp_path / "x.db")
    with open_store(place) as store:
        store.record([*database(MONDAY - WEEK, MONDAY)])
    week = Period("weekly", date(2026, 11, 16), weekly.zone(own))
    report = weekly.report(own, place, week, MONDAY)
    assert (report.figure("incidents").now.value, report.levels) == (None, ())
    assert "Incidents  NO DATA" in plain(Writer(report))

    with open_store(place) as store:
        incident(store, Level.MINOR, MONDAY - 86400, None, 60.0, "by hand")
    report = weekly.report(own, place, week, MONDAY)
    assert [each.incidents for each in report.levels] == [0, 0, 1]


@pytest.mark.parametrize("language", ["en", "fr"])
def test_an_incident_that_was_open_all_week_is_not_no_incident(tmp_path: Path, language: str) -> None:
    own, place = rules(tmp_path), str(tmp_path / "x.db")
    with open_store(place) as store:
        store.record([*probes(MONDAY - 2 * WEEK, MONDAY)])
        incident(store, Level.CRITICAL, MONDAY - WEEK - 3600, None, None, "all is down")
        incident(store, Level.MINOR, MONDAY - WEEK - 3600, None, 7200.0, "over on Monday")
        incident(store, Level.MINOR, MONDAY - WEEK - 3600, None, 600.0, "over before")
    report = weekly.report(own, place, Period("weekly", date(2026, 11, 16), weekly.zone(own)), MONDAY)
    said = Writer(report, language)
    english = language == "en"
    opened = "2 open from before, 1 still open" if english else "2 d'avant, 1 toujours en cours"
    assert (f"incidents: 0 ({opened});" if english else f"incidents : 0 ({opened}) ;") in subject(said)
    text = " ".join(plain(said).split())
    assert f"{'0 opened' if english else '0 ouvert(s)'}, {opened}" in text
    assert f"1. all is down ({'critical' if english else 'critique'}" in text
    assert ("open, from before)" if english else "en cours, ouvert avant)") in text
    assert "over on Monday" in text
    assert "over before" not in text
    assert said.change(report.figure("incidents"), report.figure("incidents").since) == "-3 (-100 %)"
    assert said.status is Status.CRITICAL


@pytest.mark.parametrize(
    ("language", "told", "opened"),
    [
        ("en", "1 open from before, none still open", "0 opened"),
        ("fr", "1 d'avant, plus aucun en cours", "0 ouvert(s)"),
    ],
)
def test_an_incident_that_ended_late_in_the_week_is_not_no_incident(
    tmp_path: Path, language: str, told: str, opened: str
) -> None:
    own, place = rules(tmp_path), str(tmp_path / "x.db")
    with open_store(place) as store:
        store.record([*probes(MONDAY - 2 * WEEK, MONDAY)])
        incident(store, Level.CRITICAL, MONDAY - WEEK - 3600, None, WEEK - 3600, "all was down")
    report = weekly.report(own, place, Period("weekly", date(2026, 11, 16), weekly.zone(own)), MONDAY)
    said = Writer(report, language)
    assert f"0 ({told})" in said.headline
    text = " ".join(plain(said).split())
    assert f"{opened}, {told}" in text
    assert said.say("no_incidents") not in text
    figure = report.figure("incidents")
    assert said.change(figure, figure.since) == "-1 (-100 %)"
    assert (report.from_before, report.still_open) == (1, 0)


def test_an_slo_is_rounded_in_one_way_and_never_to_what_was_promised() -> None:
    low = SILENT._replace(name="low", target="99.9%", sli=0.9989996, status="BREACHED", consumed=1.1836)
    because = "99.89996% is less than 99.9%"
    text = plain(writer(promises=(low._replace(reason=because),)))
    assert text.count("99.89996 %") == 2
    assert "118.3 %" in text


@pytest.mark.parametrize(
    ("found", "unit", "shown"),
    [
        (Change(-1.0, -0.004), Unit.COUNT, "-1"),
        (Change(1.0, 0.004), Unit.COUNT, "+1"),
        (Change(-0.04, -0.16), Unit.COUNT, "≈"),
        (Change(0.009, 0.009), Unit.SECONDS, "≈"),
        (Change(-0.02, -0.02), Unit.SECONDS, "-20 ms (-2 %)"),
        (Change(0.0000001), Unit.RATIO, "≈"),
        (Change(-0.00025), Unit.RATIO, "-0.03 pt"),
        (Change(1.0), Unit.RATIO, "+100 pt"),
        (Change(-0.004), Unit.SCORE, "≈"),
    ],
)
def test_a_change_is_never_finer_than_its_number(found: Change, unit: Unit, shown: str) -> None:
    assert changed(found, unit, "en") == shown


def test_what_cannot_be_told_apart_is_neither_better_nor_worse() -> None:
    own = Figure("incidents", Unit.COUNT, Amount(0.21), Amount(0.25), better=-1)
    assert writer().change(own, own.since) == "≈"


def test_two_numbers_beside_each_other_do_not_touch_in_the_mail() -> None:
    check = Check("shop", "web", 100, 18, 0.863, 1.0, None, 1.0)
    own = writer("fr")
    html = document(own._replace(report=own.report._replace(checks=(check,))))
    assert re.search(r"padding:5px 2px 5px 8px[^>]*>18</td><td[^>]*padding:5px 2px 5px 8px[^>]*>863 ms</td>", html)
