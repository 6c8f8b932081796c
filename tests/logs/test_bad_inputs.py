"""What every tool must survive: each through the real command, with its answer and its exit code."""

from __future__ import annotations

import gzip
import json
import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from dropmon.logs.level import Level
from dropmon.logs.query import Query
from tests.logs import mixtures
from tests.logs.command import COMMAND, environment, filtered, interruptible
from tests.logs.mixtures import SAMPLES
from tests.logs.test_select import selected

E = b"[Error] x\n"
I = b"[Info] y\n"  # noqa: E741 - the counterpart of E
DEEP = b'{"level":"error","a":' + b"[" * 100_000 + b"]" * 100_000 + b"}\n"
LONG = b'{"level":"info","message":"' + rb"\"level\":\"error\"," * 600_000 + b'"}\n'
DOCKER = "2026-11-23T06:33:09.984000000Z "

KEPT: dict[str, tuple[bytes, bytes]] = {  # what comes in, and what of it is an error
    "NUL bytes": (b'{"level":"error","a":"\0"}\n\0\0' + E + b"[Info]\0 y\n", b'{"level":"error","a":"\0"}\n\0\0' + E),
    "invalid UTF-8": (
        b'{"level":"error","a":"\xff\xfe"}\n{"level":"err\xffor"}\n',
        b'{"level":"error","a":"\xff\xfe"}\n',
    ),
    "invalid UTF-8 behind a level": (b"ERROR \xc3\x28\n" + I, b"ERROR \xc3\x28\n"),
    "CRLF": (b"[Error] x\r\n[Info] y\r\n", b"[Error] x\r\n"),
    "a lone CR": (b"[Info] a\rb\n[Info] a\r[Error] b\n[Error] a\rb\n", b"[Info] a\r[Error] b\n[Error] a\rb\n"),
    "CR between the words of JSON": (b'{"level":\r"error"}\r\n', b'{"level":\r"error"}\r\n'),
    "a truncated last line": (I + b'{"level":"error","mess', b'{"level":"error","mess\n'),
    "no final newline": (I + b'{"level":"error"}', b'{"level":"error"}\n'),
    "a BOM at the start": (b"\xef\xbb\xbf" + E + I, b"\xef\xbb\xbf" + E),
    "a BOM between two files": (I + b'\xef\xbb\xbf{"level":"error"}\n' + I, b'\xef\xbb\xbf{"level":"error"}\n'),
    "nesting": (I + DEEP + I, DEEP),
    "ten MB of an error in a string": (LONG + E, E),
    "duplicate keys": (
        b'{"level":"error","level":"info"}\n{"level":"info","level":"error"}\n',
        b'{"level":"info","level":"error"}\n',
    ),
    "levels that are none": (
        b"".join(b'{"level":%s,"m":1}\n' % each for each in (b"null", b"true", b'["error"]', b"{}", b'""')) + E,
        E,
    ),
    "a level that is none, and another": (
        b'{"level":null,"severity":"ERROR"}\n',
        b'{"level":null,"severity":"ERROR"}\n',
    ),
    "huge numbers": (
        b'{"level":"error","n":1%s}\n{"level":1%s}\n' % (b"0" * 5000, b"0" * 30),
        b'{"level":"error","n":1%s}\n{"level":1%s}\n' % (b"0" * 5000, b"0" * 30),
    ),
    "NaN": (b'{"level":"error","a":NaN}\n{"level":NaN}\n', b'{"level":"error","a":NaN}\n'),
    "U+2028, U+0085 and form feeds": (
        '{"level":"error","a":"\u2028\u0085\x0c"}\n'.encode() + I,
        '{"level":"error","a":"\u2028\u0085\x0c"}\n'.encode(),
    ),
    "lone surrogates": (b'{"level":"error","a":"\\ud800"}\n', b'{"level":"error","a":"\\ud800"}\n'),
    "escaped letters": (b'{"l\\u0065vel":"\\u0065rror"}\n', b'{"l\\u0065vel":"\\u0065rror"}\n'),
    "the Kelvin sign": ('{"level":"\u212arror"}\n{"level":"error"}\n'.encode(), b'{"level":"error"}\n'),
    "a clock that goes backwards": (
        b'{"level":"error","time":2}\n{"level":"error","time":1}\n',
        b'{"level":"error","time":2}\n{"level":"error","time":1}\n',
    ),
    "half lines of two writers": (
        b'{"level":"error","mess{"level":"info","message":"a"}\nage":"b"}\n' + E,
        b'{"level":"error","mess{"level":"info","message":"a"}\n' + E,
    ),
    "a document in many lines": (
        b'[\n  {\n    "level": "error"\n  },\n  {\n    "level": "info"\n  }\n]\n',
        b'{\n    "level": "error"\n  }\n',
    ),
    "a line that docker split": (
        f'{DOCKER}{{"level":"error","message":"{"x" * 16_000}\n{DOCKER}{"x" * 99}"}}\n{DOCKER}[Info] y\n'.encode(),
        f'{DOCKER}{{"level":"error","message":"{"x" * 16_000}\n'.encode(),
    ),
    "blank lines between": (b"\n\n" + E + b"\n\n" + I + b"\n" + E, E + b"\n\n" + E),
    "an error in quotes": (
        b'{"level":"info","message":"\\"level\\":\\"error\\"","error":null,"context":{"level":"error"}}\n',
        b"",
    ),
}


