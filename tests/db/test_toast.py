"""dropmon db toast: what is stored out of line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dropmon.db.table import notes
from tests.db.asking import ask
from tests.db.databases import database
from tests.db.sessions import connect

if TYPE_CHECKING:
    from dropmon.demo.database import Server

LONG = "repeat(md5(n::text), 1000)"


def rows(server: Server, **options: Any) -> dict[str, Any]:
    return {row["name"]: row for row in ask(server, "toast", **options).rows}


def test_a_table_with_long_values_stands_first(server: Server) -> None:
    answer = ask(server, "toast")
    first = answer.rows[0]
    with connect(server, "postgres", "tests") as session:
        asked = "select pg_total_relation_size(reltoastrelid) from pg_class where oid = 'app.documents'::regclass"
        (size,) = session.execute(asked).fetchone() or (None,)

    assert (first["name"], first["toast_bytes"]) == ("app.documents", size)
    assert 0.9 < first["share_ratio"] < 1
    assert (first["live"], first["dead"]) == (60 * 17, 0)  # 32,000 bytes in chunks of 1,996
    assert first["hint"] is None


def test_a_table_without_long_values_is_left_out(server: Server) -> None:
    answer = ask(server, "toast", limit=0)

    assert not {"app.orders", "app.visits"} & {row["name"] for row in answer.rows}
    assert answer.facts["tables"] == len(answer.rows)


def test_chunks_of_rows_that_are_gone_are_dead(server: Server) -> None:
    made = (
        "create table letters (body text)", "alter table letters alter body set storage external",
        f"insert into letters select {LONG} from generate_series(1, 500) as n", "delete from letters",
    )  # fmt: skip
    with database(server, *made) as own:
        found = rows(server, database=own)["public.letters"]

    assert (found["live"], found["dead"], found["dead_ratio"]) == (0, 500 * 17, 1.0)
    assert found["hint"] == "vacuum (verbose) public.letters;"


def test_a_locked_table_is_left_out_and_named(server: Server) -> None:
    with connect(server, "app", "tests") as session:
        session.execute("begin")
        session.execute("lock table app.documents in access exclusive mode")
        answer = ask(server, "toast")

    assert "app.documents" not in {row["name"] for row in answer.rows}
    assert "app.documents (pid" in notes(answer)[0]


def test_in_a_database_without_any_there_is_none_to_list(server: Server) -> None:
    assert rows(server, limit=1).keys() == {"app.documents"}
