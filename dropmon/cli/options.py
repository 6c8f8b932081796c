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
from dropmon.zone import HERE, askable

if TYPE_CHECKING:
    from datetime import tzinfo

    from dropmon.rules import Rules

RECENT = 300.0  # seconds up to which what `--at` names is neither past nor yet to come
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


def instant(text: str | None, rules: Rules | None = None, zone: tzinfo | None = None) -> float:
    """Seconds since 1970 of '2026-11-23 09:00' by the clock on the wall of the zone, or else of the platform, of
    '2026-11-23T07:32:07Z', '7d' (ago) or '+2d' (from now); else now. Raises UsageError.

    >>> instant("2026-11-23 07:32:07"), instant("2026-11-23T08:32:07+01:00")
    (1795419127.0, 1795419127.0)
    """
    if text is None:
        return time.time()
    try:
        return askable(_meant(text, rules, zone))
    except (ValueError, OverflowError):
        hint = "write '2026-12-24 09:00', 2026-12-24T08:00:00Z, 2d for two days ago, or +2d for in two days"
        raise UsageError(f"{text!r} is no time", hint) from None


def _meant(text: str, rules: Rules | None, zone: tzinfo | None) -> float:
    with suppress(ValueError):
        return time.time() + units.duration(text[1:]) if text.startswith("+") else time.time() - units.duration(text)
    when = datetime.fromisoformat(text)
    return (when if when.tzinfo else when.replace(tzinfo=zone or wall(rules))).timestamp()


def wall(rules: Rules | None) -> tzinfo:
    """The zone of times as people write and read them: the platform's, else the machine's; UTC without rules."""
    return rules.platform.timezone or HERE if rules else UTC


def not_ahead(at: float) -> float:
    """The time. Raises UsageError when it is yet to come: what is forgotten as of then is lost now."""
    if at > time.time() + RECENT:
        raise UsageError("--at is in the future: as of then, what is kept now would be forgotten", "is the year right?")
    return at


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
