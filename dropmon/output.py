"""One Table, every format: rich on a terminal, plain in a pipe, json, csv, markdown.

Whatever comes from outside is harmless here: no control sequence, no Rich markup, no formula cell, no secret leaves.
"""

from __future__ import annotations

import csv
import io
import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from dropmon.model import Status
from dropmon.secrets import mask

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.text import Text

WIDE = 120  # columns from which the detail stands beside its row instead of under it
DITTO = "  ″"  # the same as in the row above
STYLES = {
    Status.OK: "green",
    Status.WARNING: "yellow",
    Status.CRITICAL: "bold red",
    Status.UNKNOWN: "magenta",
}

_UNSAFE = r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
_ANSI = r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])"

Row = Mapping[str, object]


class Format(StrEnum):
    """How the answer is printed."""

    RICH = "rich"
    PLAIN = "plain"
    JSON = "json"
    CSV = "csv"
    MARKDOWN = "markdown"


class Column(NamedTuple):
    """One column: `key` in JSON and CSV, `title` and `show` for people."""

    key: str
    title: str
    show: Callable[[Row], str] | None = None  # the whole row to a cell; None shows the raw value
    right: bool = False
    detail: bool = False  # a sentence: stands under its row on a narrow screen
    mark: str = ""  # put before a detail under its row: "→ "
    raw: bool = True  # False: for people only, absent from JSON and CSV
    human: bool = True  # False: for machines only, absent from tables

    def cell(self, row: Row) -> str:
        value = self.show(row) if self.show else row.get(self.key)
        return "" if value is None else clean(str(value))


class Table(NamedTuple):
    """An answer: rows under columns, the verdict over them, what to do next under them."""

    name: str  # the key of the rows in JSON
    columns: tuple[Column, ...]
    rows: Sequence[Row]
    headline: str = ""
    status: Status | None = None
    notes: tuple[str, ...] = ()
    facts: Row = MappingProxyType({})  # what JSON says beside the rows

    @property
    def people(self) -> tuple[Column, ...]:
        """The columns that people read, without those that have nothing to say. Looks at every row."""
        silent = {column for column in self.columns if column.human}
        for row in self.rows:
            if not silent:
                break
            silent -= {column for column in silent if column.cell(row)}
        return tuple(column for column in self.columns if column.human and column not in silent)


def clean(text: str) -> str:
    r"""Text from outside made harmless for a terminal, on one line, without secrets.

    >>> clean("a\x1b[31mred\x1b[0m\nb\x9bc")
    'ared b\\x9bc'
    """
    text = mask(text)  # now, for secrets of several lines; and below, for those that a control cut up
    if text.isprintable():  # as nearly all is
        return text
    text = re.sub(_ANSI, "", text)
    text = text.replace("\r\n", " ").replace("\n", " ").replace("\t", " ")
    return mask(re.sub(_UNSAFE, lambda match: ascii(match[0])[1:-1], text))


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


def terminal() -> Console:
    """The Rich console of stdout; it obeys NO_COLOR, COLUMNS and the terminal's width."""
    from rich.console import Console

    return Console(highlight=False, markup=False, emoji=False, soft_wrap=False)


def screen(table: Table, console: Console) -> None:
    """The verdict first, then each row with what is wrong and what to do under it, or beside it when wide."""
    from rich.padding import Padding
    from rich.text import Text

    if table.headline:
        console.print(Text(clean(table.headline), style=f"bold {STYLES[table.status] if table.status else ''}"))
    if table.rows:
        console.print()
        for line in _wide(table) if console.width >= WIDE else _narrow(table, console):
            console.print(line)
    for note in table.notes:
        console.print(Padding(Text(clean(note)), (1, 0, 0, 0)))


def _wide(table: Table) -> list[RenderableType]:
    return [_grid(table, table.people, fold=True)]


def _narrow(table: Table, console: Console) -> list[RenderableType]:
    """The grid's own lines, each followed by the details of its row."""
    from rich.padding import Padding
    from rich.segment import Segment, Segments
    from rich.text import Text

    people = table.people
    columns = tuple(column for column in people if not column.detail)
    details = [column for column in people if column.detail]
    lines = console.render_lines(_grid(table, columns, fold=False), pad=False)
    shown: list[RenderableType] = [Segments([*lines[0], Segment.line()])]
    before: list[tuple[str, str]] = []
    for row, line in zip(table.rows, lines[1:], strict=True):
        shown.append(Segments([*line, Segment.line()]))
        said = [(column.mark, text) for column in details if (text := column.cell(row))]
        if said != before:  # thirty shops behind one outage say it once
            shown += [Padding(Text(mark + text, "" if mark else _style(row)), (0, 0, 0, 4)) for mark, text in said]
        before = said
    return shown


