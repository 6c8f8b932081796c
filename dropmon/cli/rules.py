"""dropmon rules: what is wrong with the rules file, what it comes to, and how editors can check it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from dropmon import output
from dropmon.cli.options import Output, RulesPath
from dropmon.output import Column, Format, Table

if TYPE_CHECKING:
    from dropmon.rules.findings import Findings

app = typer.Typer(
    rich_markup_mode=None,
    add_completion=False,
    no_args_is_help=True,
    help="Check, describe and show the rules file.\n\nExample: dropmon rules check",
)

COLUMNS = ("file", "line", "column", "kind", "what", "hint")


@app.command(help="Say everything that is wrong with the file, each at its place.\n\nExample: dropmon rules check")
def check(rules: RulesPath = None, form: Output = None) -> None:
    from dropmon.rules import find
    from dropmon.rules.findings import examine

    path = find(rules)
    findings = examine(path)
    if form in {None, Format.PLAIN, Format.RICH}:
        output.write(findings.text(str(path)))
    else:
        output.print_table(table(findings), form)
    raise typer.Exit(findings.exit_code)


@app.command(help="Print the JSON Schema of the file.\n\nExample: dropmon rules schema > rules.schema.json")
def schema() -> None:
    from dropmon.rules import schema

    output.write(json.dumps(schema.schema(), indent=2, ensure_ascii=False))


@app.command(
    help="Show every value with its defaults; secrets are masked.\n\nExample: dropmon rules show --section defaults"
)
def show(
    section: Annotated[str | None, typer.Option("--section", help="Only this. Default: all that are given.")] = None,
    rules: RulesPath = None,
) -> None:
    from dropmon.rules import find, load, sections
    from dropmon.rules.effective import effective

    loaded = load(find(rules))
    for entry in loaded.entries() if section in {None, "checks"} else ():
        if entry.problem:
            output.warn(f"left out: {entry.section} {entry.name}: {entry.problem}")
    output.write(effective(loaded, sections.named(section) if section else None))


def table(findings: Findings) -> Table:
    """Every complaint as a row, for programs."""
    rows = [
        {"file": p.file, "line": p.line, "column": p.column, "kind": kind, "what": p.what, "hint": p.hint}
        for kind, problems in (("problem", findings.problems), ("unset", findings.unset), ("warning", findings.doubts))
        for p in problems
    ]
    return Table("problems", tuple(Column(key, key) for key in COLUMNS), rows)
