"""`dropmon logs stats --record`: each line is counted once, whatever overlaps, runs at once or breaks off."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dropmon.errors import StorageError
from dropmon.flows import cycle
from dropmon.logs.ledger import Ledger
from dropmon.logs.query import Query
from dropmon.logs.recording import Recorded, Recording
from dropmon.storage import Store, open_store
from tests.logs.counted import counted

NOW = 1_795_420_000.0
ERRORS = (("function", "pay"), ("status", "error"))


def row(number: int, failed: bool = False, row_id: bool = True) -> bytes:
    """A line of a function, one a second."""
    at = 1_795_415_400_000 + number * 1000
    said = {
        "type": "error" if failed else "metric",
        "function": "pay",
        "duration": 100 + number % 10,
        "status": 500 if failed else 200,
    }
    if not row_id:
        return json.dumps({"timestamp": at, **said}).encode() + b"\n"
    data = {"id": f"row-{number}", "ts_ms": at, "event_message": json.dumps(said), "log_attributes": {"level": "log"}}
    return json.dumps(data).encode() + b"\n"


ROWS = [row(number, number % 5 == 0) for number in range(100)]


def recorded(store: Store, lines: Sequence[bytes], now: float = NOW, stream: str = "s") -> Recorded:
    run = Recording(Query())
    counted(run, b"".join(lines))
    return cycle.count(store, stream, run, now)


def value(store: Store, name: str, labels: tuple[tuple[str, str], ...]) -> float:
    return store.latest(name)[labels][1]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(str(tmp_path / "history.db")) as opened:
        yield opened


def test_a_run_leaves_counters_and_quantiles(store: Store) -> None:
    assert recorded(store, ROWS) == Recorded(fresh=100, known=0, late=0, timeless=0)

    assert value(store, "function_requests_total", ERRORS) == 20
    assert value(store, "function_requests_total", (("function", "pay"), ("status", "success"))) == 80
    assert value(store, "log_entries_total", (("level", "error"),)) == 20
    assert value(store, "function_duration_seconds_count", (("function", "pay"),)) == 100
    assert value(store, "function_duration_seconds_sum", (("function", "pay"),)) == pytest.approx(10.45)
    assert value(store, "function_duration_seconds", (("function", "pay"), ("quantile", "0.95"))) == 0.109


def test_an_entry_that_is_no_request_is_recorded_as_none(store: Store) -> None:
    recorded(store, [b'{"timestamp":1795415400000,"level":"error","function":"pay","duration":1200,"message":"x"}\n'])
    assert {name for _, name, _ in store.series()} == {"log_entries_total"}


def test_a_new_counter_starts_from_zero(store: Store) -> None:
    recorded(store, ROWS)
    points = store.recent("function_requests_total", 9)[ERRORS]

    assert points == [(1_795_415_400.0, 0.0), (NOW, 20.0)]


def test_windows_that_overlap_count_each_line_once(store: Store) -> None:
    for start in range(0, 100, 10):
        recorded(store, ROWS[max(0, start - 10) : start + 10], NOW + start)

    assert value(store, "function_requests_total", ERRORS) == 20
    values = [point[1] for point in store.recent("function_requests_total", 99)[ERRORS]]
    assert all(before <= after for before, after in pairwise(values))


def test_the_same_file_twice_counts_once(store: Store) -> None:
    recorded(store, ROWS)

    assert recorded(store, ROWS, NOW + 1) == Recorded(fresh=0, known=100, late=0, timeless=0)
    assert value(store, "function_requests_total", ERRORS) == 20


def test_equal_lines_of_a_file_are_as_many_entries_and_of_an_id_one(store: Store) -> None:
    twins = [row(1, row_id=False)] * 3

    assert recorded(store, twins).fresh == 3
    assert recorded(store, twins, NOW + 1).fresh == 0
    assert recorded(store, [ROWS[1]] * 3, NOW + 2).fresh == 1


def test_an_entry_whose_trace_was_still_being_written_is_the_same_entry(store: Store) -> None:
    head, trace = b"2026-11-23T06:30:00.000Z ERROR shop.Orders : boom\n", b"    at f (x.ts:1)\n"

    assert recorded(store, [head]).fresh == 1
    assert recorded(store, [head, trace], NOW + 1).fresh == 0


def test_lines_without_a_time_are_left_out_and_said(store: Store) -> None:
    done = recorded(store, [b'{"type":"metric","function":"pay","duration":1}\n', b"[Error] x\n", *ROWS])

    assert done == Recorded(fresh=100, known=0, late=0, timeless=2)


def test_another_stream_has_lines_of_its_own_and_the_same_counters(store: Store) -> None:
    recorded(store, ROWS)
    recorded(store, ROWS, NOW + 1, stream="other")

    assert value(store, "function_requests_total", ERRORS) == 40


def test_a_clock_that_goes_back_loses_nothing(store: Store) -> None:
    recorded(store, ROWS[:50], NOW)
    recorded(store, ROWS, NOW - 60)
    recorded(store, ROWS, NOW - 120)

    assert value(store, "function_requests_total", ERRORS) == 20


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(1, 60)), min_size=1, max_size=12), st.integers(1, 80))
@settings(max_examples=80)
def test_no_line_counts_twice_however_few_are_remembered(windows: list[tuple[int, int]], most: int) -> None:
    ledger, seen = Ledger(), []
    for start, size in windows:
        marks = [(float(number + 1), number) for number in range(start, start + size)]
        new = [marks[place] for place in ledger.fresh(marks).places]
        ledger = ledger.and_(new, most)
        seen += new

    assert len(seen) == len(set(seen))
    assert len(ledger.marks) <= most
    if most >= 80 or windows == sorted(windows):
        assert set(seen) >= {(float(number + 1), number) for number in range(windows[0][0], sum(windows[0]))}


def test_what_breaks_off_leaves_nothing_behind_and_counts_the_next_time(store: Store) -> None:
    class Broken(Recording):
        def increase(self, places: object) -> object:  # type: ignore[override]
            raise KeyboardInterrupt

    run = Broken(Query())
    counted(run, b"".join(ROWS))
    with pytest.raises(KeyboardInterrupt):
        cycle.count(store, "s", run, NOW)

    assert store.series() == []
    assert store.states() == {}
    assert recorded(store, ROWS).fresh == 100


COMMAND = [sys.executable, "-m", "dropmon", "logs", "stats", "--record", "--quiet"]


@pytest.mark.slow
def test_two_processes_at_once_count_each_line_once(tmp_path: Path) -> None:
    log, place = tmp_path / "a.log", tmp_path / "history.db"
    log.write_bytes(b"".join(ROWS))
    command = [*COMMAND, str(log), "--storage", str(place)]
    running = [subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) for _ in range(4)]
    said = [each.communicate()[1] for each in running]

    assert [each.returncode for each in running] == [0] * 4, said
    with open_store(str(place)) as store:
        assert value(store, "function_requests_total", ERRORS) == 20


@pytest.mark.slow
def test_a_process_that_is_killed_has_counted_all_or_nothing(tmp_path: Path) -> None:
    log, place = tmp_path / "a.log", tmp_path / "history.db"
    log.write_bytes(b"".join(row(number, number % 5 == 0) for number in range(3000)))
    command = [*COMMAND, str(log), "--storage", str(place)]
    dice = random.Random(7)
    for _ in range(4):
        running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(0.15 + dice.random() / 4)
        os.kill(running.pid, signal.SIGKILL)
        running.wait()
    subprocess.run(command, check=True, capture_output=True)

    with open_store(str(place)) as store:
        assert value(store, "function_requests_total", ERRORS) == 600


def test_a_quiet_recording_says_nothing_unless_something_failed(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_bytes(b"".join(ROWS) + b"[Info] without a time\n")
    command = [*COMMAND, "--storage", str(tmp_path / "history.db")]
    done = subprocess.run([*command, str(log)], capture_output=True, check=True)
    assert done.stdout + done.stderr == b""
    done = subprocess.run([*command, str(tmp_path / "none.log")], capture_output=True, check=False)
    assert (done.returncode, done.stdout, b"none.log" in done.stderr) == (3, b"", True)


@pytest.mark.slow
def test_a_history_that_cannot_be_written_is_said_after_the_numbers(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_bytes(b"".join(ROWS))
    place = tmp_path / "no.db"
    place.write_text("no database")
    done = subprocess.run([*COMMAND[:-1], str(log), "--storage", str(place)], capture_output=True, check=False)

    assert b"100 entries" in done.stdout
    assert done.returncode == 3
    with pytest.raises(StorageError):
        open_store(str(place))
