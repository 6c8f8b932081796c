"""Work that is given a time for all of it: sockets only limit each step."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")


def within(seconds: float, work: Callable[[], T]) -> T:
    """What the work returns or raises. Raises TimeoutError when that takes longer; it is then left to itself.

    >>> within(5, lambda: 7)
    7
    """
    told: queue.SimpleQueue[tuple[bool, Any]] = queue.SimpleQueue()

    def run() -> None:
        try:
            told.put((True, work()))
        except BaseException as error:
            told.put((False, error))

    threading.Thread(target=run, name="dropmon-channel", daemon=True).start()
    try:
        done, what = told.get(timeout=seconds)
    except queue.Empty:
        raise TimeoutError(f"not done in {seconds:g} s") from None
    if done:
        return what  # type: ignore[no-any-return]
    raise what
