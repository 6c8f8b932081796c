"""No entry of a level is missed by what a platform is told to look for."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dropmon.logs import formats
from dropmon.logs.formats.phrases import SENTENCES
from dropmon.logs.level import KEYS, SCALES, WORDS, Level
from dropmon.logs.query import Query
from dropmon.logs.sources import pattern
from dropmon.logs.sources.wide import threshold, wide

SERIOUS = [Level.WARN, Level.ERROR, Level.FATAL]
ENGINES = {
    level: [re.compile(wide(level)), re.compile("|".join(pattern.texts(level)))] for level in SERIOUS
}  # CloudWatch's own is not RE2, and has no (?i)
SAMPLES = sorted(
    line
    for path in (Path(__file__).parent.parent / "samples").iterdir()
    for line in path.read_text("utf-8", "replace").split("\n")
    if 3 < len(line) < 2000
)
WORD = st.sampled_from([word for words in WORDS.values() for word in words])
SPELT = WORD.flatmap(lambda word: st.sampled_from([word, word.upper(), word.title(), f" {word} "]))
NUMBER = st.sampled_from([10, 30, 40, 50, 60, "50", 50.5, 17, "3", 0, 1e2])
KEY = st.sampled_from([*KEYS, *SCALES, "type"])
DOCUMENT = st.builds(lambda key, value: json.dumps({"a": 1, key: value, "msg": "x"}), KEY, SPELT | NUMBER)
NESTED = st.builds(lambda inner: json.dumps({"line": inner, "timestamp": "2026-11-23T06:33:09Z"}), DOCUMENT)
LOGURU = st.builds(lambda number: json.dumps({"level": {"no": number}, "message": "x"}), NUMBER)
HEAD = st.sampled_from(["", "2026-11-23 06:33:09 ", "[web] ", "<11>", "E1123 06:33:09.984 1 a.go:12] ", "npm "])
SENTENCE = st.sampled_from([sentence for _, sentence in SENTENCES])
TEXT = st.builds(
    lambda head, word, tail: f"{head}{word}{tail} x", HEAD, SPELT | SENTENCE, st.sampled_from([":", "]", " ", "="])
)
BRACKET = st.builds(lambda word: f"[{word}] x", SPELT)
LOGFMT = st.builds(lambda word: f"time=1 level={word} msg=x", WORD)
STATUS = st.sampled_from(["POST | 500 | https://x", "GET | 404 | https://x", "TypeError: x", "Exception: x"])


def missed(message: str) -> list[tuple[Level, int]]:
    """By which engine a message is missed, and of which level."""
    row = {"id": "a", "ts_ms": 1795415691000, "source": "function_logs", "severity_text": "", "level": "log"}
    block = json.dumps({**row, "event_message": message, "log_attributes": {}}).encode()
    level = max((entry.level for entry in formats.entries(block)), default=Level.UNKNOWN)
    return [
        (least, place)
        for least in SERIOUS
        if level >= least
        for place, engine in enumerate(ENGINES[least])
        if not engine.search(message)
    ]


@pytest.mark.slow
@settings(max_examples=2000, deadline=None)
@given(DOCUMENT | NESTED | LOGURU | TEXT | BRACKET | LOGFMT | STATUS)
def test_whatever_makes_a_level_is_looked_for(message: str) -> None:
    assert missed(message) == []


def test_every_sample_is_looked_for() -> None:
    assert SAMPLES
    assert [(line, found) for line in SAMPLES if (found := missed(line))] == []


@pytest.mark.parametrize(
    ("want", "least"),
    [
        (Query(), None),
        (Query(least=Level.INFO), None),
        (Query(least=Level.WARN), Level.WARN),
        (Query(only=frozenset({Level.ERROR})), Level.ERROR),
        (Query(only=frozenset({Level.ERROR, Level.UNKNOWN})), None),
        (Query(only=frozenset({Level.INFO})), None),
        (Query(least=Level.ERROR, only=frozenset({Level.WARN, Level.FATAL})), Level.FATAL),
    ],
)
def test_only_a_level_above_those_of_lines_without_one_is_looked_for(want: Query, least: Level | None) -> None:
    assert threshold(want) == least
