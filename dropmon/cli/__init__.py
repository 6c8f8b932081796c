"""The command line: Typer and nothing else. One file a noun; a command parses, calls one function, renders.

A noun's file is imported only when its command is typed, so that `dropmon` starts at once.
"""

from __future__ import annotations

import codecs
import os
import pkgutil
import re
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from importlib import import_module
from io import StringIO
from pathlib import Path
from typing import Annotated, Any, ClassVar, NoReturn

import typer
from typer._coercion import RuntimeParam, build_runtime_param
from typer.core import TyperGroup
from typer.exceptions import TyperException

from dropmon import __version__
from dropmon.errors import DropmonError
from dropmon.output.table import Format
from dropmon.secrets import mask, remember

HELP = """One command and one YAML file for a team's whole monitoring guide.

Example: dropmon check apis
"""
ASCII = {
    "✔": "+",
    "▲": "!",
    "✖": "x",
    "→": "->",
    "•": "*",
    "…": "...",
    "″": '"',
    **dict(zip("▁▂▃▄▅▆▇█", "_..--^^#", strict=True)),
}
ADDRESS = re.compile(r"(?:\w[\w+.-]*://|postgres(?:ql)?[:/]).*", re.DOTALL)
CONNINFO = re.compile(r"\b(?:host|hostaddr|port|user|dbname|service|sslmode)\s*=")  # beside the password
BARE = re.compile(r"\s*(?:ssl)?password\s*=")  # a connection string that begins with it, unless it is looked for
SOUGHT = frozenset({"-g", "--grep"})
UNKNOWN = 3  # usage and rules errors; Typer's 2 would read as CRITICAL


class Late(RuntimeParam):
    """Typer's way from the word on the command line to its value, for words that need one.

    Typer prepares that of every option beforehand, and imports pydantic for it: 70 ms, of which a command has no use
    when its options are not given, or are texts and paths.
    """

    def _coerce_value(self, value: Any, param: Any, ctx: Any) -> Any:
        with suppress(ValueError):  # what is wrong is told in Typer's words
            if self.annotation in PLAIN and isinstance(value, str):
                return PLAIN[self.annotation](value)
            if self.annotation == list[str] and isinstance(value, list | tuple):
                return list(map(str, value))
            if self.annotation is int and self._allowed(int(value)):
                return int(value)
        return build_runtime_param(param.type_descriptor).coerce(value, param=param, ctx=ctx)

    def _allowed(self, number: int) -> bool:
        least, most = self.parameter_info.min, self.parameter_info.max
        return (least is None or number >= least) and (most is None or number <= most)


PLAIN: dict[Any, Callable[[str], object]] = {str: str, Path: Path, Format: Format}


def quick(command: Any) -> Any:
    """The command, which starts at once where nothing is to be converted."""
    for param in command.get_params(command.context_class(command)):
        descriptor = param.type_descriptor
        param._runtime_param = Late(descriptor.parameter_info, descriptor.annotation)
    for inner in getattr(command, "commands", {}).values():
        quick(inner)
    return command


class Folder(TyperGroup):
    """Commands that have a file each in a package: one is imported when it is named, and defines an `app`."""

    package: ClassVar[str]
    shared: ClassVar[frozenset[str]] = frozenset()  # files there that are no commands

    def list_commands(self, ctx: Any) -> list[str]:
        files = pkgutil.iter_modules(import_module(self.package).__path__)
        return sorted(name for _, name, _ in files if name not in self.shared)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        return self.of_file(cmd_name) if cmd_name in self.list_commands(ctx) else None

    def of_file(self, name: str) -> Any:
        """The command of a file."""
        command = quick(typer.main.get_command(import_module(f"{self.package}.{name}").app))
        command.name = name
        return command


class Nouns(Folder):
    """The files of this folder."""

    package = __name__
    shared = frozenset({"options"})


app = typer.Typer(cls=Nouns, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"dropmon {__version__}")
        raise typer.Exit


@app.callback(help=HELP, no_args_is_help=True)
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show a traceback when something fails.")] = False,
) -> None:
    """Options of every command."""


def plainly(error: UnicodeError) -> tuple[str, int]:
    """What an old encoding cannot write, in ASCII: '✔' must not become the '?' that means unknown."""
    assert isinstance(error, UnicodeEncodeError)
    text = error.object[error.start : error.end]
    return "".join(ASCII.get(character, "_") for character in text), error.end


codecs.register_error("plainly", plainly)


def main() -> NoReturn:
    """Runs the command line; the one place where an error becomes a message and an exit code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="plainly")
    debug = "--debug" in sys.argv
    try:
        code = run(sys.argv[1:])
        if sys.stdout:  # none is there after `>&-`
            sys.stdout.flush()
    except (BrokenPipeError, SystemExit) as error:
        if not (isinstance(error, BrokenPipeError) or isinstance(error.__context__, BrokenPipeError)):
            raise
        code = 0  # the reader has seen enough: `dropmon … | head`, which Typer ends as if it were a warning
    except Exception as error:
        code = fail(error, debug)
    leave(code)


def leave(code: int) -> NoReturn:
    """Ends the process at once: taking Python apart takes as long as twenty probes, and a hung resolver holds it up."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, AttributeError, ValueError):  # closed by whoever started us
            stream.flush()
    os._exit(code)


def run(arguments: list[str]) -> int:
    """The exit code of one command line."""
    hide(arguments)
    try:
        # --debug is welcome anywhere on the line
        words = [word for word in arguments if word != "--debug"]
        code = quick(typer.main.get_command(app))(words, standalone_mode=False, prog_name="dropmon")
    except TyperException as error:
        return usage(error)
    return code if isinstance(code, int) else 0


def usage(error: TyperException) -> int:
    """Shows what cannot be meant, and where the help is."""
    show = getattr(error, "show", None)
    if show:
        said = StringIO()
        show(said)
        print(mask(said.getvalue()), end="", file=sys.stderr)
    return UNKNOWN


def hide(words: Iterable[str]) -> None:
    """Makes the password of an address a secret wherever on the command line it stands, also where none is meant."""
    before = ""
    for word in words:
        found = ADDRESS.search(word) if "@" in word or "password" in word else None
        connects = "password" in word and (CONNINFO.search(word) or (before not in SOUGHT and BARE.match(word)))
        text = found[0] if found else word if connects else ""
        before = word
        if text:
            from dropmon.rules.secrecy import passwords

            for password in passwords(text):
                remember(password)


def fail(error: Exception, debug: bool) -> int:
    """Says what failed and what to do next; the traceback is for --debug."""
    from dropmon.output import clean, warn

    if debug:
        import traceback

        for line in traceback.format_exc().splitlines():
            print(clean(line), file=sys.stderr)
    if isinstance(error, DropmonError):
        warn(f"dropmon: {error.what}", error.hint)
    else:
        what = f"{type(error).__name__}: {error}"
        warn(
            f"dropmon: an unexpected error, probably a bug: {what}",
            "run it again with --debug, and report it",
        )
    return UNKNOWN
