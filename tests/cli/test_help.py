"""What a help says can be typed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import typer

from dropmon.cli import app
from dropmon.cli.options import instant


def helps(command: Any, path: str = "dropmon") -> Iterator[tuple[str, str]]:
    """Every option of every command, and its help."""
    yield from ((f"{path} {each.name}", getattr(each, "help", None) or "") for each in command.params)
    if hasattr(command, "list_commands"):
        context = typer.Context(command)
        for name in command.list_commands(context):
            yield from helps(command.get_command(context, name), f"{path} {name}")


def test_no_time_of_a_help_is_refused() -> None:
    found = [*helps(typer.main.get_command(app))]
    assert len(found) > 200
    for _, text in found:
        for time in re.findall(r"\b\d+[smhdw](?: ago)?\b", text):
            instant(time)
