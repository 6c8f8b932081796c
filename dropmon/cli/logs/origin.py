"""Where the commands of `logs` read from: files, standard input, or a platform that the rules name."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from dropmon.cli.options import loaded
from dropmon.errors import UsageError

if TYPE_CHECKING:
    from dropmon.logs.inputs import Input
    from dropmon.logs.query import Query


def inputs(
    files: list[str] | None, source: str | None, rules: Path | None, wanted: Query, follow: bool = False
) -> Iterator[Input]:
    """What is read, one after the other: each is opened when its turn comes. Raises DropmonError."""
    from dropmon.logs import inputs as given

    if source and files:
        raise UsageError("--source and files at once", "name one of them")
    if source:
        yield asking(source, rules, wanted, follow)
        return
    names = files or [given.STDIN]
    if names == [given.STDIN] and (sys.stdin is None or sys.stdin.isatty()):
        hint = "dropmon logs FILE, or: supabase logs --output-format stream-json | dropmon logs"
        raise UsageError("no input: standard input is a terminal, or closed", hint)
    for name in names:
        yield growing(name, wanted) if follow else given.opened(name)


def growing(name: str, wanted: Query) -> Input:
    """A file that is followed, from its last entries on; from its beginning when a time is asked for."""
    from dropmon.logs.follow import LAST, followed

    return followed(name, LAST if wanted.since is None else None, say)


def asking(name: str, path: Path | None, wanted: Query, follow: bool) -> Input:
    """What a platform tells, asked for what is wanted and for little else."""
    from dropmon.logs.inputs import Input, Lines
    from dropmon.logs.window import Window
    from dropmon.rules.sections import logs

    rules = loaded(path)
    if rules is None:
        raise UsageError(f"--source {name} needs a rules file", "run `dropmon init`, then add it under `logs:`")
    source = logs.source(rules, name)
    if follow:
        since = time.time() if wanted.since is None else wanted.since
        return Input(name, Lines(source.follow(since, wanted, time.time, say=say)), answered=True)
    if wanted.since is None:
        say("asking for the last hour; --since says otherwise")
    window = Window(wanted.since, wanted.until)
    return Input(name, Lines(source.rows(window, wanted, time.time, say)), answered=True)


def say(text: str) -> None:
    """Tells a person what takes so long, past the answer."""
    from dropmon.output import clean

    print(f"dropmon: {clean(text)}", file=sys.stderr)
