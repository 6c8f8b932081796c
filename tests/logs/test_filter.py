"""A wanted entry goes out as it came or as it is shown, with its neighbours where they are asked for."""

from __future__ import annotations

from contextlib import suppress

import pytest

from dropmon.logs.level import Level
from dropmon.logs.query import Query
from dropmon.logs.run import Settings
from dropmon.logs.select import EnoughError, Selector
from dropmon.logs.shape import Shape
from dropmon.logs.tally import Tally
from tests.logs.test_select import Pieces

ERRORS = Query(least=Level.ERROR)
LINES = b"".join(b"[Error] %d\n" % at if at in (3, 4, 9) else b"[Info] %d\n" % at for at in range(12))


def answer(data: bytes, settings: Settings, size: int = 1 << 20) -> str:
    out: list[bytes] = []
    judge = settings.judge(settings.filter(Tally()))
    with suppress(EnoughError):
        Selector(judge, out.append).run(Pieces(data, size))
    return b"".join(out).decode()


def numbers(text: str) -> str:
    """The last word of each line."""
    return " ".join(line.split()[-1] for line in text.splitlines())


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (0, 0, "3 4 9"),
        (1, 0, "2 3 4 -- 8 9"),
        (0, 1, "3 4 5 -- 9 10"),
        (2, 2, "1 2 3 4 5 6 7 8 9 10 11"),
        (0, 9, "3 4 5 6 7 8 9 10 11"),
        (9, 0, "0 1 2 3 4 5 6 7 8 9"),
        (2, 1, "1 2 3 4 5 -- 7 8 9 10"),
        (3, 1, "0 1 2 3 4 5 6 7 8 9 10"),
    ],
)
@pytest.mark.parametrize("size", [1, 1 << 20])
def test_neighbours_come_as_with_grep(before: int, after: int, expected: str, size: int) -> None:
    assert numbers(answer(LINES, Settings(ERRORS, before=before, after=after), size)) == expected


@pytest.mark.parametrize(("limit", "expected"), [(1, "3"), (2, "3 4"), (3, "3 4 9"), (9, "3 4 9")])
def test_a_limit_counts_entries(limit: int, expected: str) -> None:
    assert numbers(answer(LINES, Settings(ERRORS, limit=limit))) == expected


def test_a_limit_counts_the_entries_of_a_document_too() -> None:
    rows = b'[{"level":"error","n":1},{"level":"info"},{"level":"error","n":2},{"level":"error","n":3}]\n'
    assert answer(rows, Settings(ERRORS, limit=2)) == '{"level":"error","n":1}\n{"level":"error","n":2}\n'


def test_a_printer_shows_each_entry() -> None:
    shape = Shape(lambda entry: f"<{entry.message}>\n".encode(), lambda _: b"")
    assert answer(LINES, Settings(ERRORS, shape)) == "<3>\n<4>\n<9>\n"
    assert answer(LINES, Settings(ERRORS, shape, before=1)) == "<2>\n<3>\n<4>\n--\n<8>\n<9>\n"


def test_a_trace_goes_with_its_entry_and_not_with_another() -> None:
    data = b"[Error] a\n  at f\nCaused by: b\n[Info] c\n  at g\n"
    assert answer(data, Settings(ERRORS)) == "[Error] a\n  at f\nCaused by: b\n"
    assert answer(data, Settings(Query(grep=("at g",)))) == "[Info] c\n  at g\n"
