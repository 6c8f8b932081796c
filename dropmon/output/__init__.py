"""One Table, every format: rich on a terminal, plain in a pipe, json, csv, markdown, html.

Whatever comes from outside is harmless here: no control sequence, no Rich markup, no formula cell, no secret leaves.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING

from dropmon.output.harmless import clean, json_text, masked
from dropmon.output.table import Column, Format, Row, Table
from dropmon.secrets import mask

if TYPE_CHECKING:
    from dropmon.output.page import Page, page_screen, pages
    from dropmon.output.prose import lines, print_prose
    from dropmon.output.screens import screen, terminal
    from dropmon.output.texts import TEXTS, as_csv, as_html, as_json, markdown, plain

__all__ = [
    "TEXTS", "Column", "Format", "Page", "Row", "Table", "as_csv", "as_html", "as_json", "choose", "clean",
    "json_text", "lines", "markdown", "masked", "page_screen", "pages", "plain", "print_page", "print_prose",
    "print_table", "screen", "terminal", "warn", "write",
]  # fmt: skip

LATER = {  # imported when it is used, so that `--help` does without
    "page": ("Page", "page_screen", "pages"),
    "prose": ("lines", "print_prose"),
    "screens": ("screen", "terminal"),
    "texts": ("TEXTS", "as_csv", "as_html", "as_json", "markdown", "plain"),
}

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        for module, names in LATER.items():
            if name in names:
                return getattr(import_module(f"{__name__}.{module}"), name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def choose(wanted: Format | None) -> Format:
    """The format asked for, else rich on a terminal and plain in a pipe."""
    return wanted or (Format.RICH if sys.stdout.isatty() else Format.PLAIN)


def print_table(table: Table, wanted: Format | None = None) -> None:
    """Prints the table on stdout."""
    chosen = choose(wanted)
    if chosen is Format.RICH:
        from dropmon.output.screens import screen, terminal

        screen(table, terminal())
    else:
        from dropmon.output.texts import TEXTS

        for piece in TEXTS[chosen](table):
            sys.stdout.write(piece)


def print_page(page: Page, wanted: Format | None = None) -> None:
    """Prints the page on stdout. Raises UsageError for a format that holds one table."""
    from dropmon.output.page import page_screen, pages
    from dropmon.output.screens import terminal

    chosen = choose(wanted)
    if chosen is Format.RICH:
        page_screen(page, terminal())
    else:
        for piece in pages(page, chosen):
            sys.stdout.write(piece)


def write(text: str) -> None:
    """Prints an answer on stdout, without secrets."""
    sys.stdout.write(mask(text if text.endswith("\n") else text + "\n"))


def warn(text: str, hint: str = "") -> None:
    """Says on stderr what is wrong and what to do, without disturbing the answer."""
    lines = [clean(line) for line in text.split("\n")] + ([f"  → {clean(hint)}"] if hint else [])
    print("\n".join(lines), file=sys.stderr)