def _grid(table: Table, columns: Sequence[Column], fold: bool) -> RenderableType:
    from rich.table import Table as Grid

    grid = Grid(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for column in columns:
        grid.add_column(
            column.title.upper(), justify="right" if column.right else "left", no_wrap=not (fold and column.detail),
            overflow="fold" if column.detail else "ellipsis", min_width=16 if column.detail else None,
        )  # fmt: skip
    before: list[str] = []
    for row in table.rows:
        said = [column.cell(row) for column in columns if column.detail]
        same = bool(before) and any(said) and said == before
        grid.add_row(*(_styled(column, row, DITTO if same and column.detail else "") for column in columns))
        before = said
    return grid


def _styled(column: Column, row: Row, instead: str) -> Text:
    from rich.text import Text

    return Text(instead or column.cell(row), style=_style(row) if column.key in {"status", "error"} else "")


def _style(row: Row) -> str:
    status = row.get("status")
    return STYLES[Status(str(status))] if status in list(Status) else ""


def plain(table: Table) -> Iterator[str]:
    """Aligned text: one line a row, so that grep and awk work."""
    return _tabulated(table, "plain", lambda text: text, "\n")


def markdown(table: Table) -> Iterator[str]:
    """A table that GitHub, Slack canvases and wikis show."""
    return _tabulated(table, "pipe", lambda text: re.sub(r"([\\`*_\[\]<>|~#])", r"\\\1", text), "\n\n")


def _tabulated(table: Table, style: str, escape: Callable[[str], str], between: str) -> Iterator[str]:
    from tabulate import tabulate

    columns = table.people
    cells = [[escape(column.cell(row)) for column in columns] for row in table.rows]
    align = ["right" if column.right else "left" for column in columns]
    titles = [column.title for column in columns]
    grid = tabulate(cells, titles, style, colalign=align if cells else None, disable_numparse=True)
    parts = [escape(clean(table.headline)), grid if cells else "", *(escape(clean(note)) for note in table.notes)]
    yield between.join(part for part in parts if part) + "\n"


def as_json(table: Table) -> Iterator[str]:
    """The facts and every row with its raw values, a row a line; numbers stay numbers."""
    facts = "".join(f"{json_text(key)}: {json_text(value)}, " for key, value in table.facts.items())
    yield f"{{{facts}{json_text(table.name)}: ["
    columns = [column.key for column in table.columns if column.raw]
    for index, row in enumerate(table.rows):
        yield ("," if index else "") + "\n" + json_text({key: row.get(key) for key in columns})
    yield "]}\n"


def json_text(value: object) -> str:
    r"""JSON for people and programs: UTF-8, without secrets, and nothing in it that a terminal would obey.

    >>> json_text({"é": "\u009b31m"})
    '{"é": "\\u009b31m"}'
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, default=str)
    if mask(text) != text:  # rarely: then value by value, so that a secret such as 2026 breaks no number
        text = json.dumps(masked(value), ensure_ascii=False, allow_nan=False, default=str)
    return re.sub(_UNSAFE, lambda match: f"\\u{ord(match[0]):04x}", text)


def masked(value: object) -> object:
    """The texts of a value without secrets; its numbers and its shape stay."""
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, Mapping):
        return {key: masked(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [masked(inner) for inner in value]
    return value


def as_csv(table: Table) -> Iterator[str]:
    """Raw values under their keys; a text that a spreadsheet would run is quoted."""
    out = io.StringIO()
    columns = [column.key for column in table.columns if column.raw]
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_csv_cell(row.get(key)) for key in columns] for row in table.rows)
    yield out.getvalue()


def _csv_cell(value: object) -> object:
    if isinstance(value, Mapping | list | tuple):
        return json_text(value)
    if not isinstance(value, str):
        return value
    text = clean(value)
    return "'" + text if text.startswith(("=", "+", "-", "@")) else text


TEXTS: dict[Format, Callable[[Table], Iterator[str]]] = {
    Format.PLAIN: plain, Format.MARKDOWN: markdown, Format.JSON: as_json, Format.CSV: as_csv,
}  # fmt: skip
