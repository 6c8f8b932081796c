"""A table on a terminal, by Rich."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from dropmon.model import Status
from dropmon.output.harmless import clean
from dropmon.output.layout import GAP, beside, fitted, standing, wish
from dropmon.output.table import Column, Row, Table, status_of

if TYPE_CHECKING:
    from rich.console import Console
    from rich.segment import Segment

WIDE = 120  # columns from which the detail stands beside its row instead of under it
INDENT = 4  # of a detail under its row
DITTO = "  ″"  # the same as in the row above
STYLES = {
    Status.OK: "green",
    Status.WARNING: "yellow",
    Status.CRITICAL: "bold red",
    Status.UNKNOWN: "magenta",
}


class Piece(NamedTuple):
    """Some text of one line, in one style."""

    text: str
    style: str = ""


Line = Sequence[Piece]


def terminal() -> Console:
    """The Rich console of stdout; it obeys NO_COLOR, COLUMNS and the terminal's width."""
    from rich.console import Console

    for name in ("COLUMNS", "LINES"):  # a shell that does not know its size says 0: Rich would draw nothing
        if os.environ.get(name, "").strip().strip("0") == "":
            os.environ.pop(name, None)
    return Console(highlight=False, markup=False, emoji=False, soft_wrap=False)


def screen(table: Table, console: Console) -> None:
    """The verdict first, then each row with what is wrong and what to do under it, or beside it when wide."""
    from rich.segment import Segments
    from rich.text import Text

    if table.headline:
        console.print(Text(clean(table.headline), style=f"bold {STYLES[table.status] if table.status else ''}"))
    if table.rows:
        console.print()
        console.print(Segments(segments(lines(table, console.width), console)), end="")
    if table.notes:
        console.print()
    for note in table.notes:
        console.print(Text(clean(note)))


def segments(drawn: Iterable[Line], console: Console) -> Iterator[Segment]:
    """Lines as Rich prints them."""
    from rich.segment import Segment

    for line in drawn:
        yield from (Segment(piece.text, console.get_style(piece.style or "none")) for piece in line)
        yield Segment.line()


def lines(table: Table, width: int) -> Iterator[Line]:
    """The titles and the rows in lines of so many cells at most."""
    return (line for block in blocks(table, width) for line in block)


def blocks(table: Table, width: int, brief: bool = False) -> Iterator[Sequence[Line]]:
    """The lines of the titles, then those of each row; when `brief`, a sentence takes one at most."""
    columns = table.people
    rows = [[Piece(column.cell(row), _style(column, row)) for column in columns] for row in table.rows]
    widest = [max(cell_len(cell.text) for cell in cells) for cells in zip(*rows, strict=True)]
    flat = [index for index, column in enumerate(columns) if not column.detail]
    details = [index for index, column in enumerate(columns) if column.detail]
    wishes = [wish(cell_len(columns[index].title), widest[index], columns[index].rigid) for index in flat]
    sentences = [max(cell_len(columns[index].title), widest[index]) for index in details]

    if width >= WIDE and details and (wide := beside(wishes, sentences, width)):
        return _wide(Grid(columns, rows, [*flat, *details], [*(each.width for each in wishes), *wide], brief))
    count = standing(wishes, width)
    grid = Grid(columns, rows, flat[:count], fitted(wishes[:count], width), brief)
    return _narrow(grid, flat[count:] + details, width)


class Grid(NamedTuple):
    """Which columns stand beside each other, and how wide."""

    columns: Sequence[Column]
    rows: Sequence[Sequence[Piece]]  # a piece for each of the columns
    order: Sequence[int]
    widths: Sequence[int]
    brief: bool

    def sentence(self, text: str, width: int) -> list[str]:
        return [cut(text, width)] if self.brief else wrapped(text, width)

    def titles(self) -> Line:
        return self.line([Piece(self.columns[index].title.upper(), "dim") for index in self.order])

    def line(self, pieces: Sequence[Piece]) -> Line:
        """Pieces beside each other, each as wide as its column; nothing stands after the last."""
        found: list[Piece] = []
        for index, piece, width in zip(self.order, pieces, self.widths, strict=True):
            text = cut(piece.text, width)
            space = Piece(" " * (width - cell_len(text)))
            shown = Piece(text, piece.style)
            found += [space, shown] if self.columns[index].right else [shown, space]
            found.append(Piece(" " * GAP))
        while found and not found[-1].text.strip():
            found.pop()
        return found


def _narrow(grid: Grid, under: Sequence[int], width: int) -> Iterator[Sequence[Line]]:
    """Each row followed by its details, and by what has no room in it."""
    yield [grid.titles()]
    before: list[Piece] = []
    for row in grid.rows:
        said = [Piece(_said(grid.columns[index], row[index].text), row[index].style) for index in under]
        said = [piece for piece in said if piece.text]
        told = [] if said == before else said  # thirty shops behind one outage say it once
        yield [
            grid.line([row[index] for index in grid.order]),
            *([Piece(" " * INDENT + text, each.style)]
              for each in told for text in grid.sentence(each.text, width - INDENT)),
        ]  # fmt: skip
        before = said


def _said(column: Column, text: str) -> str:
    """A detail with its mark; what is none, and only lacked room in the row, says what it is."""
    return f"{column.mark if column.detail else column.title + ' '}{text}" if text else ""


def _wide(grid: Grid) -> Iterator[Sequence[Line]]:
    """Each row with its details beside it, over as many lines as they take."""
    yield [grid.titles()]
    before: list[str] = []
    for row in grid.rows:
        said = [row[index].text for index in grid.order if grid.columns[index].detail]
        same = any(said) and said == before
        parts = [
            _part(grid, index, row[index].text, width, same)
            for index, width in zip(grid.order, grid.widths, strict=True)
        ]
        yield [
            grid.line([Piece(part[number] if number < len(part) else "", row[index].style)
                       for index, part in zip(grid.order, parts, strict=True)])
            for number in range(max(map(len, parts)))
        ]  # fmt: skip
        before = said


def _part(grid: Grid, index: int, text: str, width: int, same: bool) -> list[str]:
    if not grid.columns[index].detail:
        return [text]
    return [DITTO] if same else grid.sentence(text, width)


def cell_len(text: str) -> int:
    """How many cells of a terminal a text takes."""
    from rich import cells

    return len(text) if text.isascii() else cells.cell_len(text)


def cut(text: str, width: int) -> str:
    """A text of so many cells at most.

    >>> cut("orders-worker", 8), cut("orders", 8), cut("漢字漢字", 6)
    ('orders-…', 'orders', '漢字…')
    """
    from rich.cells import set_cell_size

    return text if cell_len(text) <= width else set_cell_size(text, width - 1).rstrip() + "…"


def wrapped(text: str, width: int) -> list[str]:
    """A sentence over lines of so many cells at most; a word that is longer is broken.

    >>> wrapped("all is well here", 8), wrapped("see 0123456789", 4)
    (['all is', 'well', 'here'], ['see', '0123', '4567', '89'])
    """
    from rich.cells import chop_cells

    found, line = [], ""
    for word in text.split(" "):
        if line and cell_len(line) + 1 + cell_len(word) <= width:
            line += f" {word}"
            continue
        found += [line] if line else []
        *broken, line = chop_cells(word, max(2, width)) or [""]
        found += broken
    return [*found, line]


def _style(column: Column, row: Row) -> str:
    status = status_of(row) if column.coloured else None
    return STYLES[status] if status else ""
