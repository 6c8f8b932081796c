from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from dropmon import secrets
from dropmon.rules import Rules, load
from dropmon.rules.findings import examine

Load = Callable[[str], Rules]
Complain = Callable[[str], list[str]]


def cases(name: str) -> list[tuple[str, str]]:
    """The texts of a file of cases, each with the complaint that follows it behind an arrow."""
    blocks = Path(__file__).with_name(name).read_text().split("\n\n")[1:]
    return [(text, said.strip()) for text, _, said in (block.partition("\n→ ") for block in blocks)]


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty folder, an empty home, and no secret known from another test."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setattr(secrets, "_known", set())
    for name in ("XDG_CONFIG_HOME", "DROPMON_RULES", "DROPMON_STORAGE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def rules() -> Load:
    """Loads a text as ./rules.yaml."""

    def write(text: str) -> Rules:
        Path("rules.yaml").write_text(text)
        return load(Path("rules.yaml"))

    return write


@pytest.fixture
def complaints() -> Complain:
    """Everything that is wrong with a text, in the words that people read."""

    def write(text: str) -> list[str]:
        Path("rules.yaml").write_text(text)
        found = examine(Path("rules.yaml"))
        return [str(problem) for problem in (*found.problems, *found.unset)]

    return write
