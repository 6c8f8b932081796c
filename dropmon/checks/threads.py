"""A lane of threads for probes that block: the run's deadline leaves them behind instead of waiting for them."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from typing import Generic, NamedTuple, TypeVar, cast

from dropmon.checks.finding import Finding, broken
from dropmon.checks.probe import ThreadProbe
from dropmon.checks.target import Target

AT_ONCE = 16
T = TypeVar("T")


class Told(NamedTuple):
    """What a blocking probe found: asked at `at` (seconds since 1970), within `taken` seconds."""

    target: Target
    finding: Finding
    at: float
    taken: float | None


class Threads:
    """Measures blocking probes. The threads are daemons: one stuck in a resolver does not hold the process."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._asked: queue.SimpleQueue[Target] = queue.SimpleQueue()
        self._told: queue.SimpleQueue[Told] = queue.SimpleQueue()
        self._running = 0
        self.open: dict[int, Target] = {}

    def ask(self, target: Target) -> None:
        """Begins to measure, as soon as a thread is free."""
        self.open[id(target)] = target
        self._asked.put(target)
        if self._running < AT_ONCE:
            self._running += 1
            threading.Thread(target=self._work, name="dropmon-probe", daemon=True).start()

    def told(self, until: float) -> Told | None:
        """The next result, or None when all is told or `until` (monotonic seconds) has come."""
        if not self.open:
            return None
        try:
            result = self._told.get(timeout=max(0.0, until - time.monotonic()))
        except queue.Empty:
            return None
        del self.open[id(result.target)]
        return result

    def _work(self) -> None:
        while True:
            target = self._asked.get()
            at = self._clock()
            try:
                finding, taken = _probe(target).measure()
            except Exception as error:  # a probe that breaks is told like one that fails
                finding, taken = broken(error), None
            self._told.put(Told(target, finding, at, taken))


def _probe(target: Target) -> ThreadProbe:
    assert isinstance(target.probe, ThreadProbe)
    return target.probe


class Errand(Generic[T]):
    """Work that has begun, in a thread that holds up nobody. Its result is fetched once."""

    def __init__(self, work: Callable[[], T]) -> None:
        self._box: queue.SimpleQueue[tuple[T | None, BaseException | None]] = queue.SimpleQueue()
        threading.Thread(target=self._run, args=(work,), name="dropmon-work", daemon=True).start()

    @property
    def over(self) -> bool:
        return not self._box.empty()

    def result(self, seconds: float) -> T:
        """What the work returned. Raises TimeoutError after so many seconds, or whatever the work raised."""
        try:
            result, error = self._box.get(timeout=max(0.0, seconds))
        except queue.Empty:
            raise TimeoutError(f"no answer in {seconds:.0f} s") from None
        if error:
            raise error
        return cast("T", result)

    def _run(self, work: Callable[[], T]) -> None:
        try:
            self._box.put((work(), None))
        except BaseException as error:  # it belongs to whoever waits
            self._box.put((None, error))


def within(seconds: float, work: Callable[[], T]) -> T:
    """What `work` returns, done in a thread that is left behind when it takes longer.

    Raises TimeoutError, or whatever `work` raises.
    """
    return Errand(work).result(seconds)
