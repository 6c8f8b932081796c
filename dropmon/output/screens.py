"""A table on a terminal, by Rich."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from dropmon.model import Status
from dropmon.output.harmless import clean
from dropmon.output.table import Column, Row, Table

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
