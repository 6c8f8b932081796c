"""One run: all inputs in turn through one filter, large files by several processes."""

from __future__ import annotations

import os
import select
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from typing import NamedTuple

from dropmon.errors import DropmonError
from dropmon.logs import formats, share, sieve
from dropmon.logs.filter import Context, Filter
from dropmon.logs.follow import Followed, Stream, together
from dropmon.logs.inputs import Input
from dropmon.logs.query import Query
from dropmon.logs.select import EnoughError, Hits, InputError, Reader, Selector
from dropmon.logs.shape import Shape
from dropmon.logs.tally import COUNTED, Tally
from dropmon.output import clean

Step = Callable[[int], object]


def nobody(_: int) -> None:
    """For whoever does not want to know how far it is."""


class Settings(NamedTuple):
    """What is wanted, and how it goes out."""

    query: Query
    shape: Shape = Shape()
    before: int = 0  # entries before each wanted one
    after: int = 0  # and after
    limit: int | None = None  # entries
    jobs: int | None = None  # processes for a large file; None: one a core
    step: Step = nobody  # is told of bytes that were read

    @property
    def divisible(self) -> bool:
        """Whether the parts of a file can be filtered apart from each other."""
        return not (self.before or self.after or self.limit or self.shape.printer)

    def filter(self, tally: Tally) -> Filter:
        return Filter(self.query, tally, self.shape.printer, self.shape.more, self.limit)

    def judge(self, filter_: Filter) -> Filter | Context:
        """What decides about the blocks of one stream: it knows which stand side by side."""
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
        return sieve.compiled(wanted, keep=not self.query.needs()) if wanted else None


class Counted:
    """A reader whose bytes and lines are counted."""

    def __init__(self, reader: Reader, tally: Tally, step: Step = nobody) -> None:
        self._reader = reader
        self._tally = tally
        self._step = step

    def readinto(self, view: memoryview) -> int | None:
        count = self._reader.readinto(view)
        if count:
            self._tally.size += count
            self._step(count)
            if self._tally.size < COUNTED:
                self._tally.lines += bytes(view[:count]).count(b"\n")
        return count


class Sink:
    """Where the bytes go, past any buffer."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._said = ""  # the name of what was written last

    def write(self, data: bytes) -> None:
        """Writes all of it. Raises BrokenPipeError when nobody reads it any more, DropmonError when it has no place."""
        view = memoryview(data)
        try:
            while view:
                view = view[os.write(self._descriptor, view) :]
        except BrokenPipeError:
            raise
        except OSError as error:
            what = f"the answer cannot be written: {error.strerror}"
            raise DropmonError(what, "make room, or write to another place") from None

    def write_of(self, name: str, data: bytes) -> None:
        """The same, below the name of where it comes from whenever that is another one."""
        if self._said not in ("", name):
            self.write(f"==> {clean(name)} <==\n".encode())
        self._said = name
        self.write(data)

    def is_closed(self) -> bool:
        """Whether nobody reads it any more."""
        poll = select.poll()
        poll.register(self._descriptor, 0)
        return bool(poll.poll(0))


def run(inputs: Iterable[Input], settings: Settings, descriptor: int, tally: Tally) -> None:
    """Filters all inputs into a descriptor, and counts. Raises what a reader raises, when all before it is written."""
    sink = Sink(descriptor)
    filter_, hits = settings.filter(tally), settings.hits()
    with suppress(EnoughError):
        for each in inputs:
            tally.answered |= each.answered
            count = share.processes(each.size, settings.jobs) if settings.divisible else 1
            try:
                if count > 1 and each.descriptor is not None:
                    in_parts(each.descriptor, each.size or 0, settings, tally, sink, hits, count)
                else:
                    Selector(settings.judge(filter_), sink.write, hits).run(Counted(each.reader, tally, settings.step))
            except InputError as error:
                tally.broken.append([error.what, error.hint])
            finally:
                each.close()


def follow(inputs: Iterable[Input], settings: Settings, descriptor: int, tally: Tally) -> None:
    """The same with files that grow, all at once, for as long as somebody reads it."""
    sink, filter_, hits = Sink(descriptor), settings.filter(tally), settings.hits()
    named = os.isatty(descriptor)

    def stream(given: Input) -> Stream:
        write = partial(sink.write_of, given.name) if named else sink.write
        selector = Selector(settings.judge(filter_), write, hits)
        ready = given.reader.ready if isinstance(given.reader, Followed) else None
        return Stream(partial(selector.step, Counted(given.reader, tally)), ready)

    with suppress(EnoughError):
        together([stream(each) for each in inputs], sink.is_closed)


def in_parts(
    descriptor: int, size: int, settings: Settings, whole: Tally, sink: Sink, hits: Hits | None, count: int
) -> None:
    """One large file, by several processes that write in turn."""
    parts = share.parts(descriptor, size)

    def work(number: int, turn: share.Turn) -> bytes:
        tally = Tally()
        judge = settings.judge(settings.filter(tally))
        for part in parts[number::count]:
            out: list[bytes] = []
            step = settings.step if number == 0 else nobody  # the others have no terminal
            Selector(judge, out.append, hits).run(Counted(share.Range(descriptor, part), tally, step))
            if not (turn.take() and written(sink, out)):
                turn.give(go=False)
                break
            turn.give()
        return tally.packed()

    for packed in share.shared(min(count, len(parts)), work):
        whole.add(packed)
    if sink.is_closed():
        raise BrokenPipeError


def written(sink: Sink, pieces: list[bytes]) -> bool:
    """Whether somebody still reads."""
    try:
        sink.write(b"".join(pieces))
    except BrokenPipeError:
        return False
    return True
