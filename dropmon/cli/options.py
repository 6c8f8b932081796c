"""Options that many commands share, written once."""

from __future__ import annotations

import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dropmon import units
from dropmon.errors import UsageError
from dropmon.output import Format

if TYPE_CHECKING:
    from dropmon.rules import Rules

RulesPath = Annotated[
    Path | None,
    typer.Option(
        "--rules",
        metavar="FILE",
        envvar="DROPMON_RULES",
        help="The rules file. Default: ./rules.yaml, then the config folder.",
    ),
]
Storage = Annotated[
    str | None,
    typer.Option(
        "--storage",
        metavar="FILE",
        envvar="DROPMON_STORAGE",
        help="The history file. Default: in the user's state folder.",
    ),
]
Output = Annotated[
    Format | None,
    typer.Option(
        "--format",
        metavar="FORMAT",
        help=f"{', '.join(Format)}. Default: rich on a terminal, else plain.",
        case_sensitive=False,
    ),
]


def instant(text: str | None) -> float:
    """Seconds since 1970 of '2026-11-23', '2026-11-23T07:32:07+01:00' (UTC without a zone) or '7d' (ago); else now."""
    if text is None:
        return time.time()
    with suppress(ValueError):
        return time.time() - units.duration(text)
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        hint = "write 2026-11-23T07:32:07Z, 2026-11-23, or 7d for seven days ago"
        raise UsageError(f"{text!r} is no time", hint) from None
    return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()


def seconds(text: str) -> float:
    """Seconds of a duration on the command line, a tenth of one at least."""
    try:
        value = units.duration(text)
    except ValueError as error:
        raise UsageError(str(error)) from None
    if value < 0.1:
        raise UsageError(f"{text!r} is too short", "write 100ms or more")
    return value


def loaded(path: Path | None) -> Rules | None:
    """The rules; None when no file was named and none is found."""
    from dropmon import rules

    try:
        found = rules.find(path)
    except UsageError:  # one that is named is found, or fails to be read
        return None
    return rules.load(found)
