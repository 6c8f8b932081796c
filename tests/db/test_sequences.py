"""dropmon db sequences: which run out of numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from dropmon.db.table import grant, notes
from dropmon.model import Status
from tests.db.asking import ask
from tests.db.databases import database
from tests.db.sessions import connect

if TYPE_CHECKING:
    from dropmon.demo.database import Server


def rows(server: Server, **options: Any) -> dict[str, Any]:
    return {row["name"]: row for row in ask(server, "sequences", limit=0, **options).rows}


def own(server: Server, *statements: str) -> dict[str, Any]:
    """The sequence s after some statements."""
    with database(server, *statements) as name:
        return dict(rows(server, role="postgres", database=name)["public.s"])


def test_what_is_near_its_end_is_a_warning(server: Server) -> None:
    answer = ask(server, "sequences", role="postgres")
    first, second = answer.rows[:2]

    assert (answer.status, answer.facts["near"]) == (Status.WARNING, 2)
    assert (first["name"], first["status"], first["left"]) == ("app.ticket_numbers", "warning", 6553)
    assert first["used_ratio"] == pytest.approx(26214 / 32767)
    assert first["hint"] == "alter sequence app.ticket_numbers as bigint;"
    assert all(row["status"] == "ok" and row["hint"] is None for row in answer.rows[2:])
    assert second["name"] == "app.old_tickets_id_seq"


def test_a_wide_sequence_ends_where_its_column_does(server: Server) -> None:
    found = rows(server, role="postgres")["app.old_tickets_id_seq"]

    assert (found["kind"], found["fills"], found["bound"]) == ("bigint", "app.old_tickets.id", 2**31 - 1)
    assert found["used_ratio"] == pytest.approx(0.8)
    assert found["hint"].startswith("alter table app.old_tickets alter id type bigint;")
    assert "alter sequence" not in found["hint"]


@pytest.mark.parametrize(
    ("limits", "status"), [({"warn": "85%"}, Status.OK), ({"warn": "70%", "critical": "75%"}, Status.CRITICAL)]
)
def test_the_limits_are_those_given(server: Server, limits: dict[str, Any], status: Status) -> None:
    assert ask(server, "sequences", role="postgres", **limits).status is status


@pytest.mark.parametrize(
    ("made", "value", "hint"),
    [
        ("create sequence s maxvalue 1000", 800, "alter sequence public.s no maxvalue;"),
        ("create sequence s as int maxvalue 1000", 800, "alter sequence public.s as bigint no maxvalue;"),
        ("create sequence s increment -1 minvalue -1000", -800, "alter sequence public.s no minvalue;"),
    ],
)
def test_a_bound_of_its_own_can_be_lifted(server: Server, made: str, value: int, hint: str) -> None:
    with database(server, made, f"select setval('s', {value})") as name:
        found = rows(server, role="postgres", database=name)["public.s"]
        with connect(server, "postgres", "tests", name) as session:
            session.execute(hint)
        after = rows(server, role="postgres", database=name)["public.s"]

    assert (found["status"], found["hint"]) == ("warning", hint)
    assert (after["status"], after["hint"]) == ("ok", None)


def test_one_that_cycles_never_runs_out(server: Server) -> None:
    found = own(server, "create sequence s as smallint cycle", "select setval('s', 32767)")

    assert (found["used_ratio"], found["status"], found["cycles"]) == (1.0, "ok", True)


def test_one_that_counts_down_ends_at_its_least(server: Server) -> None:
    found = own(server, "create sequence s as smallint increment -1", "select setval('s', -29500)")

    assert found["used_ratio"] == pytest.approx(0.9, abs=0.001)
    assert (found["status"], found["bound"], found["left"]) == ("critical", -32768, 3268)


def test_one_that_counts_in_steps_has_less_left(server: Server) -> None:
    found = own(server, "create sequence s maxvalue 1000 increment 100", "select setval('s', 701)")

    assert (found["left"], found["used_ratio"]) == (2, 0.701)


def test_the_whole_range_of_bigint_does_not_overflow(server: Server) -> None:
    found = own(server, "create sequence s minvalue -9223372036854775808", "select setval('s', 9223372036854775806)")

    assert (found["status"], found["left"]) == ("critical", 1)


def test_one_that_was_never_used_is_well(server: Server) -> None:
    found = own(server, "create sequence s")

    assert (found["last"], found["used_ratio"], found["status"]) == (None, None, "ok")


def test_an_identity_column_needs_one_change(server: Server) -> None:
    made = "create table t (id int generated always as identity (sequence name s))"
    found = own(server, made, "select setval('s', 2000000000)")

    assert found["fills"] == "public.t.id"
    assert found["hint"].startswith("alter table public.t alter id type bigint;")
    assert "alter sequence" not in found["hint"]


def test_a_serial_column_needs_two(server: Server) -> None:
    made = ("create table t (id serial)", "alter sequence t_id_seq rename to s", "select setval('s', 2000000000)")
    found = own(server, *made)

    assert "alter sequence public.s as bigint;" in found["hint"]
    assert "alter table public.t alter id type bigint;" in found["hint"]


def test_a_column_that_only_uses_it_bounds_it_too(server: Server) -> None:
    made = ("create sequence s", "create table t (id smallint default nextval('s'))", "select setval('s', 30000)")
    found = own(server, *made)

    assert (found["fills"], found["bound"], found["status"]) == ("public.t.id", 32767, "critical")


def test_what_may_not_be_seen_is_hidden_and_not_well(server: Server) -> None:
    answer = ask(server, "sequences", role="blind")

    assert (answer.status, answer.rows) == (Status.UNKNOWN, ())
    assert answer.facts["hidden"] == answer.facts["sequences"] > 10
    assert grant(answer.server, "pg_read_all_data") in notes(answer)[0]


@pytest.mark.parametrize("lock", ["alter sequence app.ticket_numbers cache 5", "truncate app.clicks restart identity"])
def test_a_locked_sequence_is_left_out_and_named(server: Server, lock: str) -> None:
    with connect(server, "postgres", "tests") as session:
        session.execute("begin")
        session.execute(lock)
        pid, answer = session.info.backend_pid, ask(server, "sequences", role="postgres", limit=0)
        session.execute("rollback")

    left = {"app.ticket_numbers", "app.clicks_id_seq"} - {row["name"] for row in answer.rows}
    assert len(left) == 1
    assert f"skipped, locked by pid {pid}: {left.pop()}" in notes(answer)[0]


def test_a_temporary_sequence_of_another_session_does_no_harm(server: Server) -> None:
    with connect(server, "app", "tests") as session:
        session.execute("create temp sequence mine")
        session.execute("select nextval('mine')")

        assert "app.ticket_numbers" in rows(server, role="postgres")
