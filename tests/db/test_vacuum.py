"""dropmon db vacuum: who waits for VACUUM and ANALYZE."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from dropmon.db.table import notes
from dropmon.model import Status
from tests.db import clusters
from tests.db.asking import ask
from tests.db.databases import OWN, database
from tests.db.sessions import connect, eventually, send

if TYPE_CHECKING:
    from dropmon.demo.database import Server

FILLED = ("create table pile as select g as id from generate_series(1, 1000) as g", "vacuum analyze pile")
EMPTIED = (*FILLED, "delete from pile where id <= 100")


def rows(server: Server, **options: Any) -> dict[str, Any]:
    return {row["name"]: row for row in ask(server, "vacuum", limit=0, **options).rows}


def pile(server: Server, *statements: str, **options: Any) -> dict[str, Any]:
    """The row of a table in which some statements have left something to do."""
    with database(server, *statements) as own:
        return dict(rows(server, database=own, **options)["public.pile"])


def test_a_table_that_autovacuum_leaves_out_is_a_warning_when_it_is_due(server: Server) -> None:
    answer = ask(server, "vacuum")
    first = answer.rows[0]

    assert (first["name"], first["due"], first["status"]) == ("app.sessions", "both, disabled", "warning")
    assert (first["dead"], first["threshold"], first["enabled"]) == (1500, 450, False)
    assert first["modified"] >= 1500 > first["analyze_threshold"] == 250
    assert "vacuum (analyze) app.sessions;" in first["hint"]
    assert "reset (autovacuum_enabled)" in first["hint"]
    assert answer.facts["disabled"] == 1


def test_a_server_without_autovacuum_is_critical(server: Server) -> None:
    answer = ask(server, "vacuum")

    assert answer.status is Status.CRITICAL
    assert "autovacuum is off for the whole server" in notes(answer)[0]
    assert "its command line says so" in notes(answer)[0]  # as that of the tests' does


@pytest.mark.slow
def test_where_autovacuum_runs_a_table_may_be_due_but_not_for_long() -> None:
    made = clusters.server(clusters.NEWEST)
    made.settings |= {"autovacuum": "on", "autovacuum_naptime": "1d"}
    with made:
        found = pile(made, *FILLED, "delete from pile where id <= 500", role="postgres")
        late = pile(made, *FILLED, "delete from pile where id <= 500", role="postgres", late=1)
        calm = ask(made, "vacuum", role="postgres", database="postgres")
        with connect(made, "postgres", "admin", "postgres") as admin:
            admin.execute("alter system set track_counts = off")
            admin.execute("select pg_reload_conf(), pg_sleep(0.2)")
        off = ask(made, "vacuum", role="postgres", database="postgres")

    assert (found["due"], found["status"], found["hint"]) == ("both", "ok", None)
    assert (late["status"], late["hint"]) == ("warning", "vacuum (analyze) public.pile;")
    assert (calm.status, notes(calm)) == (Status.OK, ())
    assert "alter system set track_counts = on" in notes(off)[0]


def test_the_threshold_is_a_number_and_a_share_of_the_rows(server: Server) -> None:
    found = pile(server, *EMPTIED)

    assert (found["dead"], found["threshold"], found["due"]) == (100, 250, "no, off")
    assert (found["modified"], found["analyze_threshold"]) == (100, 150)
    assert found["status"] == "ok"


def test_a_table_may_have_thresholds_of_its_own(server: Server) -> None:
    own = "alter table pile set (autovacuum_vacuum_threshold = 10, autovacuum_vacuum_scale_factor = 0.05)"
    found = pile(server, *EMPTIED, own)

    assert (found["threshold"], found["due"], found["status"]) == (60, "vacuum, off", "warning")
    assert found["hint"] == "vacuum public.pile;"


def test_since_18_a_maximum_caps_the_threshold(newest: Server) -> None:
    found = pile(newest, *EMPTIED, "alter table pile set (autovacuum_vacuum_max_threshold = 90)")

    assert (found["threshold"], found["due"]) == (90, "vacuum, off")


def test_inserts_alone_make_a_table_due(server: Server) -> None:
    found = pile(server, *FILLED, "insert into pile select generate_series(1, 1500)")

    assert (found["dead"], found["inserted"]) == (0, 1500)
    assert found["insert_threshold"] <= 1200
    assert found["due"] == "both, off"


def test_inserts_may_be_left_out(server: Server) -> None:
    never = "alter table pile set (autovacuum_vacuum_insert_threshold = -1)"
    found = pile(server, *FILLED, never, "insert into pile select generate_series(1, 1500)")

    assert (found["insert_threshold"], found["due"]) == (None, "analyze, off")


def test_a_table_that_nobody_has_analyzed_counts_as_empty(server: Server) -> None:
    found = pile(server, "create table pile as select generate_series(1, 1000) as id")

    assert (found["threshold"], found["analyze_threshold"]) == (50, 50)
    assert (found["vacuum_seconds"], found["analyze_seconds"]) == (None, None)


def test_it_says_when_somebody_came_last(server: Server) -> None:
    found = pile(server, *EMPTIED)

    assert 0 <= found["vacuum_seconds"] < 60
    assert 0 <= found["analyze_seconds"] < 60


def test_toast_has_dead_rows_of_its_own(server: Server) -> None:
    made = (
        "create table pile (body text)", "alter table pile alter body set storage external",
        "insert into pile select repeat('x', 9000) from generate_series(1, 50)", "delete from pile",
    )  # fmt: skip
    with database(server, *made) as own:
        found = rows(server, database=own)

    assert found["TOAST of public.pile"]["dead"] == 250
    assert found["TOAST of public.pile"]["analyze_threshold"] is None
    assert found["TOAST of public.pile"]["hint"] == "vacuum public.pile;"


@pytest.mark.parametrize("option", ["toast.autovacuum_enabled", "autovacuum_enabled"])
def test_toast_is_let_in_again_by_the_option_that_keeps_it_out(server: Server, option: str) -> None:
    made = (
        f"create table pile (body text) with ({option} = off)", "alter table pile alter body set storage external",
        "insert into pile select repeat('x', 9000) from generate_series(1, 50)", "delete from pile",
    )  # fmt: skip
    with database(server, *made) as own, connect(server, "postgres", "tests", own) as session:
        hint = rows(server, database=own)["TOAST of public.pile"]["hint"]
        for each in hint.split(";")[:-1]:
            session.execute(each)
        left = session.execute("select from pg_class where array_to_string(reloptions, '') ~ 'autovacuum'").rowcount

    assert hint == f"vacuum public.pile; alter table public.pile reset ({option});"
    assert left == 0


def test_a_vacuum_that_runs_is_shown(server: Server) -> None:
    with database(server, *EMPTIED), connect(server, "postgres", "tests", OWN) as session:
        session.execute("set vacuum_cost_delay = '100ms'")
        session.execute("set vacuum_cost_limit = 1")
        send(session, "vacuum pile")
        pid = f"pid {session.info.backend_pid} "

        assert eventually(lambda: pid in str(rows(server, database=OWN).get("public.pile", {}).get("running")))


def test_a_table_without_dead_rows_is_left_out(server: Server) -> None:
    with database(server, *FILLED) as own:
        assert "public.pile" not in rows(server, database=own)
