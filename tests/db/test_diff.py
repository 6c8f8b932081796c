"""dropmon db diff: two windows of recorded statistics side by side."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropmon.db.database import Database
from dropmon.db.diff import Change, Count, Key, Span, Window, between, born, compare, grown, joined, kind, table
from dropmon.db.report import load, names
from dropmon.db.samples import samples
from dropmon.db.session import session
from dropmon.db.trend import DAY, HOUR
from dropmon.model import Sample, Status
from dropmon.output import as_json
from dropmon.storage import open_store
from tests.db.asking import ask
from tests.db.sessions import connect

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from dropmon.demo.database import Server

NOW = 1_800_000_000.0
ONE: Key = ("11", "app")
OTHER: Key = ("22", "app")

amounts = st.tuples(st.integers(0, 10**6), st.integers(0, 10**6))
histories = st.lists(amounts, min_size=1, max_size=25).map(
    lambda made: [Count(float(time), float(calls), seconds / 1024) for time, (calls, seconds) in enumerate(made)]
)


def every_hour(*values: tuple[float, float], until: float = NOW) -> list[Count]:
    """Counts an hour apart, the last at `until`."""
    first = until - HOUR * (len(values) - 1)
    return [Count(first + HOUR * place, calls, seconds) for place, (calls, seconds) in enumerate(values)]


@given(histories)
def test_growth_is_never_negative(counts: list[Count]) -> None:
    assert min(grown(counts)) >= 0


@given(histories)
def test_without_a_reset_it_is_the_last_less_the_first(counts: list[Count]) -> None:
    calls, seconds = sorted(each.calls for each in counts), sorted(each.seconds for each in counts)
    rising = [Count(each.time, *both) for each, both in zip(counts, zip(calls, seconds, strict=True), strict=True)]

    assert grown(rising) == (calls[-1] - calls[0], seconds[-1] - seconds[0])


@given(histories, st.lists(st.integers(-1, 26), min_size=3, max_size=3))
def test_windows_side_by_side_are_one(counts: list[Count], moments: list[int]) -> None:
    start, middle, end = sorted(moments)
    whole = between(counts, start, end) or Window()
    halves = [between(counts, start, middle) or Window(), between(counts, middle, end) or Window()]

    assert tuple(map(sum, zip(*halves, strict=True))) == whole


@given(histories, histories)
def test_whatever_is_recorded_is_compared_worst_first(one: list[Count], other: list[Count]) -> None:
    changes = compare({ONE: one, OTHER: other}, 10.0, 20.0, 200)
    slower = [change for change in changes if change.kind == "slower"]

    assert changes[: len(slower)] == slower
    assert all(change.after.calls > 0 for change in changes)
    assert [change.added for change in slower] == sorted((change.added for change in slower), reverse=True)


def test_a_statement_that_takes_longer_is_slower() -> None:
    counts = every_hour((0, 0), (10, 1.0), (20, 3.0))

    assert compare({ONE: counts}, NOW - HOUR, NOW, 200) == [Change(ONE, "slower", Window(10, 1.0), Window(10, 2.0))]


def test_what_is_forgotten_begins_anew() -> None:
    counts = every_hour((1000, 100.0), (1100, 110.0), (7, 0.7))

    (change,) = compare({ONE: counts}, NOW - HOUR, NOW, 200)
    assert (change.before, change.after) == (Window(100, 10.0), Window(7, 0.7))


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ((100, 1.0), (100, 2.1), "slower"),
        ((100, 1.0), (100, 2.0), ""),  # twice as slow, by 10 ms
        ((100, 10.0), (100, 15.0), ""),  # half as slow again
        ((100, 10.0), (100, 15.1), "slower"),
        ((100, 10.0), (900, 90.0), ""),  # more often only
        ((100, 10.0), (100, 5.0), "faster"),
        ((0, 0.0), (100, 50.0), ""),
    ],
)
def test_slower_is_by_half_and_by_ten_milliseconds(
    before: tuple[float, float], after: tuple[float, float], said: str
) -> None:
    assert kind(Window(*before), Window(*after)) == said


def test_one_that_was_not_recorded_before_is_new_when_there_was_room() -> None:
    old = every_hour((1, 1.0), (2, 2.0), (3, 3.0))
    series = {ONE: old, OTHER: [Count(NOW, 5, 50.0)]}

    assert [(change.key, change.kind) for change in compare(series, NOW - HOUR, NOW, 2)] == [(OTHER, "new"), (ONE, "")]
    assert compare(series, NOW - HOUR, NOW, 2)[0].after == Window(5, 50.0)


def test_where_the_recording_was_full_it_may_be_old() -> None:
    old = every_hour((1, 1.0), (2, 2.0), (3, 3.0))
    series = {ONE: old, OTHER: [Count(NOW - 60, 900, 50.0), Count(NOW, 905, 51.0)]}
    found = {change.key: change for change in compare(series, NOW - HOUR, NOW, 1)}

    assert born(series, 1) == {}
    assert found[OTHER] == Change(OTHER, "", None, Window(5, 1.0))


def test_a_statement_that_did_not_run_is_not_listed() -> None:
    assert compare({ONE: every_hour((5, 1.0), (9, 2.0), (9, 2.0))}, NOW - HOUR, NOW, 200) == []


def test_both_counters_come_from_one_moment() -> None:
    labels = (("queryid", "11"), ("role", "app"))

    assert joined({labels: [(1, 10), (2, 20)]}, {labels: [(2, 0.5), (3, 0.7)]}) == {ONE: [Count(2, 20, 0.5)]}


def test_a_first_window_that_is_not_all_recorded_is_noted() -> None:
    changes = compare({ONE: every_hour((0, 0), (10, 1.0), (20, 3.0))}, NOW - HOUR, NOW, 200)
    short = table(changes, Span(NOW - HOUR, NOW, (NOW - HOUR - 60, NOW - HOUR, NOW)), "shop", {"11": "select 1"})
    whole = table(changes, Span(NOW - HOUR, NOW, (NOW - 3 * HOUR, NOW - HOUR - 5, NOW)), "shop", {})

    assert short.notes == ("of the 1h before only 1m are recorded: compare the means, not the totals",)
    assert whole.notes == ()
    assert short.status is Status.WARNING
    assert short.headline.startswith("▲ WARNING  1 of 1 statements became slower, 0 are new")
    assert json.loads("".join(as_json(short)))["rows"][0]["statement"] == "select 1"


def earlier(server: Server, slower: str) -> Iterable[Sample]:
    """What had been recorded of the shop in the two days before, when one statement was a hundred times as fast."""
    now, whose = time.time(), {"database": "shop", "instance": f"127.0.0.1:{server.port}"}
    for sample in samples(ask(server, "slow-queries", min="0s", limit=200), whose, now):
        labels = dict(sample.labels)
        if sample.name.endswith("_total") and labels["queryid"] != slower:
            yield from (sample._replace(time=now - age) for age in (2 * DAY, DAY, HOUR))
    for age, calls in ((2 * DAY, 0.0), (DAY + 60, 1000.0)):
        labels = {**whose, "queryid": slower, "role": "app"}
        for name, value in (("calls", calls), ("seconds", calls * 0.001)):
            yield Sample(f"pg_statement_{name}_total", tuple(sorted(labels.items())), now - age, value)


def diff(server: Server, folder: Path, *words: str, url: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "dropmon", "db", "diff", "-d", url or server.url_of("dropmon", "shop"), *words]
    command += ["--storage", str(folder / "kept.db")]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder, env={**os.environ})


@pytest.mark.slow
def test_the_command_names_what_became_slower_with_its_text(newest: Server, tmp_path: Path) -> None:
    answer = ask(newest, "slow-queries")
    (slow,) = (row for row in answer.rows if "order by 2 desc limit" in row["statement"])
    with open_store(str(tmp_path / "kept.db")) as store:
        store.record(earlier(newest, slow["queryid"]), now=time.time())
    done = diff(newest, tmp_path, "--format", "json")
    found: dict[str, Any] = json.loads(done.stdout)

    assert (done.returncode, found["status"], found["slower"]) == (1, "warning", 1)
    assert found["rows"][0]["queryid"] == slow["queryid"]
    assert found["rows"][0]["statement"] == slow["statement"]
    assert found["rows"][0]["mean_before_seconds"] == pytest.approx(0.001)
    assert found["rows"][0]["mean_after_seconds"] == pytest.approx(slow["mean_seconds"])


@pytest.mark.slow
def test_without_a_server_the_texts_are_missing_and_nothing_else(tmp_path: Path, newest: Server) -> None:
    (tmp_path / "rules.yaml").write_text("databases: {shop: {url: postgresql://app@127.0.0.1:1/shop}}\n")
    labels = (("database", "shop"), ("queryid", "11"), ("role", "app"))
    now = time.time()
    with open_store(str(tmp_path / "kept.db")) as store:
        for age, calls in ((2 * DAY, 1.0), (DAY + 9, 2.0), (60.0, 9.0)):
            kept = {"pg_statement_calls_total": calls, "pg_statement_seconds_total": calls / 10}
            store.record([Sample(name, labels, now - age, value) for name, value in kept.items()], now=now)
    done = diff(newest, tmp_path, "--format", "json", "--rules", "rules.yaml", url="shop")
    (row,) = json.loads(done.stdout)["rows"]

    assert (done.returncode, row["calls_before"], row["calls_after"], row["statement"]) == (0, 1, 7, None)
    assert "the statements' texts" in done.stderr


@pytest.mark.parametrize(
    ("ages", "words", "said", "hint"),
    [
        ((), (), "no statistics of shop are recorded for those two windows", "dropmon db slow-queries --record"),
        ((HOUR, 60.0), (), "are recorded since", "a later --since"),
        ((2 * DAY,), ("--until", "1h"), "are recorded after", "from cron"),
        ((3 * DAY,), ("--since", "1h", "--until", "2h"), "--until is not after --since", "two times"),
    ],
)
def test_without_two_moments_it_says_how_to_get_them(
    newest: Server, tmp_path: Path, ages: tuple[float, ...], words: tuple[str, ...], said: str, hint: str
) -> None:
    labels = (
        ("database", "shop"), ("instance", f"127.0.0.1:{newest.port}"), ("queryid", "11"), ("role", "app"),
    )  # fmt: skip
    now = time.time()
    with open_store(str(tmp_path / "kept.db")) as store:
        for name in ("pg_statement_calls_total", "pg_statement_seconds_total"):
            store.record([Sample(name, labels, now - age, 1.0) for age in ages], now=now)
    done = diff(newest, tmp_path, *words)

    assert (done.returncode, done.stdout) == (3, "")
    assert said in done.stderr
    assert hint in done.stderr


@pytest.mark.slow
def test_what_we_ask_ourselves_is_left_out(server: Server) -> None:
    with session(Database("main", server.url_of("dropmon", "shop"))) as found:
        for name in names():
            found.ask(load(name))
    with session(Database("main", server.url_of("dropmon", "shop"))) as found:
        answer = found.ask(load("slow-queries"), {"min": "0s", "limit": 0, "all": True, "role": "dropmon"})

    with connect(server, "postgres", "look") as look:
        kept = "select queryid::text from extensions.pg_stat_statements where query like '%/* dropmon */'"
        ours = {queryid for (queryid,) in look.execute(kept)}

    assert len(ours) > len(names()) / 2
    assert not ours & {row["queryid"] for row in answer.rows}
    assert ask(server, "slow-queries", min="0s").rows
