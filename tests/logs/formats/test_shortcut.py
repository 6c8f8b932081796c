"""The quick ways to a level agree with the long one: the shortcut where it answers, the routes of a text."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dropmon.logs import formats
from dropmon.logs.formats import routes
from dropmon.logs.formats.keys import EVENTS, MARKS, NESTED, PLACES, REASONS, TYPES
from dropmon.logs.formats.phrases import SENTENCES
from dropmon.logs.level import KEYS, NAMED, SCALES, Level
from tests.logs.formats.cases import SAMPLES

WORDS = sorted(NAMED)
LEVELS: st.SearchStrategy[Any] = st.sampled_from(
    [*WORDS, "ERROR", "Warn", " err ", "weird", "", "50"]
) | st.sampled_from([50, 40, "3", None, True, 3.5, [], {"name": "error"}])
NAMES = st.sampled_from(
    sorted(
        {
            *KEYS,
            *SCALES,
            *MARKS,
            *NESTED,
            *list(PLACES)[::4],
            "type",
            "@t",
            "level",
            "message",
            "error",
            "data",
            "result",
            "event_type",
            "reason",
            "statusCode",
            "function",
            "msg",
        }
    )
)
LEAVES = LEVELS | st.sampled_from(
    [*TYPES, *EVENTS, *REASONS, "Shutdown", "x", -1, '{"level":"error"}', "[Error] x", "fine\n    at f"]
)
OBJECTS = st.dictionaries(
    NAMES, LEAVES | st.dictionaries(NAMES, LEAVES, max_size=3) | st.lists(LEAVES, max_size=2), max_size=5
)
LINES = st.builds(json.dumps, OBJECTS).map(str.encode) | st.sampled_from(
    [line for path in sorted(SAMPLES.iterdir()) for line in path.read_bytes().split(b"\n") if line.strip()]
)


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A line with a few bytes taken out, doubled or put in."""
    line = draw(LINES)
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(line)))
        gone = draw(st.integers(0, 3))
        scrap = draw(
            st.sampled_from(
                [
                    b"",
                    b'"',
                    b"{",
                    b"}",
                    b",",
                    b"\xff",
                    b"\x00",
                    b"\n",
                    b"\\u0065",
                    b'"level":"error",',
                    b"\\",
                    b" ",
                    b"[Error] ",
                ]
            )
        )
        line = line[:at] + scrap + line[at + gone :]
    return line


def agrees(line: bytes) -> None:
    level = formats.level(line)
    if level is not None:
        assert [entry.level for entry in formats.entries(line)] == [level]


@given(OBJECTS)
@settings(max_examples=300, deadline=None)
def test_the_shortcut_agrees_on_any_object(doc: dict[str, object]) -> None:
    agrees(json.dumps(doc).encode())
    agrees(json.dumps({"event_message": json.dumps(doc), "level": "info"}).encode())


@pytest.mark.slow
@given(mutated())
@settings(max_examples=500, deadline=None)
def test_the_shortcut_agrees_on_any_broken_line(line: bytes) -> None:
    agrees(line)


@pytest.mark.parametrize(
    "line",
    [
        b'{"level":"error","a":"\\q"}',
        b'{"level":"info","a":"\xff","level":"error"}',
        b'{"level":"error","a":1e999}',
        b'{"level":"error","event_message":null}',
        b'{"level":"error"} x',
        b'{"level":"error"}\n\n',
        b' {"level":"error"}',
    ],
    ids=str,
)
def test_the_shortcut_agrees_on_traps(line: bytes) -> None:
    agrees(line)


def test_the_shortcut_knows_the_commonest_lines_at_sight() -> None:
    for line, level in (
        (b'{"level":"error","message":"x","context":{"level":"info"}}', Level.ERROR),
        (b'{"level":30,"msg":"x"}', Level.INFO),
        (b'{"type":"metric","function":"f","duration":1,"status":200}', Level.INFO),
    ):
        assert formats.shortcut.level(line) == level


TOKENS = st.sampled_from(
    [
        *WORDS,
        *map(str.upper, WORDS),
        *map(str.capitalize, WORDS),
        *(words for _, words in SENTENCES),
        "[",
        "]",
        ":",
        " ",
        " ",
        "  ",
        "=",
        "|",
        " - ",
        "\t",
        "\n",
        "\r",
        "\x0b",
        "\x0c",
        "\0",
        "\x1b[31m",
        "\x1b[0m",
        "\x1b[K",
        "\x1b]0;t\x07",
        "level",
        "lvl",
        "Severity",
        '"',
        ".",
        "/",
        "(",
        ")",
        ",",
        "{",
        "}",
        "2024-11-15",
        "20:12:14",
        "app.ERROR",
        "TypeError",
        "Exception",
        "[1]",
        "E1123 12:34:56",
        "<11>",
        "<14>1 2026-11-23T06:33:09Z h a 1 - - ",
        "POST | 503 | x",
        "web-1  | ",
        "thread 'main' panicked",
        "npm",
        "PHP ",
        "x",
        "payment",
        "2026-11-23T06:34:57.488Z functions ",
        "\\n",
        '2026-11-23T06:34:57Z {level="error"} ',
        "é",
        "1",
    ]
)
TEXTS = st.lists(TOKENS, min_size=1, max_size=9).map("".join)


def has_route(raw: bytes, level: Level) -> bool:
    return any(re.search(route.encode(), raw) for route in routes.filled(level))


@pytest.mark.slow
@given(TEXTS)
@example("\x1b[31mERROR\x1b[0m: x")
@settings(max_examples=800, deadline=None)
def test_a_text_with_a_level_has_a_route_to_it(text: str) -> None:
    for raw in (
        text.encode(),
        json.dumps({"msg": text}).encode(),
        json.dumps({"msg": json.dumps({"msg": text})}).encode(),
    ):
        if raw[:1] in b"{[" and raw == text.encode():
            continue
        for entry in formats.entries(raw):
            for least in (Level.WARN, Level.ERROR, Level.FATAL):
                assert entry.level < least or has_route(raw, least), (raw, entry.level)


@pytest.mark.parametrize(
    "line", ["error budget ok", '{"level":"info","error":null,"message":"no error"}', "serving the request"]
)
def test_routes_do_not_lead_to_plain_words(line: str) -> None:
    assert not has_route(line.encode(), Level.WARN)
