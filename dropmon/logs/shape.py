"""How entries go out: as they came, readable, as records, or just some of their fields."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import NamedTuple

from dropmon.errors import UsageError
from dropmon.logs.entry import Entry
from dropmon.output import Format


class Shape(NamedTuple):
    """`printer` shows an entry with its newline (None: its bytes as they came); `more`, lines that follow it.

    `missing` tells which fields none of the entries had that were shown.
    """

    printer: Callable[[Entry], bytes] | None = None
    more: Callable[[bytes], bytes] = bytes
    missing: Callable[[], list[str]] = list


def chosen(form: Format | None, raw: bool, fields: str | None) -> Shape:
    """The shape that the options mean: readable on a terminal and as it came in a pipe. Raises UsageError."""
    if form not in (None, Format.RICH, Format.PLAIN, Format.JSON):
        raise UsageError(
            f"log lines have no format {form}", "use rich, plain or json; dropmon logs stats has all formats"
        )
    if fields is not None and raw:
        raise UsageError("--raw and --fields at once", "name one of them")
    if fields is not None:
        return _columns(fields, form)
    if form is Format.JSON:
        return _records()
    if not raw and (form is Format.RICH or (form is None and sys.stdout.isatty())):
        return _readable()
    return Shape()


def _columns(fields: str, form: Format | None) -> Shape:
    from dropmon.logs.fields import columns, jsonl, tabbed, watched
    from dropmon.logs.path import NAMED, OWN

    wanted = columns(fields)
    missing = {name for name, _ in wanted} - OWN.keys() - NAMED.keys()  # the guide's names are no slips
    line = (jsonl if form is Format.JSON else tabbed)(watched(wanted, missing))
    return Shape(lambda entry: _ended(line(entry)), lambda _: b"", lambda: sorted(missing))


def _records() -> Shape:
    from dropmon.logs.normal import line

    return Shape(lambda entry: line(entry) + b"\n", lambda _: b"")


def _readable() -> Shape:
    from dropmon.logs.show import INDENT, Show, wants_colour
    from dropmon.output import clean

    show = Show(wants_colour(os.environ, sys.stdout.isatty()))

    def more(lines: bytes) -> bytes:
        text = lines.decode("utf-8", "replace").rstrip("\n")
        return "".join(f"{INDENT}{clean(line)}\n" for line in text.split("\n")).encode()

    return Shape(lambda entry: show(entry).encode(), more)


def _ended(line: bytes | str) -> bytes:
    return (line if isinstance(line, bytes) else line.encode()) + b"\n"
