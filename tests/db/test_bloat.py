"""dropmon db bloat: an estimate, held against tables and indexes that were just written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from dropmon.db.table import grant, notes
from dropmon.model import Status
from tests.db import incidents
from tests.db.asking import ask
from tests.db.databases import database
from tests.db.sessions import connect

if TYPE_CHECKING:
    from dropmon.demo.database import Server

FRESH = (
    """create table mixed as select g::int as id, g::bigint as big, (g % 5)::smallint as few, md5(g::text) as text,
         case when g % 3 = 0 then 'x' end as nulls, g::numeric as number, now() + g * interval '1 min' as at
       from generate_series(1, 40000) as g""",
    "create unique index mixed_id on mixed (id)", "create index mixed_text on mixed (text)",
    "create index mixed_few on mixed (few)", "create index mixed_nulls on mixed (nulls)",
    "create index mixed_number on mixed (number)", "create index mixed_both on mixed (few, at)",
    "create index mixed_expression on mixed ((id / 100))", "create index mixed_upper on mixed (upper(text))",
    "create index mixed_more on mixed (id) include (text)",
    "create index mixed_loose on mixed (big) with (fillfactor = 50)",
    "create index mixed_part on mixed (text) where few = 1",
    "create table loose with (fillfactor = 40) as select repeat('y', 99 + g % 50) from generate_series(1, 9000) as g",
    "vacuum analyze mixed", "vacuum analyze loose",
)  # fmt: skip
SPARSE = (
    "create table sparse as select g as id, md5(g::text) as text from generate_series(1, 40000) as g",
    "create index sparse_text on sparse (text)",
    "delete from sparse where id % 10 <> 0", "vacuum analyze sparse",
)  # fmt: skip


def rows(server: Server, **options: Any) -> dict[str, Any]:
    return {row["name"]: row for row in ask(server, "bloat", limit=0, **options).rows}


@pytest.mark.slow
def test_what_was_just_written_wastes_nothing(server: Server) -> None:
    with database(server, *FRESH) as own:
        wasted = {
            name: row["wasted_ratio"]
            for name, row in rows(server, role="postgres", database=own).items()
            if "public." in name
        }

    assert wasted.pop("public.mixed") < 0.15  # between its columns there is room, too
    assert max(wasted.values(), default=0) < 0.06


@pytest.mark.slow
def test_what_was_emptied_by_nine_tenths_wastes_as_much(server: Server) -> None:
    with database(server, *SPARSE) as own:
        answer = ask(server, "bloat", role="postgres", database=own, size="1MiB")
        found = {row["name"]: row for row in answer.rows}
        table, index = found["public.sparse"], found["public.sparse_text"]

    assert table["wasted_ratio"] == pytest.approx(0.9, abs=0.02)
    assert index["wasted_ratio"] == pytest.approx(0.9, abs=0.03)
    assert (table["status"], index["status"], answer.status) == ("warning", "warning", Status.WARNING)
    assert answer.facts["bloated"] == 2
    assert index["hint"] == "reindex index concurrently public.sparse_text;"
    assert "vacuum (full, analyze) public.sparse;" in table["hint"] or "vacuum (analyze)" in table["hint"]
    assert (table["basis"], table["kind"], index["kind"]) == ("estimate", "table", "index")


@pytest.mark.slow
def test_a_new_index_is_as_small_as_was_foretold(server: Server) -> None:
    with database(server, *SPARSE) as own:
        row = rows(server, role="postgres", database=own)["public.sparse_text"]
        with connect(server, "postgres", "tests", own) as session:
            session.execute("reindex index sparse_text")
            (size,) = session.execute("select pg_relation_size('sparse_text')").fetchone() or (0,)

    assert row["size_bytes"] - row["wasted_bytes"] == pytest.approx(size, rel=0.05)


def test_the_planted_table_is_found(server: Server) -> None:
    answer = ask(server, "bloat", size="1MiB")
    first = answer.rows[0]

    assert (first["name"], first["status"]) == ("app.carts", "warning")
    assert first["wasted_ratio"] == pytest.approx(0.95, abs=0.02)
    assert [row["name"] for row in answer.rows if row["status"] == "warning"] == ["app.carts"]


def test_less_than_both_limits_is_no_warning(server: Server) -> None:
    assert ask(server, "bloat").status is Status.OK  # carts waste 5 MiB
    assert ask(server, "bloat", size="1MiB", warn="99%").status is Status.OK


def test_what_was_never_analyzed_is_not_known(server: Server) -> None:
    answer = ask(server, "bloat", limit=0)
    (row,) = (row for row in answer.rows if row["name"] == "app.imports")

    assert (row["wasted_bytes"], row["wasted_ratio"], row["status"]) == (None, None, None)
    assert row["basis"] == "never analyzed"
    assert answer.facts["unknown"] >= 1
    assert any("were never analyzed" in note for note in notes(answer))


def test_what_may_not_be_seen_is_hidden_and_not_well(server: Server) -> None:
    answer = ask(server, "bloat", role="blind", size="1MiB")

    assert answer.status is Status.UNKNOWN
    assert answer.facts["hidden"] >= 20
    assert not [row for row in answer.rows if row["name"].startswith("app.")]
    assert any(grant(answer.server, "pg_read_all_data") in note for note in notes(answer))


@pytest.mark.slow
def test_row_security_hides_a_table_too(server: Server) -> None:
    made = (*SPARSE, "alter table sparse enable row level security", "grant select on sparse to app")
    with database(server, *made) as own:
        answer = ask(server, "bloat", role="app", database=own)

    assert (answer.facts["hidden"], answer.status) == (1, Status.UNKNOWN)


def test_nobody_waits_for_a_lock(server: Server) -> None:
    with incidents.frozen(server):
        assert ask(server, "bloat").skipped == ()
