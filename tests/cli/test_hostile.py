"""One server, one target or one store cannot take the others with it, flood the screen, or hold the run."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from tests.checks.servers import Behaviour, answer, serving
from tests.cli.conftest import COMMAND, Dropmon, environment
from tests.cli.test_check import found, rules
from tests.requirements import lack, need


def location(where: bytes) -> Behaviour:
    def behave(connection: socket.socket, request: bytes) -> None:
        connection.sendall(b"HTTP/1.1 302 Found\r\nLocation: " + where + b"\r\nContent-Length: 0\r\n\r\n")

    return behave


DEEP = b'{"message": ' + b"[" * 20_000
HOSTILE: dict[str, Behaviour] = {
    "deep JSON": answer(DEEP),
    "a port beyond all": location(b"http://127.0.0.1:9999999/x"),
    "an open bracket": location(b"http://[zz/x"),
    "bytes that are no text": location(b"http://[\xe9\xff/"),
    "a novel": answer(json.dumps({"code": 500, "message": "A" * 50_000}).encode()),
}


@pytest.mark.slow
@pytest.mark.parametrize("behave", HOSTILE.values(), ids=HOSTILE)
def test_a_strange_answer_leaves_the_others_measured(dropmon: Dropmon, tmp_path: Path, behave: Behaviour) -> None:
    with serving(behave) as strange, serving(answer()) as fine:
        rules(tmp_path, {"name": "strange", "url": strange.url()}, {"name": "fine", "url": fine.url()})
        done = dropmon("check", "apis", "--format", "json")

    checks = found(done)
    assert checks["fine"]["status"] == "ok"
    assert len(checks["strange"]["error"] or "") <= 240
    assert "Traceback" not in done.stderr
    assert "probably a bug" not in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("page", [b"[" * 100_000, b'{"incidents": 5}', b'{"status": {"indicator": {}}}', b"null"])
def test_a_strange_status_page_is_told_in_a_sentence(dropmon: Dropmon, tmp_path: Path, page: bytes) -> None:
    with serving(answer(b"", "500 No")) as server, serving(answer(page)) as theirs:
        rules(tmp_path, {"name": "a", "url": server.url(), "retries": 0, "status_page": theirs.url()})
        done = dropmon("check", "apis", "--format", "json")

    assert "their status page" in found(done)["a"]["hint"]
    assert done.stderr == ""


@pytest.mark.slow
def test_six_silent_status_pages_take_as_long_as_one(dropmon: Dropmon, tmp_path: Path) -> None:
    def silent(connection: socket.socket, request: bytes) -> None:
        time.sleep(10)

    with serving(answer(b"", "500 No")) as server, serving(silent) as page:
        pages = [f"{page.url()}{number}/x.json" for number in range(6)]
        entries = [{"name": f"n{i}", "url": server.url(), "retries": 0, "status_page": p} for i, p in enumerate(pages)]
        rules(tmp_path, *entries)
        began = time.monotonic()
        dropmon("check", "apis")

    assert time.monotonic() - began < 6


@pytest.mark.slow
def test_a_line_imported_from_elsewhere_breaks_no_check(dropmon: Dropmon, tmp_path: Path) -> None:
    (tmp_path / "other.txt").write_text("heartbeat_timestamp_seconds 5 1700000000\n# EOF\n")
    rules(tmp_path, checks={"heartbeats": [{"name": "import", "every": "1d"}]})
    imported = dropmon("history", "import", "other.txt")
    checked = dropmon("check", "heartbeats")

    assert (imported.returncode, checked.returncode) == (0, 3)
    assert "it never reported" in checked.stdout


@pytest.mark.slow
def test_what_was_not_asked_leaves_no_sample(dropmon: Dropmon, tmp_path: Path) -> None:
    with serving(answer(b"", "429 No", ("Retry-After: 30",))) as server:
        rules(tmp_path, {"name": "a", "url": server.url()})
        for _ in range(3):
            dropmon("check", "apis")
    lines = dropmon("history", "export").stdout.splitlines()

    assert len([line for line in lines if line.startswith("probe_success{")]) == 1


@pytest.mark.slow
def test_watching_without_a_history_still_honours_retry_after(tmp_path: Path) -> None:
    with serving(answer(b"", "429 No", ("Retry-After: 30",))) as server:
        rules(tmp_path, {"name": "a", "url": server.url()})
        watch = [*COMMAND, "check", "apis", "--watch", "--every", "200ms", "--no-record", "--format", "nagios"]
        with subprocess.Popen(
            watch, stdout=subprocess.PIPE, text=True, cwd=tmp_path, env=environment(tmp_path)
        ) as process:
            assert process.stdout
            for _ in range(4):
                process.stdout.readline()
            process.send_signal(signal.SIGINT)

    assert len(server.seen) == 1


@pytest.mark.slow
@pytest.mark.parametrize("text", ["name,url\n", ""], ids=["a header only", "nothing"])
def test_a_source_that_names_nobody_is_no_all_clear(dropmon: Dropmon, tmp_path: Path, text: str) -> None:
    (tmp_path / "t.csv").write_text(text)
    with serving(answer()) as server:
        rules(tmp_path, {"name": "many", "targets": {"file": "t.csv"}}, {"name": "fine", "url": server.url()})
        done = dropmon("check", "apis", "--format", "json")

    assert done.returncode == 3
    assert "names no target" in found(done)["many"]["error"]


def silent_database(entries: list[dict[str, Any]], port: int) -> dict[str, Any]:
    return {
        "databases": {"main": {"url": f"postgresql://u:secret@127.0.0.1:{port}/x"}},
        "checks": {"apis": [*entries, {"name": "many", "targets": {"sql": "select 1"}}]},
    }


@pytest.mark.slow
def test_a_silent_database_holds_neither_the_deadline_nor_who_did_not_ask_for_it(
    dropmon: Dropmon, tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf, serving(answer()) as server:
        document = silent_database([{"name": "fine", "url": server.url()}], deaf.getsockname()[1])
        (tmp_path / "rules.yaml").write_text(json.dumps(document))
        began = time.monotonic()
        every = dropmon("check", "apis", "--deadline", "1s", "--format", "json")
        took = time.monotonic() - began
        began = time.monotonic()
        one = dropmon("check", "apis", "fine", "--format", "json")

    assert took < 4
    assert found(every)["many"]["status"] == "unknown"
    assert time.monotonic() - began < 3
    assert (one.returncode, set(found(one))) == (0, {"fine"})


@pytest.mark.slow
def test_a_missing_database_is_named_and_the_others_go_on(dropmon: Dropmon, tmp_path: Path) -> None:
    with serving(answer()) as server:
        rules(tmp_path, {"name": "many", "targets": {"sql": "select 1"}}, {"name": "fine", "url": server.url()})
        done = dropmon("check", "apis", "--format", "json")

    assert found(done)["fine"]["status"] == "ok"
    assert "there is no database 'main'" in found(done)["many"]["error"]


@pytest.mark.slow
def test_a_name_that_a_dead_database_would_know_is_not_called_unknown(dropmon: Dropmon, tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text(json.dumps(silent_database([], 1)))
    done = dropmon("check", "apis", "acme-store", "--format", "json")

    assert done.returncode == 3
    assert found(done)["many"]["error"]
    assert "no check is named" not in done.stderr


@pytest.mark.slow
def test_an_interrupted_query_says_what_was_not_measured(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf, serving(answer()) as server:
        document = silent_database([{"name": "fine", "url": server.url()}], deaf.getsockname()[1])
        (tmp_path / "rules.yaml").write_text(json.dumps(document))
        check = [*COMMAND, "check", "apis", "--format", "json"]
        with (
            subprocess.Popen(
                check, stdout=subprocess.PIPE, text=True, cwd=tmp_path, env=environment(tmp_path)
            ) as process,
            deaf.accept()[0],
        ):
            time.sleep(0.3)
            process.send_signal(signal.SIGINT)
            out, _ = process.communicate(timeout=5)

    assert {check["name"]: check["status"] for check in json.loads(out)["checks"]} == {
        "fine": "ok",  # measured meanwhile
        "many": "unknown",
    }
    assert process.returncode == 3


@pytest.mark.slow
def test_an_old_encoding_does_not_turn_ok_into_unknown(tmp_path: Path) -> None:
    with serving(answer()) as server:
        rules(tmp_path, {"name": "a", "url": server.url()})
        done = subprocess.run(
            [*COMMAND, "check", "apis"], capture_output=True, cwd=tmp_path,
            env=environment(tmp_path, PYTHONIOENCODING="ascii"),
        )  # fmt: skip

    assert done.stdout.startswith(b"+ OK")


@pytest.mark.slow
@pytest.mark.parametrize(
    "option", [["--deadline", "5"], ["--deadline", "0s"], ["--watch", "--every", "0s"]], ids=" ".join
)
def test_a_duration_that_cannot_be_meant_is_no_bug(dropmon: Dropmon, tmp_path: Path, option: list[str]) -> None:
    rules(tmp_path, {"name": "a", "url": "http://127.0.0.1:1/"})
    done = dropmon("check", "apis", *option)

    assert done.returncode == 3
    assert "probably a bug" not in done.stderr
    assert done.stderr


@pytest.mark.slow
def test_numbers_that_look_like_a_password_stay_numbers(dropmon: Dropmon, tmp_path: Path) -> None:
    with serving(answer()) as server:
        rules(tmp_path, {"name": "a", "url": server.url(), "headers": {"X-Token": "${TOKEN}"}})
        for token in ("null", "2026", "true"):
            done = dropmon("check", "apis", "--format", "json", TOKEN=token)
            assert found(done)["a"]["verdict"] == "healthy"


@pytest.mark.slow
def test_the_secrets_of_a_row_stay_with_it_and_its_plain_words_stay_readable(dropmon: Dropmon, tmp_path: Path) -> None:
    row = {"name": "acme", "url": "http://u:p4ssword@127.0.0.1:1/?key=k3yk3y", "plan": "token", "t": "tok-12345"}
    (tmp_path / "t.jsonl").write_text(json.dumps(row))
    with serving(answer(b"", "401 No")) as server:
        plain = {"name": "bcme", "url": server.url(), "plan": "token", "t": "tok-12345"}
        (tmp_path / "t.jsonl").write_text(json.dumps(row) + "\n" + json.dumps(plain))
        rules(tmp_path, {"name": "many", "targets": {"file": "t.jsonl"}, "headers": {"X": "${column:t}"}})
        done = dropmon("check", "apis", "--format", "json")

    for secret in ("p4ssword", "k3yk3y", "tok-12345"):
        assert secret not in done.stdout
    assert "token expired or revoked" in found(done)["bcme"]["error"]


def test_rules_without_a_check_are_no_all_clear(dropmon: Dropmon, tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text("platform: {name: x}\n")
    done = dropmon("rules", "check")

    assert done.returncode == 1
    assert "no checks, so that nothing would be measured" in done.stdout


@pytest.mark.slow
def test_a_machine_without_a_network_says_so_instead_of_everything_down(tmp_path: Path) -> None:
    """In a network namespace of its own, which has no way out: nothing can leave it."""
    if os.geteuid() != 0:
        lack("a network namespace needs root")
    document = {
        "defaults": {"timeout": "2s", "retries": 0, "line": ["192.0.2.1:443"]},
        "databases": {"main": {"url": "postgresql://u:p@192.0.2.2/x"}},
        "checks": {
            "web": [{"name": "page", "url": "http://page.example.com/"}],
            "tcp": [{"name": "mail", "host": "192.0.2.3", "port": 25}],
            "dns": [{"name": "zone", "host": "a.example.com", "resolver": "192.0.2.4"}],
            "apis": [{"name": "here", "url": "http://127.0.0.1:1/"}],
        },
    }
    (tmp_path / "rules.yaml").write_text(json.dumps(document))
    check = [need("unshare"), "-n", *COMMAND, "check", "all", "--format", "json"]
    done = subprocess.run(check, capture_output=True, text=True, cwd=tmp_path, env=environment(tmp_path))

    verdicts = {name: (check["verdict"], check["error"]) for name, check in found(done).items()}
    assert verdicts.pop("here")[0] == "down"
    assert set(verdicts) == {"page", "mail", "zone", "main"}
    assert {verdict for verdict, _ in verdicts.values()} == {"unknown"}, verdicts
    assert all("our own line" in error for _, error in verdicts.values())
