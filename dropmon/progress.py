"""How far a long piece of work is: one line on a terminal's stderr, nothing in a pipe."""

from __future__ import annotations

import sys
import time
from types import TracebackType

EACH = 0.2  # seconds between two updates
PATIENCE = 0.5  # seconds before the first: what ends sooner needs none


class Progress:
    """Counts what is done. `what` says of what: 'checked'."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._done = 0
        self._next = time.monotonic() + PATIENCE
        self._shown = False

    def step(self, count: int = 1) -> None:
        """So many more are done."""
        self._done += count
        if sys.stderr.isatty() and time.monotonic() >= self._next:
            self._next = time.monotonic() + EACH
            self._shown = True
            print(f"\r\x1b[K{self._done:,} {self._what} …", end="", file=sys.stderr, flush=True)

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
