"""What a step would be: the real command line reads it, and nothing is run."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import redirect_stderr, redirect_stdout
from typing import Any

import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException

from dropmon.errors import DropmonError
from dropmon.runbooks.effect import Typed, unfit


def complaint(words: Sequence[str]) -> str:
    """What speaks against words as a step; '' when they could be run as they are.

    >>> complaint(["db", "connections", "--limit", "5"]), complaint(["rules", "chek"])
    ('', "No such command 'chek'. Did you mean 'check', 'schema'?")
    """
    return unfit(read(words))


def read(words: Sequence[str]) -> Typed:
    """What the command line makes of words.

    >>> read(["--debug", "oncall", "--at", "1h", "ics", "-h"]).wrong
    'No such option: -h'
    >>> found = read(["db", "report", "-o/tmp/x"])
    >>> found.command, sorted(found.given), read(["alert", "ack", "--help"]).answers
    ('db report', ['--output'], True)
    """
    contexts: list[Any] = []
    answers, wrong = False, ""
    try:
        with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
            for context in taken(words):
                contexts.append(context)  # noqa: PERF402 - those before an error count
    except typer.Exit:  # --help and --version answer at once
        answers = True
    except TyperException as error:
        said = error.format_message()
        wrong = "Missing command." if said.startswith("Usage:") else said or type(error).__name__
    except DropmonError as error:
        wrong = error.what
    names = (context.info_name for context in contexts[1:])
    return Typed(" ".join(names), frozenset(each for one in contexts for each in given(one)), answers, wrong)


def taken(words: Sequence[str]) -> Iterator[Any]:
    """The contexts of a command line, from group to group. Raises what the command line raises."""
    from dropmon.cli import app, quick

    command: Any = quick(typer.main.get_command(app))
    context: Any = None
    name: str | None = "dropmon"
    rest = [word for word in words if word != "--debug"]
    while command:
        context = command.make_context(name, list(rest), parent=context)
        yield context
        group, rest = context.command, [*context._protected_args, *context.args]  # `logs FILE` is no group
        if not isinstance(group, TyperGroup) or (group.invoke_without_command and not rest):
            return
        if not rest:
            context.fail("Missing command.")
        name, command, rest = group.resolve_command(context, rest)


def given(context: Any) -> Iterator[str]:
    """The first name of each option that was typed, or the name of the argument."""
    for param in context.command.params:
        source = context.get_parameter_source(param.name)
        if source is not None and source.name == "COMMANDLINE":
            yield param.opts[0]
