"""dropmon query: what were the numbers? PromQL over the embedded history."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from dropmon import output
from dropmon.cli.options import Output, RulesPath, Storage, instant, loaded, seconds, wall
from dropmon.errors import UsageError
from dropmon.output import Format

if TYPE_CHECKING:
    from datetime import tzinfo

    from dropmon.history.promql import Value
    from dropmon.history.selection import Selection
    from dropmon.rules import Rules

PLAIN_WIDTH = 80
STEPS = 120  # of a range that names none

app = typer.Typer(rich_markup_mode=None, add_completion=False)

Expression = Annotated[str, typer.Argument(metavar="EXPR", help="PromQL, in quotes.")]
At = Annotated[str | None, typer.Option("--at", help="The time: 2026-11-23T07:32:07Z, or 7d (ago). Default: now.")]
Start = Annotated[str | None, typer.Option("--start", help="A range instead, from this time.")]
End = Annotated[str | None, typer.Option("--end", help="To this time. Default: now, or --at.")]
Step = Annotated[str | None, typer.Option("--step", help=f"5m, for one. Default: {STEPS} steps.")]


@app.command()
def query(
    expression: Expression, at: At = None, start: Start = None, end: End = None, step: Step = None,
    rules: RulesPath = None, storage: Storage = None, form: Output = None,
) -> None:  # fmt: skip
    """What were the numbers? PromQL over the history: one time as a table, a range as a plot.

    With --format json it is the `data` of Prometheus' HTTP API. Ranges are open on the left, as in Prometheus 3.

    Example: dropmon query "avg by (check) (probe_duration_seconds)" --start 1h
    """
    if start is None and (end or step):
        raise UsageError("--end and --step belong to a range", "say where it begins: --start 1h")
    if at and end:
        raise UsageError("--at and --end are both the end of the range", "leave one of them out")
    known = loaded(rules)
    until = instant(end or at, known)
    with opened(known, storage) as selection:
        if start is None:
            show(value_at(expression, selection, until), until, form, wall(known))
        else:
            show_range(expression, selection, (instant(start, known), until, step), form, wall(known))
    coarse(selection)


@contextmanager
def opened(rules: Rules | None, storage: str | None) -> Iterator[Selection]:
    """The history, with what the rules say of how often things are measured."""
    from dropmon.history.selection import Selection
    from dropmon.rules.intervals import interval
    from dropmon.storage import open_for

    with open_for(rules, storage) as store:
        yield Selection(store, interval(rules))


@contextmanager
def pointing(expression: str) -> Iterator[None]:
    """Shows where an expression is wrong."""
    from dropmon.history.answer import pointed
    from dropmon.history.promql import PromqlError

    try:
        yield
    except PromqlError as error:
        place = "\n" + pointed(expression, error.column) if error.column else ""
        raise UsageError(error.what + place, error.hint) from None


def value_at(expression: str, selection: Selection, at: float) -> Value:
    from dropmon.history.promql import evaluate

    with pointing(expression):
        return evaluate(expression, selection, at)


def show(value: Value, at: float, form: Format | None, zone: tzinfo) -> None:
    from dropmon.history.answer import data, table

    if output.choose(form) is Format.JSON:
        output.write(output.json_text(data(value, at)))
    else:
        output.print_table(table(value, at, zone), form)


def show_range(
    expression: str, selection: Selection, span: tuple[float, float, str | None], form: Format | None, zone: tzinfo
) -> None:
    """The range in the format asked for: a plot where people read."""
    from dropmon.history.answer import lines
    from dropmon.history.plot import typed
    from dropmon.history.promql import evaluate_range

    start, end, step = span
    if end <= start:
        raise UsageError("the range ends before it begins", "end after the start")
    width = seconds(step) if step else max(1.0, float(math.ceil((end - start) / STEPS)))
    with pointing(expression):
        value = evaluate_range(expression, selection, start, end, width)
    chosen = output.choose(form)
    if chosen not in {Format.RICH, Format.PLAIN}:
        show(value, end, form, zone)
        return
    columns = output.terminal().width if chosen is Format.RICH else PLAIN_WIDTH
    drawn = (line if unicode() else typed(line) for line in lines(value, (start, end), width, columns, zone))
    output.write("\n".join(map(output.clean, drawn)))


def unicode() -> bool:
    """Whether stdout can write the dots of a plot."""
    return "utf" in (sys.stdout.encoding or "").lower()


def coarse(selection: Selection) -> None:
    """Says so when a part of the answer is only known to the hour."""
    if selection.coarse:
        output.warn(
            "warning: a part of this is older than the samples that are kept, and known to the hour only",
            "history: {retention: 35d} in the rules says how long samples are kept",
        )
