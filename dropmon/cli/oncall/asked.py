"""What the commands of `dropmon oncall` have in common: the rules they need, people and times as they are typed."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from dropmon.cli.options import instant
from dropmon.errors import UsageError

if TYPE_CHECKING:
    from datetime import tzinfo
    from pathlib import Path

    from dropmon.cli.options import Output
    from dropmon.oncall.roster import Override, Person, Roster
    from dropmon.rules import Rules

WEEK = 8 * 86400.0  # seconds: no shift is longer
DAYS = re.compile(r"(?<![\d.])(\d+)([dw])")


def asked(path: Path | None) -> Rules:
    """The rules, which say who can be called. Raises UsageError when they say nothing of it."""
    from dropmon import rules

    found = rules.load(rules.find(path))
    if "oncall" not in found.given:
        raise UsageError(f"{found.path} does not say who is on call", "add `oncall:` with people and a rotation")
    return found


def now(rules: Rules, at: str | None, place: str | None, form: Output) -> int:
    """Prints who is on call; the exit code says how well that is."""
    from dropmon import output
    from dropmon.flows import paging
    from dropmon.oncall import said
    from dropmon.output import Format
    from dropmon.rules.sections.oncall import zone

    local = zone(rules)
    when = instant(at, zone=local)
    known = paging.known(rules, place, (when, when + WEEK))
    duty = paging.duty(known, when)
    if form is Format.JSON:
        output.write(output.json_text(said.as_object(duty)))
    else:
        output.print_table(said.on_duty(duty, paging.then(known, duty), local), form)
    return said.status(duty).exit_code


def someone(roster: Roster, name: str) -> Person:
    """The person of that short name, or of that name. Raises UsageError."""
    from dropmon.rules.problems import suggest

    own = {one.name.casefold(): one for one in roster.people.values()}
    found = roster.people.get(name) or own.get(name.casefold())
    if found is None:
        known = [*roster.people]
        raise UsageError(f"there is no person {name!r}", suggest(name, known) or "add them under `oncall: people:`")
    return found


def meant(roster: Roster, person: str, replace: str | None, take: str | None, span: tuple[float, float]) -> Override:
    """The override that a command line means. Raises UsageError."""
    from dropmon.oncall.roster import ROLES, Override

    if (replace is None) == (take is None):
        raise UsageError("an override takes one thing", "say --replace PERSON, or --take primary")
    role = next((one for one in ROLES if one == take), None)
    if take and not role:
        raise UsageError(f"{take!r} is no role", "say --take primary, or --take backup")
    who, gone = someone(roster, person), someone(roster, replace) if replace else None
    if who == gone:
        raise UsageError(f"{who.name} cannot stand in for themselves", "name two people")
    return Override("", who.id, *span, gone.id if gone else None, role)


def span(start: str | None, until: str | None, within: str | None, zone: tzinfo, at: float) -> tuple[float, float]:
    """From when until when, in whole minutes: what is typed seconds later leaves no shift of seconds.

    Raises UsageError when it has no end, two, or one before its beginning.
    """
    if (within is None) == (until is None):
        raise UsageError("an override needs one end", "say --for 2h, or --until '2026-12-26 09:00'")
    began = instant(start, zone=zone) if start else at
    ends = later(began, within, zone) if within else instant(until, zone=zone)
    if ends <= began:
        raise UsageError("the override ends before it begins", "end after the start")
    if minute(ends) <= minute(began):
        raise UsageError("an override lasts a minute at least", "end later")
    return minute(began), minute(ends)


def minute(at: float) -> float:
    """The beginning of the minute.

    >>> minute(119.9), minute(120.0)
    (60.0, 120.0)
    """
    return at - at % 60


def later(start: float, within: str, zone: tzinfo) -> float:
    """The end of what takes so long: whole days and weeks by the clock on the wall. Raises UsageError.

    >>> from zoneinfo import ZoneInfo
    >>> paris = ZoneInfo("Europe/Paris")
    >>> start = instant("2026-10-24 09:00", zone=paris)  # an hour is repeated in the night after it
    >>> [(later(start, within, paris) - start) / 3600 for within in ("2d", "1w", "1d12h", "48h")]
    [49.0, 169.0, 37.0, 48.0]
    """
    from dropmon.cli.options import seconds

    whole = seconds(within)
    days = sum(int(count) * (7 if unit == "w" else 1) for count, unit in DAYS.findall(within))
    try:
        wall = datetime.fromtimestamp(start, zone).replace(tzinfo=None)
        moved = (wall + timedelta(days=days)).replace(tzinfo=zone).timestamp() if days else start
    except (OverflowError, ValueError):
        raise UsageError(f"{within!r} ends beyond what calendars know", "write fewer days") from None
    return moved + whole - days * 86400


def given(content: bytes, file: Path | None) -> None:
    """Writes bytes into a file, whole or not at all, or on the screen."""
    import os
    import sys

    if file is None:
        sys.stdout.write(content.decode())
        return
    try:
        beside = file.with_name(f".{file.name}.{os.getpid()}")
        beside.write_bytes(content)
        beside.replace(file)
    except OSError as error:
        raise UsageError(f"{file} cannot be written: {error.strerror}", "choose another place with --file") from None
