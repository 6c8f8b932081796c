"""A file that several processes read gives the answer of one, byte for byte and in order."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dropmon.errors import DropmonError
from dropmon.logs import share
from dropmon.logs.level import Level
from dropmon.logs.query import Query
from tests.logs import mixtures
from tests.logs.test_select import QUERIES, hits, selected

SMALL = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@given(st.integers(0, 2**40), st.sampled_from((1, 50, 333, 2000)))
@SMALL
def test_the_parts_of_a_file_are_all_of_it_and_each_is_whole_blocks(tmp_path: Path, seed: int, size: int) -> None:
    data = mixtures.stream(seed, 30)
    path = tmp_path / "log"
    path.write_bytes(data)
    descriptor = os.open(path, os.O_RDONLY)
    parts = share.parts(descriptor, len(data), size)
    os.close(descriptor)
    assert b"".join(data[start:stop] for start, stop in parts) == data
    query = QUERIES[seed % 3]
    assert b"".join(selected(data[start:stop], query, 99, True) for start, stop in parts) == mixtures.judged(
        data, query
    )


@pytest.mark.parametrize("count", [1, 2, 3, 4])
@pytest.mark.parametrize("query", [QUERIES[0], QUERIES[1], QUERIES[8]], ids=["warn", "error", "function"])
def test_several_processes_write_in_turn(tmp_path: Path, count: int, query: Query) -> None:
    data = b"".join(mixtures.stream(seed) for seed in range(60))
    path = tmp_path / "log"
    path.write_bytes(data)
    out = os.open(tmp_path / "out", os.O_WRONLY | os.O_CREAT)
    hits(query)
    descriptor = os.open(path, os.O_RDONLY)
    parts = share.parts(descriptor, len(data), 1000)
    os.close(descriptor)

    def work(number: int, turn: share.Turn) -> bytes:
        for start, stop in parts[number::count]:
            piece = selected(data[start:stop], query, 500, True)
            assert turn.take()
            os.write(out, piece)
            turn.give()
        return b"done"

    assert share.shared(count, work) == [b"done"] * count
    os.close(out)
    assert (tmp_path / "out").read_bytes() == mixtures.judged(data, query)


def test_a_process_that_dies_is_told() -> None:
    def work(number: int, turn: share.Turn) -> bytes:
        if number:
            os._exit(9)
        return b"done"

    with pytest.raises(DropmonError, match="was stopped"):
        share.shared(2, work)


def test_a_document_over_many_lines_is_in_one_part(tmp_path: Path) -> None:
    data = b'[Error] a\n[\n  {\n    "level": "error",\n    "message": "b"\n  }\n]\n[Error] c\n'
    path = tmp_path / "log"
    path.write_bytes(data)
    descriptor = os.open(path, os.O_RDONLY)
    starts = {part.start for part in share.parts(descriptor, len(data), 3)}
    os.close(descriptor)
    assert starts == {0, data.index(b"[Error] c")}
    assert selected(data, Query(least=Level.ERROR), 9, True).startswith(b"[Error] a\n")
