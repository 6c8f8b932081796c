"""A database in SQL_ASCII holds any bytes: it and its neighbours are looked into all the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dropmon.db.database import Database
from dropmon.db.explain import explain
from dropmon.db.report import load, names
from dropmon.db.server import meet
from dropmon.db.session import session
from dropmon.db.watch import watch
from dropmon.errors import DatabaseError
from dropmon.postgres import opened, reading
from tests.db.asking import ask

if TYPE_CHECKING:
    from dropmon.demo.database import Server


def test_names_that_are_no_utf8_are_shown_as_far_as_they_are(newest: Server, ascii_: str) -> None:
    found = ask(newest, "unused-indexes", "postgres", ascii_, min_age="0s", min_size="0B")

    assert [(row["index"], row["table"]) for row in found.rows] == [("public.caf\ufffd_size", "caf\ufffd")]


def test_every_report_is_answered_in_a_database_of_any_bytes(newest: Server, ascii_: str) -> None:
    with session(Database("main", newest.url_of("postgres", ascii_))) as found:
        for report in map(load, names()):
            if not report.needs:
                found.ask(report)


def test_the_encoding_ends_with_the_transaction(newest: Server, ascii_: str) -> None:
    """A pooler gives the session to somebody else."""
    with opened(newest.url_of("postgres", ascii_), 5) as connection:
        with reading(connection, 5):
            meet(connection)
            assert connection.info.encoding == "ascii"
        assert connection.info.encoding == "utf-8"


def test_statements_of_another_encoding_cost_the_texts_and_no_number(newest: Server, ascii_: str) -> None:
    answer = ask(newest, "slow-queries", min="0s", limit=0)

    assert len(answer.rows) > 3
    assert all(row["queryid"] and row["calls"] and row["statement"] is None for row in answer.rows)
    (note,) = [note for note in answer.facts["notes"] if "no text could be read" in note]
    assert f"{ascii_} (SQL_ASCII) there are statements in another encoding" in note
    newest.run(
        "\\connect shop\n"
        + note.partition("→ ")[2].removesuffix(" forgets them").replace("pg_stat", "extensions.pg_stat")
        + ";"
    )
    assert any(row["statement"] for row in ask(newest, "slow-queries", min="0s").rows)


def test_an_application_is_not_said_to_be_unknown_where_no_comment_can_be_read(newest: Server, ascii_: str) -> None:
    with pytest.raises(DatabaseError, match="whether a comment does is not known: no text could be read") as caught:
        ask(newest, "slow-queries", app="shopworker")

    assert f"{ascii_} (SQL_ASCII) there are statements in another encoding" in caught.value.what
    assert caught.value.hint.startswith("select pg_stat_statements_reset(0, d, 0)")


def test_their_numbers_are_kept_and_nothing_is_in_doubt(newest: Server, ascii_: str) -> None:
    found = watch(Database("main", newest.url_of("dropmon", "shop")), 0.0)

    assert {"pg_statement_mean_seconds", "pg_statement_calls_total"} <= {each.name for each in found.samples}
    assert not found.unseen


def test_a_plan_that_needs_the_text_says_where_to_look(newest: Server, ascii_: str) -> None:
    with session(Database("main", newest.url_of("dropmon", "shop"))) as found, pytest.raises(DatabaseError) as caught:
        explain(found, "1")

    assert "another encoding" in caught.value.what
    assert caught.value.hint.startswith("dropmon db slow-queries")
