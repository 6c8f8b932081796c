"""Memory and time do not grow with the input, whatever stands in it."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from benchmarks import log_lines
from tests.logs.command import filtered, measured

MOST = 60 << 20  # bytes of memory
E = b"[Error] x\n"

ENDS = {
    "one line of text": (b"[Info] ", b"x", b"\n"),
    "one line of text that is an error": (b"[Error] ", b"x", b"\n"),
    "one line of JSON": (b'{"level":"info","message":"', b"x", b'"}\n'),
    "one line of levels in a string": (b'{"level":"info","message":"', rb"\"level\":\"error\",", b'"}\n'),
    "one array of rows": (b"[", b'{"level":"info"},', b'{"level":"info"}]\n'),
    "one trace": (b"[Info] x\n", b"    at f (file:///index.ts:1:1)\n", b""),
    "NUL bytes": (b"", b"\0", b"\n"),
    "blank lines": (b"", b"\n", b""),
    "brackets": (b"", b"[", b"\n"),
}


def large(path: Path, name: str, size: int) -> Path:
    """A file with an error before and behind."""
    front, middle, behind = ENDS[name]
    block = middle * ((1 << 20) // len(middle))
    with path.open("wb") as file:
        file.write(E + front)
        for _ in range(size // len(block)):
            file.write(block)
        file.write(behind + E)
    return path


@pytest.mark.slow
@pytest.mark.parametrize("name", ENDS)
@pytest.mark.parametrize("piped", [False, True], ids=["file", "pipe"])
def test_a_hundred_megabytes_of_one_entry_take_little_memory(tmp_path: Path, name: str, piped: bool) -> None:
    path = large(tmp_path / "log", name, (5 if name == "blank lines" else 100) << 20)
    began = time.monotonic()
    if piped:
        with subprocess.Popen(["cat", path], stdout=subprocess.PIPE) as cat:
            assert cat.stdout
            done = measured(cat.stdout, tmp_path / "out", "--level", "error", "--jobs", "1")
    else:
        done = measured(subprocess.DEVNULL, tmp_path / "out", "--level", "error", "--jobs", "1", path)
    took = time.monotonic() - began
    print(f"{name}: {done.peak / 1e6:.0f} MB, {took:.2f} s, {done.size} bytes")
    whole = (tmp_path / "out").read_bytes()
    assert whole.startswith(E)
    assert whole.endswith(E)
    assert done.code == 0
    assert took < 20
    assert done.peak < (MOST if name.startswith("one line") else 6 * MOST)


@pytest.mark.slow
@pytest.mark.parametrize("jobs", ["1", "2"])
@pytest.mark.parametrize("errors", [0.01, 0.5])
def test_memory_does_not_grow_with_the_file(tmp_path: Path, jobs: str, errors: float) -> None:
    path = tmp_path / "log"
    log_lines.write(path, 150_000_000, errors)
    done = measured(subprocess.DEVNULL, tmp_path / "out", "--level", "error", "--jobs", jobs, path)
    print(f"{done.peak / 1e6:.0f} MB")
    assert done.peak < MOST
    assert done.code == 0


@pytest.mark.slow
def test_the_answer_is_the_same_without_hyperscan_and_with_several_processes(tmp_path: Path) -> None:
    path = tmp_path / "log"
    log_lines.write(path, 80_000_000, 0.05)
    one = filtered(None, "-l", "error", "-j", "1", path)
    assert filtered(None, "-l", "error", "-j", "2", path)[:2] == one[:2]
    assert filtered(None, "-l", "error", "-j", "4", path).out == one.out
    assert filtered(path, "-l", "error").out == one.out
    code = "import sys; sys.modules['hyperscan'] = None; from dropmon.__main__ import main; main()"
    command = [sys.executable, "-c", code, "logs", "-l", "error", "-j", "1", str(path)]
    slow = subprocess.run(command, capture_output=True, timeout=120)
    assert slow.stdout == one.out
