"""Where bytes come from: a pipe, a file, what is compressed in either, what a source tells."""

from __future__ import annotations

import contextlib
import io
import os
import re
import select
import stat
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

from dropmon.logs.select import SIZE, InputError, Reader

STDIN = "-"
PAUSE = 0.02  # seconds without a byte after which a stream is said to pause
PIPE = 1 << 20  # bytes that a pipe may hold: fewer wake-ups
FOREIGN = {
    b"BZh": ("compressed with bzip2", "bzip2 -dc"),
    b"\xfd7zX": ("compressed with xz", "xz -dc"),
    b"PK\x03\x04": ("a zip archive", "unzip -p"),
    b"\xff\xfe": ("UTF-16", "iconv -f UTF-16 -t UTF-8"),
    b"\xfe\xff": ("UTF-16", "iconv -f UTF-16 -t UTF-8"),
}
TAR, TAR_AT = b"ustar", 257  # the sign of an archive, and where it stands
TARRED = re.compile(rb"[^\0\n]{1,100}[^\n]*\0")  # a name, and what fills its place up: no line of text
HEAD = TAR_AT + len(TAR)  # bytes that tell what a file is
GZIP, ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"


class Input(NamedTuple):
    """One thing to read: its name for messages, its bytes, and its size if it is a plain file (bytes)."""

    name: str
    reader: Reader
    size: int | None = None
    descriptor: int | None = None  # of a plain file
    close: Callable[[], object] = tuple  # lets go of it
    answered: bool = False  # it is known to have been asked: nothing is an answer, too


class Plain:
    """An ordinary file."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def readinto(self, view: memoryview) -> int:
        return os.readv(self._descriptor, [view])


class Stream:
    """A pipe, a terminal or a socket: it may pause."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._poll = select.poll() if hasattr(select, "poll") else None
        if self._poll:
            self._poll.register(descriptor, select.POLLIN | select.POLLHUP)
        _widen(descriptor)

    def readinto(self, view: memoryview) -> int | None:
        if self._poll and not self._poll.poll(PAUSE * 1000):
            return None
        return os.readv(self._descriptor, [view])


class Unpacked:
    """What a compressed stream holds. A stream that ends in the middle gives what it had, then an error."""

    def __init__(self, name: str, file: io.BufferedIOBase, kind: str) -> None:
        self._name = name
        self._file = file
        self._kind = kind
        self._first = b""  # bytes that were looked at, and are not given yet
        self._looked = False

    def readinto(self, view: memoryview) -> int:
        if not self._looked:
            self._look(len(view))
        data = self._first[: len(view)] or self._more(len(view))
        self._first = self._first[len(data) :]
        view[: len(data)] = data
        return len(data)

    def _look(self, most: int) -> None:
        """Raises InputError when these are files in a file."""
        self._looked, self._first = True, self._more(most)
        while tarred(self._first) and (more := self._more(most)):
            self._first += more
        untarred(self._name, self._first)

    def _more(self, most: int) -> bytes:
        try:
            return self._file.read1(most)
        except Exception as error:  # a zstd library has errors of its own
            what = f"{self._name}: the {self._kind} stream is damaged or ends in the middle ({error})"
            raise InputError(what, "what stands before that was read; fetch the file again") from None


class Broken:
    """What cannot be read at all: it says so when its turn comes, and the others are read."""

    def __init__(self, error: InputError) -> None:
        self._error = error

    def readinto(self, view: memoryview) -> int:
        raise self._error


class Chained(io.RawIOBase):
    """Bytes that were read already, then the rest of a stream."""

    def __init__(self, first: bytes, descriptor: int) -> None:
        self._first = first
        self._descriptor = descriptor

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        view = memoryview(buffer)
        if self._first:
            count = min(len(view), len(self._first))
            view[:count], self._first = self._first[:count], self._first[count:]
            return count
        return os.readv(self._descriptor, [view])


class Rejoined:
    """A stream whose first bytes were looked at."""

    def __init__(self, first: bytes, rest: Stream) -> None:
        self._first = first
        self._rest = rest

    def readinto(self, view: memoryview) -> int | None:
        if not self._first:
            return self._rest.readinto(view)
        count = min(len(view), len(self._first))
        view[:count], self._first = self._first[:count], self._first[count:]
        return count


class Sniffed:
    """A stream whose first bytes tell what it is, whenever they come."""

    def __init__(self, name: str, descriptor: int) -> None:
        self._name = name
        self._descriptor = descriptor
        self._stream = Stream(descriptor)
        self._first = b""
        self._reader: Reader | None = None

    def readinto(self, view: memoryview) -> int | None:
        if self._reader:
            return self._reader.readinto(view)
        count = self._stream.readinto(view)
        self._first += bytes(view[: count or 0])
        if count is None or (count and begins(self._first)):
            return None
        packed = _unpacked(self._name, self._first, Chained(self._first, self._descriptor))
        self._reader = packed or Rejoined(self._first, self._stream)
        return self._reader.readinto(view) if self._first else 0