ERROR = Query(least=Level.ERROR)


@pytest.mark.slow
@pytest.mark.parametrize("name", KEPT)
def test_the_errors_of_a_bad_input_come_out_as_they_came(name: str) -> None:
    data, errors = KEPT[name]
    for size in (1 << 20, 37):
        assert selected(data, ERROR, size, fast=True) == errors


@pytest.mark.slow
def test_the_command_survives_all_of_them_in_files_and_in_a_pipe(tmp_path: Path) -> None:
    paths = [tmp_path / str(number) for number in range(len(KEPT))]
    for path, (data, _) in zip(paths, KEPT.values(), strict=True):
        path.write_bytes(data)
    done = filtered(None, "--level", "error", *paths)
    assert done.out == b"".join(errors for _, errors in KEPT.values())
    assert (done.code, "Traceback" in done.err) == (3, False)
    assert "1 entry too large to be judged whole" in done.err
    whole = b"\n[Info] z\n".join(data for data, _ in KEPT.values())
    assert filtered(whole, "--level", "error").out == mixtures.judged(whole, ERROR)


def zstd(data: bytes) -> bytes:
    if sys.version_info >= (3, 14):
        from compression import zstd as library
    else:
        from backports import zstd as library
    return library.compress(data)


PACKED = {
    "gzip": gzip.compress(I + E),
    "gzip of several members": gzip.compress(I) + gzip.compress(E),
    "zstd": zstd(I + E),
    "zstd of several frames": zstd(I) + zstd(E),
}


@pytest.mark.slow
def test_what_is_compressed_is_unpacked_from_files_and_from_a_pipe(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in PACKED]
    for path in paths:
        path.write_bytes(PACKED[path.name])
    runs = [
        (filtered(None, "-l", "error", *paths), E * 4),
        (filtered(PACKED["gzip of several members"], "-l", "error"), E),
        (filtered(paths[3], "-l", "error"), E),
    ]
    for done, errors in runs:
        assert (done.out, done.code) == (errors, 0)


