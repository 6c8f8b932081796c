"""Names in SQL that somebody pastes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dropmon.db.names import KEYWORDS, pasteable, quoted
from tests.db.sessions import connect

if TYPE_CHECKING:
    from dropmon.demo.database import Server


@pytest.mark.parametrize("name", ["app", "App", "on call", 'a"b', "user", "1st", "é", "a$b", "", "x;drop", "_"])
def test_a_name_is_quoted_as_the_server_would(newest: Server, name: str) -> None:
    with connect(newest, "app", "psql") as session:
        assert session.execute("select quote_ident(%s)", [name]).fetchone() == (quoted(name),)


def test_every_word_that_is_more_than_a_name_is_known(server: Server) -> None:
    with connect(server, "app", "psql") as session:
        words = {word for (word,) in session.execute("select word from pg_get_keywords() where catcode <> 'U'")}

    assert words <= KEYWORDS


@pytest.mark.parametrize("name", ["a\nb", "a\x1b[31mb", "a\u202eb", "a\tb"])
def test_what_would_not_be_pasted_as_it_is_is_withheld(name: str) -> None:
    assert pasteable("grant pg_monitor to {};", name).startswith("grant pg_monitor to …; (")
