"""Several tables under one verdict, in every format but CSV, which knows one table a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from dropmon.errors import UsageError
from dropmon.model import Status
from dropmon.output.harmless import clean, json_text
from dropmon.output.screens import screen
from dropmon.output.table import Format, Row, Table
from dropmon.output.texts import as_json, escaped, markdown, plain

if TYPE_CHECKING:
    from rich.console import Console


class Page(NamedTuple):
    """Tables by name, the verdict over all of them first, what to know of them last."""

    name: str  # the key of the tables in JSON
    title: str
    headline: str
    status: Status
    tables: Mapping[str, Table]
    notes: tuple[str, ...] = ()
    facts: Row = MappingProxyType({})  # what JSON says beside the tables


def page_screen(page: Page, console: Console) -> None:
    """The verdict, then table after table."""
    screen(Table("", (), (), page.headline, page.status), console)
    for name, table in page.tables.items():
        console.print()
        screen(table._replace(headline=f"{name}  {table.headline}"), console)
    screen(Table("", (), (), notes=page.notes), console)


def page_plain(page: Page) -> Iterator[str]:
    """Each table after an empty line."""
    yield clean(page.headline) + "\n"
    for name, table in page.tables.items():
        yield "\n"
        yield from plain(table._replace(headline=f"{name}  {table.headline}"))
    yield from ("\n" + clean(note) + "\n" for note in page.notes)


def page_markdown(page: Page) -> Iterator[str]:
    """Each table under a heading."""
    yield f"# {escaped(clean(page.title))}\n\n{escaped(clean(page.headline))}\n"
    for name, table in page.tables.items():
        yield f"\n## {escaped(clean(name))}\n\n"
        yield from markdown(table)
    yield from (f"\n{escaped(clean(note))}\n" for note in page.notes)


def page_json(page: Page) -> Iterator[str]:
    """The facts, and each table under its name as it would stand alone."""
    facts = "".join(f"{json_text(key)}: {json_text(value)}, " for key, value in page.facts.items())
    yield f"{{{facts}{json_text(page.name)}: {{"
    for index, (name, table) in enumerate(page.tables.items()):
        yield f"{',' if index else ''}\n{json_text(name)}: " + "".join(as_json(table)).rstrip("\n")
    yield "}}\n"


def page_html(page: Page) -> Iterator[str]:
    """One self-contained document."""
    from dropmon.output import html

    return html.document(page)


def pages(page: Page, form: Format) -> Iterator[str]:
    """The page as text, in pieces. Raises UsageError for a format that holds one table."""
    if form not in WRITERS:
        raise UsageError(f"{form.value} holds no page of several tables", f"--format {'|'.join(WRITERS)}")
    return WRITERS[form](page)


WRITERS: Mapping[Format, Callable[[Page], Iterator[str]]] = MappingProxyType({
    Format.PLAIN: page_plain, Format.MARKDOWN: page_markdown, Format.JSON: page_json, Format.HTML: page_html,
})  # fmt: skip