@pytest.mark.parametrize("kind", ["gzip", "zstd"])
def test_of_a_truncated_archive_all_that_is_there_comes_and_then_a_sentence(kind: str, tmp_path: Path) -> None:
    noise = b"".join(b'{"level":"info","n":"%s"}\n' % os.urandom(40).hex().encode() for _ in range(9000))
    whole = (gzip.compress if kind == "gzip" else zstd)(E + noise)
    path = tmp_path / "log"
    path.write_bytes(whole[: len(whole) // 2])
    done = filtered(None, "-l", "error", path)
    assert (done.out, done.code) == (E, 3)
    assert f"the {kind} stream is damaged or ends in the middle" in done.err
    assert "Traceback" not in done.err


NOTHING: dict[str, tuple[bytes, str]] = {
    "an empty input": (b"", "nothing was read: the input is empty"),
    "blank lines only": (b"\n \n\n", "the input holds blank lines only"),
    "the help of a command": (
        b"Usage:\n  supabase [command]\n\nFlags:\n      --debug   output debug logs to stderr\n",
        "the input is the help or complaint of a command",
    ),
    "a shell's complaint": (b"bash: supabase: command not found\n", "the input is the help or complaint of a command"),
    "an error object of the CLI": (
        (SAMPLES / "supabase-cli-3.1.0-fail-401.stream-json.out").read_bytes(),
        "the input reports a failure",
    ),
    "an answer of HTTP": (b'{"message":"Unauthorized","statusCode":401}\n', "Unauthorized (401)"),
    "errors, and then a failure": (
        E + b'{"type":"error","error":{"code":"LogsApiError","message":"HTTP 500"}}\n',
        "HTTP 500 (LogsApiError)",
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", NOTHING)
def test_an_input_that_is_no_log_is_no_all_clear(name: str) -> None:
    data, sentence = NOTHING[name]
    done = filtered(data, "--level", "error")
    assert done.code == 3
    assert sentence in done.err
    assert done.out == (E if data.startswith(E) else b"")


@pytest.mark.parametrize(
    "data", [b"[]", b"[]\n", b'{"type":"result","data":[]}\n', b'{"type":"result"}\n', I], ids=repr
)
def test_an_answer_without_entries_is_an_all_clear(data: bytes) -> None:
    done = filtered(data, "--level", "error")
    assert (done.out, done.code) == (b"", 0)


@pytest.mark.parametrize("form", ["stream-json", "json", "text"])
def test_the_application_error_that_the_cli_loses_is_found(form: str) -> None:
    asked = (SAMPLES / f"supabase-cli-3.1.0-functions-error.{form}.out").read_bytes()
    whole = (SAMPLES / f"supabase-cli-3.1.0-functions-all.{form}.out").read_bytes()
    found = filtered(whole, "--level", "error")
    assert b"claim-drop" in found.out
    assert b"Cannot read properties" in found.out
    assert b"Cannot read properties" not in asked
    assert b"error budget ok" not in found.out
    assert found.code == 0


@pytest.mark.slow
def test_every_stamp_is_understood() -> None:
    at = 1_795_415_589
    stamps = (at, at * 10**3, at * 10**6, at * 10**9, '"2026-11-23T06:33:09Z"')
    lines = "".join(f'{{"level":"error","time":{stamp}}}\n' for stamp in stamps).encode()
    assert filtered(lines, "--since", "2026-11-23T06:33:00Z", "--until", "2026-11-23T06:34:00Z").out == lines
    assert filtered(lines, "--since", "2026-11-23T06:34:00Z").out == b""
    records = [json.loads(line) for line in filtered(lines, "--format", "json").out.splitlines()]
    assert len({record["time"] for record in records}) == 1


@pytest.mark.slow
def test_the_same_file_twice_is_read_twice_and_stdin_once(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(E)
    assert filtered(None, path, path).out == E * 2
    assert filtered(E + b"ERROR b\n", "-", path, "-").out == E + b"ERROR b\n" + E


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    for name, sentence in ((".", "is a directory"), ("none.log", "No such file")):
        done = filtered(None, tmp_path / name)
        assert (done.code, done.out) == (3, b"")
        assert sentence in done.err
    if os.geteuid():
        path = tmp_path / "log"
        path.touch(mode=0)
        assert "Permission denied" in filtered(None, path).err


def test_a_fifo_is_read(tmp_path: Path) -> None:
    path = tmp_path / "fifo"
    os.mkfifo(path)
    with subprocess.Popen(["/bin/sh", "-c", f"printf '[Error] x\\n' > {path}"]):
        assert filtered(None, path).out == E


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_a_full_disk_is_told(tmp_path: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(COMMAND, input=E, stdout=full, stderr=subprocess.PIPE, env=environment())
    assert done.returncode == 3
    assert b"No space left" in done.stderr
    assert b"probably a bug" not in done.stderr
    assert b"Traceback" not in done.stderr


@pytest.fixture
def endless() -> Iterator[subprocess.Popen[bytes]]:
    writer = subprocess.Popen(["yes", "[Error] x"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    yield writer
    writer.kill()
    writer.wait()
    assert writer.stdout
    writer.stdout.close()


def test_head_ends_an_endless_stream_quietly_and_at_once(endless: subprocess.Popen[bytes]) -> None:
    began = time.monotonic()
    with subprocess.Popen(
        COMMAND, stdin=endless.stdout, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()
    ) as process:
        assert process.stdout
        assert process.stderr
        assert process.stdout.readline() == E
        process.stdout.close()
        assert (process.wait(5), process.stderr.read()) == (0, b"")
    assert time.monotonic() - began < 3


def test_a_limit_ends_an_endless_stream(endless: subprocess.Popen[bytes]) -> None:
    done = subprocess.run(
        [*COMMAND, "-n", "3"], stdin=endless.stdout, capture_output=True, env=environment(), timeout=10
    )
    assert (done.stdout, done.returncode) == (E * 3, 0)


def test_ctrl_c_ends_a_pipe_that_waits_quietly() -> None:
    reading, writing = os.pipe()
    with subprocess.Popen(
        COMMAND,
        stdin=reading,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
        preexec_fn=interruptible,
    ) as process:
        assert process.stdout
        assert process.stderr
        os.write(writing, E)
        assert process.stdout.readline() == E  # out though the pipe is still open
        process.send_signal(signal.SIGINT)
        assert process.wait(5) == 130
        assert process.stderr.read() == b"read 1 line (10 B), matched 1\n"
    os.close(reading)
    os.close(writing)


def on_a_terminal(data: bytes, *arguments: str) -> str:
    """What a terminal is sent."""
    master, slave = pty.openpty()
    settled = {**environment(), "TERM": "xterm-256color"}
    settled.pop("NO_COLOR")
    with subprocess.Popen([*COMMAND, *arguments], stdin=subprocess.PIPE, stdout=slave, env=settled) as process:
        os.close(slave)
        assert process.stdin
        process.stdin.write(data)
        process.stdin.close()
        said = b""
        while True:
            try:
                more = os.read(master, 65536)
            except OSError:  # Linux says so at the end
                break
            if not more:
                break
            said += more
    os.close(master)
    return said.decode("utf-8", "replace")


HOSTILE = "\x1b]0;owned\x07\x1b[2J\x1b[31mred\x1b]8;;http://evil\x07click\x1b]8;;\x07\x08\x08\x9b2J\u202egnp\r"


@pytest.mark.parametrize(
    "line", ["[Error] {}", json.dumps({"level": "error", "message": "{}", "context": {"{}": "{}"}})]
)
def test_nothing_in_a_message_reaches_the_terminal_as_a_command(line: str) -> None:
    written = line.replace("{}", json.dumps(HOSTILE)[1:-1] if line.startswith("{") else HOSTILE)
    said = on_a_terminal(f"{written}\n{written}\n".encode())
    assert "red" in said
    for bad in ("\x1b]", "\x1b[2J", "\x07", "\x08", "\x9b", "\u202e", "\rgnp"):
        assert bad not in said
