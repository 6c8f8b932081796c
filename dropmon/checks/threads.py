"""A lane of threads for probes that block: the run's deadline leaves them behind instead of waiting for them."""

from __future__ import annotations

import queue
import threading
import time
from typing import TYPE_CHECKING

from dropmon.checks.finding import Finding
from dropmon.checks.probe import ThreadProbe
from dropmon.model import Verdict

if TYPE_CHECKING:
    from dropmon.checks.target import Target

AT_ONCE = 16


class Threads:
    """Measures blocking probes. The threads are daemons: one stuck in a resolver does not hold the process."""

    def __init__(self) -> None:
        self._asked: queue.SimpleQueue[Target] = queue.SimpleQueue()
        self._told: queue.SimpleQueue[tuple[Target, Finding, float | None]] = queue.SimpleQueue()
        self._running = 0
        self.open: dict[int, Target] = {}

    def ask(self, target: Target) -> None:
        """Begins to measure, as soon as a thread is free."""
        self.open[id(target)] = target
        self._asked.put(target)
        if self._running < AT_ONCE:
            self._running += 1
            threading.Thread(target=self._work, name="dropmon-probe", daemon=True).start()

    def told(self, until: float) -> tuple[Target, Finding, float | None] | None:
        """The next result, or None when all is told or `until` (monotonic seconds) has come."""
        if not self.open:
            return None
        try:
            result = self._told.get(timeout=max(0.0, until - time.monotonic()))
        except queue.Empty:
            return None
        del self.open[id(result[0])]
        return result

    def _work(self) -> None:
        while True:
            target = self._asked.get()
            try:
                finding, taken = _probe(target).measure()
            except Exception as error:  # a probe that breaks is told like one that fails
                finding, taken = (
                    Finding(Verdict.UNKNOWN, f"{type(error).__name__}: {error}", "run it with --debug"),
                    None,
                )
            self._told.put((target, finding, taken))


def _probe(target: Target) -> ThreadProbe:
    assert isinstance(target.probe, ThreadProbe)
    return target.probe
