"""The commands, as they are typed."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from dropmon.cli import fail, run
from dropmon.errors import DropmonError
from dropmon.model import Sample
from dropmon.storage import open_store
from tests.alerts.play import labels

RULES = """
defaults: {fail_after: 1}
channels: {webhook: {url: "https://example.com"}, sms: {account: a, token: secret-token, from: f, to: "+33612345678"}}
alerts:
  - id: down
    name: "{{ labels.check }} is down"
    condition: probe_success == 0
    severity: high
    channels: [webhook, sms]
    throttle: 5m
    remind_every: 1h
  - {id: slow, condition: probe_duration_seconds > 1, severity: low, channels: [webhook], depends_on: [down]}
"""
Screen = pytest.CaptureFixture[str]


def dropmon(*words: str) -> int:
    try:
        return run(["alert", *words])
    except SystemExit as error:
        return int(error.code or 0)
    except DropmonError as error:
        return fail(error, debug=False)


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DROPMON_STORAGE", str(tmp_path / "x.db"))
    monkeypatch.delenv("DROPMON_RULES", raising=False)
    Path("rules.yaml").write_text(RULES)
    record(down=0.0, well=1.0)


def record(at: float | None = None, **checks: float) -> None:
    """Each check's verdict; now, as far as the next command is concerned."""
    with open_store("x.db") as store:
        for check, value in checks.items():
            when = (time.time() if at is None else at) - 1
            store.record(
                Sample(name, labels(check=check), when, number)
                for name, number in (("probe_success", value), ("probe_duration_seconds", 0.1))
            )


def answered(capsys: Screen, *words: str) -> Any:
    capsys.readouterr()
    dropmon(*words, "--format", "json")
    return json.loads(capsys.readouterr().out)


def test_an_evaluation_says_what_fires_and_who_is_told(capsys: Screen) -> None:
    assert dropmon("evaluate", "--dry-run") == 2
    assert "would tell webhook: first, 1 alert: down is down\n" in capsys.readouterr().out
    assert dropmon("list") == 0
    assert dropmon("evaluate") == 2
    out = capsys.readouterr().out
    assert "tells webhook: first, 1 alert: down is down\nthey wait in the outbox" in out
    assert dropmon("list") == 2
    assert dropmon("evaluate", "--quiet") == 2
    assert "tells" not in capsys.readouterr().out


def test_nothing_is_printed_when_nothing_fires_and_quiet_is_wanted(capsys: Screen) -> None:
    record(down=1.0)
    assert dropmon("evaluate", "--quiet") == 0
    assert capsys.readouterr().out == ""
    assert dropmon("evaluate") == 0
    assert "nothing fires\n" in capsys.readouterr().out


def test_a_row_has_what_programs_need(capsys: Screen) -> None:
    dropmon("evaluate")
    (row,) = answered(capsys, "list")["alerts"]
    assert (row["rule"], row["phase"], row["severity"], row["status"]) == ("down", "firing", "high", "critical")
    assert (row["key"], row["labels"], row["value"], row["told"], row["untold"]) == (
        "down/check=down", {"check": "down"}, 0, [], {"webhook": "waits to be told"},
    )  # fmt: skip


def test_one_alert_with_everything(capsys: Screen) -> None:
    dropmon("evaluate")
    shown = answered(capsys, "show", "down/check=down")
    assert (shown["name"], shown["condition"]) == ("down is down", "probe_success == 0")
    assert dropmon("show", "slow") == 3
    assert "slow is well" in capsys.readouterr().err
    assert dropmon("show", "donw") == 3
    assert "there is no alert 'donw'\n  → did you mean 'down'?" in capsys.readouterr().err


def test_what_happened_is_remembered(capsys: Screen) -> None:
    dropmon("evaluate")
    record(down=1.0)
    dropmon("evaluate")
    found = answered(capsys, "history")["changes"]
    assert [(one["before"], one["after"]) for one in found] == [("resolved", "firing"), ("firing", "resolved")]
    assert answered(capsys, "history", "slow")["changes"] == []


def test_the_past_of_one_series_is_found_by_the_key_that_messages_print(capsys: Screen) -> None:
    record(other=0.0)
    dropmon("evaluate")
    assert len(answered(capsys, "history", "down")["changes"]) == 2
    (change,) = answered(capsys, "history", "down/check=other")["changes"]
    assert change["labels"] == {"check": "other"}
    assert answered(capsys, "history", "down/check=other", "--until", "1h", "--since", "2h")["changes"] == []
    Path("rules.yaml").write_text(RULES.replace("id: down", "id: gone").replace("[down]", "[gone]"))
    assert len(answered(capsys, "history", "down")["changes"]) == 2
    assert len(answered(capsys, "history", "down/check=other")["changes"]) == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("dwon", "there is no alert 'dwon'\n  → did you mean 'down'?"),
        ("down/check=othr", "nothing was ever said of down/check=othr\n  → did you mean 'down/check=other'?"),
        ("dwon/check=down", "there is no alert 'dwon/check=down'\n  → there are: down, slow"),
    ],
)
def test_the_past_of_an_alert_that_is_none_is_not_that_nothing_changed(capsys: Screen, words: str, said: str) -> None:
    record(other=0.0)
    dropmon("evaluate")
    capsys.readouterr()
    assert dropmon("history", words) == 3
    assert said in capsys.readouterr().err


