"""The engine behind the sieve: Hyperscan.

Without it there is no sieve, and everything is judged. What was compiled is kept in the user's cache folder: compiling
takes as long as reading 100 MB.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any
from zlib import crc32

from dropmon.logs.block import Buffer

Expression = tuple[bytes, bool]  # its source, and whether the case of ASCII letters counts
_BYTE = re.compile(rb"\\x([0-9a-f]{2})")  # an expression that is a single byte


class Engine:
    """Finds the ends of all matches of some expressions in buffer[:most], in order."""

    def __init__(self, expressions: Sequence[Expression], keep: bool = False) -> None:
        """Raises ImportError without Hyperscan. `keep`: these will be asked for again, and hold nobody's words."""
        import hyperscan

        single = [_BYTE.fullmatch(source) for source, _ in expressions]
        longer = [each for each, byte in zip(expressions, single, strict=True) if not byte]
        self._bytes = [bytes.fromhex(byte[1].decode()) for byte in single if byte]
        self._database = (database(longer) if keep else compiled(longer)) if longer else None
        if self._database:
            self._database.scratch = hyperscan.Scratch(self._database)

    def __call__(self, buffer: Buffer, most: int | None = None) -> list[int]:
        found: list[int] = []
        add = found.append
        if self._database:
            view = memoryview(buffer)[:most]
            self._database.scan(view, match_event_handler=lambda _id, _start, end, _flags, _context: add(end))
        # Hyperscan would go through every byte for the sake of one that is hardly ever there: a fifth of its time
        single = [end for byte in self._bytes for end in ends(byte, buffer, most)]
        return sorted(found + single) if single else found


def ends(byte: bytes, buffer: Buffer, most: int | None = None) -> Iterator[int]:
    """Where each byte like this ends in buffer[:most].

    >>> list(ends(b"a", b"banana")), list(ends(b"a", b"banana", 4))
    ([2, 4, 6], [2, 4])
    """
    at = buffer.find(byte, 0, most) + 1
    while at:
        yield at
        at = buffer.find(byte, at, most) + 1


def database(expressions: Sequence[Expression]) -> Any:
    """What Hyperscan compiled, from the cache folder if it is there. A folder that cannot be used is none."""
    import hyperscan

    made_of = repr((vars(hyperscan)["__version__"], os.name, expressions)).encode()
    kept = folder() / f"sieve-{crc32(made_of):08x}"
    with suppress(OSError, hyperscan.HyperscanError):
        data = kept.read_bytes()
        if data.startswith(made_of):
            return hyperscan.loadb(data[len(made_of) :], hyperscan.HS_MODE_BLOCK)
    made = compiled(expressions)
    with suppress(OSError):
        write(kept, made_of + hyperscan.dumpb(made))
    return made


def compiled(expressions: Sequence[Expression]) -> Any:
    """What Hyperscan makes of them: for those of a level a tenth of a second."""
    import hyperscan

    made = hyperscan.Database()
    made.compile(
        expressions=[source for source, _ in expressions],
        ids=list(range(len(expressions))),
        elements=len(expressions),
        flags=[0 if cased else hyperscan.HS_FLAG_CASELESS for _, cased in expressions],
    )
    return made


def write(path: Path, data: bytes) -> None:
    """Writes a file that is there whole or not at all, for nobody else. Raises OSError."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = path.with_suffix(f".{os.getpid()}")
    try:
        part.touch(0o600)
        part.write_bytes(data)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def folder() -> Path:
    """The user's cache folder (XDG base directory specification)."""
    given = Path(os.environ.get("XDG_CACHE_HOME", ""))
    return (given if given.is_absolute() else Path("~/.cache").expanduser()) / "dropmon"
