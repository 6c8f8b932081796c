"""The answer is that of judging every block from end to end, whatever pieces the bytes come in."""

from __future__ import annotations

import random
from functools import cache
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dropmon.logs.block import blocks
from dropmon.logs.level import Level
from dropmon.logs.query import Query
from dropmon.logs.run import Settings
from dropmon.logs.select import LONGEST, Hits, Selector
from dropmon.logs.tally import Tally
from tests.logs import mixtures

QUERIES = (
    Query(least=Level.WARN),
    Query(least=Level.ERROR),
    Query(least=Level.FATAL),
    Query(least=Level.INFO),
    Query(only=frozenset({Level.WARN})),
    Query(only=frozenset({Level.UNKNOWN})),
    Query(only=frozenset({Level.ERROR, Level.DEBUG})),
    Query(requests=("req_1",)),
    Query(functions=("claim-drop",)),
    Query(least=Level.ERROR, functions=("claim-drop", "payout")),
    Query(grep=("payment failed",)),
    Query(grep=("E_[A-Z]+",)),
    Query(least=Level.ERROR, without=("payment",)),
    Query(users=("u_2",)),
)
QUIET = b'{"level":"info","message":"' + b"x" * 20_000 + b'"}\n'  # so long that hits beside it stand far apart
ENDLESS = b"[Error] " + b"x" * (LONGEST + 9)


class Pieces:
    """A reader that gives so many bytes at once, and may pause where a block ends."""

    def __init__(self, data: bytes, size: int, pauses: bool = False) -> None:
        self._data = data
        self._size = size
        self._at = 0
        self._ends = {stop + 1 for _, stop in blocks(data)} - {len(data)} if pauses else set()

    def readinto(self, view: memoryview) -> int | None:
        if self._at in self._ends:
            self._ends.discard(self._at)
            return None
        stop = min(
            [self._at + self._size, self._at + len(view), len(self._data), *(e for e in self._ends if e > self._at)]
        )
        count = stop - self._at
        view[:count] = self._data[self._at : stop]
        self._at = stop
        return count


@cache
def hits(query: Query) -> Hits | None:
    return Settings(query).hits()


def selected(data: bytes, query: Query, size: int, fast: bool, pauses: bool = False) -> bytes:
    out: list[bytes] = []
    wanted = Settings(query)
    judge = wanted.judge(wanted.filter(Tally()))
    selector = Selector(judge, out.append, hits(query) if fast else None)
    selector._first = 0  # all of it goes through the sieve
    selector.run(Pieces(data, size, pauses))
    return b"".join(out)


@pytest.mark.slow
@given(
    st.integers(0, 2**40),
    st.sampled_from(QUERIES),
    st.sampled_from((1, 2, 7, 64, 300, 4096, 1 << 20)),
    st.booleans(),
    st.booleans(),
)
@example(3, QUERIES[1], 1, True, False)
@settings(max_examples=150, deadline=None)
def test_the_answer_is_that_of_judging_every_block(
    seed: int, query: Query, size: int, fast: bool, pauses: bool
) -> None:
    data = mixtures.stream(seed)
    assert selected(data, query, size, fast, pauses) == mixtures.judged(data, query)


@pytest.mark.slow
@given(st.integers(0, 2**40), st.sampled_from(QUERIES), st.sampled_from((10_000, 30_000, 100_000)))
@settings(max_examples=50, deadline=None)
def test_it_is_the_same_where_hits_are_rare(seed: int, query: Query, size: int) -> None:
    data = QUIET * 8 + b"".join(block + QUIET for block in mixtures.spread(mixtures.stream(seed)))
    assert selected(data, query, size, fast=True) == mixtures.judged(data, query)


@pytest.mark.slow
@pytest.mark.parametrize("query", QUERIES, ids=lambda query: repr(query)[6:60])
def test_it_is_the_same_for_megabytes_of_every_producer(query: Query) -> None:
    dice = random.Random(5)
    pieces = [mixtures.entry(dice) if dice.random() < 0.1 else mixtures.produced(dice) for _ in range(9000)]
    data = b"".join(pieces)
    whole = mixtures.judged(data, query)
    for size in (5000, 1 << 20):
        assert selected(data, query, size, fast=True) == whole
        assert selected(data, query, size, fast=False) == whole


@pytest.mark.parametrize("size", [1 << 16, 1 << 22])
def test_a_line_longer_than_what_is_judged_goes_out_whole_or_not_at_all(size: int) -> None:
    data = (
        b"[Info] a\n"
        + ENDLESS
        + b"\n  at f\n[Info] b\n"
        + ENDLESS.replace(b"Error", b"Debug", 1)
        + b"\n  at g\n[Error] c"
    )
    assert selected(data, QUERIES[1], size, fast=True) == ENDLESS + b"\n  at f\n[Error] c\n"


def test_an_error_is_out_when_the_stream_pauses_and_its_trace_follows_it() -> None:
    out: list[bytes] = []
    wanted = Settings(QUERIES[1])
    selector = Selector(wanted.judge(wanted.filter(Tally())), out.append)
    lines = iter(
        (
            b"[Error] a\n",
            None,
            b"  at f\n",
            None,
            b"[Info] b\n",
            None,
            b"  at g\n",
            None,
            b'{"level":"er',
            None,
            b'ror"}\n',
            None,
            b"",
        )
    )

    class Slow:
        def readinto(self, view: memoryview) -> int | None:
            line = next(lines)
            if line:
                view[: len(line)] = line
            return None if line is None else len(line)

    selector.run(Slow())
    assert out == [b"[Error] a\n", b"  at f\n", b'{"level":"error"}\n']


def test_a_document_over_many_lines_waits_for_its_end() -> None:
    data = (Path(mixtures.SAMPLES) / "supabase-cli-3.1.0-functions-all.json.out").read_bytes()
    assert selected(data, QUERIES[1], 100, fast=True) == mixtures.judged(data, QUERIES[1]) != b""
