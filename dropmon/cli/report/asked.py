"""What the commands of reports share: which period is meant, and how the report is shown."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from dropmon.cli.options import RulesPath, Storage, instant
from dropmon.output import Format

if TYPE_CHECKING:
    from dropmon.reports.writer import Writer
    from dropmon.rules import Rules

At = Annotated[str | None, typer.Option("--at", metavar="TIME", help="As if it were then. Default: now.")]
File = Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write it there; its name says how.")]
TAKEN = [each.value for each in Format if each is not Format.CSV]  # CSV holds one table
Form = Annotated[
    Format | None,
    typer.Option(
        "--format", metavar="FORMAT", help=f"{', '.join(TAKEN)}. Default: rich on a terminal, else plain.",
        case_sensitive=False,
    ),
]  # fmt: skip
Open = Annotated[bool, typer.Option("--open", help="Show it in the browser.")]


class Shown(NamedTuple):
    """How a report is wanted."""

    form: Form = None
    path: Path | None = None
    open: bool = False
    only: tuple[str, ...] = ()


def loaded(path: RulesPath) -> Rules:
    from dropmon import rules

    return rules.load(rules.find(path))


def made(
    rules: Rules, place: Storage, kind: str, name: str | None, at: str | None, about: str = ""
) -> Writer:  # fmt: skip
    """The report on a period; on the last one that is over when none is named."""
    from dropmon.flows import weekly
    from dropmon.reports import period
    from dropmon.reports.writer import Writer

    zone = weekly.zone(rules)
    when = instant(at, zone=zone)
    wanted = period.named(kind, name, zone) if name else period.before(kind, when, zone)
    return Writer(weekly.report(rules, place, wanted, when), weekly.language(rules), about)


def show(writer: Writer, shown: Shown) -> None:
    """Prints a report, writes it to a file, or opens it. Raises UsageError."""
    from dropmon import output

    if shown.open or shown.path:
        path = written(writer, shown)
        if shown.open:
            opened(path)
        print(f"{path} written", file=sys.stderr)
        return
    form = output.choose(shown.form)
    if form is Format.RICH:
        from dropmon.reports.sections import page

        output.print_page(page(writer, shown.only), form)
    else:
        sys.stdout.write(text(writer, form, shown.only))


def text(writer: Writer, form: Format, only: tuple[str, ...] = ()) -> str:
    """The report in a format. Raises UsageError for one that holds one table."""
    from dropmon.output import pages
    from dropmon.reports.sections import page

    if form is Format.JSON:
        from dropmon.output import json_text
        from dropmon.reports.document import document

        return json_text(document(writer.report)) + "\n"
    if form is Format.HTML:
        from dropmon.reports.html import document as html

        return html(writer, only)
    return "".join(pages(page(writer, only), form))


def written(writer: Writer, shown: Shown) -> Path:
    """The file that the report was written to. Raises UsageError."""
    import tempfile

    from dropmon.output.files import form_of, unwritable, whole

    path = shown.path
    if path is None:
        folder = Path(tempfile.mkdtemp(prefix="dropmon-"))
        path = folder / f"report-{writer.report.period.name}.html"
    content = text(writer, form_of(path, shown.form), shown.only)
    try:
        whole(path.resolve(), [content])
    except OSError as error:
        raise unwritable(path, error) from None
    return path


def opened(path: Path) -> None:
    """Shows a file in the browser."""
    import webbrowser

    from dropmon.output import warn

    if not webbrowser.open(path.resolve().as_uri()):
        warn("no browser could be started", f"open {path} yourself")
