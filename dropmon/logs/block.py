"""Where an entry begins and ends in a buffer of bytes: a head line, and the lines that continue it.

Whether a line continues the one before is told by that line alone (but for `_ADOPTED`, and for what ends a traceback of
Python, which looks back as far as that goes), so that any cut of the stream into chunks, ranges or processes gives the
same blocks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

Buffer = bytes | bytearray

LF, BRACE = 0x0A, 0x7B

_PREFIX = (
    rb"(?:\d{4}-\d\d-\d\dT[\d:.]++Z[ ])?(?:[\w.-]++[ ]*+\|[ ])?"  # what docker and docker compose put before each line
)
_WORDS = (
    rb"at[ ]|\.\.\.[ ]|\^|Caused[ ]by:|Suppressed:|goroutine[ ]\d|\"[^\"\\\n]{1,60}\"\s*:|"
    rb"During[ ]handling[ ]of[ ]the|The[ ]above[ ]exception[ ]was"
)
_RAISED = rb"(?P<again>Traceback[ ]\(most[ ]recent)|(?P<raised>(?:[A-Za-z_]\w*+\.)*+[A-Z]\w*+(?::[ \r\n]|:?\r?$))"
_CONTINUES = re.compile(_PREFIX + rb"(?:[ \t\f]|[\r\n]|$|[)\]}]|" + _WORDS + rb"|" + _RAISED + rb")", re.MULTILINE)
"""Blank, indented, closing, a pair of an object that is not indented, or the words that stack traces continue with."""
_INDENTED = re.compile(_PREFIX + rb"(?:[ \t]|[\r\n]|$)", re.MULTILINE)
_BLANK = re.compile(_PREFIX + rb"[ \t]*\r?$", re.MULTILINE)
_TRACEBACK = re.compile(_PREFIX + rb"Traceback[ ]\(most[ ]recent")
_HANDLING = re.compile(_PREFIX + rb"(?:During[ ]handling[ ]of[ ]the|The[ ]above[ ]exception[ ]was)")
_REACH = 500  # lines of a traceback of Python

_OPENS = re.compile(_PREFIX + rb"[\[{]{1,2}[ \t]*\r?$", re.MULTILINE)
"""The first line of a JSON document that is printed over many lines."""

_HOLDS = re.compile(
    rb"[\s\0]*+(?:\[\s*[\[{\]]|\{\s*(?:\"[^\"\\]{0,60}\"\s*:\s*(?:\"[^\"\\]{0,99}\"|[\w.+-]{1,30})\s*,\s*){0,4}"
    rb"\"(?:data|result|events|entries|streams|resourceLogs)\"\s*:\s*[\[{])"
)

_ADOPTED = re.compile(rb"\d{4}-\d\d-\d\dT[\d:.+-]+Z?[ ]\S+\r?$", re.MULTILINE)
"""`aws logs tail --format json` writes a line of its own, time and stream, above each document."""


def continues(buffer: Buffer, start: int, before: int = -1) -> bool:
    r"""Whether the line at `start` continues the entry above, whose last line starts at `before` (-1: there is none).

    >>> [continues(line, 0) for line in (b"  at x", b"at x", b"}", b"", b"web-1  |   at x")]
    [True, True, True, True, True]
    >>> [continues(line, 0) for line in (b'{"level":30}', b"[Error] x", b"attention", b"{", b"web-1 | {}")]
    [False, False, False, False, False]
    >>> continues(b"2022-10-05T08:32:51+00:00 f525e7be\n{\n", 35, 0)
    True
    >>> text = b"Traceback (most recent call last):\n  raise x\nValueError: x\n"
    >>> continues(text, 0), continues(text, 45, 35), continues(b"[Info] x\nValueError: x\n", 9, 0)
    (False, True, False)
    """
    found = _CONTINUES.match(buffer, start)
    if found:
        kind = found.lastgroup
        return kind is None or (before >= 0 and _follows(buffer, before, kind))
    return before >= 0 and bool(_OPENS.match(buffer, start)) and bool(_ADOPTED.match(buffer, before))


def _follows(buffer: Buffer, before: int, kind: str) -> bool:
    """Whether what is raised ends a traceback of Python above it, or another traceback tells of its handling."""
    over, wanted = (_INDENTED, _TRACEBACK) if kind == "raised" else (_BLANK, _HANDLING)
    for _ in range(_REACH):
        if not over.match(buffer, before):
            return bool(wanted.match(buffer, before))
        if before == 0:
            return False
        before = above(buffer, before)
    return False


def settled(buffer: Buffer, start: int) -> bool:
    r"""Whether the line at `start` begins an entry, whatever stands above it.

    >>> [settled(line, 0) for line in (b"[Error] x", b"  at x", b"{", b"ValueError: x", b"Traceback (most recent")]
    [True, False, False, False, False]
    """
    return not _CONTINUES.match(buffer, start) and not _OPENS.match(buffer, start)


def opens(buffer: Buffer, start: int) -> bool:
    """Whether the line at `start` is the first of a JSON document over many lines."""
    return bool(_OPENS.match(buffer, start))


def holds(buffer: Buffer, start: int = 0) -> bool:
    """Whether a document begins at `start` that holds many entries, and says nothing unless it is whole.

    >>> [holds(each) for each in (b'[{"', b'{"type":"result","data":[', b'{"level":"info","message":"x', b"[Error] x")]
    [True, True, False, False]
    """
    return bool(_HOLDS.match(buffer, start))


def above(buffer: Buffer, start: int) -> int:
    r"""Where the line above the one at `start` starts; -1 when that is the first.

    >>> above(b"ab\ncd\n", 3), above(b"ab\ncd\n", 0), above(b"\n\n", 1)
    (0, -1, 0)
    """
    return buffer.rfind(b"\n", 0, start - 1) + 1 if start else -1


def head(buffer: Buffer, start: int, least: int = 0) -> int:
    r"""Where the block starts to which the line at `start` belongs, looking back no further than `least`.

    >>> head(b"[Error] x\n  at y\n  at z\n", 17)
    0
    """
    while start > least:
        if buffer[start] == BRACE and buffer[start + 1 : start + 2] not in (b"\n", b"\r", b"{", b"", b" ", b"\t"):
            return start
        before = above(buffer, start)
        if not continues(buffer, start, before):
            return start
        start = before
    return start


def end(buffer: Buffer, start: int, most: int) -> int:
    r"""The end of the block that starts at `start`, without its newline, in buffer[:most], which ends with a block.

    >>> end(b"[Error] x\n  at y\n[Info] z\n", 0, 26), end(b"[Error] x", 0, 9)
    (16, 9)
    """
    stop = buffer.find(b"\n", start, most)
    while 0 <= stop < most - 1:
        following = stop + 1
        if buffer[following] == BRACE and buffer[following + 1 : following + 2] not in (
            b"\n",
            b"\r",
            b"{",
            b" ",
            b"\t",
        ):
            return stop
        if not continues(buffer, following, start):
            return stop
        start = following
        stop = buffer.find(b"\n", following, most)
    return stop if stop >= 0 else most


def last(buffer: Buffer, most: int) -> int:
    r"""Where the last block of buffer[:most] starts: all before it is whole, whatever follows.

    >>> last(b"[Error] x\n  at y\n[Info] z\n  at", 30), last(b"one", 3)
    (17, 0)
    """
    stop = buffer.rfind(b"\n", 0, most)  # the line behind it may turn out to continue what is above it
    return head(buffer, above(buffer, stop + 1)) if stop >= 0 else 0


def blocks(buffer: bytes, start: int = 0) -> Iterator[tuple[int, int]]:
    r"""(start, end) of every block from `start` on.

    >>> list(blocks(b"a\n b\nc\n"))
    [(0, 4), (5, 6)]
    """
    return ((begin, stop) for begin, stop, _ in parted(buffer, start))


def parted(buffer: bytes, start: int = 0) -> Iterator[tuple[int, int, bytes]]:
    r"""(start, end, bytes) of every block from `start` on; quicker than `end` again and again.

    >>> list(parted(b"a\n b\nc\n")) == list(parted(b"a\n b\nc")) == [(0, 4, b"a\n b"), (5, 6, b"c")]
    True
    """
    lines = (buffer[start:] if start else buffer).split(b"\n")
    if not lines[-1]:
        lines.pop()
    begin = before = at = start
    held = b""  # the only line of the block so far
    for line in lines:
        if line[:2] == b'{"' or not continues(buffer, at, before):
            if at > begin:
                yield begin, at - 1, held or buffer[begin : at - 1]
            begin, held = at, line
        else:
            held = b"" if at > begin else line
        before = at
        at += len(line) + 1
    if at > begin:
        yield begin, at - 1, held or buffer[begin : at - 1]