def test_who_has_it_is_shown_and_not_reminded_until_it_is_over(capsys: Screen) -> None:
    dropmon("evaluate")
    (row,) = answered(capsys, "ack", "down/check=down", "--by", "Ann", "--for", "3h", "-m", "their incident")["alerts"]
    assert row["acknowledged_by"] == "Ann"
    record(time.time() + 7200, down=0.0)
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 7200))
    assert dropmon("evaluate", "--at", at, "--record") == 2
    assert "tells" not in capsys.readouterr().out
    assert answered(capsys, "explain", "down", "--at", at)["decisions"][0]["why"] == "acknowledged"
    assert answered(capsys, "ack", "down", "--undo")["alerts"][0]["acknowledged_by"] is None
    assert dropmon("ack", "slow") == 3


def test_a_silence_is_added_listed_and_ended(capsys: Screen) -> None:
    (one,) = answered(capsys, "silence", "add", "down", "check=~d.*", "--for", "2h", "--by", "Ann", "-m", "move")[
        "silences"
    ]
    assert (one["state"], one["matchers"], one["author"]) == ("active", 'rule="down", check=~"d.*"', "Ann")
    assert dropmon("evaluate") == 2
    assert "tells" not in capsys.readouterr().out
    decision = answered(capsys, "explain", "down")["decisions"][0]
    assert (decision["why"], decision["detail"]) == ("silenced", f"by Ann: move ({one['id']})")
    assert answered(capsys, "silence", "expire", one["id"][:5])["silences"][0]["state"] == "ended"
    assert answered(capsys, "silence", "list")["silences"] == []
    assert len(answered(capsys, "silence", "list", "--all")["silences"]) == 1
    dropmon("evaluate")
    assert "tells webhook: first" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["add", "down"], "a silence needs one end"),
        (["add", "down", "--for", "1h", "--until", "2026-01-01"], "a silence needs one end"),
        (["add", "down", "--until", "2020-01-01"], "the silence ends before it begins"),
        (["add", "a b", "--for", "1h"], "'a b' is no matcher"),
        (["add", "--for", "1h"], "Missing argument"),
        (["expire", "nothing"], "no silence begins with 'nothing'"),
        (["expire", ""], "no silence begins with ''"),
    ],
)
def test_a_silence_that_cannot_be_meant_is_refused(capsys: Screen, words: list[str], said: str) -> None:
    assert dropmon("silence", *words) == 3
    assert said in capsys.readouterr().err


def test_why_not_and_when_next(capsys: Screen) -> None:
    def why() -> dict[str, str]:
        return {one["channel"]: one["why"] for one in answered(capsys, "explain", "down")["decisions"]}

    assert why() == {"webhook": "first", "sms": "severity"}
    dropmon("evaluate")
    assert why() == {"webhook": "told", "sms": "severity"}
    record(down=1.0)
    assert why() == {"webhook": "resolved", "sms": "quiet"}
    dropmon("evaluate")
    record(down=0.0)
    assert why() == {"webhook": "throttled", "sms": "severity"}
    dropmon("explain", "down")
    out = capsys.readouterr().out
    assert "not told: throttled" in out
    assert " in 4m " in out.replace("\n", " ") or " in 5m" in out
    assert dropmon("explain", "dwon") == 3


def test_a_backtest_lists_intervals_and_notices(capsys: Screen) -> None:
    for minute in range(20):
        record(time.time() - 60 * minute, down=0.0 if 5 <= minute < 10 else 1.0)
    found = answered(capsys, "backtest", "down", "--from", "20m", "--step", "1m")["intervals"]
    own = [(one["what"], one["channel"]) for one in found if one["labels"] == {"check": "down"}]
    assert [what for what, _ in own][:3] == ["firing", "first", "resolved"]
    assert dropmon("list") == 0  # nothing of it is remembered


def test_a_backtest_of_one_alert_counts_nothing_of_those_that_explain_it(capsys: Screen) -> None:
    for minute in range(20):
        record(time.time() - 60 * minute, down=0.0 if 5 <= minute < 10 else 1.0)
    capsys.readouterr()
    dropmon("backtest", "slow", "--from", "20m", "--step", "1m", "--format", "plain")
    assert "fired 0 times, 0 notices" in capsys.readouterr().out
    found = answered(capsys, "backtest", "slow/check=down", "--from", "20m", "--step", "1m")["intervals"]
    assert {one["rule"] for one in found} <= {"slow"}
    whole = answered(capsys, "backtest", "--from", "20m", "--step", "1m")["intervals"]
    assert "down" in {one["rule"] for one in whole}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["none"], "there is no alert 'none'"),
        (["--from", "1h", "--to", "2h"], "the span ends before it begins"),
        (["--from", "300d", "--step", "1s"], "evaluations are more than 100,000"),
    ],
)
def test_a_backtest_that_cannot_be_meant_is_refused(capsys: Screen, words: list[str], said: str) -> None:
    assert dropmon("backtest", *words) == 3
    assert said in capsys.readouterr().err


def test_doubts_are_a_warning(capsys: Screen) -> None:
    assert dropmon("lint") == 1
    assert "its title is its id" in capsys.readouterr().out


def test_labels_from_outside_do_no_harm(capsys: Screen) -> None:
    record(**{"a\x1b[31mb\u202e=[red]": 0.0})
    for command in ("evaluate", "list", "show down", "explain down", "history", "backtest --from 1h"):
        dropmon(*command.split())
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "\u202e" not in out


@pytest.mark.parametrize(
    "command",
    ["evaluate", "list", "show", "history", "ack", "silence add", "silence list", "silence expire", "explain",
     "backtest", "lint"],
)  # fmt: skip
def test_every_help_has_an_example(capsys: Screen, command: str) -> None:
    assert dropmon(*command.split(), "--help") == 0
    assert f"Example: dropmon alert {command}" in capsys.readouterr().out
