"""A table, or a page of them, as one HTML document: nothing is loaded, nothing runs, everything is escaped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from dropmon.model import Status
from dropmon.output.harmless import clean
from dropmon.output.table import MARK, Column, Row, Table, status_of, symbol

if TYPE_CHECKING:
    from dropmon.output.page import Page

STYLE = Path(__file__).with_name("style.css")
HEAD = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{title}</title>
<style>
{style}</style>
</head>
<body>
"""
FOOT = "</body>\n</html>\n"


def document(shown: Table | Page) -> Iterator[str]:
    """The whole document, in pieces."""
    yield HEAD.format(title=text(shown.headline or "dropmon"), style=STYLE.read_text("utf-8"))
    if shown.headline:
        yield f'<h1 class="{name_of(shown.status)}">{text(shown.headline)}</h1>\n'
    if isinstance(shown, Table):
        yield from body(shown)
    else:
        yield from contents(shown.tables)
        for name, table in shown.tables.items():
            yield from section(name, table)
    yield notes(shown.notes)
    yield footer(shown.facts)
    yield FOOT


def contents(tables: Mapping[str, Table]) -> Iterator[str]:
    """Where to go: every table by name, with how it is."""
    yield "<nav>\n"
    for name, table in tables.items():
        sign = f"{table.status.symbol} " if table.status else ""
        yield f'<a class="{name_of(table.status)}" href="#{anchor(name)}">{sign}{text(name)}</a>\n'
    yield "</nav>\n"


def section(name: str, table: Table) -> Iterator[str]:
    """A table under its name; one that is well is folded away."""
    fold = "" if table.status is Status.OK else " open"
    title = f'<h2>{text(name)}</h2> <span class="{name_of(table.status)}">{text(table.headline)}</span>'
    yield f'<details id="{anchor(name)}"{fold}>\n<summary>{title}</summary>\n'
    yield from body(table)
    yield notes(table.notes)
    yield "</details>\n"


def body(table: Table) -> Iterator[str]:
    """The rows, each with its details under it."""
    columns = table.people
    flat = [column for column in columns if not column.detail]
    details = [column for column in columns if column.detail]
    if not table.rows:
        return
    yield '<div class="scroll"><table>\n<thead><tr>'
    yield from (heading(column) for column in flat)
    yield "</tr></thead>\n"
    before: list[str] = []
    for row in table.rows:
        yield f'<tbody class="{name_of(status_of(row))}"><tr>{"".join(cell(column, row) for column in flat)}</tr>\n'
        said = [f"<p>{text(column.mark + told)}</p>" for column in details if (told := column.cell(row))]
        if said and said != before:
            yield f'<tr><td class="said" colspan="{max(1, len(flat))}"><div>{"".join(said)}</div></td></tr>\n'
        before = said
        yield "</tbody>\n"
    yield "</table></div>\n"


def heading(column: Column) -> str:
    return f'<th scope="col"{_side(column)}>{"status" if column.key == MARK else text(column.title)}</th>'


def cell(column: Column, row: Row) -> str:
    """One cell; a lone symbol gets the word that it stands for."""
    status = status_of(row)
    shown = f"{symbol(row)} {status.value}" if column.key == MARK and status and symbol(row) else column.cell(row)
    return f"<td{_side(column)}>{text(shown)}</td>"


def notes(said: Sequence[str]) -> str:
    return "".join(f'<p class="note">{text(note)}</p>\n' for note in said)


def footer(facts: Row) -> str:
    """Whose page this is, and of when."""
    at = facts.get("at") or facts.get("checked_at")
    return f"<footer>dropmon{text(f', {at}') if at else ''}</footer>\n"


def text(said: str) -> str:
    """A text as HTML shows it, and never as HTML."""
    return escape(clean(said))


def anchor(name: str) -> str:
    """A name as the target of a link.

    >>> anchor("slow-queries"), anchor('a "b"')
    ('slow-queries', 'a--b-')
    """
    return "".join(each if each.isalnum() else "-" for each in clean(name))


def name_of(status: Status | None) -> str:
    return status.value if status else "plain"


def _side(column: Column) -> str:
    kinds = [kind for kind, holds in (("right", column.right), ("whole", column.rigid)) if holds]
    return f' class="{" ".join(kinds)}"' if kinds else ""
