"""A large file read by several processes: each takes every n-th part, and they write in turn, so that order is kept.

Nothing is copied between them but a token that says whose turn it is. A part begins at a line that is a head beyond
doubt, so that every block lies in one part, whichever process reads it.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
from collections.abc import Callable
from typing import NamedTuple

from dropmon.errors import DropmonError
from dropmon.logs.block import settled
from dropmon.logs.select import LARGEST

PART = 8 << 20  # bytes
LEAST = 64 << 20  # bytes of a file below which one process is as fast
MOST = 8  # processes
FAILED = b"!"  # before what went wrong in another process
GO, STOP = b"g", b"s"


class Part(NamedTuple):
    """Bytes `start` to `stop` of a file."""

    start: int
    stop: int


class Range:
    """Reads one part of a file."""

    def __init__(self, descriptor: int, part: Part) -> None:
        self._descriptor = descriptor
        self._at, self._stop = part

    def readinto(self, view: memoryview) -> int:
        count = os.preadv(self._descriptor, [view[: self._stop - self._at]], self._at)
        self._at += count
        return count


def processes(size: int | None, jobs: int | None) -> int:
    """How many processes read a file of so many bytes.

    >>> processes(10 << 20, None), processes(None, 4), processes(1 << 30, 3)
    (1, 1, 3)
    """
    if size is None or size < LEAST or not hasattr(os, "fork"):
        return 1
    return min(jobs or len(os.sched_getaffinity(0)), MOST, size // PART)


def parts(descriptor: int, size: int, length: int = PART) -> list[Part]:
    """The parts of a file, of about `length` bytes each; a single one where no line can be told to be a head.

    A part begins at a line that is one, and no part of a document over many lines.
    """
    starts = [0]
    while starts[-1] + length < size:
        start = boundary(descriptor, starts[-1] + length, size)
        if start is None:
            return [Part(0, size)]
        starts.append(start)
    return [Part(start, stop) for start, stop in zip(starts, [*starts[1:], size], strict=True) if start < stop]


def boundary(descriptor: int, at: int, size: int) -> int | None:
    """Where the first such line starts, behind `at` or the file's end; None if there is none within LARGEST bytes."""
    begin = at - 1
    for reach in (64 << 10, LARGEST):
        buffer = os.pread(descriptor, reach, begin)
        start = buffer.find(b"\n") + 1
        while start:
            stop = buffer.find(b"\n", start)
            if stop < 0:
                break
            if settled(buffer, start):
                return begin + start
            start = stop + 1
        if begin + len(buffer) >= size:
            return size
    return None


class Turn(NamedTuple):
    """Whose turn it is to write: a token goes round a ring of pipes, of which each process holds two ends."""

    mine: int
    following: int

    def take(self) -> bool:
        """Waits for the turn; False when nobody reads any more, or when who had it before is dead."""
        return os.read(self.mine, 1) == GO

    def give(self, go: bool = True) -> None:
        """Lets the next one write, or tells it that nobody reads any more."""
        with contextlib.suppress(BrokenPipeError):  # it has come to its end
            os.write(self.following, GO if go else STOP)


Work = Callable[[int, Turn], bytes]


class Child(NamedTuple):
    """Another process, and where its answer comes from."""

    process: int
    answer: int


def shared(count: int, work: Work) -> list[bytes]:
    """Runs `work(number, turn)` in so many processes, this one among them; what each returned.

    Raises DropmonError when one of them did not come to its end.
    """
    ring = [os.pipe() for _ in range(count)]
    os.write(ring[0][1], GO)
    children: list[Child] = []
    try:
        children.extend(_born(number, ring, work) for number in range(1, count))
        turn = _place(0, ring)
        own = work(0, turn)
        os.close(turn.following)  # whoever waits for us in vain wakes up
        return [own, *map(_answer, children)]
    finally:
        for child in children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child.process, signal.SIGKILL)
            os.waitpid(child.process, 0)
            os.close(child.answer)


def _born(number: int, ring: list[tuple[int, int]], work: Work) -> Child:
    reading, writing = os.pipe()
    process = os.fork()
    if process:
        os.close(writing)
        return Child(process, reading)
    try:
        try:
            said = work(number, _place(number, ring)) or b"\n"
        except DropmonError as error:
            said = FAILED + json.dumps([error.what, error.hint]).encode()
        while said:
            said = said[os.write(writing, said) :]
    finally:
        os._exit(0)  # without an answer its parent knows


def _place(number: int, ring: list[tuple[int, int]]) -> Turn:
    """This process's two ends; all others are closed, so that a death is noticed."""
    turn = Turn(ring[number][0], ring[(number + 1) % len(ring)][1])
    for end in (each for pair in ring for each in pair):
        if end not in turn:
            os.close(end)
    return turn


def _answer(child: Child) -> bytes:
    said = b""
    while more := os.read(child.answer, PART):
        said += more
    if not said:
        raise DropmonError("a process that read a part of the file was stopped", "run it again, or with --jobs 1")
    if said.startswith(FAILED):
        raise DropmonError(*json.loads(said[len(FAILED) :]))
    return said
