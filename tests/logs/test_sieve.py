"""No wanted entry slips through the sieve, and the quick way to a level never differs from the long one."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dropmon.logs import formats, sieve
from dropmon.logs.block import blocks
from dropmon.logs.engine import Engine
from dropmon.logs.level import Level
from dropmon.logs.query import Query
from dropmon.logs.select import around
from tests.logs import mixtures
from tests.requirements import lack

LEVELS = (Level.WARN, Level.ERROR, Level.FATAL)

WORTH: list[tuple[bytes, Level]] = [  # each of these was overlooked once
    (b'{"PRIORITY":-0}', Level.FATAL),
    (b'[{"event_message":"{\\u0022level\\u0022:{\\u0022no\\u0022:50}}"}]', Level.FATAL),
    (b'{"msg":"{\\u0022line\\u0022:\\u0022EMERGENCY\\u0022,\\u0022data\\u0022:{}}"}', Level.FATAL),
    (b'{"timestamp":"x","level"\x1b[0m:"error","message":"y"}', Level.ERROR),
    (b'{\x1b[34;1m"level"\x1b[0m\x1b[1;39m:\x1b[0m\x1b[0;32m"error"\x1b[0m}', Level.ERROR),
    (b'{"level":\x1b[31m 60, "time": 1}', Level.FATAL),
    (b'{"type"\x0c:"error","function":"f",', Level.ERROR),
    (b'{"l\\u0065vel":"\\u0065rror"}', Level.ERROR),
    (b'{"message":"{\\"level\\":\\"\\\\u0065rror\\"}","deploymentId":"d"}', Level.ERROR),
    (b'{"level":"ERROR\\u0000"}', Level.UNKNOWN),
    (b'{"MESSAGE":[69,82,82,79,82,58,32,120],"PRIORITY":"6"}', Level.ERROR),
    (b'{"body":{"kvlistValue":{"values":[{"key":"level","value":{"intValue":"50"}}]}}}', Level.ERROR),
    (b'{"body":{"kvlistValue":{"values":[{"key":"level","value":{"stringValue":"Error"}}]}}}', Level.ERROR),
    (b'{"body":{"kvlistValue":{"values":[{"key":"PRIORITY","value":{"intValue":"3"}}]}}}', Level.ERROR),
    (b'{"type":"\\u001cerror","function":"f"}', Level.UNKNOWN),
    (b'{"message":"x","rowId":"1","logs":[{"level":"fatal error","message":"x"}]}', Level.UNKNOWN),
    (b'{"version":"1.1","short_message":"x","level":3}', Level.ERROR),
    (b'{"level":"\\u001b[31merror\\u001b[39m"}', Level.ERROR),
    (b'{"event_message":"{ level: \\u0027error\\u0027 }"}', Level.ERROR),
    (b"INFO a\rTypeError\rb", Level.ERROR),
    (b"\xe2\x9d\x8c Error: x", Level.ERROR),
    (b'{"message":"\\u274CERROR x"}', Level.ERROR),
    (b'{"type":"platform.report","record":{"status":"timeout"}}', Level.ERROR),
    (b'{"errorType":"Error","errorMessage":"x"}', Level.ERROR),
    (b"requests.exceptions.ConnectTimeout: host", Level.ERROR),
]


@cache
def found(least: Level) -> Engine:
    engine = sieve.compiled(sieve.of(Query(least=least)))
    if engine is None:
        lack("hyperscan is not installed")
    assert engine
    return engine


def overlooked(data: bytes) -> list[tuple[Level, bytes]]:
    """Blocks that are at least so serious, and in which nothing is found."""
    return [
        (least, data[start:stop])
        for start, stop in blocks(data)
        for worst in [max((entry.level for entry in formats.entries(data[start:stop])), default=Level.UNKNOWN)]
        for least in LEVELS
        if worst >= least and not found(least)(data[start:stop])
    ]


def otherwise(data: bytes) -> list[bytes]:
    """Blocks whose level is another when it is read the quick way."""
    several = [data[start:stop] for start, stop in blocks(data)]
    return [block for block in several if not agrees(block)]


def agrees(block: bytes) -> bool:
    quick = formats.level(block)
    return quick is None or [(quick, None)] == [(each.level, each.failure) for each in formats.entries(block)]


@pytest.mark.parametrize(("line", "level"), WORTH)
def test_what_was_overlooked_once_is_found(line: bytes, level: Level) -> None:
    assert formats.entries(line)[0].level == level
    assert overlooked(line) == []


@pytest.mark.slow
@given(st.integers(0, 2**40))
@settings(max_examples=250, deadline=None)
def test_every_serious_entry_is_found_and_every_quick_level_is_right(seed: int) -> None:
    data = mixtures.stream(seed)
    assert overlooked(data) == []
    assert otherwise(data) == []


@given(st.integers(0, 2**40), st.sampled_from(LEVELS))
@settings(max_examples=80, deadline=None)
def test_what_is_found_are_whole_blocks(seed: int, least: Level) -> None:
    data = mixtures.stream(seed)
    found_blocks = {(start, stop) for start, stop, _ in around(data, found(least)(data), 0, len(data))}
    assert found_blocks <= set(blocks(data))


@pytest.mark.slow
@pytest.mark.parametrize("start", range(4))
def test_none_of_a_hundred_thousand_entries_is_overlooked(start: int) -> None:
    for seed in range(start * 4500, (start + 1) * 4500):
        data = mixtures.stream(seed)
        assert (overlooked(data), otherwise(data)) == ([], []), seed


def test_without_a_level_or_below_warn_there_is_no_sieve() -> None:
    assert (
        sieve.of(Query(least=Level.INFO)) == sieve.of(Query()) == sieve.of(Query(only=frozenset({Level.UNKNOWN}))) == ()
    )
