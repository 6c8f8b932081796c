"""Times as people type and read them: by the clock of the platform."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from dropmon.cli import fail, run
from dropmon.cli.options import instant, wall
from dropmon.errors import DropmonError, UsageError
from dropmon.model import Sample
from dropmon.output.table import local
from dropmon.rules import load
from dropmon.storage import open_store
from dropmon.zone import HERE

PARIS = ZoneInfo("Europe/Paris")
NINE = datetime(2026, 12, 24, 9, tzinfo=PARIS).timestamp()
RULES = """
platform: {name: Shop, timezone: Europe/Paris}
alerts: [{id: down, condition: up == 0, severity: high}]
"""
Screen = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DROPMON_STORAGE", str(tmp_path / "x.db"))
    monkeypatch.delenv("DROPMON_RULES", raising=False)
    Path("rules.yaml").write_text(RULES)


def said(capsys: Screen, *words: str) -> str:
    capsys.readouterr()
    try:
        run([*words])
    except SystemExit:
        pass
    except DropmonError as error:
        fail(error, debug=False)
    captured = capsys.readouterr()
    return captured.out + captured.err


def test_a_time_without_a_zone_is_by_the_clock_of_the_platform() -> None:
    rules = load(Path("rules.yaml"))
    for text in ("2026-12-24 09:00", "2026-12-24T08:00:00Z", "2026-12-24T09:00:00+01:00"):
        assert instant(text, rules) == NINE
    assert instant("2026-12-24 08:00") == NINE  # without rules: UTC
    Path("rules.yaml").write_text("platform: {name: Shop}")
    assert wall(load(Path("rules.yaml"))) is HERE


def test_a_time_may_lie_ahead() -> None:
    assert instant("+2d") - instant("2d") == pytest.approx(4 * 86400, abs=1)
    with pytest.raises(UsageError, match="is no time"):
        instant("+tomorrow", zone=PARIS)


def test_a_silence_begins_and_is_shown_by_the_clock_of_the_platform(capsys: Screen) -> None:
    words = ("alert", "silence", "add", "down", "--from", "2026-12-24 09:00", "--until", "2026-12-24 11:00")
    assert "2026-12-24 09:00:00 CET" in said(capsys, *words)
    (one,) = json.loads(said(capsys, "alert", "silence", "list", "--format", "json"))["silences"]
    assert (one["start"], one["end"]) == ("2026-12-24T08:00:00Z", "2026-12-24T10:00:00Z")


def test_a_query_is_of_the_clock_of_the_platform_and_so_is_its_plot(capsys: Screen) -> None:
    with open_store("x.db") as store:
        store.record([Sample("up", (), NINE - 1, 7.0)])
    assert "7" in said(capsys, "query", "up", "--at", "2026-12-24 09:00")
    plot = said(capsys, "query", "up", "--start", "2026-12-24 08:30", "--end", "2026-12-24 09:30")
    assert "2026-12-24 08:30:00 CET" in plot
    assert "08:59:59 CET" in said(capsys, "query", "up[1m]", "--at", "2026-12-24 09:00")
    Path("rules.yaml").unlink()
    assert "7" in said(capsys, "query", "up", "--at", "2026-12-24 08:00")
    assert "2026-12-24T08:59:59" not in said(capsys, "query", "up[1m]", "--at", "2026-12-24 08:00")
    assert "2026-12-24T07:59:59Z" in said(capsys, "query", "up[1m]", "--at", "2026-12-24 08:00")


def test_a_range_that_holds_nothing_says_so_and_has_one_end(capsys: Screen) -> None:
    assert "nothing: no series has a sample in a range that ends at 2026-12-24 09:00:00 CET" in said(
        capsys, "query", "up[1m]", "--at", "2026-12-24 09:00"
    )
    assert "--at and --end are both the end" in said(
        capsys, "query", "up", "--at", "1h", "--start", "2h", "--end", "1d"
    )


def test_a_moment_beyond_the_calendar_is_shown_as_it_is() -> None:
    assert local("9999-12-31T23:59:59Z", PARIS) == "9999-12-31T23:59:59Z"


@pytest.mark.parametrize(
    "words",
    [
        "query up --at 0001-01-01", "query up --start 0001-01-01", "query up --at 9999-12-31", "query up --at 999999d",
        "query up --at +99999999d", "incident list --at 0001-01-01", "incident list --since 0001-01-01",
        "alert history --since 1969-12-30", "slo --at 9999-12-31",
    ],
)  # fmt: skip
def test_a_time_around_which_there_are_no_dates_is_refused(capsys: Screen, words: str) -> None:
    Path("rules.yaml").write_text(f"{RULES}slos: [{{name: home, target: 99%, good: a, total: b}}]\n")
    assert "the year is not between 1970 and 8999" in said(capsys, *words.split())


def test_1970_is_a_year_by_any_clock_on_a_wall() -> None:
    assert instant("1970-01-01", zone=ZoneInfo("Pacific/Auckland")) == -43200
    assert instant("1970-01-01", zone=PARIS) == -3600
