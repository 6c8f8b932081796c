"""What is read: screens, documents and mails, whatever is missing, broken or hostile."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import subprocess
from pathlib import Path

import pytest

from dropmon.checks.run import Limits
from dropmon.cli import fail, run
from dropmon.errors import DropmonError
from dropmon.flows import cycle, weekly
from dropmon.incidents.policy import Level
from dropmon.reports.html import document
from dropmon.reports.mail import LARGEST, mail, plain
from dropmon.reports.period import before
from dropmon.reports.writer import Writer
from dropmon.storage import open_store
from dropmon.storage.reports import reports_of
from dropmon.storage.store import State as Said
from tests.reports.scene import AT, MONDAY, RULES, WEEK, incident, played, probes, rules
from tests.requirements import need
from tests.sources.api import Reply, api

SCREENS = Path(__file__).parent / "screens"
DUE = ("--at", "2026-11-23T09:00:00+01:00")
Screen = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("history") / "x.db"
    played(path)
    return path.read_bytes()


@pytest.fixture
def place(tmp_path: Path, history: bytes, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "x.db"
    path.write_bytes(history)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DROPMON_STORAGE", str(path))
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("DROPMON_RULES", raising=False)
    rules(tmp_path)
    return path


def dropmon(*words: str) -> int:
    try:
        return run(["report", *words])
    except SystemExit as error:
        return int(error.code or 0)
    except DropmonError as error:
        return fail(error, debug=False)


def writer(place: Path, text: str = RULES, language: str = "fr") -> Writer:
    own = rules(place.parent, text=text)
    return Writer(weekly.report(own, str(place), before("weekly", AT, weekly.zone(own)), AT), language)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "words", "more"),
    [
        ("weekly-fr.txt", ["weekly"], ""),
        ("weekly-en.txt", ["weekly"], "language: en, "),
        ("weekly-rich.txt", ["weekly", "--format", "rich"], "language: en, "),
        ("weekly.md", ["weekly", "--format", "markdown"], "language: en, "),
        ("daily.txt", ["daily"], "language: en, "),
        ("slo.txt", ["slo"], "language: en, "),
        ("nothing.txt", ["weekly", "--week", "2026-W30"], ""),
    ],
)
def test_screens_are_as_they_are_kept(place: Path, capsys: Screen, name: str, words: list[str], more: str) -> None:
    rules(place.parent, text=RULES.replace("weekly: {at", f"weekly: {{{more}at"))
    assert dropmon(*words, *DUE) == 0
    said = capsys.readouterr().out
    path = SCREENS / name
    if os.environ.get("DROPMON_WRITE_SCREENS"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(said)
    assert said == path.read_text()


def test_the_document_has_what_the_guide_asks(place: Path, capsys: Screen) -> None:
    dropmon("weekly", "--format", "json", *DUE)
    found = json.loads(capsys.readouterr().out)
    assert found["period"] == {
        "name": "2026-W47", "start": "2026-11-15T23:00:00Z", "end": "2026-11-22T23:00:00Z", "hours": 168.0,
        "timezone": "Europe/Paris",
    }  # fmt: skip
    assert set(found["figures"]) == {
        "uptime", "mean", "p95", "errors", "deployments", "incidents", "satisfaction"
    }  # fmt: skip
    assert found["incidents"]["critical"] == {
        "count": 0, "to_acknowledge_seconds": None, "to_resolve_seconds": None, "before": 0.0
    }  # fmt: skip
    assert found["deployments"]["failed"] == found["deployments"]["rolled_back"] == 1
    assert [each["status"] for each in found["slos"]] == ["BREACHED", "HEALTHY", "NO_DATA"]
    assert found["methods"]


@pytest.mark.slow
def test_files_are_written_as_they_are_called(place: Path, capsys: Screen) -> None:
    assert dropmon("weekly", "-o", "week.html", *DUE) == 0
    assert (place.parent / "week.html").read_text().startswith("<!doctype html>")
    assert dropmon("weekly", "-o", "week.json", *DUE) == 0
    assert json.loads((place.parent / "week.json").read_text())["report"] == "weekly"
    assert dropmon("weekly", "-o", "week.doc", *DUE) == 3
    assert dropmon("weekly", "--format", "csv", *DUE) == 3
    capsys.readouterr()
    dropmon("weekly", "--help")
    assert "csv" not in capsys.readouterr().out
    assert capsys.readouterr().out == ""


@pytest.mark.slow
def test_a_preview_is_opened_and_nothing_is_sent(place: Path, capsys: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = place.parent / "browser"
    browser.write_text('#!/bin/sh\necho "$1" > opened\n')
    browser.chmod(0o755)
    monkeypatch.setenv("BROWSER", str(browser))
    monkeypatch.setattr("webbrowser._tryorder", None)
    assert dropmon("preview", "-o", "mail.html", *DUE) == 0
    assert (place.parent / "mail.html").read_text().startswith("<!doctype html>")
    assert not (place.parent / "opened").exists()  # who names a file looks at it when they like
    assert dropmon("preview", *DUE) == 0
    assert (place.parent / "opened").read_text().startswith("file://")
    with open_store(str(place)) as store:
        assert reports_of(store).rows() == []


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["weekly", "--week", "2026-W60"], "is no week"),
        (["weekly", "--week", "47"], "is no week"),
        (["weekly", "--week", "0001-W01"], "1970"),
        (["daily", "--day", "9999-12-31"], "1970"),
        (["weekly", "--week", "2027-W01"], "has not begun"),
        (["daily", "--day", "2026-13-01"], "is no day"),
        (["weekly", "--if-due"], "add --send"),
        (["weekly", "--send", "--if-due", "--resend"], "decides itself"),
        (["weekly", "--send", "--week", "2026-W48"], "is not over"),
    ],
)
def test_what_cannot_be_meant_is_refused(place: Path, capsys: Screen, words: list[str], why: str) -> None:
    assert dropmon(*words, *DUE) == 3
    assert why in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.parametrize("table", ["incidents", "events", "served", "alert_edges", "states"])
def test_what_cannot_be_read_is_named_and_the_rest_is_told(place: Path, table: str) -> None:
    with sqlite3.connect(place) as database:
        database.execute(f"ALTER TABLE {table} RENAME TO gone")
    own = writer(place)
    assert own.report.figure("uptime").now.value is not None
    assert any(table in each.why for each in own.report.missing)
    assert "Ce qui manque" in plain(own)


@pytest.mark.slow
def test_what_is_garbage_is_no_zero(place: Path) -> None:
    with sqlite3.connect(place) as database:
        database.execute("UPDATE incidents SET body = '{' WHERE number = 1")
    own = writer(place)
    assert own.report.figure("incidents").now.value is None
    assert own.report.levels == ()
    assert "Incidents  PAS DE DONNÉES" in plain(own)


@pytest.mark.slow
@pytest.mark.parametrize(
    "reply",
    [
        Reply({"error": "no"}, 401), Reply({"error": "wait"}, 429, {"Retry-After": "60"}), Reply("down", 500),
        Reply("<html>garbage"), Reply({"error": {"code": "forbidden"}}), Reply({"deployments": []}, wait=3.0),
    ],
    ids=["401", "429", "500", "garbage", "200 with an error", "slow"],
)  # fmt: skip
def test_a_source_that_fails_is_missing_and_the_report_goes_out(place: Path, reply: Reply) -> None:
    from dropmon.rules.sections.sources import given

    with api() as service:
        service.answer = lambda _: reply
        more = f'sources: {{vercel: {{project: shop, token: planted, url: "{service.url}", timeout: 1s}}}}\n'
        own = rules(place.parent, text=RULES + more)
        with open_store(str(place)) as store, sqlite3.connect(place) as database:
            database.execute("DELETE FROM states")
            database.execute("DELETE FROM events")
            database.commit()
            cycle.collect(own, given(own), Limits(deadline=2.0, clock=lambda: MONDAY - 60.0), store)
    told = writer(place, RULES + more)
    assert ("source", "vercel") in {(each.kind, each.name) for each in told.report.missing}
    assert told.report.deployments is None
    assert "déploiements : PAS DE DONNÉES" in plain(told)


def test_a_source_that_has_been_silent_for_days_is_missing(place: Path) -> None:
    with open_store(str(place)) as store:
        store.record((), [Said("source", "vercel", "told", MONDAY - 3 * 86400, MONDAY - 3 * 86400)])
    with sqlite3.connect(place) as database:
        database.execute("UPDATE states SET at = ? WHERE kind = 'source'", (MONDAY - 3 * 86400,))
    told = writer(place, RULES + "sources: {vercel: {project: shop, token: planted}}\n")
    assert "vercel n'a rien transmis depuis le 20/11/2026 00:00" in plain(told)


HOSTILE = (
    '</td><script>alert(1)</script><img src=x onerror=y>[bold]=cmd|"\x1b[31m\u202e<!channel>\r\nBcc: x@example.com'
)


@pytest.mark.slow
def test_names_from_outside_stay_text_everywhere(place: Path, capsys: Screen) -> None:
    with open_store(str(place)) as store:
        labels = {"check": HOSTILE, "kind": "apis"}
        own = [each for each in probes(MONDAY - WEEK, MONDAY) if dict(each.labels)["check"] == "import"]
        store.record([each._replace(labels=tuple(sorted(labels.items())), value=each.value / 2) for each in own])
        incident(store, Level.CRITICAL, MONDAY - 86400, None, None, HOSTILE)
    told = writer(place, RULES.replace("name: Boutique", f"name: {json.dumps(HOSTILE[:90])}"))
    html = document(told)
    assert not re.search(r"<(?:script|img|style|link)|\x1b|\u202e", html)
    assert "&lt;script&gt;alert(1)" in html
    letter = mail(told, "ops@example.com", ["a@example.com"], "<1@example.com>")
    assert letter["Bcc"] is None
    assert "\n" not in letter["Subject"]
    for form in ("plain", "rich", "markdown", "json"):
        dropmon("weekly", "--format", form, *DUE)
        assert not re.search(r"\x1b\[31|\u202e|\r", capsys.readouterr().out)


@pytest.mark.slow
def test_a_mail_of_a_large_platform_is_not_cut(place: Path) -> None:
    slos = "".join(
        f"  - {{name: promise-{number}, target: 99.9%, window: 7d, good: 'probe_success == 1', total: probe_success}}\n"
        for number in range(60)
    )
    checks = ", ".join(f'{{name: check-{number}, url: "https://example.com"}}' for number in range(300))
    text = RULES.replace("slos:\n", "slos:\n" + slos).replace("    - {name: BigBuy", "    - {name: BigBuy")
    text = re.sub(r"  functions: .*", f"  functions: [{checks}]", text)
    with open_store(str(place)) as store:
        for number in range(50):
            incident(store, Level.MINOR, MONDAY - 3600 * number - 60, 60.0, 600.0, "é" * 120)
    told = writer(place, text)
    letter = mail(told, "ops@example.com", ["a@example.com"], "<1@example.com>")
    assert len(letter.as_bytes()) < LARGEST
    assert "et 43 de plus" in plain(told)
    assert len(told.report.promises or ()) == 63


def test_the_week_that_is_on_says_so(place: Path) -> None:
    own = rules(place.parent)
    period = before("weekly", AT, weekly.zone(own))
    half = period.start + 3.5 * 86400
    told = Writer(weekly.report(own, str(place), period, half), "fr")
    assert "(en cours)" in told.span
    assert told.report.coverage == pytest.approx((4 * 1008 - 96) / (5 * 1008), abs=0.01)


MEASURE = """<body><iframe id=f src="week.html" width=WIDTH height=9000 style="border:0"></iframe><p id=o></p><script>
f.onload = () => { o.textContent = `SCROLL ${f.contentDocument.documentElement.scrollWidth} END` }</script></body>"""


@pytest.mark.slow
@pytest.mark.parametrize("width", [345, 800])
def test_the_page_fits_a_phone_and_a_desk(place: Path, width: int) -> None:
    chromium = need("chromium")
    dropmon("weekly", "-o", "week.html", *DUE)
    (place.parent / "measure.html").write_text(MEASURE.replace("WIDTH", str(width)))
    command = [
        chromium, "--headless", "--no-sandbox", "--disable-gpu", "--allow-file-access-from-files",
        f"--user-data-dir={place.parent}/chromium", "--dump-dom", f"file://{place.parent}/measure.html",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert f"SCROLL {width} END" in done.stdout
