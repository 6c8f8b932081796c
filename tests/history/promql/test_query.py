"""`dropmon query` on the command line."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from dropmon import cli
from dropmon.errors import UsageError
from dropmon.model import Sample, moment
from dropmon.storage import Retention, open_store

AT = 1_795_420_800.0
WHEN = moment(AT)


@pytest.fixture(autouse=True)
def history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two checks, measured every minute for an hour."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("DROPMON_STORAGE", str(tmp_path / "h.db"))
    monkeypatch.delenv("DROPMON_RULES", raising=False)
    with open_store(str(tmp_path / "h.db")) as store:
        store.record(
            Sample(
                "probe_duration_seconds", (("check", check),), AT - back * 60, 0.1 + 0.05 * math.sin(back / 10 + turn)
            )
            for turn, check in enumerate(("Shopify", "Stripe\x1b[31m"))
            for back in range(60)
        )
    return tmp_path


def asked(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert cli.run(["query", *words]) == 0
    return capsys.readouterr().out


def test_json_is_the_data_of_prometheus_http_api(capsys: pytest.CaptureFixture[str]) -> None:
    form = ("--at", WHEN, "--format", "json")
    assert json.loads(asked(capsys, "1 + 1", *form)) == {"resultType": "scalar", "result": [AT, "2"]}
    assert json.loads(asked(capsys, '"a"', *form)) == {"resultType": "string", "result": [AT, "a"]}
    assert json.loads(asked(capsys, 'count_over_time(probe_duration_seconds{check="Shopify"}[5m])', *form)) == {
        "resultType": "vector",
        "result": [{"metric": {"check": "Shopify"}, "value": [AT, "5"]}],
    }
    assert json.loads(asked(capsys, "time() - time() / 0", *form))["result"][1] == "-Inf"
    ranged = json.loads(
        asked(capsys, "vector(1)", "--start", moment(AT - 60), "--end", WHEN, "--step", "30s", *form[2:])
    )
    assert ranged == {
        "resultType": "matrix",
        "result": [{"metric": {}, "values": [[AT - 60, "1"], [AT - 30, "1"], [AT, "1"]]}],
    }


def test_one_time_is_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    words = asked(capsys, "count by (check) (probe_duration_seconds)", "--at", WHEN).split()
    assert words == ["check", "value", "Shopify", "1", "Stripe", "1"]
    assert "\x1b" not in asked(capsys, "probe_duration_seconds", "--at", WHEN, "--format", "csv")
    assert asked(capsys, "nosuch", "--at", WHEN).startswith(
        "nothing: no series has a fresh sample at 2026-11-23T08:00:00Z"
    )


@pytest.mark.parametrize("name", ["one", "several"])
def test_a_range_is_a_plot_of_eighty_columns(capsys: pytest.CaptureFixture[str], name: str) -> None:
    expression = {"one": 'probe_duration_seconds{check="Shopify"}', "several": "probe_duration_seconds"}[name]
    shown = asked(capsys, expression, "--start", moment(AT - 3600), "--end", WHEN, "--step", "1m")
    kept = Path(__file__).parent / "screens" / f"{name}.txt"

    assert max(map(len, shown.splitlines())) <= 80
    assert shown == kept.read_text("utf-8")


def test_an_error_shows_its_place() -> None:
    with pytest.raises(UsageError) as error:
        cli.run(["query", "sum(rate(x)"])
    assert error.value.what.split("\n") == [
        "not PromQL: column 12: unexpected end of the expression",
        "  sum(rate(x)",
        "             ^",
    ]


@pytest.mark.parametrize(
    "words",
    [
        ["up", "--end", WHEN],
        ["up", "--step", "1m"],
        ["up[5m]", "--start", "1h"],
        ["up", "--start", "1h", "--end", "2h"],
        ["up", "--start", "100d", "--step", "1s"],
    ],
)
def test_what_is_no_range_is_refused(words: list[str]) -> None:
    with pytest.raises(UsageError):
        cli.run(["query", *words])


def test_what_is_known_to_the_hour_is_said(history: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with open_store(str(history / "h.db"), Retention(raw=60)) as store:
        store.prune(AT + 7200)
    assert cli.run(["query", "avg_over_time(probe_duration_seconds[2h])", "--at", WHEN]) == 0
    assert "known to the hour only" in capsys.readouterr().err


def test_the_rules_say_for_how_long_a_sample_stands(history: Path, capsys: pytest.CaptureFixture[str]) -> None:
    late = moment(AT + 1200)
    assert "nothing" in asked(capsys, "probe_duration_seconds", "--at", late)
    (history / "rules.yaml").write_text("defaults: {every: 10m}\n")
    assert "Shopify" in asked(capsys, "probe_duration_seconds", "--at", late)
