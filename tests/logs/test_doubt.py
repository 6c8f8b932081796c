"""What a run may not conclude, and what one bad input must not do to the others."""

from __future__ import annotations

import gzip
import json
import stat
from pathlib import Path

import pytest

from tests.logs.command import COMMAND, filtered

E = b'{"level":"error","message":"boom"}\n'
OK = b'{"level":"info","message":"ok"}\n'


def test_a_file_that_cannot_be_read_stops_no_other(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_bytes(E)
    done = filtered(None, "--level", "error", tmp_path / "none", tmp_path / "a.log")
    assert (done.out, done.code) == (E, 3)
    assert "No such file" in done.err


def test_what_stands_before_the_damage_of_a_compressed_file_comes_out(tmp_path: Path) -> None:
    (tmp_path / "a.gz").write_bytes(gzip.compress(E * 20) + b"garbage")
    (tmp_path / "b.log").write_bytes(E)
    done = filtered(None, "--level", "error", tmp_path / "a.gz", tmp_path / "b.log")
    assert (done.out, done.code) == (E * 21, 3)
    assert "damaged" in done.err


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"BZh91AY&SY", "bzip2 -dc"),
        (b"\xfd7zXZ\x00\x00", "xz -dc"),
        ("\ufeffERROR x\n".encode("utf-16-le"), "iconv -f UTF-16"),
        (bytes(range(128, 256)) * 20, "is no text"),
    ],
)
def test_what_is_no_text_is_no_all_clear(tmp_path: Path, data: bytes, said: str) -> None:
    (tmp_path / "x").write_bytes(data)
    done = filtered(None, "--level", "error", tmp_path / "x")
    assert done.code == 3
    assert said in done.err


@pytest.mark.slow
def test_a_document_too_large_to_be_judged_is_no_all_clear(tmp_path: Path) -> None:
    rows = [{"level": "info", "message": "x" * 300}] * 60_000
    (tmp_path / "rows.json").write_text(json.dumps([*rows, {"level": "error"}]))
    done = filtered(None, "--level", "error", tmp_path / "rows.json")
    assert done.code == 3
    assert "too large" in done.err


def test_more_files_than_may_be_open_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(120):
        (tmp_path / f"{number}.log").write_bytes(E)
    monkeypatch.setattr("tests.logs.command.COMMAND", ["sh", "-c", 'ulimit -n 64; exec "$@"', "sh", *COMMAND])
    done = filtered(None, "--level", "error", *sorted(tmp_path.glob("*.log")))
    assert (done.out, done.code) == (E * 120, 0)


def test_context_does_not_reach_into_the_next_file(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_bytes(OK)
    (tmp_path / "b.log").write_bytes(E)
    done = filtered(None, "--level", "error", "-C1", tmp_path / "a.log", tmp_path / "b.log")
    assert done.out == E


def test_what_comes_after_the_last_entry_of_a_limit_is_shown_too(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_bytes(E + OK + OK + E)
    done = filtered(None, "--level", "error", "-n1", "-A2", tmp_path / "a.log")
    assert done.out == E + OK + OK


def test_an_export_keeps_the_mode_and_the_link_of_the_file_it_replaces(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_bytes(OK + E)
    target = tmp_path / "kept.log"
    target.write_bytes(b"old\n")
    target.chmod(0o600)
    link = tmp_path / "link.log"
    link.symlink_to(target)
    assert filtered(None, "--level", "error", tmp_path / "a.log", "-o", link).code == 0
    assert (target.read_bytes(), stat.S_IMODE(target.stat().st_mode), link.is_symlink()) == (E, 0o600, True)


def test_an_export_is_not_emptied_by_a_run_that_says_nothing(tmp_path: Path) -> None:
    (tmp_path / "kept.log").write_bytes(E)
    assert filtered(b"", "--level", "error", "-o", tmp_path / "kept.log").code == 3
    assert (tmp_path / "kept.log").read_bytes() == E


@pytest.mark.parametrize("arguments", [("a.log",), ("b.log", "link.log"), ("a.log", "--follow"), ("-",), ()])
def test_a_file_is_not_filtered_into_itself(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    for name in ("a.log", "b.log"):
        (tmp_path / name).write_bytes(OK + E)
    (tmp_path / "link.log").symlink_to("a.log")
    stdin = None if "a.log" in arguments else tmp_path / "a.log"
    done = filtered(stdin, "-l", "error", *arguments, "-o", "a.log", cwd=tmp_path)
    assert (done.code, done.out, (tmp_path / "a.log").read_bytes()) == (3, b"", OK + E)
    assert "a.log is also the input" in done.err
    assert "--output a.log.new" in done.err


def test_what_is_no_ordinary_file_may_be_read_and_written() -> None:
    assert filtered(Path("/dev/null"), "-o", "/dev/null").err.startswith("read 0 B")


def test_levels_that_exclude_each_other_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_bytes(E)
    done = filtered(None, "--level", "error", "--only", "warn", tmp_path / "a.log")
    assert done.code == 3
    assert "no level is error or more" in done.err


@pytest.mark.slow
def test_the_cache_holds_nothing_that_was_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "a.log").write_bytes(E)
    filtered(None, "--level", "error", tmp_path / "a.log")
    filtered(None, "--request-id", "r_secret", tmp_path / "a.log")
    kept = [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]
    assert len(kept) <= 1
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in kept)
