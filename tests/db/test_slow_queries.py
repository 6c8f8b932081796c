"""dropmon db slow-queries: the planted statements, on every version of the server and of the extension."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from dropmon.db.database import Database
from dropmon.db.report import load
from dropmon.db.samples import samples
from dropmon.db.session import session
from dropmon.errors import DatabaseError
from dropmon.model import Status
from tests.db.asking import ask
from tests.db.plants import FAST_CALLS, SLOW_CALLS
from tests.db.sessions import connect

if TYPE_CHECKING:
    from dropmon.db.run import Answer
    from dropmon.demo.database import Server

EVERY: dict[str, Any] = {"min": "0s", "limit": 0}


def row(answer: Answer, text: str) -> dict[str, Any]:
    """The statement of that text, or the only one with this in it."""
    known = {each["statement"]: each for each in answer.rows if text in (each["statement"] or "")}
    (found,) = [known[text]] if text in known else known.values()
    return dict(found)


def test_a_statement_that_is_slow_on_average_is_a_warning(server: Server) -> None:
    answer = ask(server, "slow-queries")
    slow = row(answer, "order by 2 desc limit")

    assert answer.status is Status.WARNING
    assert (slow["calls"], slow["role"], slow["status"]) == (SLOW_CALLS, "app", "warning")
    assert 0.15 <= slow["mean_seconds"] <= slow["max_seconds"] < 5
    assert slow["total_seconds"] == pytest.approx(SLOW_CALLS * slow["mean_seconds"])
    assert all(each["mean_seconds"] >= 0.1 for each in answer.rows)
    assert answer.facts["slow"] == len(answer.rows) < answer.facts["tracked"]


def test_without_a_limit_everything_is_listed_and_nothing_judged(server: Server) -> None:
    answer = ask(server, "slow-queries", **EVERY)

    assert answer.status is Status.OK
    assert row(answer, "select status, total_cents")["calls"] == FAST_CALLS


def test_none_is_slow_where_none_takes_so_long(server: Server) -> None:
    answer = ask(server, "slow-queries", min="1h")

    assert (answer.status, answer.rows, answer.facts["slow"]) == (Status.OK, (), 0)


def test_an_estimate_lies_between_the_mean_and_the_longest(server: Server) -> None:
    with connect(server, "app", "even") as made:
        for _ in range(25):
            made.execute("select pg_sleep(0.01), 'even', 'pace'")
    even = row(ask(server, "slow-queries", **EVERY), "select pg_sleep($1), $2, $3")

    assert even["mean_seconds"] <= even["p95_est_seconds"] <= even["max_seconds"]
    assert even["p95_est_seconds"] <= even["mean_seconds"] + 1.65 * even["stddev_seconds"]


def test_an_estimate_is_withheld_of_few_calls_and_of_a_wide_spread(newest: Server) -> None:
    with connect(newest, "app", "two-modes") as made:
        for seconds in (*[0.0] * 24, 0.3):
            made.execute(f"select pg_sleep({seconds}), 'two modes'")
    answer = ask(newest, "slow-queries", **EVERY)
    wide = row(answer, "select pg_sleep($1), $2")

    assert wide["stddev_seconds"] > 2 * wide["mean_seconds"]
    assert wide["p95_est_seconds"] is None
    assert row(answer, "order by 2 desc limit")["p95_est_seconds"] is None


def test_shares_are_of_everything_whatever_is_listed(server: Server) -> None:
    every = ask(server, "slow-queries", all=True, **EVERY)
    few = ask(server, "slow-queries", min="0s", sort="total", limit=2)

    assert sum(each["share_ratio"] for each in every.rows) == pytest.approx(1)
    assert len(few.rows) == 2
    assert sum(each["share_ratio"] for each in few.rows) < 1
    assert few.facts["slow"] > 2


@pytest.mark.slow
@pytest.mark.parametrize(
    ("sort", "column"),
    {
        "mean": "mean_seconds",
        "total": "total_seconds",
        "max": "max_seconds",
        "calls": "calls",
        "io": "io_seconds",
    }.items(),
)
def test_the_worst_is_first_by_every_measure(newest: Server, sort: str, column: str) -> None:
    values = [each[column] or 0 for each in ask(newest, "slow-queries", sort=sort, **EVERY).rows]

    assert values == sorted(values, reverse=True)


def test_begin_and_the_like_are_left_out_and_counted(server: Server) -> None:
    usual, every = ask(server, "slow-queries", **EVERY), ask(server, "slow-queries", all=True, **EVERY)
    left_out = {each["statement"] for each in every.rows} - {each["statement"] for each in usual.rows}

    assert "begin" in left_out
    assert every.facts["slow"] > usual.facts["slow"]
    assert any("more are BEGIN, COMMIT" in note for note in usual.facts["notes"])


def test_statements_of_one_role_only(server: Server) -> None:
    with session(Database("main", server.url_of("dropmon", "shop"))) as found:
        answer = found.ask(load("slow-queries"), {**EVERY, "role": "app"})

    assert {each["role"] for each in answer.rows} == {"app"}


def test_a_role_that_is_not_there_is_said(newest: Server) -> None:
    url = newest.url_of("dropmon", "shop")
    with session(Database("", url)) as found, pytest.raises(DatabaseError) as error:
        found.ask(load("slow-queries"), {"role": "no such"})

    assert (str(error.value), error.value.hint) == (
        'there is no role "no such"',
        "dropmon db roles --all lists them",
    )


def test_a_dropped_role_does_not_take_its_statements_along(newest: Server) -> None:
    newest.run("create role leaver login superuser password :'password'", password=newest.password)
    with connect(newest, "leaver", "leaver") as made:
        made.execute("select max(oid::int8) from pg_class")
    newest.run("drop role leaver")

    assert row(ask(newest, "slow-queries", **EVERY), "select max(oid::int8)")["role"].startswith("dropped role ")


COMMENTS = ("/*application='web-shop',route='%2Fpay'*/", "/*controller:x,app:web-shop*/", "/* app = web-shop */")
OTHERS = ("/*application='web-shop2'*/", "/*app:my-web-shop*/", "/*note: web-shop*/")


def test_an_application_is_known_by_its_comment(server: Server) -> None:
    with connect(server, "app", "anything") as made:
        for number, comment in enumerate((*COMMENTS, *OTHERS)):  # the same statement is remembered once
            made.execute(f"select {'oid, ' * number} oid from pg_type limit 1 {comment}".encode())
    found = ask(server, "slow-queries", app="web-shop", **EVERY)

    assert {each["statement"].partition("/*")[2] for each in found.rows} == {each[2:] for each in COMMENTS}
    assert any("of web-shop only" in note for note in found.facts["notes"])


def test_an_application_is_known_by_its_session(server: Server) -> None:
    with connect(server, "app", "exporter (nightly)") as made:
        made.execute("select min(oid::int8) from pg_class")
        found = ask(server, "slow-queries", app="exporter (nightly)", **EVERY)
        none = ask(server, "slow-queries", app="exporter (nightly)", min="1h")

    known = found.server.number >= 140000  # 13 does not tell which statement a session runs
    assert [each["statement"] for each in found.rows] == ["select min(oid::int8) from pg_class"] * known
    assert (none.status, none.rows) == (Status.OK, ())


def test_an_application_of_which_nothing_tells_is_no_all_clear(server: Server) -> None:
    with pytest.raises(DatabaseError, match="no comment and no session tells of an application other") as caught:
        ask(server, "slow-queries", app="other")
    assert caught.value.hint.startswith("dropmon db connections")


def test_a_statement_that_functions_run_too_is_one_row(server: Server) -> None:
    both = "select count(relname) from pg_class"
    with connect(server, "postgres", "track-all") as made:
        made.execute("set pg_stat_statements.track = 'all'")
        made.execute(both)
        made.execute(f"do $$ begin execute '{both}'; end $$")

    found = [each for each in ask(server, "slow-queries", **EVERY).rows if each["statement"] == both]
    assert [each["calls"] for each in found] == [2]


def test_a_long_text_is_cut_and_a_hostile_one_harmless(server: Server) -> None:
    answer = ask(server, "slow-queries", **EVERY)

    assert max(len(each["statement"]) for each in answer.rows) == 1000


def test_a_role_that_may_not_see_texts_is_told_how_many(server: Server) -> None:
    with connect(server, "postgres", "psql", "old") as made:
        made.execute("select pg_sleep(0.12)")
    answer = ask(server, "slow-queries", role="blind", database="old")
    masked = [each for each in answer.rows if not each["visible"]]

    assert answer.status is Status.WARNING  # times can be seen
    assert masked
    assert {(each["queryid"], each["statement"]) for each in masked} == {(None, "<insufficient privilege>")}
    assert answer.facts["hidden"] >= len(masked)
    assert all(dict(sample.labels)["queryid"] for sample in samples(answer, {}, 0.0))


def test_an_extension_left_behind_by_an_upgrade_is_understood(server: Server) -> None:
    answer = ask(server, "slow-queries", role="postgres", database="old", **EVERY)

    assert answer.server.extension == "1.8"
    assert answer.rows
    assert (answer.facts["since_at"], answer.facts["evictions"]) == (None, None)


@pytest.mark.slow
def test_so_is_one_of_version_12(newest: Server, scratch: str) -> None:
    with connect(newest, "postgres", "psql", scratch) as made:
        made.execute("create extension pg_stat_statements version '1.7'")
        made.execute("select pg_sleep(0.13)")
    found = row(ask(newest, "slow-queries", role="postgres", database=scratch), "pg_sleep")

    assert (found["calls"], found["status"]) == (1, "warning")


def test_the_counters_are_said_to_begin_when_they_did(server: Server) -> None:
    answer = ask(server, "slow-queries")
    told = "counted since 20" if answer.server.number >= 140000 else "since when is not known"

    assert (answer.facts["since_at"] or 0) > 1.7e9 or answer.server.number < 140000
    assert any(note.startswith(told) for note in answer.facts["notes"])


@pytest.mark.parametrize(
    ("database", "role", "hint"),
    [("bare", "dropmon", "create extension"), ("shop", "blind", "grant usage on schema extensions to blind")],
)
def test_what_is_missing_is_a_sentence_with_the_fix(newest: Server, database: str, role: str, hint: str) -> None:
    with pytest.raises(DatabaseError) as raised:
        ask(newest, "slow-queries", role, database)

    assert hint in raised.value.hint


def test_what_is_recorded_does_not_depend_on_what_was_asked(newest: Server) -> None:
    with session(Database("main", newest.url_of("dropmon", "shop"))) as found:
        kept = list(samples(found.to_record(found.ask(load("slow-queries"), {"min": "1h"})), found.labels, 60.0))
    names = {sample.name for sample in kept}

    assert names == {
        "pg_statement_mean_seconds", "pg_statement_p95_est_seconds", "pg_statement_calls_total",
        "pg_statement_seconds_total",
    }  # fmt: skip
    assert {tuple(dict(sample.labels)) for sample in kept} == {("database", "queryid", "role")}
    assert len({(sample.name, sample.labels) for sample in kept}) == len(kept)
