"""`dropmon alert test`, `send` and `outbox`, with real receivers."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from dropmon import cli
from dropmon.errors import DropmonError
from tests.alerts.channels.receiver import Receiver, Reply, receiving


class Said(NamedTuple):
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Said]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Runs `dropmon alert …` in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DROPMON_STORAGE", str(tmp_path / "dropmon.db"))
    monkeypatch.delenv("DROPMON_RULES", raising=False)

    def run(*words: str) -> Said:
        try:
            code = cli.run(["alert", *words])
        except DropmonError as error:
            code = cli.fail(error, False)
        out, err = capsys.readouterr()
        return Said(code, out, err)

    return run


def rules(receiver: Receiver, more: str = "", hook: str = "") -> None:
    """Two channels: `hook`, and `spare`, which stands in for it."""
    Path("rules.yaml").write_text(
        "platform: {name: Drop, language: fr}\nchannels:\n"
        f"  hook: {{type: webhook, url: '{hook or receiver.url + '/hook'}', fallback: spare, timeout: 1s}}\n"
        f"  spare: {{type: webhook, url: '{receiver.url}/spare', timeout: 1s}}\n{more}"
    )


def paths(receiver: Receiver) -> list[str]:
    return [seen.path for seen in receiver.seen]


def test_a_test_goes_to_every_channel_at_once(run: Run) -> None:
    with receiving() as receiver:
        rules(receiver)
        said = run("test")
    assert (said.code, paths(receiver)) == (0, ["/hook", "/spare"])
    assert "2 of 2 delivered" in said.out
    assert receiver.seen[0].json["data"]["title"] == "[FAIBLE, TEST] dropmon alert test"


@pytest.mark.parametrize(("reply", "code", "verdict"), [(Reply(404), 2, "refused"), (Reply(503), 1, "retry")])
def test_a_test_says_what_failed(run: Run, reply: Reply, code: int, verdict: str) -> None:
    with receiving(reply) as receiver:
        rules(receiver)
        said = run("test", "hook", "--format", "json")
    (row,) = said.json["channels"]
    assert (said.code, row["verdict"], len(receiver.seen)) == (code, verdict, 1)


@pytest.mark.parametrize(
    ("more", "names", "what"),
    [
        ("", ["hok"], "there is no channel 'hok'"),
        ("  lost: {type: webhook, url: 'http://127.0.0.1:1', secret: '${NOPE}'}\n", ["lost"], "unset variable NOPE"),
    ],
)
def test_a_channel_that_cannot_be_used_says_why(run: Run, more: str, names: list[str], what: str) -> None:
    with receiving() as receiver:
        rules(receiver, more)
        said = run("test", *names)
    assert said.code in (2, 3)
    assert what in said.out + said.err
    assert receiver.seen == []


def test_what_a_script_sends_goes_to_those_that_stand_in_for_no_other(run: Run) -> None:
    with receiving() as receiver:
        rules(receiver)
        said = run("send", "--name", "Déploiement raté", "--severity", "critical", "--runbook", "https://e.example/r")
    assert (said.code, paths(receiver)) == (0, ["/hook"])
    (alert,) = receiver.seen[0].json["data"]["alerts"]
    assert (alert["name"], alert["severity"], alert["runbook"]) == (
        "Déploiement raté", "critical", "https://e.example/r",
    )  # fmt: skip


def test_the_same_id_is_sent_once(run: Run) -> None:
    with receiving() as receiver:
        rules(receiver)
        for _ in range(3):
            assert run("send", "--name", "x", "--id", "deploy-7").code == 0
    assert len(receiver.seen) == 1


def test_what_was_sent_already_says_so_and_that_it_is_over_is_another_message(run: Run) -> None:
    with receiving() as receiver:
        rules(receiver)
        run("send", "--name", "x", "--id", "deploy-7")
        again = run("send", "--name", "x", "--id", "deploy-7")
        over = run("send", "--name", "x", "--id", "deploy-7", "--resolved")
    assert (again.code, over.code) == (0, 0)
    assert "0 of 1 sent, 1 already sent" in again.out
    assert "already sent at 20" in again.out
    assert [one.json["type"] for one in receiver.seen] == ["alert.first", "alert.resolved"]


def test_what_was_given_up_is_sent_again_under_the_same_id_and_its_fallback_hears_it_once(run: Run) -> None:
    with receiving(lambda seen, _: Reply(404 if seen.path == "/hook" else 200)) as receiver:
        rules(receiver)
        assert run("send", "--name", "x", "--id", "deploy-7").code == 2
        assert run("send", "--name", "x", "--id", "deploy-7").code == 2
        receiver.answer = lambda *_: Reply()
        assert "1 of 1 sent" in run("send", "--name", "x", "--id", "deploy-7").out
    assert paths(receiver) == ["/hook", "/spare", "/hook", "/hook"]


def test_what_waits_under_an_id_is_said_to_wait(run: Run) -> None:
    with receiving(Reply(503)) as receiver:
        rules(receiver)
        for _ in range(2):
            said = run("send", "--name", "x", "--id", "deploy-7", "-c", "hook", "--format", "json")
            (row,) = said.json["messages"]
            assert (said.code, row["state"]) == (1, "waiting")


def test_a_severity_that_is_none_is_refused(run: Run) -> None:
    with receiving() as receiver:
        rules(receiver)
        said = run("send", "--name", "x", "--severity", "hihg")
    assert (said.code, receiver.seen) == (3, [])
    assert "did you mean 'high'?" in said.err


def test_what_waits_is_shown_and_sent_when_it_is_due(run: Run) -> None:
    with receiving(Reply(503)) as receiver:
        rules(receiver)
        assert run("send", "--name", "Lent", "-c", "hook").code == 1
        said = run("outbox", "--format", "json")
        (row,) = said.json["outbox"]
        assert (said.code, row["state"], row["attempts"], row["title"]) == (1, "waiting", 1, "[HIGH] Lent")
        with sqlite3.connect("dropmon.db") as database:
            database.execute("UPDATE outbox SET next_at = 0")
        database.close()
        receiver.answer = lambda *_: Reply()
        assert run("outbox", "--send").code == 0
    assert "nothing waits" in run("outbox").out
    assert len(run("outbox", "--all", "--format", "json").json["outbox"]) == 1


def test_what_was_given_up_is_critical_and_the_fallback_has_it(run: Run) -> None:
    with receiving(lambda seen, _: Reply(404 if seen.path == "/hook" else 200)) as receiver:
        rules(receiver)
        assert run("send", "--name", "x").code == 2
    assert paths(receiver) == ["/hook", "/spare"]
    assert run("outbox").code == 2


def test_without_a_store_it_is_told_nevertheless(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("file").write_text("")
    monkeypatch.setenv("DROPMON_STORAGE", "file/dropmon.db")
    with receiving() as receiver:
        rules(receiver)
        said = run("send", "--name", "x")
    assert (said.code, paths(receiver)) == (0, ["/hook"])
    assert "sent without an outbox, once" in said.err


def test_one_channel_that_is_written_wrongly_stops_no_other(run: Run) -> None:
    with receiving() as receiver:
        rules(receiver, "  wrong: {type: webhook, urll: x}\n")
        said = run("send", "--name", "x", "-c", "hook", "-c", "wrong")
    assert paths(receiver) == ["/hook"]
    assert said.code == 1
    assert "unknown key 'urll'" in said.out


def test_no_secret_is_shown(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOK", "planted-in-url")
    with receiving() as receiver:
        rules(receiver, hook="http://127.0.0.1:1/${HOOK}")
        told = [run("test", "hook"), run("send", "--name", "x planted-in-url"), run("outbox", "--format", "json")]
    assert not any("planted-in-url" in text for said in told for text in (said.out, said.err))
