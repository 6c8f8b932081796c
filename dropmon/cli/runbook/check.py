"""dropmon runbook check: can every step be typed, and does every alert lead to a page?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from dropmon.cli.options import Output, RulesPath, loaded
from dropmon.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dropmon.rules import Rules
    from dropmon.rules.links import Link
    from dropmon.runbooks.check import Finding
    from dropmon.runbooks.page import Page
    from dropmon.runbooks.shelf import Book, Shelf

app = typer.Typer(rich_markup_mode=None, add_completion=False)

Names = Annotated[list[str] | None, typer.Argument(metavar="[NAME…]", help="Only these. Default: all.")]


@app.command(
    help="Say everything that is wrong with runbooks: steps that could not be typed, blocks without an end, alerts "
    "that lead to no page. Runs nothing. For CI: exits 3 when something is wrong, 1 when something is doubtful."
    "\n\nExample: dropmon runbook check"
)
def check(names: Names = None, rules: RulesPath = None, form: Output = None) -> None:
    from dropmon import output
    from dropmon.output import Format
    from dropmon.runbooks import check as checking

    found, pages = examined(names or (), loaded(rules))
    if form in {None, Format.PLAIN, Format.RICH}:
        steps = sum(len(page.steps) for page in pages)
        output.write(output.lines(checking.text(found, len(pages), steps).split("\n")))
    else:
        output.print_table(checking.table(found), form)
    raise typer.Exit(checking.exit_code(found))


def examined(names: Sequence[str], rules: Rules | None) -> tuple[list[Finding], list[Page]]:
    """What is wrong with these pages, or all, and with what leads to them; and the pages that could be read."""
    from dropmon.cli.runbook.subject import named
    from dropmon.rules.findings import written_in
    from dropmon.rules.links import links, shelf

    pages, leading = shelf(rules), list(links(written_in(rules, rules.read()))) if rules else []
    for name in names:
        named(pages, name, {})
    found: list[Finding] = [] if names or not rules else list(broken(rules, pages, leading))
    read: list[Page] = []
    for book in pages.books():
        if not names or book.name in names:
            own, page = examine(book, leading, rules)
            found += own
            read += [page] if page else []
    return sorted(found, key=lambda each: (not each.error, each.problem)), read


def examine(book: Book, leading: Sequence[Link], rules: Rules | None) -> tuple[list[Finding], Page | None]:
    """What is wrong with one page."""
    from dropmon.cli.runbook.typed import complaint
    from dropmon.runbooks import check as checking
    from dropmon.runbooks.page import RunbookError
    from dropmon.runbooks.parse import parse
    from dropmon.runbooks.shelf import content

    try:
        page = parse(content(book.path), book.name, book.path)
    except RunbookError as error:
        return [checking.Finding(Problem(str(book.path), 0, 0, error.what, error.hint), True)], None
    here = [link for link in leading if link.name == book.name]
    found = list(checking.findings(page, [label for link in here for label in link.fills], complaint))
    if rules and book.own:
        found += checking.unlinked(page, {link.name: link for link in here})
    return found, page


def broken(rules: Rules, pages: Shelf, leading: Sequence[Link]) -> Iterator[Finding]:
    """What leads to no page: wrong where people are woken up by it, else doubtful."""
    from dropmon.rules.findings import placed
    from dropmon.rules.references import Complaint
    from dropmon.runbooks.check import Finding

    for link in leading:
        if not pages.book(link.name):
            hint = f"write {pages.own}/{link.name}.md"
            yield Finding(
                placed(rules, Complaint(link.path, f"{link.by}: no runbook {link.name!r}", hint)), link.urgent
            )
