"""`dropmon check` as its users and their scripts meet it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from tests.checks.servers import Behaviour, answer, serving
from tests.cli.conftest import COMMAND, Dropmon, environment
from tests.requirements import need

SLOW_DOWN = answer(b"", "429 Too Many Requests", ("Retry-After: 30",))
KEYS = {
    "name", "kind", "status", "verdict", "status_code", "duration_ms", "phases_ms", "certificate_expires_at", "error",
    "hint", "since", "labels",
}  # fmt: skip


def rules(folder: Path, *entries: dict[str, Any], **sections: Any) -> None:
    checks = sections.pop("checks", {}) | ({"apis": list(entries)} if entries else {})
    (folder / "rules.yaml").write_text(json.dumps({"checks": checks, **sections}))


def found(done: subprocess.CompletedProcess[str]) -> dict[str, dict[str, Any]]:
    return {check["name"]: check for check in json.loads(done.stdout)["checks"]}


@pytest.mark.parametrize(
    ("behave", "code", "word"),
    [
        (answer(), 0, "ok"),
        (SLOW_DOWN, 1, "warning"),
        (answer(b"", "401 No"), 2, "critical"),
        (answer(b"", "500 No"), 2, "critical"),
        (answer(b"{}"), 3, "unknown"),
    ],
    ids=["ok", "warning", "auth", "down", "unknown"],
)
def test_the_exit_code_is_the_monitoring_plugins(
    dropmon: Dropmon, tmp_path: Path, behave: Behaviour, code: int, word: str
) -> None:
    expect = {"json": {"a": "> 1"}} if code == 3 else {}
    with serving(behave) as server:
        rules(tmp_path, {"name": "Shop", "url": server.url(), "retries": 0, "expect": expect})
        done = dropmon("check", "apis", "--format", "json")

    assert (done.returncode, json.loads(done.stdout)["status"]) == (code, word), done.stderr


def test_json_has_the_keys_that_scripts_rely_on(dropmon: Dropmon, tmp_path: Path) -> None:
    with serving(answer()) as server:
        rules(tmp_path, {"name": "Shop", "url": server.url(), "labels": {"team": "ops"}, "tags": ["revenue"]})
        whole = json.loads(dropmon("check", "apis", "--format", "json").stdout)

    (check,) = whole["checks"]
    assert set(whole) == {"checked_at", "status", "checks"}
    assert set(check) == KEYS
    assert set(check["phases_ms"]) == {"dns", "connect", "tls", "ttfb", "transfer"}
    assert (check["kind"], check["status"], check["verdict"], check["status_code"]) == ("apis", "ok", "healthy", 200)
    assert check["labels"] == {"team": "ops", "tags": "revenue"}
    assert 0 < check["duration_ms"] < 1000


@pytest.mark.parametrize("form", ["plain", "markdown", "csv", "rich", "nagios"])
def test_every_format_tells_what_is_wrong(dropmon: Dropmon, tmp_path: Path, form: str) -> None:
    with serving(answer(b"", "404 Not Found")) as server:
        rules(tmp_path, {"name": "Shop", "url": server.url()})
        done = dropmon("check", "apis", "--format", form, COLUMNS="160")

    assert done.returncode == 2
    assert "Shop" in done.stdout
    assert "404" in done.stdout
    assert done.stderr == ""


@pytest.mark.slow
def test_nagios_gets_one_line_with_performance_data(dropmon: Dropmon, tmp_path: Path) -> None:
    with serving(answer()) as server:
        rules(tmp_path, {"name": "It's a=b|c", "url": server.url()})
        done = dropmon("check", "apis", "--format", "nagios")

    line, data = done.stdout.rstrip("\n").split(" | ")
    assert line == "DROPMON OK - 1 of 1 healthy"
    assert data.startswith("'It_s a_b_c'=0.")
    assert data.endswith("s;;;0")


@pytest.mark.slow
def test_one_is_named_in_any_case_and_an_unknown_name_suggests_the_nearest(dropmon: Dropmon, tmp_path: Path) -> None:
    with serving(answer()) as server:
        rules(tmp_path, {"name": "Shopify", "url": server.url()}, {"name": "Stripe", "url": server.url()})
        one = dropmon("check", "apis", "shopify", "--format", "json")
        wrong = dropmon("check", "apis", "Shopfy")

    assert set(found(one)) == {"Shopify"}
    assert wrong.returncode == 3
    assert "no check is named 'Shopfy'" in wrong.stderr
    assert "did you mean Shopify?" in wrong.stderr


@pytest.mark.slow
def test_quiet_says_nothing_when_all_is_well_and_verbose_where_the_time_went(dropmon: Dropmon, tmp_path: Path) -> None:
    with serving(answer()) as server:
        rules(tmp_path, {"name": "Shop", "url": server.url()})
        well = dropmon("check", "apis", "--quiet")
        verbose = dropmon("check", "apis", "--verbose")
        rules(tmp_path, {"name": "Shop", "url": server.url(), "expect": {"status": 204}})
        ill = dropmon("check", "apis", "-q")

    assert (well.returncode, well.stdout) == (0, "")
    assert "connect" in verbose.stdout
    assert "ttfb" in verbose.stdout
    assert (ill.returncode, "Shop" in ill.stdout) == (2, True)


def test_tags_choose(dropmon: Dropmon, tmp_path: Path) -> None:
    with serving(answer()) as server:
        rules(tmp_path, {"name": "a", "url": server.url(), "tags": ["x"]}, {"name": "b", "url": server.url()})
        assert set(found(dropmon("check", "all", "--tag", "x", "--format", "json"))) == {"a"}


@pytest.mark.slow
def test_since_when_is_told_from_the_history(dropmon: Dropmon, tmp_path: Path) -> None:
    with serving(answer(b"", "401 No")) as server:
        rules(tmp_path, {"name": "Shop", "url": server.url()})
        first = found(dropmon("check", "apis", "--format", "json"))["Shop"]
        second = found(dropmon("check", "apis", "--format", "json"))["Shop"]
        apart = found(dropmon("check", "apis", "--format", "json", "--no-record", "--storage", "other.db"))["Shop"]

    assert first["since"] == second["since"]
    assert apart["since"] != first["since"]


def test_a_server_that_asked_for_patience_is_not_asked_before(dropmon: Dropmon, tmp_path: Path) -> None:
    with serving(SLOW_DOWN) as server:
        rules(tmp_path, {"name": "Shop", "url": server.url()})
        dropmon("check", "apis")
        again = dropmon("check", "apis", "--format", "json")

    assert len(server.seen) == 1
    assert again.returncode == 1
    assert "asked us to wait until" in found(again)["Shop"]["error"]


@pytest.mark.slow
def test_a_missing_variable_leaves_one_check_unknown_and_the_others_measured(dropmon: Dropmon, tmp_path: Path) -> None:
    with serving(answer()) as server:
        with_token = {"name": "a", "url": server.url(), "headers": {"X-Token": "${SHOP_TOKEN}"}}
        rules(tmp_path, with_token, {"name": "b", "url": server.url()})
        without = dropmon("check", "apis", "--format", "json")
        with_it = dropmon("check", "apis", "--format", "json", SHOP_TOKEN="tok_1234")

    assert found(without)["a"]["status"] == "unknown"
    assert "rules.yaml:1:" in found(without)["a"]["error"]
    assert "unset variable SHOP_TOKEN" in found(without)["a"]["error"]
    assert found(without)["b"]["status"] == "ok"
    assert with_it.returncode == 0


def test_a_refused_token_is_named_by_its_variable(dropmon: Dropmon, tmp_path: Path) -> None:
    with serving(answer(b"", "401 No")) as server:
        rules(tmp_path, {"name": "a", "url": server.url(), "headers": {"X-Token": "${SHOP_TOKEN}"}})
        check = found(dropmon("check", "apis", "--format", "json", SHOP_TOKEN="tok_1234"))["a"]

    assert check["verdict"] == "auth_failed"
    assert check["error"] == "HTTP 401: token expired or revoked (SHOP_TOKEN)"
    assert "SHOP_TOKEN" in check["hint"]


def test_the_status_page_says_whose_incident_it_is(dropmon: Dropmon, tmp_path: Path) -> None:
    page = {"status": {"indicator": "major"}, "incidents": [{"name": "API errors", "status": "identified"}]}
    fine = {"status": {"indicator": "none"}, "incidents": []}
    with (
        serving(answer(b"", "503 No")) as server,
        serving(answer(json.dumps(page).encode())) as theirs,
        serving(answer(json.dumps(fine).encode())) as ours,
    ):
        rules(
            tmp_path,
            {"name": "a", "url": server.url(), "retries": 0, "status_page": theirs.url()},
            {"name": "b", "url": server.url(), "retries": 0, "status_page": ours.url()},
            {"name": "c", "url": server.url(), "retries": 0, "status_page": "http://127.0.0.1:1"},
        )
        checks = found(dropmon("check", "apis", "--format", "json"))

    assert checks["a"]["hint"].startswith("their incident: API errors (identified)")
    assert checks["b"]["hint"].startswith("not theirs: their status page reports no incident")
    assert "cannot be read" in checks["c"]["hint"]


@pytest.mark.slow
@pytest.mark.parametrize("file", ["targets.yaml", "targets.jsonl", "targets.csv"])
def test_targets_come_from_a_file_that_changes(dropmon: Dropmon, tmp_path: Path, file: str) -> None:
    def token(connection: Any, request: bytes) -> None:
        good = b"X-Token: tok-acme" in request or b"X-Token: tok-bcme" in request
        answer(b"", "200 OK" if good else "401 No")(connection, request)

    with serving(token) as server:
        rows = [{"name": name, "url": server.url(), "token": f"tok-{name}"} for name in ("acme", "bcme", "ccme")]
        texts = {
            "targets.yaml": "".join(f"- {json.dumps(row)}\n" for row in rows),
            "targets.jsonl": "\n".join(map(json.dumps, rows)),
            "targets.csv": "name,url,token\n" + "\n".join(",".join(row.values()) for row in rows),
        }
        (tmp_path / file).write_text(texts[file])
        many = {"name": "merchants", "targets": {"file": file}, "headers": {"X-Token": "${column:token}"}}
        rules(tmp_path, many, {"name": "own", "url": server.url()})
        checks = found(dropmon("check", "apis", "merchants", "--format", "json"))
        one = found(dropmon("check", "apis", "bcme", "--format", "json"))

    assert {name: check["verdict"] for name, check in checks.items()} == {
        "acme": "healthy", "bcme": "healthy", "ccme": "auth_failed",
    }  # fmt: skip
    assert set(one) == {"bcme"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "error"),
    [
        ('{"name": "a"}\nnot json\n', "targets.jsonl:2: not JSON"),
        ("[1]\n", "targets.jsonl:1: not an object"),
        ('{"name": "a", "url": "http://127.0.0.1:1/"}\n{"name": "a", "url": "http://127.0.0.1:1/"}\n', "has this name"),
        ('{"name": "a", "url": "nonsense"}\n', "not a URL"),
        ('{"name": "a"}\n', "nothing in the column 'url'"),
    ],
    ids=["not json", "no object", "twice the same name", "no url", "no column"],
)
def test_a_bad_target_is_told_and_the_others_go_on(dropmon: Dropmon, tmp_path: Path, text: str, error: str) -> None:
    (tmp_path / "targets.jsonl").write_text(text)
    with serving(answer()) as server:
        rules(tmp_path, {"name": "many", "targets": {"file": "targets.jsonl"}}, {"name": "own", "url": server.url()})
        done = dropmon("check", "apis", "--format", "json")

    assert found(done)["own"]["status"] == "ok"
    assert error in done.stdout


@pytest.mark.slow
def test_a_file_of_thirty_thousand_targets_is_measured(dropmon: Dropmon, tmp_path: Path) -> None:
    with serving(answer()) as server, (tmp_path / "targets.jsonl").open("w") as file:
        for number in range(30_000):
            file.write(
                json.dumps({"name": f"t{number}", "url": "http://127.0.0.1:1/" if number else server.url()}) + "\n"
            )
    rules(tmp_path, {"name": "many", "targets": {"file": "targets.jsonl"}, "retries": 0})
    began = time.monotonic()
    done = subprocess.run(
        [*COMMAND, "check", "apis", "--no-record", "--format", "json", "--at-once", "200"],
        capture_output=True, text=True, cwd=tmp_path, env=environment(tmp_path), timeout=180,
    )  # fmt: skip

    assert len(json.loads(done.stdout)["checks"]) == 30_000
    assert time.monotonic() - began < 40


@pytest.mark.slow
def test_heartbeats_are_healthy_when_the_job_reported_and_down_when_it_is_late(
    dropmon: Dropmon, tmp_path: Path
) -> None:
    rules(tmp_path, checks={"heartbeats": [{"name": "import", "every": "1d", "grace": "1h"}]})
    never = dropmon("check", "heartbeats")
    beaten = dropmon("beat", "import")
    fine = dropmon("check", "heartbeats")
    late = dropmon("beat", "import", "--at", "2020-01-01", "--storage", "late.db")
    down = dropmon("check", "heartbeats", "--storage", "late.db")
    wrong = dropmon("beat", "imprt")

    assert [never.returncode, beaten.returncode, fine.returncode, late.returncode, down.returncode] == [3, 0, 0, 0, 2]
    assert "silent for" in down.stdout
    assert "did you mean import?" in wrong.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    "damage",
    [
        lambda store: store.write_bytes(b"not a database" * 100),
        lambda store: store.mkdir(),
        lambda store: store.write_bytes(b"SQLite format 3\0" + b"\xff" * 4096),
    ],
    ids=["garbage", "a folder", "truncated"],
)
def test_a_broken_store_is_a_warning_and_changes_no_exit_code(dropmon: Dropmon, tmp_path: Path, damage: Any) -> None:
    damage(tmp_path / "h.db")
    with serving(answer()) as server:
        rules(tmp_path, {"name": "Shop", "url": server.url()})
        done = dropmon("check", "apis", "--storage", "h.db", "--format", "json")

    assert done.returncode == 0
    assert found(done)["Shop"]["status"] == "ok"
    assert "h.db" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_a_store_that_another_process_holds_is_a_warning(dropmon: Dropmon, tmp_path: Path) -> None:
    import sqlite3

    with serving(answer()) as server:
        rules(tmp_path, {"name": "Shop", "url": server.url()})
        dropmon("check", "apis", "--storage", "h.db")
        holder = sqlite3.connect(tmp_path / "h.db", isolation_level=None)
        holder.execute("BEGIN EXCLUSIVE")
        done = dropmon("check", "apis", "--storage", "h.db")
        holder.close()

    assert done.returncode == 0
    assert "healthy" in done.stdout
    assert "warning" in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGINT], ids=["Ctrl-C"])
def test_an_interrupted_run_prints_what_it_knows(tmp_path: Path, how: signal.Signals) -> None:
    def silent(connection: Any, request: bytes) -> None:
        time.sleep(10)

    with serving(answer()) as quick, serving(silent) as slow:
        rules(tmp_path, {"name": "quick", "url": quick.url()}, {"name": "slow", "url": slow.url(), "timeout": "60s"})
        with subprocess.Popen(
            [*COMMAND, "check", "apis", "--format", "json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            cwd=tmp_path, env=environment(tmp_path),
        ) as process:  # fmt: skip
            while not slow.seen:
                time.sleep(0.05)
            time.sleep(0.3)
            process.send_signal(how)
            out, err = process.communicate(timeout=5)

    checks = {check["name"]: check for check in json.loads(out)["checks"]}
    assert checks["quick"]["status"] == "ok"
    assert (checks["slow"]["status"], checks["slow"]["error"]) == ("unknown", "not measured: interrupted")
    assert process.returncode == 3
    assert "Traceback" not in err


@pytest.mark.slow
def test_watch_goes_on_until_it_is_interrupted(tmp_path: Path) -> None:
    with serving(answer()) as server:
        rules(tmp_path, {"name": "Shop", "url": server.url()})
        with subprocess.Popen(
            [*COMMAND, "check", "apis", "--watch", "--every", "200ms", "--format", "nagios"],
            stdout=subprocess.PIPE, text=True, cwd=tmp_path, env=environment(tmp_path),
        ) as process:  # fmt: skip
            while len(server.seen) < 3:
                time.sleep(0.05)
            process.send_signal(signal.SIGINT)
            out, _ = process.communicate(timeout=5)

    assert process.returncode == 0
    assert len(out.splitlines()) >= 2


@pytest.mark.slow
def test_a_reader_that_has_seen_enough_is_no_error(dropmon: Dropmon, tmp_path: Path) -> None:
    with serving(answer()) as server:
        rules(tmp_path, *({"name": f"n{i}", "url": server.url()} for i in range(50)))
        done = subprocess.run(
            f"{' '.join(COMMAND)} check apis | head -1", shell=True, capture_output=True, text=True, cwd=tmp_path,
            env=environment(tmp_path),
        )  # fmt: skip

    assert done.stderr == ""


@pytest.mark.slow
@pytest.mark.parametrize(
    "words",
    [
        ["check"],
        ["chekc", "apis"],
        ["check", "apis", "--nope"],
        ["check", "apis", "--deadline", "soon"],
        ["check", "apis"],
    ],
    ids=["no kind", "no such command", "no such option", "no duration", "no rules file"],
)
def test_what_cannot_be_meant_ends_with_3_and_a_sentence(dropmon: Dropmon, words: list[str]) -> None:
    done = dropmon(*words)

    assert done.returncode == 3
    assert done.stdout == ""
    assert done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_a_french_locale_and_an_old_encoding_change_nothing_that_matters(dropmon: Dropmon, tmp_path: Path) -> None:
    with serving(answer(b"", "401 No")) as server:
        rules(tmp_path, {"name": "Boutique été", "url": server.url()})
        for variables in ({"LC_ALL": "fr_FR.UTF-8"}, {"PYTHONIOENCODING": "latin-1"}, {"PYTHONIOENCODING": "ascii"}):
            done = subprocess.run(
                [*COMMAND, "check", "apis"], capture_output=True, cwd=tmp_path,
                env=environment(tmp_path, **variables),
            )  # fmt: skip
            assert done.returncode == 2
            assert b"auth failed" in done.stdout
            assert done.stderr == b""


@pytest.mark.slow
def test_the_store_is_for_its_owner_only(dropmon: Dropmon, tmp_path: Path) -> None:
    with serving(answer()) as server:
        rules(tmp_path, {"name": "Shop", "url": server.url()})
        dropmon("check", "apis")

    store = tmp_path / ".local/state/dropmon/dropmon.db"
    assert os.stat(store).st_mode & 0o777 == 0o600  # noqa: PTH116


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="a disk of its own needs root")
@pytest.mark.parametrize("disk", ["size=40k", "size=1m,ro"], ids=["full", "read-only"])
def test_a_full_or_read_only_disk_changes_neither_answer_nor_exit_code(tmp_path: Path, disk: str) -> None:
    (tmp_path / "disk").mkdir()
    with serving(answer()) as server:
        rules(tmp_path, {"name": "Shop", "url": server.url()})
        inside = f'mount -t tmpfs -o {disk} tmpfs disk && exec "$@"'
        check = [*COMMAND, "check", "apis", "--storage", "disk/h.db", "--format", "json"]
        done = subprocess.run(
            [need("unshare"), "-m", "sh", "-c", inside, "sh", *check], capture_output=True, text=True, cwd=tmp_path,
            env=environment(tmp_path),
        )  # fmt: skip

    assert done.returncode == 0, done.stderr
    assert found(done)["Shop"]["status"] == "ok"
    assert "disk/h.db" in done.stderr
    assert "warning" in done.stderr
