"""A table as text: plain, markdown, json, csv, html. What is heavy is imported when it is used."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from dropmon.output.harmless import clean, json_text
from dropmon.output.table import Format, Table

NEGATIVE = re.compile(
    r"-[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?"
)  # a number that is a text, such as a queryid, runs nothing


def plain(table: Table) -> Iterator[str]:
    """Aligned text: one line a row, so that grep and awk work."""
    return _tabulated(table, "plain", lambda text: text, "\n")


def markdown(table: Table) -> Iterator[str]:
    """A table that GitHub, Slack canvases and wikis show."""
    return _tabulated(table, "pipe", escaped, "\n\n")


def escaped(text: str) -> str:
    """A text as Markdown shows it, and never as Markdown."""
    return re.sub(r"([\\`*_\[\]<>|~#])", r"\\\1", text)


def _tabulated(table: Table, style: str, escape: Callable[[str], str], between: str) -> Iterator[str]:
    grid = _grid(table, style, escape) if table.rows else ""
    parts = [escape(clean(table.headline)), grid, *(escape(clean(note)) for note in table.notes)]
    yield between.join(part for part in parts if part) + "\n"


def _grid(table: Table, style: str, escape: Callable[[str], str]) -> str:
    from tabulate import tabulate

    columns = table.people
    cells = [[escape(column.cell(row)) for column in columns] for row in table.rows]
    align = ["right" if column.right else "left" for column in columns]
    return tabulate(cells, [column.title for column in columns], style, colalign=align, disable_numparse=True)


def as_json(table: Table) -> Iterator[str]:
    """The facts and every row with its raw values, a row a line; numbers stay numbers."""
    facts = "".join(f"{json_text(key)}: {json_text(value)}, " for key, value in table.facts.items())
    yield f"{{{facts}{json_text(table.name)}: ["
    columns = [column.key for column in table.columns if column.raw]
    for index, row in enumerate(table.rows):
        yield ("," if index else "") + "\n" + json_text({key: row.get(key) for key in columns})
    yield "]}\n"


def as_csv(table: Table) -> Iterator[str]:
    """Raw values under their keys; a text that a spreadsheet would run is quoted."""
    import csv
    import io

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
    return "'" + text if text.startswith(("=", "+", "-", "@")) and not NEGATIVE.fullmatch(text) else text


def as_html(table: Table) -> Iterator[str]:
    """One self-contained document."""
    from dropmon.output import html

    return html.document(table)


TEXTS: dict[Format, Callable[[Table], Iterator[str]]] = {
    Format.PLAIN: plain, Format.MARKDOWN: markdown, Format.JSON: as_json, Format.CSV: as_csv,
    Format.HTML: as_html,
}  # fmt: skip