class Lines:
    """What a source tells: a line at a time, None when there is nothing for now."""

    def __init__(self, lines: Iterator[bytes | None]) -> None:
        self._lines = lines
        self._left = b""

    def readinto(self, view: memoryview) -> int | None:
        if not self._left:
            line = next(self._lines, b"")
            if line is None:
                return None
            if not line:
                return 0
            self._left = line + b"\n"
        count = min(len(view), len(self._left))
        view[:count], self._left = self._left[:count], self._left[count:]
        return count


def opened(name: str, wait: bool = True) -> Input:
    """A file by its path, or standard input for '-'. `wait`: until somebody writes to a FIFO."""
    try:
        return _stdin() if name == STDIN else _file(name, wait)
    except InputError as error:
        return Input(name, Broken(error))


def _file(name: str, wait: bool) -> Input:
    try:
        descriptor = os.open(name, os.O_RDONLY | (0 if wait else os.O_NONBLOCK))
        os.set_blocking(descriptor, True)
        state = os.fstat(descriptor)
    except OSError as error:
        raise InputError(f"{name}: {error.strerror}", "name files of log lines, or pipe them in") from None
    if stat.S_ISDIR(state.st_mode):
        os.close(descriptor)
        raise InputError(f"{name} is a directory", f"name its files: dropmon logs {name.rstrip('/')}/*.log")
    if not stat.S_ISREG(state.st_mode):
        return Input(name, Sniffed(name, descriptor))
    packed = _unpacked(name, os.pread(descriptor, HEAD, 0), io.FileIO(descriptor, closefd=False))
    close = partial(os.close, descriptor)
    if packed:
        return Input(name, packed, close=close)
    return Input(name, Plain(descriptor), state.st_size, descriptor, close)


def is_packed(path: str) -> bool:
    """Whether a file begins as compressed ones do. Raises OSError."""
    with Path(path).open("rb") as file:
        magic = file.read(len(ZSTD))
    return magic == ZSTD or magic.startswith(GZIP)


def _stdin() -> Input:
    descriptor = sys.stdin.fileno()
    if stat.S_ISREG(os.fstat(descriptor).st_mode):  # `< file`: read from where it stands
        first = os.pread(descriptor, HEAD, os.lseek(descriptor, 0, os.SEEK_CUR))
        packed = _unpacked("standard input", first, io.FileIO(descriptor, closefd=False))
        return Input("standard input", packed or Plain(descriptor))
    return Input("standard input", Sniffed("standard input", descriptor))


def begins(first: bytes) -> bool:
    r"""Whether it takes more bytes to tell an archive from lines.

    >>> begins(b"\x1f"), begins(GZIP), begins(b"[Error]")
    (True, False, False)
    """
    return tarred(first) or any(len(first) < len(magic) and magic.startswith(first) for magic in (GZIP, ZSTD, *FOREIGN))


def tarred(first: bytes) -> bool:
    r"""Whether it takes more bytes to tell a tar archive from a line, which is not over yet either.

    >>> tarred(b"app.log\0\0"), tarred(b"app.log\n\0"), tarred(b"\0" * HEAD)
    (True, False, False)
    """
    return len(first) < HEAD and bool(TARRED.match(first))


def untarred(name: str, first: bytes) -> None:
    """Raises InputError for files in a file: the first entry of each would stand behind its header."""
    if first[TAR_AT:HEAD] == TAR:
        raise InputError(f"{name} is a tar archive", "tar -xOf FILE | dropmon logs --level error")


def _unpacked(name: str, magic: bytes, raw: io.RawIOBase) -> Unpacked | None:
    """What reads it, if it is compressed. Raises InputError for what is no text and cannot be unpacked here."""
    for sign, (kind, command) in FOREIGN.items():
        if magic.startswith(sign):
            raise InputError(f"{name} is {kind}", f"{command} FILE | dropmon logs --level error")
    untarred(name, magic)
    if magic.startswith(GZIP):
        import gzip

        return Unpacked(name, gzip.GzipFile(fileobj=io.BufferedReader(raw, SIZE)), "gzip")
    if magic.startswith(ZSTD):
        return Unpacked(name, _zstd(io.BufferedReader(raw, SIZE)), "zstd")
    return None


def _zstd(file: io.BufferedReader) -> io.BufferedIOBase:
    if sys.version_info >= (3, 14):
        from compression import zstd
    else:
        from backports import zstd
    return zstd.ZstdFile(file)


def _widen(descriptor: int) -> None:
    """A pipe that holds more wakes us less often. Where the system refuses, it stays as it was."""
    with contextlib.suppress(ImportError, AttributeError, OSError):
        import fcntl

        fcntl.fcntl(descriptor, fcntl.F_SETPIPE_SZ, PIPE)
