"""Keys as they are pressed, without a line's end; and an end that leaves the terminal as it was."""

from __future__ import annotations

import os
import select
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Pressed = Callable[[float], frozenset[str]]  # the keys that are pressed within so many seconds


@contextmanager
def keyboard() -> Iterator[Pressed]:
    """The keys pressed on stdin, at once and without an echo; none where stdin is no terminal."""
    try:
        import termios
        import tty
    except ImportError:  # Windows
        yield _nothing
        return
    if not sys.stdin.isatty():
        yield _nothing
        return
    number = sys.stdin.fileno()
    before = termios.tcgetattr(number)
    tty.setcbreak(number)
    try:
        yield _pressed
    finally:
        termios.tcsetattr(number, termios.TCSADRAIN, before)


def _pressed(within: float) -> frozenset[str]:
    ready, _, _ = select.select([sys.stdin], [], [], within)
    if not ready:
        return frozenset()
    found = os.read(sys.stdin.fileno(), 1024)
    return frozenset(found.decode(errors="replace")) if found else frozenset("\x04")  # nobody is there any more


def _nothing(within: float) -> frozenset[str]:
    time.sleep(within)
    return frozenset()


@contextmanager
def stoppable() -> Iterator[None]:
    """A polite kill ends the work as Ctrl-C does."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
