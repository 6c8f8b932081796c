"""The heart of `dropmon logs`: buffers of bytes in, the wanted bytes out, judged block by block and once each.

Where a sieve is, only blocks with a hit are judged; where hits are dense, and without one, all are. Either way the
answer is that of judging every block, whatever the size of the buffers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

from dropmon.errors import DropmonError
from dropmon.logs.block import LF, Buffer, above, continues, end, head, holds, last, opens, parted

SIZE = 256 << 10  # bytes read at once: what stays in the processor's own memory
LONGEST = 4 << 20  # bytes of a block that are judged; the rest of it follows that verdict
LARGEST = 8 << 20  # the same of a document
DENSE = 512  # bytes between two hits: where they stand closer, judging all costs less
FIRST = SIZE // 2  # bytes that are always judged whole: they tell what the input is
PROBE = 16  # buffers that are judged whole before the sieve is tried again

Verdict = bool | bytes  # True: written as it came; bytes: written instead, with their newline
Hits = Callable[[Buffer, int], list[int]]


class InputError(DropmonError):
    """An input cannot be read, or not to its end. The others can."""


class EnoughError(Exception):
    """As many entries as were asked for are out, with this verdict on the last block."""

    def __init__(self, last: Verdict) -> None:
        super().__init__()
        self.last = last


class Judge(Protocol):
    """Decides about blocks."""

    def __call__(self, block: bytes) -> Verdict:
        """What to write of a block, given without its last newline."""

    def more(self, lines: bytes) -> bytes:
        """What to write of lines that continue a block which is wanted and was written already."""

    def cut(self) -> None:
        """A block was not wanted, but it is so large that only its beginning was judged."""


class Reader(Protocol):
    """Where bytes come from."""

    def readinto(self, view: memoryview) -> int | None:
        """Fills the view: the bytes read, 0 at the end, None when there is nothing for the moment."""


class Selector:
    """Judges one stream. `write` gets the wanted bytes of a buffer at once."""

    def __init__(self, judge: Judge, write: Callable[[bytes], object], hits: Hits | None = None) -> None:
        self._judge = judge
        self._write = write
        self._hits = hits
        self._dense = 0  # buffers that are still judged whole
        self._first = FIRST  # bytes that are, too
        self._open: bool | None = None  # whether a block was wanted that may go on in the next buffer
        self._midline = False  # its last line has not ended yet
        self._buffer = bytearray(SIZE)
        self._held = 0  # bytes in it that are not judged yet
        self._looked = 0  # bytes of those in which the end of a block was looked for
        self._unripe = -1  # bytes of those when the stream paused, and nothing could be judged
        self._same = 0  # where a line starts up to which they are one block

    def run(self, reader: Reader) -> None:
        """Takes all that a reader gives."""
        try:
            while self.step(reader) != 0:
                pass
        except InputError:
            if self._held:
                self._ended()  # what stands before the damage counts
            raise

    def step(self, reader: Reader) -> int | None:
        """Takes what a reader has now; the bytes read, 0 at the end, None when there were none."""
        buffer = self._buffer
        count = reader.readinto(memoryview(buffer)[self._held :])
        if count:
            self._held += count
        if count == 0:
            if self._held:
                self._ended()
        elif count is None and self._held == self._unripe:
            pass
        elif cut := self._ripe(buffer, self._held) if count is None else self._cut(buffer, self._held):
            self._held, self._same = self._drop(buffer, cut, self._held), 0
        elif self._held == len(buffer):
            self._buffer = buffer + bytearray(len(buffer))
        self._looked = self._held
        self._unripe = self._held if count is None else -1
        return count

    def _ended(self) -> None:
        """Takes the rest. The last line of a file may lack its newline."""
        if self._buffer[self._held - 1] != LF:
            self._buffer[self._held] = LF
            self._held += 1
        self._take(memoryview(self._buffer)[: self._held])
        self._held = 0

    def _cut(self, buffer: bytearray, held: int) -> int:
        """Takes the blocks that are whole; where they end."""
        stop = buffer.rfind(b"\n", self._looked, held)
        if stop >= 0:  # the line behind it may turn out to continue what is above it
            line = above(buffer, stop + 1)
            cut = head(buffer, line, self._same)
            if cut > self._same:
                self._take(memoryview(buffer)[:cut])
                self._open, self._midline = None, False
                return cut
            self._same = line
        if held < LONGEST or (held < LARGEST and self._holds(buffer, held)):
            return 0
        return self._overlong(buffer, held)

    def _holds(self, buffer: bytearray, held: int) -> bool:
        """Whether what is too long is a document: the block itself, or the line behind it that has not ended."""
        return holds(buffer) or holds(buffer, buffer.rfind(b"\n", 0, held) + 1)

    def _overlong(self, buffer: bytearray, held: int) -> int:
        """A block that is larger than any buffer: judged by its beginning, and the rest goes the same way."""
        cut = buffer.rfind(b"\n", 0, held) + 1 or held
        begins = self._open is None
        self._take(memoryview(buffer)[:cut])
        self._midline = buffer[cut - 1] != LF
        if begins and not self._open and (self._midline or holds(buffer)):  # a head line that was read whole decides
            self._judge.cut()
        return cut

    def _ripe(self, buffer: bytearray, held: int) -> int:
        """The stream pauses: what stands on whole lines is judged now, and what may still follow goes the same way."""
        cut = buffer.rfind(b"\n", 0, held) + 1
        if cut == 0 or self._unfinished(buffer, cut):
            return 0
        self._take(memoryview(buffer)[:cut])
        return cut

    def _unfinished(self, buffer: bytearray, cut: int) -> bool:
        """Whether a document over many lines has not been closed."""
        start = last(buffer, cut)
        return opens(buffer, start) and bytes(buffer[cut - 2 : cut - 1]) not in (b"}", b"]")

    def _drop(self, buffer: bytearray, cut: int, held: int) -> int:
        kept = held - cut
        buffer[:kept] = buffer[cut:held]
        return kept

    def _take(self, view: memoryview) -> None:
        """Judges the blocks of a buffer that starts with one, or with what continues the last."""
        out = Output(view)
        at = 0 if self._open is None else self._rest(view, out)
        if at < len(view):
            self._open = False  # unless the last block says otherwise
            judge, most = self._judge, len(view) - 1
            try:
                for start, stop, block in self._candidates(view, at):
                    verdict = judge(block)
                    if verdict:
                        out.add(start, stop, verdict)
                    if stop >= most:
                        self._open = bool(verdict)
            except EnoughError as enough:
                out.add(start, stop, enough.last)
                self._write(out.joined())
                raise
        if whole := out.joined():
            self._write(whole)

    def _rest(self, view: memoryview, out: Output) -> int:
        """Passes on what continues a block that was judged before; where that ends."""
        buffer = bytes(view)
        at = (buffer.find(b"\n") + 1 or len(buffer)) if self._midline else 0
        while at < len(buffer) and continues(buffer, at):
            at = buffer.find(b"\n", at) + 1 or len(buffer)
        self._midline = self._midline and not buffer.endswith(b"\n") and at == len(buffer)
        if at and self._open:
            out.more(self._judge.more(buffer[:at]))
        return at

    def _candidates(self, view: memoryview, at: int) -> Iterator[tuple[int, int, bytes]]:
        if self._hits is None or self._dense or self._first > 0:
            self._dense = max(0, self._dense - 1)
            self._first -= len(view)
            return parted(bytes(view), at)
        hits = self._hits(self._buffer, len(view))
        self._dense = PROBE if len(hits) * DENSE > len(view) else 0
        return around(self._buffer, hits, at, len(view))


def around(buffer: Buffer, hits: list[int], start: int, most: int) -> Iterator[tuple[int, int, bytes]]:
    r"""(start, end, bytes) of each block from `start` on to `most` in which a match ends, once.

    >>> list(around(b"[Error] x\n  at y\n[Info] z\n", [7, 12], 0, 26))
    [(0, 16, b'[Error] x\n  at y')]
    """
    for hit in hits:
        at = hit - 1  # the last byte of the match
        if at >= start:
            begin = head(buffer, buffer.rfind(b"\n", start, at) + 1 or start, start)
            stop = end(buffer, begin, most)
            yield begin, stop, bytes(buffer[begin:stop])
            start = stop + 1


class Output:
    """What is written of one buffer: blocks that stand side by side go out as one slice."""

    def __init__(self, view: memoryview) -> None:
        self._view = view
        self._pieces: list[bytes | memoryview] = []
        self._start = self._stop = 0  # the slice that is still growing

    def add(self, start: int, stop: int, verdict: Verdict) -> None:
        """A block, as it was judged."""
        if verdict is True:
            if start != self._stop:
                self._cut()
                self._start = start
            self._stop = stop + 1
        elif verdict:
            self.more(verdict)

    def more(self, piece: bytes) -> None:
        """Bytes that do not stand in the buffer."""
        self._cut()
        self._pieces.append(piece)

    def _cut(self) -> None:
        if self._stop > self._start:
            self._pieces.append(self._view[self._start : self._stop])
        self._start = self._stop = -1

    def joined(self) -> bytes:
        """All of it."""
        self._cut()
        return b"".join(self._pieces)
