"""`dropmon logs` as it is typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.logs.command import filtered

DATA = (
    b'{"level":"error","message":"payment failed","function":"pay","context":{"orderId":42},"requestId":"r_1"}\n'
    b'{"level":"warn","message":"slow","function":"pay","requestId":"r_2"}\n'
    b'{"level":"fatal","message":"gone","function":"stock","context":{"orderId":7},"requestId":"r_1"}\n'
    b'{"type":"metric","function":"pay","duration":812,"status":200}\n'
)
FIRST, SECOND, THIRD, FOURTH = DATA.splitlines(keepends=True)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("", DATA),
        ("--level error", FIRST + THIRD),
        ("-l ERR", FIRST + THIRD),
        ("--only warn --only fatal", SECOND + THIRD),
        ("--function pay --level warn", FIRST + SECOND),
        ("--request-id r_1", FIRST + THIRD),
        ("--grep payment", FIRST),
        ("--not payment -l error", THIRD),
        ("--where context.orderId=42", FIRST),
        ("-l error -n 1", FIRST),
        ("-l fatal -B 1", SECOND + THIRD),
        ("-l fatal --fields level,function", b"fatal\tstock\n"),
        ("--function pay --where duration>500ms", FOURTH),
    ],
)
def test_each_option_means_what_it_says(arguments: str, expected: bytes) -> None:
    done = filtered(DATA, *arguments.split())
    assert (done.out, done.code) == (expected, 0)


def test_records_are_one_a_line() -> None:
    records = [json.loads(line) for line in filtered(DATA, "-l", "error", "--format", "json").out.splitlines()]
    assert [(record["level"], record["message"]) for record in records] == [
        ("error", "payment failed"),
        ("fatal", "gone"),
    ]


def test_the_answer_may_go_to_a_file(tmp_path: Path) -> None:
    done = filtered(DATA, "-l", "error", "--output", tmp_path / "errors.log")
    assert (done.out, done.code) == (b"", 0)
    assert (tmp_path / "errors.log").read_bytes() == FIRST + THIRD


def test_the_summary_is_on_stderr_and_may_be_left_out() -> None:
    assert filtered(DATA, "-l", "error").err == f"read 4 lines ({len(DATA)} B), matched 2\n"
    assert filtered(DATA, "-l", "error", "-q").err == ""


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ("--level erorr", "is no level"),
        ("--grep (", ""),
        ("--where =", ""),
        ("--format markdown", "no format"),
        ("--since never", ""),
    ],
)
def test_what_cannot_be_meant_is_told_before_anything_is_read(arguments: str, sentence: str) -> None:
    done = filtered(DATA, *arguments.split())
    assert (done.out, done.code) == (b"", 3)
    assert sentence in done.err
    assert "Traceback" not in done.err
    assert "probably a bug" not in done.err


@pytest.mark.parametrize("form", ["plain", "json"])
def test_a_field_that_no_entry_had_is_told_once(form: str) -> None:
    done = filtered(DATA, "--fields", "level,user,context.orderId,nosuch,no.such", "--format", form)
    assert done.code == 0
    assert done.err.count("no entry had no.such, nosuch\n") == 1
    for fields, wanted in (("level,user,context.orderId", "info"), ("nosuch", "debug --only trace")):
        assert "no entry had" not in filtered(DATA, "--fields", fields, "--level", *wanted.split()).err
