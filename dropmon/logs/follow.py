"""Files that grow: what is appended is read at once, through rotation, truncation and whatever else happens to a log.

The files are asked every few milliseconds. That costs less than one per cent of a processor, and it works where the
kernel tells of no change, as on a network's file system.
"""

from __future__ import annotations

import contextlib
import os
import stat
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from dropmon.errors import UsageError
from dropmon.logs.block import blocks
from dropmon.logs.inputs import STDIN, Input, is_packed, opened

LAST = 10  # entries of a file that are shown at first
TAIL = 1 << 20  # bytes at the end of a file in which they are looked for
TICK = 0.01  # seconds between two looks; also what an entry may take to get its trace
RESTING = 0.03  # seconds between two looks at files in which nothing happens
REST = 2.0  # seconds without a byte after which they rest
MARK = 64  # bytes by which a file is known again
LEAVING = 0.25  # seconds between two looks at whether the answer is still read
LATE = 5.0  # seconds of silence after which nobody writes any more to a file that was moved away

Say = Callable[[str], None]


class Moved:
    """A file whose name another one has taken: who has it open may still write to it."""

    def __init__(self, descriptor: int, at: int) -> None:
        """From a place on, in bytes."""
        self._descriptor = descriptor
        self._at = at
        self._heard = time.monotonic()

    def lines(self) -> bytes | None:
        """The whole lines that have come; None when no more will, and the file was closed."""
        data = os.pread(self._descriptor, TAIL, self._at)
        silent = time.monotonic() - self._heard >= LATE
        if not data and silent:
            os.close(self._descriptor)
            return None
        whole = data[: data.rfind(b"\n") + 1]
        if not whole and data and (silent or len(data) == TAIL):  # its end will not come, or is too far away
            whole = data
        if whole:
            self._at += len(whole)
            self._heard = time.monotonic()
        return whole if whole.endswith(b"\n") or not whole else whole + b"\n"


