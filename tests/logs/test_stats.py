"""`dropmon logs stats`: the numbers are those of reading every entry, quick or not, and whoever counts them."""

from __future__ import annotations

import io
import json
import os
import random
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from rich.console import Console

from benchmarks.log_lines import START
from dropmon import output
from dropmon.logs.counting import Counting, Counts, Facts
from dropmon.logs.durations import MOST, Durations, quantile
from dropmon.logs.level import Level
from dropmon.logs.minutes import Span, minute_of
from dropmon.logs.query import Query
from dropmon.logs.stats import page, tables
from tests.logs.counted import Slowly, counted, line

SAMPLES = sorted((Path(__file__).parent / "samples").iterdir())
SCREENS = Path(__file__).parent / "screens"
SECONDS = st.sampled_from((START - 1, START, START + 0.5, START + 60, START + 61.5, START + 3600))
LEASTS = st.sampled_from((None, Level.INFO, Level.ERROR))
ONLIES = st.sampled_from((frozenset[Level](), frozenset({Level.WARN, Level.UNKNOWN})))
SEEDS = st.integers(0, 2**32)
AS_DRAWN = tuple(phase for phase in Phase if phase is not Phase.shrink)  # a smaller seed is no simpler case


@pytest.mark.slow
@given(seed=SEEDS, least=LEASTS, only=ONLIES, since=st.none() | SECONDS, until=st.none() | SECONDS)
@settings(max_examples=100, deadline=None, phases=AS_DRAWN)
def test_common_lines_are_counted_as_if_each_were_read(
    seed: int, least: Level | None, only: frozenset[Level], since: float | None, until: float | None
) -> None:
    query = Query(least, only, since=since, until=until)
    dice = random.Random(seed)
    data = b"".join(line(dice) for _ in range(120))

    quick, slow = counted(Counting(query), data), counted(Slowly(query), data)

    assert quick.entries == slow.entries
    assert quick.durations == slow.durations
    assert quick.span == slow.span


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_a_sample_is_counted_as_if_each_entry_were_read(path: Path) -> None:
    data = path.read_bytes() * 3

    assert counted(Counting(Query()), data) == counted(Slowly(Query()), data)


@pytest.mark.slow
@given(seed=SEEDS, size=st.integers(300, 9000))
@settings(max_examples=25, deadline=None, phases=AS_DRAWN)
def test_the_numbers_are_the_same_whatever_the_pieces_and_whoever_counts_them(seed: int, size: int) -> None:
    dice = random.Random(seed)
    lines = [line(dice) for _ in range(150)]
    whole = counted(Counting(Query()), b"".join(lines))

    assert counted(Counting(Query()), b"".join(lines), size) == whole

    first, second = Counting(Query()), Counting(Query())
    for judge in (first, second):
        for each in lines[judge is second :: 2]:
            judge(each.rstrip(b"\n"))
    apart = Counting(Query())
    for each in lines:
        apart(each.rstrip(b"\n"))
    first.add(second.packed())
    assert first.counts() == apart.counts()


