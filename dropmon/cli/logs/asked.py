"""What the commands of `logs` are asked alike: files, filters, sources."""

from __future__ import annotations

import os
import stat
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dropmon.cli.options import RulesPath
from dropmon.errors import UsageError
from dropmon.logs.level import Level, named
from dropmon.model import Status
from dropmon.output import Format, clean

if TYPE_CHECKING:
    from dropmon.logs.query import Query
    from dropmon.logs.tally import Tally

__all__ = ["RulesPath"]

Files = Annotated[
    list[str] | None, typer.Argument(metavar="[FILE]...", help="Files, plain, gzip or zstd. Default, or -: stdin.")
]
Least = Annotated[
    str | None, typer.Option("--level", "-l", metavar="LEVEL", help="The least level: error means error and fatal.")
]
Only = Annotated[
    list[str] | None, typer.Option("--only", metavar="LEVEL", help="Just this level; repeat it. unknown: names none.")
]
Functions = Annotated[
    list[str] | None, typer.Option("--function", metavar="NAME", help="Of this edge function; repeat it.")
]
Services = Annotated[list[str] | None, typer.Option("--service", metavar="NAME", help="Of this service; repeat it.")]
Requests = Annotated[list[str] | None, typer.Option("--request-id", metavar="ID", help="Of this request; repeat it.")]
Users = Annotated[list[str] | None, typer.Option("--user", metavar="ID", help="Of this user; repeat it.")]
Since = Annotated[str | None, typer.Option("--since", metavar="TIME", help="15m (ago), 06:30, 2026-11-23T06:30 …")]
Until = Annotated[str | None, typer.Option("--until", metavar="TIME", help="Up to this time.")]
Grep = Annotated[
    list[str] | None, typer.Option("--grep", "-g", metavar="REGEX", help="Whose bytes hold this; repeat it for and.")
]
Without = Annotated[list[str] | None, typer.Option("--not", metavar="REGEX", help="Whose bytes do not hold this.")]
Where = Annotated[
    list[str] | None,
    typer.Option("--where", "-w", metavar="CONDITION", help="'context.orderId = 42', 'duration > 500ms' …"),
]
Source = Annotated[
    str | None, typer.Option("--source", metavar="NAME", help="Ask a platform: an entry of `logs:` in the rules.")
]
Shape = Annotated[
    Format | None,
    typer.Option(
        "--format",
        metavar="FORMAT",
        case_sensitive=False,
        help="rich (readable), plain (as it came) or json (a record a line).",
    ),
]


def query(
    least: str | None,
    only: list[str] | None,
    functions: list[str] | None,
    services: list[str] | None,
    requests: list[str] | None,
    users: list[str] | None,
    since: str | None,
    until: str | None,
    grep: list[str] | None,
    without: list[str] | None,
    where: list[str] | None,
) -> Query:
    """The filter that the options mean. Raises UsageError."""
    from dropmon.logs.query import Query, judge, passing
    from dropmon.logs.window import window

    span = window(since, until, time.time())
    wanted = Query(
        None if least is None else level(least),
        frozenset(map(level, only or ())),
        tuple(functions or ()),
        tuple(services or ()),
        tuple(requests or ()),
        tuple(users or ()),
        span.since,
        span.until,
        tuple(grep or ()),
        tuple(without or ()),
        tuple(where or ()),
    )
    if not passing(wanted.least, wanted.only):
        raise UsageError(f"no level is {least} or more and among those of --only", "leave one of them out")
    judge(wanted)  # what cannot be meant is said before anything is read
    return wanted


def level(word: str) -> Level:
    """A level by its name, in any of its spellings."""
    found = named(word)
    if not found and word.strip().lower() != "unknown":
        close = [each.word for each in Level if each and each.word.startswith(word[:1].lower())]
        hint = f"levels: {', '.join(each.word for each in Level if each)}" + (
            f"; did you mean {close[0]}?" if close else ""
        )
        raise UsageError(f"{word!r} is no level", hint)
    return found


def apart(output: Path | None, names: list[str]) -> None:
    """Raises UsageError when what is written to is also read, by whatever name: its lines would be lost."""
    taken = file_of(output) if output else None
    for name in names if taken else ():
        if file_of(sys.stdin.fileno() if name == "-" and sys.stdin else Path(name)) == taken:
            raise UsageError(f"{output} is also the input", f"name another file: --output {output}.new")


def file_of(place: Path | int) -> tuple[int, int] | None:
    """Which file it is, whatever its name, if it is there and an ordinary one."""
    try:
        state = place.stat() if isinstance(place, Path) else os.fstat(place)
    except OSError:
        return None
    return (state.st_dev, state.st_ino) if stat.S_ISREG(state.st_mode) else None


@contextmanager
def written(path: Path | None, follow: bool, is_doubtful: Callable[[], object]) -> Iterator[int]:
    """The descriptor that the answer goes to. A file is there whole, or as it was before.

    What is followed has no end, and is written as it comes. Raises UsageError when the file cannot be written.
    """
    if path is None:
        if sys.stdout is None:
            raise UsageError("standard output is closed", "name a file: --output FILE")
        sys.stdout.flush()
        yield sys.stdout.fileno()
        return
    path = path.resolve()  # a link stays one
    whole = not follow and (path.is_file() or not path.exists())
    target = path.with_name(f".{path.name}.{os.getpid()}") if whole else path
    try:
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | (os.O_EXCL if whole else os.O_TRUNC), 0o666)
        if path.is_file():
            target.chmod(stat.S_IMODE(path.stat().st_mode))
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}", "name a file that can be written") from None
    try:
        yield descriptor
        if whole and not (is_doubtful() and os.fstat(descriptor).st_size == 0):
            target.replace(path)  # an export is not emptied by a run that says nothing
    finally:
        os.close(descriptor)
        if whole:
            target.unlink(missing_ok=True)


@contextmanager
def interrupted(tally: Tally, quiet: bool) -> Iterator[None]:
    """Ctrl-C is how a follow ends: quietly, with its summary."""
    from dropmon.logs.summary import summary

    try:
        yield
    except KeyboardInterrupt:
        if not quiet:
            print(clean(summary(tally)), file=sys.stderr)
        raise


def ended(tally: Tally, quiet: bool) -> int:
    """Says what was read, and whether anything can be concluded from it; the exit code."""
    from dropmon.logs.summary import doubt, summary
    from dropmon.output import warn

    if not quiet:
        print(clean(summary(tally)), file=sys.stderr)
    for what, hint in tally.broken:
        warn(f"dropmon: {what}", hint)
    reason = None if tally.broken and not tally.size else doubt(tally)
    if reason:
        warn(f"dropmon: {reason.what}", reason.hint)
    return Status.UNKNOWN.exit_code if reason or tally.broken else Status.OK.exit_code
