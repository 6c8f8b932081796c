"""What is broken, huge or meant to mislead is read without an exception, and never dropped."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dropmon.logs import formats
from dropmon.logs.level import Level
from tests.logs.formats.cases import E, N, U, W, one, read

BROKEN: list[tuple[bytes, Level]] = [
    (b'{"level":"error","message":"cut o', E),
    (b'{"level":"info","mess{"level":"error","message":"x"}', E),
    (b'{"level":"info","message":"{\\"level\\":\\"error\\"', N),
    (b'{"message":"{\\"level\\":\\"error\\"', E),
    (b'{"level":50,"msg":"cut', E),
    (b'{"type":"error","function":"f","du', E),
    (b'{"type":"metric","function":"f","du', N),
    (b'{"level":"error"}{"level":"info"}', E),
    (b"{oops", U),
    (b"{", U),
    (b'{"a":' * 100_000, U),
    (b'{"level":"error","a":' + b"[" * 100_000 + b"]" * 100_000 + b"}", E),
    (b'{"level":"error","a":\x01 }', E),
    (b"{ level: 'error', message: 'card refused' }", E),
    (b"{\n  level: 'error',\n  message: 'card refused'\n}", E),
    (b"{'level': 'error', 'message': 'card refused'}", E),
    (b'[{"level":"info","message":"cut o', N),
    (b'[{"level":"error","message":"cut o', E),
]

ARRAYS: list[tuple[bytes, list[tuple[Level, bool]]]] = [  # each entry's level, and whether it could be read
    (b'[{"level":"info"},\n{"level":"error"}]', [(N, True), (E, True)]),
    (b'[{"level":"info"}\n,{"level":"error"}\n]', [(N, True), (E, True)]),
    (b'[\n{"level":"info"},\n{"level":"error"}\n]', [(U, True), (N, True), (E, True)]),
    (b'[{"level":"info"},{"level":"error"},]', [(N, True), (E, True)]),
    (b'[[{"level":"error"}]]', [(E, True)]),
    (b'[{"level":"info"},[{"level":"error"}]]', [(N, True), (E, True)]),
    (b'[1,{"level":"error"}]', [(E, True)]),
    (b'["x",{"level":"error"}]', [(U, True), (E, True)]),
    (b'[{"level":"info"},{"level":"error"},{"level":"err', [(N, True), (E, True), (U, False)]),
    (b'[{"level":"info"}][{"level":"error"}]', [(N, True), (E, True)]),
    (b'[{"level":"error"}] and more', [(E, True), (U, False)]),
    (b'{\n"level": "error",\n"context": {\n"a": 1\n},\n"message": "x"\n}', [(E, True)]),
    (b'[\n{\n"level": "error"\n},\n{\n"level": "info"\n}\n]', [(U, True), (E, True), (N, True)]),
]


@pytest.mark.parametrize(("data", "expected"), ARRAYS, ids=lambda each: str(each)[:40])
def test_nothing_of_an_array_is_lost_however_it_is_spoilt(data: bytes, expected: list[tuple[Level, bool]]) -> None:
    assert [(each.level, each.parsed) for each in read(data)] == expected


SURVIVING: list[tuple[bytes, Level]] = [
    (b'{"level":"error","a":NaN,"b":-Infinity}', E),
    (b'{"level":"error","a":"\\ud800"}', E),
    (b'{"level":"error","a":"\x00\x01\t"}', E),
    (b'{"level":"error","a":"\xff\xfe"}', E),
    (b'{"level":"err\xffor"}', U),
    (b'{"level":"err\xff","severity":"warn"}', W),
    (b'{"level":"info","level":"error"}', E),
    (b'{"level":"error","level":"info"}', N),
    (b'{"l\\u0065vel":"\\u0065rror"}', E),
    (b'{"level":5e1}', E),
    (b'{"level":1e999}', U),
    (b'{"level":"error","n":' + b"9" * 4000 + b"}", E),
    (b'\xef\xbb\xbf{"level":"error"}', E),
    (b'\xef\xbb\xbf\xef\xbb\xbf{"level":"error"}', E),
    (b'\x00\x00\x00{"level":"error"}', E),
    (b'{"level":"error"}\r', E),
    ('{"level":"error","message":"\u2028\x0c"}'.encode(), E),
    (b'{"level":"error","message":"\x1b[31mred"}', E),
    (b"\xff\xfe ERROR x", U),
    (b"ERROR \xff\xfe", E),
]


@pytest.mark.parametrize(("line", "level"), BROKEN, ids=lambda each: str(each)[:40])
def test_what_cannot_be_parsed_is_told_and_as_serious_as_its_text(line: bytes, level: Level) -> None:
    entry = one(line)
    assert (entry.level, entry.parsed, entry.raw) == (level, False, line)


@pytest.mark.parametrize(("line", "level"), SURVIVING, ids=lambda each: str(each)[:40])
def test_what_only_some_parsers_accept_is_read(line: bytes, level: Level) -> None:
    entry = one(line)
    assert (entry.level, entry.parsed, entry.raw) == (level, True, line)


def test_ten_megabytes_of_a_level_in_one_string_are_words() -> None:
    text = '"level":"error"' * 700_000
    assert one(json.dumps({"level": "info", "message": text})).level == N
    assert one(text).level == U


@pytest.mark.slow
@pytest.mark.parametrize(
    "line",
    [
        b"a=" * 2_000_000,
        b"a.b" * 2_000_000,
        b"\\" * 4_000_000,
        b"[1 " * 1_000_000,
        b"{" + b"\\" * 4_000_000,
        b"1 " * 2_000_000,
        b"_" * 4_000_000,
        b"a" * 4_000_000,
        b'2026-11-23T06:33:09Z {a="' + b'\\"' * 1_000_000,
        b'a="' * 1_000_000,
    ],
    ids=lambda line: str(line[:24]),
)
def test_no_line_takes_more_than_its_length(line: bytes) -> None:
    assert one(line).level == U


def test_an_empty_array_holds_no_entry_and_a_bracket_is_no_array() -> None:
    assert formats.entries(b"[]") == ()
    assert formats.entries(b'{"type":"result","data":[]}') == ()
    assert one(b"[1,2]").message == "[1,2]"


def test_an_element_that_only_python_reads_still_counts() -> None:
    assert [each.level for each in formats.entries(b'[{"level":"error","a":NaN},{"level":"info"}]')] == [E, N]


@given(st.binary(max_size=200))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_read(block: bytes) -> None:
    for entry in formats.entries(block):
        assert isinstance(entry.level, Level)


SCRAPS = st.sampled_from(
    [
        "{",
        "}",
        "[",
        "]",
        '"level"',
        ":",
        '"error"',
        ",",
        '"message"',
        "ERROR",
        " ",
        "\n",
        "\\n",
        "\x1b[31m",
        "null",
        "50",
        '"x"',
        '"event_message"',
        '"data"',
        '"result"',
        '"type"',
        '"streams"',
        '"values"',
        '"resourceLogs"',
        '"events"',
        '"metadata"',
        "\0",
        '"function"',
        '"labels"',
        '"line"',
        '"body"',
        "<11>",
        "web-1  | ",
        "2026-11-23T06:33:09.984Z ",
        "functions ",
        '{"level":"error"}',
        '"{\\"level\\":\\"error\\"}"',
        '{"a":"b"}',
        "true",
        '"context"',
        '"stack"',
        '"error"',
        '"log"',
        '"stream"',
        '"time"',
        "[]",
        "{}",
    ]
)


@pytest.mark.slow
@given(st.lists(SCRAPS, max_size=25).map("".join))
@settings(max_examples=500, deadline=None)
def test_any_scraps_of_logs_are_read(text: str) -> None:
    for entry in formats.entries(text.encode()):
        assert isinstance(entry.level, Level)


VALUES = st.recursive(
    st.sampled_from(
        [
            None,
            True,
            0,
            50,
            1e10,
            "",
            "error",
            "x",
            "2026-11-23T06:33:09Z",
            '{"level":"error"}',
            "[Error] x",
            float("nan"),
        ]
    ),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                sorted(
                    [
                        "level",
                        "stream",
                        "values",
                        "result",
                        "resultType",
                        "message",
                        "logRecords",
                        "scopeLogs",
                        "attributes",
                        "key",
                        "value",
                        "stringValue",
                        "kvlistValue",
                        "stack",
                        "event_type",
                        "reason",
                        "name",
                        "no",
                    ]
                )
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
KEYS = st.sampled_from(
    [
        "level",
        "message",
        "msg",
        "timestamp",
        "time",
        "event_message",
        "line",
        "log",
        "stream",
        "labels",
        "data",
        "result",
        "events",
        "entries",
        "streams",
        "resourceLogs",
        "metadata",
        "log_attributes",
        "body",
        "error",
        "err",
        "context",
        "service",
        "function",
        "user",
        "duration",
        "status",
        "statusCode",
        "stack",
        "exc_info",
        "type",
        "@t",
        "record",
        "logs",
        "rowId",
        "eventId",
        "ddsource",
        "MESSAGE",
        "PRIORITY",
        "jsonPayload",
        "textPayload",
        "attributes",
        "resource",
        "id",
        "severityNumber",
        "event_type",
        "requestPath",
        "_tag",
        "code",
    ]
)


@pytest.mark.slow
@given(st.dictionaries(KEYS, VALUES, max_size=6))
@settings(max_examples=300, deadline=None)
def test_any_values_under_known_keys_are_read(doc: dict[str, object]) -> None:
    for entry in formats.entries(json.dumps(doc).encode()):
        assert isinstance(entry.level, Level)
        assert isinstance(entry.message, str)
        assert isinstance(entry.trace, str)
        assert all(
            each is None or isinstance(each, str)
            for each in (entry.service, entry.function, entry.request, entry.status)
        )
