"""A table on the whole terminal, drawn again and again until `q` or Ctrl-C. The terminal is left as it was."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING

from dropmon.output.harmless import clean
from dropmon.output.keyboard import keyboard, stoppable
from dropmon.output.screens import INDENT, STYLES, Line, Piece, blocks, segments, terminal, wrapped
from dropmon.output.table import Table

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult

BLINK = 0.1  # seconds between two looks at the keyboard, at the window's size and for the answer
PATIENCE = 2.0  # seconds without an answer from which the screen says so
QUIT = frozenset("qQ\x04")  # Ctrl-D, too; Ctrl-C comes as a signal


class Frame:
    """A table in exactly as many lines as the terminal has."""

    def __init__(self, table: Table, below: str) -> None:
        self.table = table
        self.below = below

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        from rich.segment import Segments

        height = options.height or console.height
        drawn = fitting(self.table, self.below, options.max_width, height)
        yield Segments([*segments(drawn, console)][:-1])


def fitting(table: Table, below: str, width: int, height: int) -> Sequence[Line]:
    """The verdict, as many whole rows as there is room for, the notes, and what stands below, in so many lines."""
    bold = f"bold {STYLES[table.status] if table.status else ''}"
    top: list[Line] = [[Piece(text, bold)] for text in wrapped(clean(table.headline), width)]
    end: list[Line] = [[Piece(text)] for note in table.notes for text in wrapped(clean(note), width)]
    end.append([Piece(below, "dim")])
    middle = _rows(table, width, height - len(top) - len(end) - 2)
    above = [*top, [], *middle][: height - len(end)]
    return [*above, *[[]] * (height - len(above) - len(end)), *end][-height:]


def _rows(table: Table, width: int, room: int) -> list[Line]:
    """The titles and the first rows; how many have no room is said."""
    if not table.rows:
        return []
    titles, *rows = blocks(table, width, brief=True)
    shown, left = [*titles], len(rows)
    for block in rows:
        if len(shown) + len(block) + (left > 1) > room:
            return [*shown, [Piece(f"{' ' * INDENT}{left} more", "dim")]]
        shown += block
        left -= 1
    return shown


class Question:
    """Something that is asked in a thread of its own: who leaves does not wait for the answer."""

    def __init__(self, ask: Callable[[], Table]) -> None:
        self.since = time.monotonic()
        self._said: SimpleQueue[Table | BaseException] = SimpleQueue()
        Thread(target=self._work, args=(ask,), daemon=True).start()

    def answer(self) -> Table | None:
        """The answer, if it has come. Raises what the asking raised."""
        try:
            said = self._said.get_nowait()
        except Empty:
            return None
        if isinstance(said, BaseException):
            raise said
        return said

    def _work(self, ask: Callable[[], Table]) -> None:
        try:
            self._said.put(ask())
        except BaseException as error:
            self._said.put(error)


def live(first: Table, ask: Callable[[], Table], every: float) -> None:
    """Shows a table, then what `ask` returns, again every so many seconds, until somebody ends it.

    Raises what `ask` raises.
    """
    from rich.live import Live

    below = f"q quits, space looks at once; every {every:g} s"
    frame = Frame(first, below)
    shown = Live(frame, console=terminal(), screen=True, auto_refresh=False)
    size = shown.console.size  # before the first picture: a window that changes while it is drawn gets another
    with keyboard() as pressed, stoppable(), suppress(KeyboardInterrupt), shown as view:
        question, due = None, time.monotonic() + every
        while not (keys := pressed(BLINK)) & QUIT:
            now, before = time.monotonic(), (frame.table, frame.below, size)
            if question is None and (now >= due or " " in keys):
                question, due = Question(ask), now + every
            if question and (table := question.answer()):
                frame.table, question = table, None
            waited = now - question.since if question else 0
            frame.below = f"no answer for {waited:.0f} s; {below}" if waited > PATIENCE else below
            size = view.console.size
            if (frame.table, frame.below, size) != before:
                view.refresh()
