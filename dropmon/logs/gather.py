"""One run of what counts instead of choosing: all inputs in turn, large files by several processes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import Protocol, TypeVar

from dropmon.logs import share
from dropmon.logs.inputs import Input
from dropmon.logs.run import Counted
from dropmon.logs.select import Hits, Selector
from dropmon.logs.tally import Tally


class Gatherer(Protocol):
    """A judge that wants nothing out, and what it has learnt."""

    tally: Tally

    def __call__(self, block: bytes) -> bool: ...

    def begin(self) -> None:
        """Another input follows."""

    def more(self, lines: bytes) -> bytes: ...

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
        if count > 1:
            _in_parts(each, whole, made, hits, count)
        else:
            Selector(whole, _nowhere, hits).run(Counted(each.reader, whole.tally))
    return whole


def _in_parts(given: Input, whole: G, made: Callable[[], G], hits: Hits | None, count: int) -> None:
    def work(number: int, _: share.Turn) -> bytes:
        own = made()
        descriptor = os.open(given.name, os.O_RDONLY)
        for part in share.parts(descriptor, given.size or 0, number, count):
            Selector(own, _nowhere, hits).run(Counted(share.Range(descriptor, part), own.tally))
        os.close(descriptor)
        return own.packed()

    for packed in share.shared(count, work):
        whole.add(packed)


def _nowhere(_: bytes) -> None:
    """What is counted is not written."""
