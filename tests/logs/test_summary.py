"""What was read is told, and that nothing follows from nothing."""

from __future__ import annotations

import pytest

from dropmon.logs.filter import Filter
from dropmon.logs.level import Level
from dropmon.logs.query import Query
from dropmon.logs.summary import doubt, summary
from dropmon.logs.tally import COUNTED, Tally
from tests.logs.mixtures import SAMPLES, spread


def counted(data: bytes, query: Query = Query(least=Level.ERROR)) -> Tally:  # noqa: B008 - a NamedTuple
    tally = Tally(size=len(data), lines=data.count(b"\n"))
    judge = Filter(query, tally)
    for block in spread(data):
        judge(block.removesuffix(b"\n"))
    return tally


def test_lines_and_bytes_are_told_and_of_much_the_bytes_alone() -> None:
    assert summary(Tally(size=90, lines=2, matched=1)) == "read 2 lines (90 B), matched 1"
    assert summary(Tally(size=COUNTED, lines=2, matched=1)).startswith("read 16")
    assert summary(counted(b"[Error] x\n" * 3)).endswith("matched 3")


def test_what_could_not_be_parsed_and_what_failed_are_counted() -> None:
    tally = counted(b'{"level":"error","mess\n{"_tag":"Error","error":{"code":"E","message":"gone"}}\n')
    assert summary(tally).endswith("matched 1, 1 of them could not be parsed, 1 input error")


@pytest.mark.parametrize(
    ("name", "doubtful"),
    [
        ("fail-401.stream-json", True),
        ("fail-410.stream-json", True),
        ("fail-500.stream-json", True),
        ("fail-sqlerr.stream-json", True),
        ("fail-badrow.json", True),
        ("fail-badrow.stream-json", True),
        ("functions-all.stream-json", False),
        ("functions-all.json", False),
        ("functions-all.text", False),
        ("function-edge-error.stream-json", False),
        ("empty.json", False),
        ("sql.stream-json", False),
    ],
)
def test_what_the_cli_writes_is_an_answer_or_a_failure(name: str, doubtful: bool) -> None:
    assert bool(doubt(counted((SAMPLES / f"supabase-cli-3.1.0-{name}.out").read_bytes()))) == doubtful


@pytest.mark.parametrize("least", [None, Level.INFO, Level.ERROR])
def test_nothing_is_no_all_clear_at_any_level(least: Level | None) -> None:
    for data in (b"", b"\n\n", b"bash: supabase: command not found\n", b"Usage:\n  x [flags]\n\nFlags:\n  --help\n"):
        assert doubt(counted(data, Query(least=least)))
    for data in (b"[Info] x\n", b"[]\n", b"plain words\n", b'{"type":"metric","function":"f"}\n'):
        assert doubt(counted(data, Query(least=least))) is None


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("<html><body>502 Bad Gateway</body></html>\n", ": 502 Bad Gateway"),
        ("\n<html>\n<body>\n<center>\n504 Gateway Time-out</center>\n", ": 504 Gateway Time-out"),
        ('{"status":"error","errorType":"bad_data","error":"parse error"}\n', "parse error (bad_data)"),
        ("\nAn error occurred (ExpiredTokenException) when calling the X operation: y\n", "(ExpiredTokenException)"),
        ("Unable to locate credentials. You can configure them.\n", "Unable to locate credentials"),
        ("Cannot find project ref. Have you run supabase link?\n", "Have you run supabase link?"),
        ("\ufeff", "blank lines only"),
        ("\ufeff\n", "blank lines only"),
    ],
)
@pytest.mark.parametrize("least", [None, Level.ERROR])
def test_what_says_why_there_is_no_log_is_no_all_clear(data: str, said: str, least: Level | None) -> None:
    found = doubt(counted(data.encode(), Query(least=least)))
    assert found
    assert said in found.what


def test_an_application_that_logs_such_a_line_is_read() -> None:
    for data in (
        "An error occurred (X) when calling the Y operation: z\n",
        "<html><body>502 Bad Gateway</body></html>\n",
    ):
        assert doubt(counted(f"[Info] a\n{data}".encode())) is None
        assert doubt(counted(f"{data}[Info] a\n".encode())) is None
        assert doubt(counted(f"starting\n{data}".encode())) is None
    assert doubt(counted(b"<html><body>all is well</body></html>\n")) is None
    assert doubt(counted(b'{"status":"error","errorType":"X","error":"y","time":1}\n')) is None


def test_what_another_process_counted_is_added() -> None:
    tally = counted(b"[Error] x\n")
    tally.add(counted(b"[Error] y\n[Error] z\n").packed())
    assert (tally.matched, tally.told, tally.size) == (3, True, 30)