@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=300), st.sampled_from((0.5, 0.95, 1.0)))
def test_a_quantile_is_exact_of_few_durations_and_within_1_percent_of_many(values: list[int], share: float) -> None:
    seconds = [value / 1000 for value in values]
    exact = sorted(seconds)[-(-int(share * 100) * len(seconds) // 100) - 1]
    few = Durations(Counter(seconds))
    many = few.and_(Durations(Counter()), most=0)

    assert few.quantile(share) == exact
    assert abs((many.quantile(share) or 0) - exact) <= 0.0101 * exact


def test_many_durations_take_bounded_memory_in_whatever_order() -> None:
    lines = [
        f'{{"type":"metric","function":"pay","duration":{n}.{n % 7},"status":200}}'.encode() for n in range(30_000)
    ]
    straight, reverse = Counting(Query()), Counting(Query())
    for each in lines:
        straight(each)
    for each in reversed(lines):
        reverse(each)

    assert straight.counts() == reverse.counts()
    durations = straight.counts().durations["pay"]
    assert durations.coarse
    assert len(durations.counts) < MOST
    assert sum(durations.counts.values()) == 30_000
    assert quantile({}, 0.5) is None


@pytest.mark.parametrize(
    ("text", "failed"),
    [
        ('{"type":"metric","function":"f","duration":1,"status":200}', False),
        ('{"type":"metric","function":"f","duration":1,"status":502}', True),
        ('{"type":"metric","function":"f","duration":1,"status":"error"}', True),
        ('{"type":"metric","function":"f","duration":1,"status":"success"}', False),
        ('{"type":"error","function":"f","error":"boom"}', True),
        ('{"type":"metric","function":"f","status":404}', False),
        ('{"level":"error","function":"f","message":"boom"}', None),
        ('{"type":"metric","duration":1}', None),
    ],
)
def test_a_request_is_a_metric_or_an_error_of_a_function(text: str, failed: bool | None) -> None:
    ((known, minute),) = counted(Counting(Query()), text.encode() + b"\n").entries

    assert (known.failed, minute) == (failed, None)


def test_a_function_has_a_row_whatever_kind_of_entry_names_it() -> None:
    data = (
        b'{"level":"error","function":"f1","duration":1200,"message":"boom"}\n'
        b'{"level":"info","function":"f1","duration":100,"message":"ok"}\n'
        b'{"event_message":"POST | 500 | https://x.supabase.co/functions/v1/f2?a=1","id":"1","ts_ms":1795415462000}\n'
        b'{"type":"metric","function":"f3","duration":7,"status":200}\n'
        b'{"level":"error","function":"f3","message":"boom"}\n'
    )
    rows = tables(counted(Counting(Query()), data))["functions"].rows
    shown = [tuple(row[key] for key in ("function", "entries", "requests", "errors", "error_percent")) for row in rows]
    assert shown == [("f2", 1, 0, 1, 100.0), ("f1", 2, 0, 1, 50.0), ("f3", 2, 1, 1, 0.0)]
    assert [(row["p50_seconds"], row["p95_seconds"]) for row in rows] == [(None, None), (0.1, 1.2), (0.007, 0.007)]


def test_a_function_in_the_path_of_one_row_is_not_that_of_the_next() -> None:
    paths = ("/", "/functions/v1/hook", "/")
    said = [json.dumps({"level": "error", "message": "x", "path": path}) for path in paths]
    row = {"id": "1", "deploymentId": "d", "timestamp": 1_795_415_472_428, "level": "info"}
    rows = b"".join(json.dumps({**row, "message": each}).encode() + b"\n" for each in said)
    assert counted(Counting(Query()), rows) == counted(Slowly(Query()), rows)
    assert [each["entries"] for each in tables(counted(Counting(Query()), rows))["functions"].rows] == [1]


def crowd() -> Counts:
    """A shop's night: a function that fails more and more, one that is slow, and lines that say little."""
    start = minute_of(START)
    entries: Counter[tuple[Facts, int | None]] = Counter()
    for minute in range(90):
        entries[Facts(Level.INFO, "drop-api"), start + minute] = 40 + minute % 7
        entries[Facts(Level.WARN, "drop-api"), start + minute] = minute % 3
        entries[Facts(Level.INFO, None, "claim-drop", False), start + minute] = 30
        entries[Facts(Level.ERROR, None, "claim-drop", True), start + minute] = minute // 10
        entries[Facts(Level.INFO, None, "sync\x1b[31m-stock", False), start + minute] = 2
    entries[Facts(Level.FATAL, "worker"), start + 80] = 1
    entries[Facts(Level.UNKNOWN), None] = 3
    durations = {
        "claim-drop": Durations(Counter({0.048: 900, 0.9: 300})),
        "sync\x1b[31m-stock": Durations(Counter({12.0: 7})),
    }
    return Counts(+entries, durations, Span(START + 0.004, START + 89 * 60 + 59.5))


FORMS = ["narrow", "plain", "markdown", "json", "html"]


def shown(counts: Counts, form: str) -> str:
    whole = page(counts)
    if form == "narrow":
        console = Console(width=80, height=24, file=io.StringIO(), markup=False, emoji=False, highlight=False)
        output.page_screen(whole, console)
        assert isinstance(console.file, io.StringIO)
        return "\n".join(each.rstrip() for each in console.file.getvalue().splitlines()) + "\n"
    return "".join(output.pages(whole, output.Format(form)))


@pytest.mark.parametrize("form", ["narrow", "plain", "markdown", "json"])
@pytest.mark.parametrize("name", ["night", "none"])
def test_the_screen_is_as_it_was(name: str, form: str) -> None:
    file = SCREENS / f"stats.{name}.{form}.txt"
    said = shown(crowd() if name == "night" else Counts(Counter(), {}), form)
    if os.environ.get("DROPMON_WRITE_SCREENS"):
        file.write_text(said)

    assert said == file.read_text()


def test_no_line_of_the_screen_is_wider_than_the_terminal() -> None:
    assert max(map(len, shown(crowd(), "narrow").splitlines())) <= 80


@pytest.mark.parametrize("name", ["functions", "levels", "services", "times"])
def test_each_table_alone_is_csv(name: str) -> None:
    text = "".join(output.TEXTS[output.Format.CSV](tables(crowd())[name]))

    assert "\x1b" not in text
    assert len(text.splitlines()) == len(tables(crowd())[name].rows) + 1


def run(*words: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "dropmon", "logs", *words]
    return subprocess.run(command, input=given, capture_output=True, check=False)


@pytest.mark.slow
def test_the_command_reads_a_pipe_and_says_what_it_read() -> None:
    lines = (
        b'{"level":"error","service":"api","message":"x"}\n' * 3 + b'{"level":"info","service":"api","message":"y"}\n'
    )
    done = run("stats", "--format", "json", given=lines)
    said = json.loads(done.stdout)

    assert done.returncode == 0
    assert (said["entries"], said["errors"], said["error_percent"]) == (4, 3, 75.0)
    assert b"matched 4" in done.stderr
    assert json.loads(run("stats", "--level", "error", "--format", "json", given=lines).stdout)["entries"] == 3


def test_nothing_read_is_no_good_news() -> None:
    done = run("stats")

    assert done.returncode == 3
    assert b"nothing was read" in done.stderr


def test_an_unknown_table_is_refused_with_those_that_there_are() -> None:
    done = run("stats", "--by", "colour", given=b'{"level":"info","message":"x"}\n')

    assert done.returncode == 3
    assert b"functions, levels, services, times" in done.stderr
