"""One run of what counts instead of choosing: all inputs in turn, large files by several processes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol, TypeVar

from dropmon.logs import share
from dropmon.logs.inputs import Input
from dropmon.logs.run import Counted
from dropmon.logs.select import Hits, InputError, Selector
from dropmon.logs.tally import Tally


class Gatherer(Protocol):
    """A judge that wants nothing out, and what it has learnt."""

    tally: Tally

    def __call__(self, block: bytes) -> bool: ...

    def begin(self) -> None:
        """Another input follows."""

    def more(self, lines: bytes) -> bytes: ...

    def cut(self) -> None: ...

    def packed(self) -> bytes:
        """For another process."""

    def add(self, packed: bytes) -> None:
        """What another process has learnt."""


G = TypeVar("G", bound=Gatherer)


def gather(inputs: Iterable[Input], made: Callable[[], G], hits: Hits | None = None, jobs: int | None = None) -> G:
    """What was learnt of all inputs. Raises what a reader raises."""
    whole = made()
    for each in inputs:
        whole.begin()
        count = share.processes(each.size, jobs)
        try:
            if count > 1 and each.descriptor is not None:
                _in_parts(each.descriptor, each.size or 0, whole, made, hits, count)
            else:
                Selector(whole, _nowhere, hits).run(Counted(each.reader, whole.tally))
        except InputError as error:
            whole.tally.broken.append([error.what, error.hint])
        finally:
            each.close()
    return whole


def _in_parts(descriptor: int, size: int, whole: G, made: Callable[[], G], hits: Hits | None, count: int) -> None:
    parts = share.parts(descriptor, size)

    def work(number: int, _: share.Turn) -> bytes:
        own = made()
        for part in parts[number::count]:
            Selector(own, _nowhere, hits).run(Counted(share.Range(descriptor, part), own.tally))
        return own.packed()

    for packed in share.shared(min(count, len(parts)), work):
        whole.add(packed)


def _nowhere(_: bytes) -> None:
    """What is counted is not written."""
