"""No secret appears in any output, log, exception or stored row, whatever a server says and however it fails."""

from __future__ import annotations

import base64
import json
import re
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from dropmon import cli
from dropmon.errors import DropmonError
from tests.checks.servers import answer, serving
from tests.cli.conftest import Dropmon

SECRETS = {
    "TOKEN": "planted-token-1",
    "AWKWARD": 'planted: "two" # $x \\ é\'<b>&',
    "PASSWORD": "planted-p@ss/word 3",
    "KEY": "planted-key-4",
}
COLUMN = "planted-column-5"
OF_DATABASE = "planted-database-6"


def echo(connection: Any, request: bytes) -> None:
    """A server that tells everything it was told, in its status line, headers and body."""
    head, _, _ = request.partition(b"\r\n\r\n")
    said = b" ".join(line for line in head.split(b"\r\n"))
    body = json.dumps({"code": 500, "message": said.decode("utf-8", "replace")}).encode() + b"\n"
    connection.sendall(
        b"HTTP/1.1 200 OK\r\nX-Echo: "
        + said
        + b"\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(body)
        + body
    )


def redirect(connection: Any, request: bytes) -> None:
    token = next(line for line in request.split(b"\r\n") if line.startswith(b"X-Token"))[9:]
    answer(b"", "302 Found", (f"Location: gopher://x/{token.decode('utf-8', 'replace')}",))(connection, request)


def traces() -> list[str]:
    """Every spelling that would give a secret away."""
    login = base64.b64encode(f"ops:{SECRETS['PASSWORD']}".encode()).decode()
    return ["planted", login, "cGxhbnRlZ"]


@pytest.mark.slow
@pytest.mark.parametrize("words", ["plain", "json", "csv", "markdown", "rich", "nagios", "plain --debug"])
def test_planted_secrets_come_out_nowhere(dropmon: Dropmon, tmp_path: Path, words: str) -> None:
    with serving(echo) as loud, serving(redirect) as away:
        both = {"X-Token": "Bearer ${TOKEN}", "X-Awkward": "${AWKWARD}", "Authorization": "Bearer planted-literal-7"}
        rows = [
            {"name": "row", "url": loud.url(), "token": COLUMN},
            {"name": "bad", "url": f"ftp://{COLUMN}", "token": COLUMN},
        ]
        (tmp_path / "targets.jsonl").write_text("\n".join(map(json.dumps, rows)))
        document = {
            "databases": {"main": {"url": f"postgresql://ops:{OF_DATABASE}@127.0.0.1:1/shop"}},
            "checks": {
                "apis": [
                    {"name": "headers", "url": loud.url(), "headers": both},
                    {"name": "query", "url": loud.url("/x?key=${KEY}"), "expect": {"contains": "nothing"}},
                    {"name": "login", "url": loud.url(), "login": {"username": "ops", "password": "${PASSWORD}"}},
                    {"name": "away", "url": away.url(), "headers": {"X-Token": "${TOKEN}"}},
                    {"name": "json", "url": loud.url("/?a=${KEY}"), "expect": {"json": {"message": "other"}}},
                    {"name": "gone", "url": "http://127.0.0.1:1/${KEY}"},
                    {"name": "many", "targets": {"file": "targets.jsonl"}, "headers": {"X-Token": "${column:token}"}},
                    {"name": "query-targets", "targets": {"sql": "select 1"}},
                ]
            },
        }
        (tmp_path / "rules.yaml").write_text(json.dumps(document))
        done = dropmon("check", "all", "--format", *words.split(), COLUMNS="200", **SECRETS)

    assert done.returncode in {2, 3}
    assert "headers" in done.stdout
    for trace in traces():
        assert trace not in done.stdout
        assert trace not in done.stderr
    stored = sqlite3.connect(tmp_path / ".local/state/dropmon/dropmon.db")
    dump = "\n".join(stored.iterdump())
    stored.close()
    assert "headers" in dump
    assert not [trace for trace in traces() if trace in dump]


ADDRESS = "postgresql://ops:planted@127.0.0.1:1/shop"


@pytest.mark.parametrize(
    "words",
    [
        ("db", "connections", ADDRESS), ("db", ADDRESS), (ADDRESS,), ("db", "explain", "1", ADDRESS),
        ("db", "connections", f"--format={ADDRESS}"), ("db", "connections", "--rules", ADDRESS),
        ("db", "connections", f"-d{ADDRESS}", ADDRESS), ("--debug", "logs", ADDRESS),
        ("db", "connections", "host=127.0.0.1 port=1 password='planted too'"), ("db", "postgres:ops:planted@h/shop"),
        ("db", "connections", "password=planted"), ("db", "connections", "sslpassword = planted"),
        ("db", "connections", "postgresql://h/shop?user=u&password=plan%74ed-7"),
    ],
)  # fmt: skip
def test_a_password_is_not_repeated_wherever_on_the_command_line_it_stands(
    words: tuple[str, ...], capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("dropmon.secrets._known", set())
    monkeypatch.setattr("dropmon.secrets._longest_first", [])
    try:
        code = cli.run(list(words))
    except DropmonError as error:
        code = cli.fail(error, debug=True)
    out, err = capfd.readouterr()

    assert (code, "•••" in err) == (3, True)
    assert not re.search("plan(t|%74)ed", out + err)


@pytest.mark.parametrize("word", ["my-password=wrong", "ops@shop.example", "https://shop.example/@me", "a=b"])
def test_what_is_no_address_with_a_password_stays_as_it_is(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["db", word]) == 3
    assert f"'{word}'" in capsys.readouterr().err


def test_a_password_that_is_looked_for_in_logs_is_shown(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("dropmon.secrets._known", set())
    monkeypatch.setattr("dropmon.secrets._longest_first", [])
    (tmp_path / "log").write_text("login failed: password=failed\n")
    cli.run(["logs", str(tmp_path / "log"), "--grep", "password=failed"])
    assert "login failed: password=failed" in capfd.readouterr().out


@pytest.mark.slow
@pytest.mark.parametrize("words", [["rules", "show"], ["rules", "check"], ["rules", "show", "--debug"]], ids=" ".join)
def test_the_rules_are_shown_without_their_secrets(dropmon: Dropmon, tmp_path: Path, words: list[str]) -> None:
    document = {
        "checks": {"apis": [{"name": "a", "url": "https://x.example/", "headers": {"X-Token": "${TOKEN}"}}]},
        "channels": {"slack": {"webhook": "https://hooks.example.com/${KEY}"}},
        "databases": {"main": {"url": f"postgresql://ops:{OF_DATABASE}@db.example.com/shop"}},
    }
    (tmp_path / "rules.yaml").write_text(json.dumps(document))
    done = dropmon(*words, **SECRETS)

    assert "planted" not in done.stdout + done.stderr
    assert done.returncode == 0, done.stdout + done.stderr
