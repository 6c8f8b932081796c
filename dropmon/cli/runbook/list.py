"""dropmon runbook list: what pages are there?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from dropmon.cli.options import Output, RulesPath, loaded

if TYPE_CHECKING:
    from dropmon.rules import Rules
    from dropmon.runbooks.shelf import Book
    from dropmon.runbooks.table import Listed

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command("list", help="Show every runbook, yours and those that come with dropmon."
             "\n\nExample: dropmon runbook list")  # fmt: skip
def list_(rules: RulesPath = None, form: Output = None) -> None:
    from dropmon import output
    from dropmon.rules.links import shelf
    from dropmon.runbooks.table import listing

    known = loaded(rules)
    table = listing([listed(book) for book in shelf(known).books()], named_by(known))
    output.print_table(table, form)
    raise typer.Exit(table.status.exit_code if table.status else 0)


def listed(book: Book) -> Listed:
    from dropmon.runbooks.page import RunbookError
    from dropmon.runbooks.parse import parse
    from dropmon.runbooks.shelf import content
    from dropmon.runbooks.table import Listed

    try:
        page = parse(content(book.path), book.name, book.path)
    except RunbookError as error:
        return Listed(book.name, str(book.path), book.own, None, error.what)
    return Listed(book.name, str(book.path), book.own, page)


def named_by(rules: Rules | None) -> dict[str, list[str]]:
    """What leads to each page."""
    from dropmon.rules.findings import written_in
    from dropmon.rules.links import links

    found: dict[str, list[str]] = {}
    for link in links(written_in(rules, rules.read())) if rules else ():
        found.setdefault(link.name, []).append(link.by)
    return found
