"""Whether a command could be typed: the real command line reads it, and nothing is run."""

from __future__ import annotations

import io
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from typing import Any

import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException

from dropmon.errors import DropmonError


def complaint(words: Sequence[str]) -> str:
    """What the command line has against a command; '' when it could be run as it is.

    >>> complaint(["db", "connections", "--limit", "5"]), complaint(["rules", "chek"])
    ('', "No such command 'chek'. Did you mean 'check', 'schema'?")
    """
    try:
        with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
            read(words)
    except typer.Exit:  # --help and --version answer at once
        return ""
    except TyperException as error:
        said = error.format_message()
        return "Missing command." if said.startswith("Usage:") else said or type(error).__name__
    except DropmonError as error:
        return error.what
    return ""


def read(words: Sequence[str]) -> None:
    """Takes a command line apart, from group to group. Raises what the command line raises."""
    from dropmon.cli import app, quick

    command: Any = quick(typer.main.get_command(app))
    context: Any = None
    name: str | None = "dropmon"
    rest = [word for word in words if word != "--debug"]
    while command:
        context = command.make_context(name, list(rest), parent=context)
        group, rest = context.command, [*context._protected_args, *context.args]  # `logs FILE` is no group
        if not isinstance(group, TyperGroup):
            return
        if not rest:
            context.fail("Missing command.")
        name, command, rest = group.resolve_command(context, rest)
