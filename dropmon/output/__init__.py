"""One Table, every format: rich on a terminal, plain in a pipe, json, csv, markdown.

Whatever comes from outside is harmless here: no control sequence, no Rich markup, no formula cell, no secret leaves.
"""

from __future__ import annotations

import sys

from dropmon.output.harmless import clean, json_text, masked
from dropmon.output.screens import screen, terminal
from dropmon.output.table import Column, Format, Row, Table
from dropmon.output.texts import TEXTS, as_csv, as_json, markdown, plain
from dropmon.secrets import mask

__all__ = [
    "TEXTS", "Column", "Format", "Row", "Table", "as_csv", "as_json", "choose", "clean", "json_text", "markdown",
    "masked", "plain", "print_table", "screen", "terminal", "warn", "write",
]  # fmt: skip


def choose(wanted: Format | None) -> Format:
    """The format asked for, else rich on a terminal and plain in a pipe."""
    return wanted or (Format.RICH if sys.stdout.isatty() else Format.PLAIN)


def print_table(table: Table, wanted: Format | None = None) -> None:
    """Prints the table on stdout."""
    chosen = choose(wanted)
    if chosen is Format.RICH:
        screen(table, terminal())
    else:
        for piece in TEXTS[chosen](table):
            sys.stdout.write(piece)


def write(text: str) -> None:
    """Prints an answer on stdout, without secrets."""
    sys.stdout.write(mask(text if text.endswith("\n") else text + "\n"))


def warn(text: str, hint: str = "") -> None:
    """Says on stderr what is wrong and what to do, without disturbing the answer."""
    lines = [clean(line) for line in text.split("\n")] + ([f"  → {clean(hint)}"] if hint else [])
    print("\n".join(lines), file=sys.stderr)
