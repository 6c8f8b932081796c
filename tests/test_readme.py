"""What the README says can be typed."""

from __future__ import annotations

import io
import re
import shlex
from contextlib import redirect_stdout
from functools import cache
from pathlib import Path

import pytest

from dropmon.checks.probes import registry
from dropmon.cli import Nouns, run
from dropmon.cli.db import Reports

GROUPS = {  # and the commands in them
    "alert": (
        "evaluate",
        "list",
        "show",
        "history",
        "ack",
        "silence",
        "explain",
        "backtest",
        "lint",
        "test",
        "send",
        "outbox",
    ),
    "check": (*registry(), "database", "all"),
    "db": tuple(Reports().list_commands(None)),
    "logs": ("stats", "top"),
    "slo": ("show",),
    "history": ("import", "export", "info", "prune"),
    "incident": (
        "open",
        "list",
        "show",
        "ack",
        "note",
        "assign",
        "severity",
        "escalate",
        "resolve",
        "reopen",
        "merge",
        "timeline",
        "status",
        "postmortem",
        "tick",
    ),
    "oncall": ("schedule", "next", "override", "swap", "ics", "fairness"),
    "report": ("weekly", "daily", "slo", "preview"),
    "rules": ("check", "schema", "show"),
    "source": ("list", "test", "collect"),
    "vitals": ("show", "sql", "snippet"),
    "runbook": ("list", "show", "run", "check", "copy"),
}
ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
LINES = sorted(
    {
        line
        for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
        for line in block.splitlines()
        if line.startswith("dropmon ")
    }
)


@cache
def shown(*words: str) -> str:
    with redirect_stdout(io.StringIO()) as said:
        assert run(list(words)) == 0
    return said.getvalue()


@pytest.mark.parametrize("line", LINES)
def test_every_command_of_the_readme_exists_with_its_options(line: str) -> None:
    words = shlex.split(line)[1:]
    command = words[: 2 if words[0] in GROUPS and words[1:2] and words[1] in GROUPS[words[0]] else 1]
    command = words[:3] if command in (["alert", "silence"], ["oncall", "override"]) else command
    help_ = shown(*command, "--help")

    assert f"Usage: dropmon {' '.join(command)}" in help_
    for option in (word for word in words if word.startswith("--")):
        assert option in help_


def test_every_command_is_in_the_readme() -> None:
    for noun in Nouns(name="dropmon").list_commands(None):
        assert f"dropmon {noun}" in README


def commands() -> list[list[str]]:
    within = [[group, word] for group, words in GROUPS.items() for word in words]
    return [["init"], ["beat"], ["demo"], ["cycle"], ["watch"], ["triage"], *([group] for group in GROUPS), *within]


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_the_help_of_every_command_has_an_example(words: list[str]) -> None:
    assert f"Example: dropmon {words[0]}" in shown(*words, "--help")


def test_the_readme_has_the_two_commands() -> None:
    setups = [line for line in README.splitlines() if line.startswith("python3 -m venv")]

    assert len(setups) == 2
    assert "dropmon demo --once" in setups[0]
    assert "pytest" in setups[1]


def test_no_section_that_does_nothing_yet_is_promised() -> None:
    for word in ("dropmon dashboard",):
        assert word not in README