class Followed:
    """A file by its name, whatever file that is by now. One that was moved away is read to its end first.

    What is written to that one later comes between the lines of the new one.
    """

    def __init__(self, path: str, last: int | None = LAST, say: Say = lambda _: None) -> None:
        """From the last entries on, or from the beginning with None. Raises UsageError for what may not be read."""
        self._path = Path(path)
        self._files: list[int] = []  # the one that is read, and those that have taken its name since
        self._at = 0  # bytes of it that were read
        self._mark = b""  # the last of them
        self._changed = 0  # when it was, as far as was seen: nanoseconds since 1970
        self._midline = False  # they do not end with a newline
        self._moved: list[Moved] = []
        self._still: tuple[int, ...] | None = None  # what its name says while there is nothing to read, nor to wait for
        self._pending = b""  # what comes before the next bytes of the file
        self._look(self._there())
        if self._files:
            self._at = 0 if last is None else tail(self._files[0], last)
        elif self._path.exists():
            raise UsageError(f"{path} cannot be read", "look at its permissions: ls -l")
        else:
            say(f"{path} is not there yet: waiting for it")

    def ready(self) -> bool:
        """Whether there are bytes to read. A file that is as it was costs one call of the system."""
        there = self._there()
        still = there and (there.st_dev, there.st_ino, there.st_size, there.st_mtime_ns, there.st_ctime_ns)
        if still and still == self._still:
            return False
        is_same = self._look(there)
        self._listen()
        is_ready = self._has_more()
        self._still = still if is_same and not is_ready and len(self._files) == 1 and not self._moved else None
        return is_ready

    def _has_more(self) -> bool:
        while self._files:
            now = os.fstat(self._files[0])
            size, changed, self._changed = now.st_size, now.st_mtime_ns != self._changed, now.st_mtime_ns
            if size < self._at or ((changed or size > self._at) and not self._known()):
                self._again()
            elif size == self._at and self._replaced():
                if os.fstat(self._files[0]).st_size == size:  # its writer has moved on
                    self._next()
            else:
                return bool(self._pending) or self._at < size
        return False

    def readinto(self, view: memoryview) -> int | None:
        """Fills the view: the bytes read, None when there is nothing for the moment. There is no end."""
        if not self.ready():
            return None
        if self._pending:
            count = min(len(view), len(self._pending))
            view[:count], self._pending = self._pending[:count], self._pending[count:]
            return count
        if not self._mark:  # what a writer at its old place leaves before it, once the file was emptied, is a hole
            with contextlib.suppress(OSError):
                self._at = os.lseek(self._files[0], self._at, os.SEEK_DATA)
        count = os.preadv(self._files[0], [view], self._at)
        if count == 0:
            return None
        self._at += count
        self._mark = (self._mark + bytes(view[max(0, count - MARK) : count]))[-MARK:]
        self._midline = view[count - 1] != 0x0A
        return count

    def _there(self) -> os.stat_result | None:
        """What has the name now: None when it was moved away, and the new one is still to come."""
        try:
            return self._path.stat()
        except OSError:
            return None

    def _look(self, there: os.stat_result | None) -> bool:
        """Opens the file that has the name now, if that is another one. Whether it is not."""
        if there is None:
            return False
        if self._files:
            newest = os.fstat(self._files[-1])
            if newest.st_nlink and (newest.st_dev, newest.st_ino) == (there.st_dev, there.st_ino):
                return True
        if stat.S_ISREG(there.st_mode):
            with contextlib.suppress(OSError):
                self._files.append(os.open(self._path, os.O_RDONLY))
        return False

    def _replaced(self) -> bool:
        """Whether something was written to a file that has taken the name."""
        return any(os.fstat(each).st_size for each in self._files[1:])

    def _next(self) -> None:
        self._moved.append(Moved(self._files.pop(0), self._at))
        self._again()

    def _listen(self) -> None:
        """Takes what has come late, where it cuts no line."""
        for each in tuple(self._moved) if not self._midline and not self._pending else ():
            lines = each.lines()
            if lines is None:
                self._moved.remove(each)
            else:
                self._pending += lines

    def _known(self) -> bool:
        """Whether the bytes before the new ones are those that were read: else it was emptied, and has grown since."""
        return os.pread(self._files[0], len(self._mark), self._at - len(self._mark)) == self._mark

    def _again(self) -> None:
        """The file is another one, or was emptied: no end of a line will come that has begun."""
        self._pending += b"\n" if self._midline else b""
        self._at, self._mark, self._midline = 0, b"", False


def followed(path: str, last: int | None, say: Say) -> Input:
    """A file, there or not, that grows; what cannot grow, and what is a stream anyway, is read as it is."""
    with contextlib.suppress(OSError):
        if path == STDIN or not stat.S_ISREG(Path(path).stat().st_mode) or is_packed(path):
            return opened(path, wait=False)
    return Input(path, Followed(path, last, say))


def tail(descriptor: int, count: int) -> int:
    """Where the last `count` entries of a file begin."""
    size = os.fstat(descriptor).st_size
    if not count:
        return size
    reach = 64 << 10
    while True:
        begin = max(0, size - reach)
        found = [start for start, _ in blocks(os.pread(descriptor, size - begin, begin))]
        if len(found) > count or begin == 0 or reach >= TAIL:
            return begin + (found[-count:] or [0])[0]
        reach *= 4


class Stream(NamedTuple):
    """One of the things that are followed; `ready` tells whether a step will find bytes."""

    step: Callable[[], int | None]  # one read and what follows: the bytes read, 0 at the end, None when there were none
    ready: Callable[[], bool] | None = None  # without it a step is always taken, which may wait a little for bytes


def together(streams: Sequence[Stream], gone: Callable[[], bool]) -> None:
    """Takes from all streams what comes, as it comes, until they have ended or whoever reads the answer is gone."""
    alive, seen, last = list(streams), dict[Stream, float](), time.monotonic()
    asked = last
    while alive:
        now = time.monotonic()
        for each in tuple(alive):
            if each.ready and not each.ready() and now - seen.get(each, now) < TICK:
                continue
            seen.pop(each, None)
            count = each.step()
            if count:
                seen[each] = last = now
            elif count == 0:
                alive.remove(each)
        if now - asked >= LEAVING:
            if gone():
                return
            asked = now
        if last < now:
            time.sleep(TICK if now - last < REST else RESTING)
