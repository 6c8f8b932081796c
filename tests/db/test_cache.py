"""dropmon db cache: one ratio that is judged, the others by their names, and the last hour before all time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dropmon.db.samples import samples
from dropmon.db.table import sentence
from dropmon.db.trend import DAY, HOUR, added
from dropmon.model import Status
from tests.db.asking import ask
from tests.db.sessions import connect

if TYPE_CHECKING:
    from dropmon.db.run import Answer
    from dropmon.demo.database import Server

AT = 1_800_000_000.0
Series = dict[tuple[tuple[str, str], ...], list[tuple[float, float]]]


def later(answer: Answer, *ago: tuple[float, float, float]) -> Answer:
    """The answer with a history: so many seconds ago there had been so many hits and reads less."""
    hit, read = float(answer.facts["blocks_hit"]), float(answer.facts["blocks_read"])
    kept = {
        "pg_blocks_hit_total": [(AT - seconds, hit - less) for seconds, less, _ in ago],
        "pg_blocks_read_total": [(AT - seconds, read - less) for seconds, _, less in ago],
    }
    return added(answer, lambda name, start: {(): [each for each in kept[name] if each[0] > start]}, AT)


def test_the_ratio_is_the_databases_own(server: Server) -> None:
    answer = ask(server, "cache")
    facts = answer.facts

    assert facts["blocks_hit"] > 1000
    assert facts["cache_hit_ratio"] == facts["blocks_hit"] / (facts["blocks_hit"] + facts["blocks_read"])
    assert facts["judged_ratio"] == facts["cache_hit_ratio"]
    assert "since" in facts["window"]
    assert answer.status is (Status.OK if facts["cache_hit_ratio"] >= 0.95 else Status.WARNING)


def test_lower_is_worse(server: Server) -> None:
    assert ask(server, "cache", warn="100%").status is Status.WARNING
    assert ask(server, "cache", warn="1%").status is Status.OK


def test_every_definition_stands_with_its_name(server: Server) -> None:
    answer = ask(server, "cache")
    parts = {row["part"]: row for row in answer.rows}
    named = {"database", "heap", "index", "TOAST", "all three", "table"}

    assert parts.keys() - {"table"} == named - {"table"} | (
        {"client backends"} if answer.server.number >= 160000 else set()
    )
    assert all(row["reads"] * 8192 == row["read_bytes"] for row in answer.rows)
    assert parts["all three"]["hits"] == sum(parts[part]["hits"] for part in ("heap", "index", "TOAST"))


def test_the_tables_that_read_most_come_first(server: Server) -> None:
    rows = [row for row in ask(server, "cache", limit=5).rows if row["part"] == "table"]
    reads = [row["reads"] for row in rows]

    assert len(rows) <= 5
    assert reads == sorted(reads, reverse=True)
    assert 0 not in reads


def test_whoever_may_see_nothing_sees_this(server: Server) -> None:
    assert ask(server, "cache", role="blind").facts["cache_hit_ratio"] > 0


def test_a_database_that_has_read_nothing_is_not_judged(newest: Server, scratch: str) -> None:
    with connect(newest, "postgres", "psql", scratch) as made:
        made.execute("select pg_stat_reset()")
        made.execute("select pg_stat_force_next_flush()")
    answer = ask(newest, "cache", database=scratch)

    assert answer.facts["judged_ratio"] is None
    assert answer.status is Status.UNKNOWN
    assert sentence(answer).startswith("? of the blocks")
    assert any("too little" in note for note in answer.facts["notes"])


def test_the_numbers_that_it_leaves(newest: Server) -> None:
    answer = ask(newest, "cache")

    assert {sample.name: sample.value for sample in samples(answer, {}, AT)} == {
        "pg_blocks_hit_total": answer.facts["blocks_hit"],
        "pg_blocks_read_total": answer.facts["blocks_read"],
        "pg_cache_hit_ratio": answer.facts["cache_hit_ratio"],
    }


@pytest.mark.parametrize(
    ("hits", "reads", "ratio", "status"),
    [(8000, 2000, 0.8, Status.WARNING), (9951, 49, 0.9951, Status.OK), (9500, 500, 0.95, Status.OK)],
)
def test_what_happened_of_late_is_judged(
    newest: Server, hits: float, reads: float, ratio: float, status: Status
) -> None:
    answer = later(ask(newest, "cache"), (HOUR, hits, reads))

    assert answer.facts["judged_ratio"] == pytest.approx(ratio)
    assert answer.facts["window"] == "in the last 1h"
    assert answer.status is status


def test_a_bad_time_that_is_over_stops_complaining(newest: Server) -> None:
    answer = later(ask(newest, "cache", warn="99.999%"), (2 * HOUR, 100_000, 90_000), (HOUR - 60, 50_000, 0))

    assert answer.status is Status.OK
    assert answer.facts["judged_ratio"] == 1.0


def test_a_quiet_hour_is_judged_with_its_day(newest: Server) -> None:
    answer = later(ask(newest, "cache"), (DAY - 1, 3000, 1000), (HOUR - 1, 10, 10))

    assert answer.facts["judged_ratio"] == pytest.approx(0.75)


def test_a_quiet_week_is_not_judged(newest: Server) -> None:
    answer = later(ask(newest, "cache"), (3 * DAY, 10, 10))

    assert (answer.facts["judged_ratio"], answer.status) == (None, Status.UNKNOWN)


@pytest.mark.parametrize("history", [[], [(60.0, 10.0, 5000.0)]], ids=["none", "a minute"])
def test_a_history_shorter_than_an_hour_says_nothing(newest: Server, history: list[tuple[float, float, float]]) -> None:
    answer = ask(newest, "cache")

    assert later(answer, *history) == answer
