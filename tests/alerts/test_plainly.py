"""What commands say of the past, of limits, of silences, and what they keep to themselves."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from dropmon.alerts.channels import kinds
from dropmon.cli import fail, run
from dropmon.errors import DropmonError
from dropmon.model import Sample
from dropmon.storage import open_store
from dropmon.storage.alerts import alerts_of
from tests.alerts.channels.receiver import Reply, receiving

RULES = """
defaults: {{fail_after: 1}}
checks: {{apis: [{{name: Stripe, url: "https://example.com"}}]}}
channels:
  hook: {{type: webhook, url: "{url}/hooks/services/T00/planted-token", severities: [critical], limit: 1/hour}}
alerts:
  - {{id: down, condition: probe_success == 0, severity: critical, channels: [hook]}}
"""
Screen = pytest.CaptureFixture[str]


def alert(*words: str) -> int:
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
    Path("rules.yaml").write_text(RULES.format(url="http://127.0.0.1:9"))
    with open_store("x.db") as store:
        store.record(Sample("probe_success", (("check", "Stripe"),), time.time() - ago, 0.0) for ago in (3600, 1))


def waiting() -> int:
    from dropmon.storage.outbox import SqliteOutbox

    with SqliteOutbox(Path("x.db"), 5.0) as box:
        return len(box.rows())


def test_the_past_is_only_told_when_it_is_meant_to_be(capsys: Screen) -> None:
    then = "58m"
    assert alert("evaluate", "--at", then) == 2
    out, err = capsys.readouterr()
    assert "would tell hook: first" in out
    assert "that is past: nothing is remembered or told" in err
    assert waiting() == 0
    assert alert("evaluate", "--at", then, "--record") == 2
    assert waiting() == 1
    assert alert("evaluate") == 2
    assert "that is past" not in capsys.readouterr().err
    alert("evaluate", "--at", "1m")
    assert "that is past" in capsys.readouterr().err


def test_the_future_is_only_told_when_it_is_meant_to_be(capsys: Screen) -> None:
    then = datetime.fromtimestamp(time.time() + 800 * 86400, UTC).isoformat(timespec="seconds")
    alert("evaluate")
    alert("evaluate", "--at", then)
    assert "that is in the future: nothing is remembered or told\n  → say --record" in capsys.readouterr().err
    with open_store("x.db") as store:
        assert alerts_of(store).turn()[1] == pytest.approx(time.time(), abs=60)
    alert("evaluate", "--at", then, "--record")
    alert("evaluate", "--at", "1s")  # what was judged ahead of time makes the present no past
    assert "that is past" not in capsys.readouterr().err


def test_an_explanation_of_the_past_says_that_its_memory_is_of_now(capsys: Screen) -> None:
    alert("evaluate")
    alert("explain", "down")
    assert "that is past" not in capsys.readouterr().err
    assert alert("explain", "down", "--at", "58m") == 0
    err = capsys.readouterr().err
    assert "that is past: throttles, acknowledgements and what was told are those of now" in err
    assert "dropmon alert backtest down" in err


def test_runs_that_are_far_apart_say_so(capsys: Screen) -> None:
    alert("evaluate", "--at", "58m", "--record")
    capsys.readouterr()
    alert("evaluate")
    assert "judged last 58m" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("matchers", "code", "said"),
    [
        (["down"], 0, "it covers 1 alert of the rules, of which 1 series fires now"),
        (["check=Stripe"], 0, "it covers 1 alert of the rules, of which 1 series fires now"),
        (["down", "check=~St.*"], 0, "1 series fires"),
        (["severity=critical"], 0, "it covers 1 alert"),
        (["region=eu"], 1, "nothing known has a label 'region'"),
        (["chek=Stripe"], 1, "nothing known has a label 'chek'"),
        (["chek=Stripe"], 1, "did you mean 'check'?"),
        (["kind=webb"], 1, "nothing known has kind=webb"),
        (["kind=apis"], 0, "it covers 1 alert of the rules"),
        (["kind!=tcp"], 0, "1 series fires"),
        (["region!=eu"], 1, "nothing known has a label 'region'"),
        (['rule="down", check="Stripe"'], 0, "1 series fires"),
        (["nosuchrule"], 1, "it covers no alert of the rules"),
        (["check=Strpe"], 1, "it covers no alert of the rules"),
        (["severity=low"], 1, "it covers no alert of the rules"),
    ],
)
def test_a_silence_says_what_it_covers(capsys: Screen, matchers: list[str], code: int, said: str) -> None:
    alert("evaluate")
    capsys.readouterr()
    assert alert("silence", "add", *matchers, "--for", "1h") == code
    out, err = capsys.readouterr()
    assert said in out + err


def test_a_silence_counts_what_fires_and_not_what_is_not_known(capsys: Screen) -> None:
    alert("evaluate", "--at", "1h", "--record")
    alert("evaluate", "--at", "40m", "--record")  # its last sample was an hour ago by then
    capsys.readouterr()
    assert alert("silence", "add", "down", "--for", "1h") == 0
    assert "it covers 1 alert of the rules\n" in capsys.readouterr().out


def test_a_window_for_what_nothing_known_has_is_doubtful(capsys: Screen) -> None:
    window = "  - {name: backup, every: daily, at: '03:00', duration: 1h, matchers: {%s}}\n"
    own = Path("rules.yaml").read_text()
    Path("rules.yaml").write_text(own + "maintenance:\n" + window % "chek: Stripe, kind: [apis, tcp]")
    assert alert("lint") == 1
    out = " ".join(capsys.readouterr().out.split())
    assert "maintenance 'backup' nothing known has a label 'chek'" in out
    assert "nothing known has kind=tcp" in out
    Path("rules.yaml").write_text(own + "maintenance:\n" + window % "check: Stripe, kind: apis")
    alert("lint")
    assert "maintenance" not in capsys.readouterr().out


def test_a_range_is_compared_with_the_pace_of_the_checks_that_it_looks_at(capsys: Screen) -> None:
    own = (
        Path("rules.yaml").read_text().replace("probe_success == 0", "'max_over_time(probe_duration_seconds[1m]) > 1'")
    )
    for every, said in (("10s", False), ("10m", True)):
        Path("rules.yaml").write_text(own.replace("name: Stripe,", f"name: Stripe, every: {every},"))
        alert("lint")
        assert ("there is one each 10m" in " ".join(capsys.readouterr().out.split())) is said


def test_a_backtest_keeps_to_the_silences_of_its_time(capsys: Screen) -> None:
    alert("backtest", "--from", "1d")
    assert "1 notices" in capsys.readouterr().out
    alert("silence", "add", "down", "--from", "2d", "--for", "3d")
    capsys.readouterr()
    alert("backtest", "--from", "1d")
    out = capsys.readouterr().out
    assert "0 notices" in out
    assert "with the silences of that time: 1" in out


@pytest.mark.parametrize(("failures", "fired"), [((2,), 0), ((2, 3), 1), ((2, 4), 0)])
@pytest.mark.parametrize("step", ["1m", "5m"])
def test_a_backtest_counts_a_probe_once_however_often_it_looks(
    capsys: Screen, failures: tuple[int, ...], fired: int, step: str
) -> None:
    Path("rules.yaml").write_text(RULES.format(url="http://127.0.0.1:9").replace("fail_after: 1", "fail_after: 2"))
    Path("x.db").unlink()
    now = time.time() // 300 * 300
    with open_store("x.db") as store:
        for number in range(8):
            own = Sample("probe_success", (("check", "Stripe"),), now - number * 300, float(number not in failures))
            store.record([own])
    alert("backtest", "--from", "36m", "--step", step)
    assert f"fired {fired} times" in capsys.readouterr().out


def test_what_is_not_for_a_channel_is_not_sent_and_what_is_limited_says_until_when(capsys: Screen) -> None:
    with receiving() as receiver:
        Path("rules.yaml").write_text(RULES.format(url=receiver.url))
        assert alert("send", "--name", "a", "--severity", "low") == 1
        assert "0 of 1 sent" in capsys.readouterr().out
        assert alert("send", "--name", "b", "--severity", "critical") == 0
        capsys.readouterr()
        assert alert("send", "--name", "c", "--severity", "critical") == 1
        assert "more than its limit: not before 20" in capsys.readouterr().out
    assert len(receiver.seen) == 1


def test_the_address_of_a_webhook_is_kept_to_itself(capsys: Screen) -> None:
    with receiving(Reply(404)) as receiver:
        Path("rules.yaml").write_text(RULES.format(url=receiver.url))
        alert("test", "hook")
        alert("evaluate", "--send")
        alert("outbox")
        alert("list")
        run(["rules", "show"])
    assert receiver.seen[0].path == "/hooks/services/T00/planted-token"
    out, err = capsys.readouterr()
    assert "planted-token" not in out + err
    assert receiver.url in out + err
    assert b"planted-token" not in Path("x.db").read_bytes()


@pytest.mark.parametrize(("to", "most"), [(["+33612345678"], 12), (["+33612345678", "+33612345679"], 6)])
def test_a_limit_of_sms_counts_each_number(to: list[str], most: int) -> None:
    settings: dict[str, Any] = {"type": "sms", "account": "AC1", "token": "t", "from": "+336", "to": to}
    assert kinds()["sms"].model_validate(settings).rate == (Fraction(most), 3600.0)


def test_programs_read_what_became_of_a_message(capsys: Screen) -> None:
    with receiving() as receiver:
        Path("rules.yaml").write_text(RULES.format(url=receiver.url))
        alert("send", "--name", "a", "--severity", "low", "--format", "json")
    (row,) = json.loads(capsys.readouterr().out)["messages"]
    assert row["state"] == "unwanted"
