"""What each format looks like, and what it means: written by hand from the makers' documents."""

from __future__ import annotations

from pathlib import Path

from dropmon.logs import block, formats
from dropmon.logs.entry import Entry
from dropmon.logs.level import Level

SAMPLES = Path(__file__).parent.parent / "samples"
T, D, N, W, E, F, U = Level.TRACE, Level.DEBUG, Level.INFO, Level.WARN, Level.ERROR, Level.FATAL, Level.UNKNOWN


def read(data: bytes) -> list[Entry]:
    """All entries of a file."""
    blocks = (data[start:stop] for start, stop in block.blocks(data, 0))
    return [entry for each in blocks if each.strip() for entry in formats.entries(each)]


def one(line: str | bytes) -> Entry:
    """The only entry of a block."""
    (entry,) = formats.entries(line if isinstance(line, bytes) else line.encode())
    return entry
