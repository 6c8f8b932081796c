"""A real server, asked as the check asks it."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from dropmon.checks.database import Database
from dropmon.checks.finding import Finding
from dropmon.demo.database import Server
from tests.postgres.conftest import server as server


def measured(url: str, **keys: object) -> Finding:
    return Database.model_validate({"name": "main", "timeout": "2s", "url": SecretStr(url), **keys}).measure()[0]


@pytest.mark.slow
def test_a_server_that_answers_is_healthy_and_a_slow_one_degraded(server: Server) -> None:
    assert measured(server.url).verdict.word == "healthy"
    assert measured(server.url, max_time="0s").verdict.word == "degraded"


def test_whoever_is_not_let_in_is_told_so_and_all_else_is_down(server: Server) -> None:
    assert measured(server.url.replace(server.password, "guess")).verdict.word == "auth failed"
    unknown = measured(server.url.removesuffix("/postgres") + "/password")
    assert (unknown.verdict.word, 'database "password" does not exist' in unknown.error) == ("down", True)
    assert measured(server.url.replace(f":{server.port}/", ":1/")).verdict.word == "down"
