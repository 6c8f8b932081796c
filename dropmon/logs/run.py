"""One run: all inputs in turn through one filter, large files by several processes."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import NamedTuple

from dropmon.logs import formats, share, sieve
from dropmon.logs.filter import Context, Filter
from dropmon.logs.inputs import Input
from dropmon.logs.query import Query
from dropmon.logs.select import EnoughError, Hits, Reader, Selector
from dropmon.logs.shape import Shape
from dropmon.logs.tally import Tally

COUNTED = 16 << 20  # bytes of which the lines are counted: of more, the size says enough


class Settings(NamedTuple):
    """What is wanted, and how it goes out."""

    query: Query
    shape: Shape = Shape()
    before: int = 0  # entries before each wanted one
    after: int = 0  # and after
    limit: int | None = None  # entries
    jobs: int | None = None  # processes for a large file; None: one a core

    @property
    def divisible(self) -> bool:
        """Whether the parts of a file can be filtered apart from each other."""
        return not (self.before or self.after or self.limit or self.shape.printer)

    def judge(self, tally: Tally) -> Filter | Context:
        filter_ = Filter(self.query, tally, self.shape.printer, self.shape.more, self.limit)
        if not (self.before or self.after):
            return filter_
        return Context(filter_, self.before, self.after, self.shown)

    def shown(self, block: bytes) -> bytes:
        """A block that goes out for the sake of another."""
        if self.shape.printer is None:
            return block + b"\n"
        return b"".join(map(self.shape.printer, formats.entries(block)))

    def hits(self) -> Hits | None:
        """What finds the places where a wanted entry can be; None when any place can."""
        wanted = () if self.before or self.after else sieve.of(self.query)
        return sieve.compiled(wanted) if wanted else None


class Counted:
    """A reader whose bytes and lines are counted."""

    def __init__(self, reader: Reader, tally: Tally) -> None:
        self._reader = reader
        self._tally = tally

    def readinto(self, view: memoryview) -> int | None:
        count = self._reader.readinto(view)
        if count:
            self._tally.size += count
            if self._tally.size < COUNTED:
                self._tally.lines += bytes(view[:count]).count(b"\n")
        return count


class Sink:
    """Where the bytes go, past any buffer."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def write(self, data: bytes) -> None:
        """Writes all of it. Raises OSError: BrokenPipeError when nobody reads it any more."""
        view = memoryview(data)
        while view:
            view = view[os.write(self._descriptor, view) :]


def run(inputs: Iterable[Input], settings: Settings, descriptor: int) -> Tally:
    """Filters all inputs into a descriptor. Raises what a reader raises, with everything before it written."""
    tally, sink = Tally(), Sink(descriptor)
    judge, hits = settings.judge(tally), settings.hits()
    for each in inputs:
        count = share.processes(each.size, settings.jobs) if settings.divisible else 1
        try:
            if count > 1:
                in_parts(each, settings, tally, sink, hits, count)
            else:
                Selector(judge, sink.write, hits).run(Counted(each.reader, tally))
        except EnoughError:
            break
    if tally.size >= COUNTED:
        tally.lines = 0
    return tally


def in_parts(given: Input, settings: Settings, whole: Tally, sink: Sink, hits: Hits | None, count: int) -> None:
    """One large file, by several processes that write in turn."""

    def work(number: int, turn: share.Turn) -> bytes:
        tally = Tally()
        judge = settings.judge(tally)
        descriptor = os.open(given.name, os.O_RDONLY)
        for part in share.parts(descriptor, given.size or 0, number, count):
            out: list[bytes] = []
            Selector(judge, out.append, hits).run(Counted(share.Range(descriptor, part), tally))
            if not (turn.take() and written(sink, out)):
                turn.give(go=False)
                break
            turn.give()
        return tally.packed()

    for packed in share.shared(count, work):
        whole.add(packed)


def written(sink: Sink, pieces: list[bytes]) -> bool:
    """Whether somebody still reads."""
    try:
        sink.write(b"".join(pieces))
    except BrokenPipeError:
        return False
    return True
