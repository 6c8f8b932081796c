"""Entries for programs: records with the same keys, and columns."""

import json
import re

import pytest
from hypothesis import given

from dropmon import secrets
from dropmon.errors import UsageError
from dropmon.logs.entry import Entry
from dropmon.logs.fields import columns, jsonl, tabbed
from dropmon.logs.level import Level
from dropmon.logs.normal import line
from tests.logs.test_show import ENTRIES

ENTRY = Entry(
    b'{"level":"error"}', Level.ERROR, 1795415402.25, "failed", "functions", "pay", "r_2", "u_1", 0.12, "502",
    {"orderId": 42}, "at pay", {"context": {"orderId": 42}, "tags": ["a", "b"]},
)  # fmt: skip


def test_a_record_has_the_same_keys_whatever_shape_it_came_in() -> None:
    assert json.loads(line(ENTRY)) == {
        "time": "2026-11-23T06:30:02.250Z", "level": "error", "service": "functions", "function": "pay",
        "message": "failed", "context": {"orderId": 42}, "userId": "u_1", "requestId": "r_2", "duration_s": 0.12,
        "status": "502", "trace": "at pay",
    }  # fmt: skip


def test_what_is_not_known_is_left_out_and_what_could_not_be_read_is_kept() -> None:
    assert line(Entry(b"GET /")) == b"{}"
    assert json.loads(line(Entry(b'{"a\xff', Level.ERROR, parsed=False))) == {"level": "error", "raw": '{"a\ufffd'}


@pytest.mark.parametrize(
    ("context", "written"),
    [
        ({"a": float("nan")}, {"a": None}),
        ({"a": 10**30}, {"a": 10**30}),
        ({"a": "\ud800"}, {"a": "\ud800"}),
        ({"a": "\x1b[31m\u202e"}, {"a": "\x1b[31m\u202e"}),
    ],
)
def test_a_record_is_valid_json_whatever_was_written(context: dict[str, object], written: dict[str, object]) -> None:
    data = line(Entry(b"", context=context))
    assert json.loads(data) == {"context": written}
    assert data.decode().isprintable()


@pytest.mark.slow
def test_a_context_too_deep_to_write_is_named() -> None:
    deep: dict[str, object] = {}
    for _ in range(100_000):
        deep = {"a": deep}
    assert b"nested too deeply" in line(Entry(b"", message="m", context=deep))


def test_no_secret_leaves_in_a_record_or_a_column() -> None:
    token = secrets.remember("tok_9x7y5z")
    leaking = Entry(b"", message=f"m {token}", context={"t": [token]})
    assert token.encode() not in line(leaking)
    assert token not in tabbed(columns("message,context.t"))(leaking)
    assert token.encode() not in jsonl(columns("message,context.t"))(leaking)


@given(ENTRIES)
def test_a_record_and_a_row_are_one_printable_line(entry: Entry) -> None:
    data = line(entry)
    json.loads(data)
    row = tabbed(columns("time,level,message,function,request,user,duration,status,context.a,trace"))(entry)
    assert data.decode().isprintable()
    assert row.replace("\t", "").isprintable()
    assert row.count("\t") == 9


def test_columns_find_names_and_paths() -> None:
    wanted = columns("time, level,requestId,duration,context.orderId,tags,tags.1,missing")
    assert tabbed(wanted)(ENTRY) == '2026-11-23T06:30:02.250Z\terror\tr_2\t0.12\t42\t["a", "b"]\tb\t'
    assert json.loads(jsonl(wanted)(ENTRY)) == {
        "time": "2026-11-23T06:30:02.250Z", "level": "error", "requestId": "r_2", "duration": 0.12,
        "context.orderId": 42, "tags": ["a", "b"], "tags.1": "b", "missing": None,
    }  # fmt: skip


def test_tabs_newlines_and_backslashes_of_a_value_are_written_out() -> None:
    assert tabbed(columns("message"))(Entry(b"", message="a\tb\nc\\d\r\x1b[31m")) == r"a\tb\nc\\d\r"


@pytest.mark.parametrize("text", ["", "a,", ",a", " "])
def test_an_empty_name_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match=re.escape("holds an empty name")):
        columns(text)
