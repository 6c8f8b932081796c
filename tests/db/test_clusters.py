"""The plants are really there, in every version."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg

if TYPE_CHECKING:
    from dropmon.demo.database import Server


def test_a_server_answers(server: Server) -> None:
    with psycopg.connect(server.url_of("app", "shop")) as connection:
        assert connection.execute("select 1").fetchone() == (1,)
