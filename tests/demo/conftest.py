from __future__ import annotations

import http.client
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from dropmon.demo.platform import Platform
from dropmon.demo.standins import stage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from dropmon.demo.standin import Stage

    Ask = Callable[..., "Said"]


@dataclass(frozen=True)
class Said:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@pytest.fixture(scope="session")
def ask() -> Ask:
    """A bare HTTP request, without a proxy, a redirect or an exception."""
    return _ask


def _ask(url: str, headers: Mapping[str, str] | None = None, method: str = "GET") -> Said:
    host, _, path = url.removeprefix("http://").partition("/")
    connection = http.client.HTTPConnection(host, timeout=10)
    try:
        connection.request(method, f"/{path}", headers=dict(headers or {}))
        answer = connection.getresponse()
        return Said(answer.status, answer.headers, answer.read())
    finally:
        connection.close()


@pytest.fixture(scope="session")
def open_stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    made = stage(tmp_path_factory.mktemp("demo"))
    for standin in made.cast.values():
        standin.open()
    yield made
    for standin in made.cast.values():
        standin.close()


@pytest.fixture
def standins(open_stage: Stage) -> Iterator[Stage]:
    """Every stand-in, listening, and mended after the test."""
    yield open_stage
    for name, fault in open_stage.faults.items():
        if fault:
            open_stage.suffer(name, None)


@pytest.fixture(scope="session")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    with Platform(tmp_path_factory.mktemp("platform")) as made:
        yield made
