from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dropmon import cli
from dropmon.errors import DropmonError, UsageError
from dropmon.model import Sample
from dropmon.storage import open_store
from dropmon.storage.opening import VERSION

TEXT = 'up{check="Café"} 1 1795419127.25\nup{check="Café"} 0 1795419427.25\n# EOF\n'


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty folder, an empty home."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("XDG_STATE_HOME", "XDG_CONFIG_HOME", "DROPMON_STORAGE", "DROPMON_RULES"):
        monkeypatch.delenv(name, raising=False)


def dropmon(*words: str) -> None:
    assert cli.run(["history", *words]) == 0


def test_a_pipe_brings_in_and_out(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "dropmon", "history"]
    come = subprocess.run([*command, "import", "-"], input=TEXT.encode(), capture_output=True, check=True)
    went = subprocess.run([*command, "export"], capture_output=True, check=True)

    assert come.stdout.decode().split() == ["samples", "into", "2", str(tmp_path / ".local/state/dropmon/dropmon.db")]
    assert (went.stdout.decode(), come.stderr, went.stderr) == (TEXT, b"", b"")


def test_a_span_is_exported_to_a_file(tmp_path: Path) -> None:
    Path("in.txt").write_text(TEXT)
    dropmon("import", "in.txt")
    dropmon("export", "--since", "2026-11-23T07:32:07.250Z", "--until", "2026-11-24", "--output", "out.txt")

    assert Path("out.txt").read_text().splitlines() == TEXT.splitlines()[1:]


def test_info_tells_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    Path("rules.yaml").write_text("storage: ./here.db\nhistory: {retention: 2d}\n")
    with open_store("here.db") as store:
        store.record([Sample("up", (), 1795419127.25, 1.0)])
    dropmon("info", "--format", "json")
    said = json.loads(capsys.readouterr().out)

    assert said.pop("history")
    assert said.pop("size_bytes") >= 4096
    assert said.pop("hourly_retention_seconds") >= 400 * 86_400
    assert said == {
        "place": "here.db", "series": 1, "samples": 1, "hours": 0, "oldest": "2026-11-23T07:32:07.250Z",
        "newest": "2026-11-23T07:32:07.250Z", "oldest_hour": None, "retention_seconds": 172_800.0, "schema": VERSION,
    }  # fmt: skip


def test_the_history_of_the_rules_is_the_same_from_every_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("rules.yaml").write_text("storage: data/here.db\n")
    (tmp_path / "elsewhere").mkdir()
    for folder, place in ((tmp_path, "data/here.db"), (tmp_path / "elsewhere", str(tmp_path / "data" / "here.db"))):
        monkeypatch.chdir(folder)
        dropmon("info", "--format", "json", "--rules", os.path.relpath(tmp_path / "rules.yaml"))
        assert Path(json.loads(capsys.readouterr().out)["place"]).resolve() == Path(place).resolve()


def test_prune_keeps_to_the_rules_and_to_the_time_it_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    Path("rules.yaml").write_text("history: {retention: 2d}\n")
    Path("in.txt").write_text(measured(5 * 86400))
    dropmon("import", "in.txt", "--storage", "x.db")
    capsys.readouterr()
    for ago, samples in (("4d", 0), ("2d", 2), ("2d", 0)):
        dropmon("prune", "--at", ago, "--storage", "x.db", "--format", "json")
        assert json.loads(capsys.readouterr().out) == {"pruned": [{"samples": samples, "hours": 0, "series": 0}]}


def test_prune_does_not_forget_as_of_a_time_that_is_yet_to_come(capsys: pytest.CaptureFixture[str]) -> None:
    Path("in.txt").write_text(measured(86400))
    dropmon("import", "in.txt", "--storage", "x.db")
    with pytest.raises(UsageError, match="--at is in the future"):
        dropmon("prune", "--at", ahead(800), "--storage", "x.db")
    capsys.readouterr()
    dropmon("info", "--storage", "x.db", "--format", "json")
    assert json.loads(capsys.readouterr().out)["samples"] == 2


def measured(ago: float) -> str:
    """Two samples of so many seconds ago."""
    return "".join(f"up {value} {time.time() - ago + value:.3f}\n" for value in (0, 1)) + "# EOF\n"


def ahead(days: float) -> str:
    return datetime.fromtimestamp(time.time() + days * 86400, UTC).isoformat(timespec="seconds")


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (["import", "missing.txt"], "cannot read missing.txt: No such file or directory"),
        (["import", "."], "cannot read .: Is a directory"),
        (["export", "--since", "yesterday"], "'yesterday' is no time"),
        (["export", "--output", "no/such/folder"], "cannot write no/such/folder: No such file or directory"),
        (["info", "--storage", "postgresql://db/x"], "postgresql:// storage is not available in this version"),
        (["info", "--rules", "missing.yaml"], "missing.yaml: there is no such file (dropmon init writes one)"),
        (
            ["import", "bad.txt"],
            "bad.txt:2: no timestamp: history needs to know when, in seconds since 1970, after the value",
        ),
    ],
)
def test_what_cannot_be_done_is_said(words: list[str], what: str) -> None:
    Path("bad.txt").write_text("up 1 1\nup 1\n# EOF\n")
    with pytest.raises(DropmonError) as caught:
        cli.run(["history", *words])

    assert caught.value.what == what
    assert caught.value.hint


def test_a_failure_ends_with_exit_code_three() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "dropmon", "history", "import", "-"], input=b"up 1", capture_output=True
    )

    assert (done.returncode, done.stdout) == (3, b"")
    assert b"stdin:1: no # EOF at the end" in done.stderr


def test_times_are_read_in_utc_or_their_own_zone() -> None:
    from dropmon.cli.options import instant

    assert instant("2026-11-23") == instant("2026-11-23T01:00:00+01:00") == instant("2026-11-23T00:00:00Z")
    assert instant("0s") - instant("7d") == pytest.approx(7 * 86_400, abs=1)


def test_standard_input_need_not_be_text(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    stdin = io.TextIOWrapper(io.BytesIO(b'up{a="\xff"} 1 2\n# EOF\n'), encoding="ascii")
    monkeypatch.setattr("sys.stdin", stdin)
    with pytest.raises(DropmonError, match=r"^stdin:1: .*can't decode byte 0xff"):
        cli.run(["history", "import", "-"])
