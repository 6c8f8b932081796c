"""Which entries were counted already, so that each is counted once however often it is read.

An entry is known by its time and a hash: of its platform's id, or of its bytes and how many equal ones stood before it
in the same file. The newest are remembered one by one; what is not younger than the `floor` is not counted any more.
"""

from __future__ import annotations

import base64
from array import array
from collections import Counter
from collections.abc import Iterable
from hashlib import blake2b
from typing import NamedTuple

from dropmon.logs.entry import Entry

MOST = 50_000  # entries that are remembered one by one
NEVER = 0.0  # the floor of a ledger that has forgotten nothing

Mark = tuple[float, int]  # time in seconds since 1970, hash


class Fresh(NamedTuple):
    """What of a run is new: places in its list of marks; and how many are too old to know."""

    places: list[int]
    late: int


class Ledger(NamedTuple):
    """What was counted. Times are in seconds since 1970."""

    floor: float = NEVER
    marks: frozenset[Mark] = frozenset()

    def fresh(self, marks: Iterable[Mark]) -> Fresh:
        """Those of them that were not counted yet, each once.

        >>> Ledger(10.0, frozenset({(11.0, 1)})).fresh([(9.0, 7), (11.0, 1), (11.0, 2), (11.0, 2)])
        Fresh(places=[2], late=1)
        """
        places, seen, late = [], set(self.marks), 0
        for place, mark in enumerate(marks):
            if mark[0] <= self.floor:
                late += 1
            elif mark not in seen:
                seen.add(mark)
                places.append(place)
        return Fresh(places, late)

    def and_(self, marks: Iterable[Mark], most: int = MOST) -> Ledger:
        """With these counted too; when they become too many, the oldest are forgotten and the floor rises.

        >>> Ledger().and_([(1.0, 1), (2.0, 2)], most=1)
        Ledger(floor=1.0, marks=frozenset({(2.0, 2)}))
        """
        known = sorted({*self.marks, *marks})
        if len(known) <= most:
            return Ledger(self.floor, frozenset(known))
        floor = known[-most - 1][0]
        return Ledger(floor, frozenset(mark for mark in known if mark[0] > floor))

    def packed(self) -> str:
        """The marks as text: 16 bytes each, in base85.

        >>> ledger = Ledger(1.5, frozenset({(2.0, 7), (3.25, 2**64 - 1)}))
        >>> unpacked(1.5, ledger.packed()) == ledger
        True
        """
        marks = sorted(self.marks)
        times, hashes = array("d", (time for time, _ in marks)), array("Q", (number for _, number in marks))
        return base64.b85encode(times.tobytes() + hashes.tobytes()).decode("ascii")


def unpacked(floor: float, text: str) -> Ledger:
    """The ledger that was packed. Raises ValueError when it is none."""
    data = base64.b85decode(text)
    half = len(data) // 2
    times, hashes = array("d"), array("Q")
    times.frombytes(data[:half])
    hashes.frombytes(data[half:])
    return Ledger(floor, frozenset(zip(times, hashes, strict=True)))


class Marker:
    """Marks the entries of one input. Equal bytes at the same time are as many entries as there are lines."""

    def __init__(self) -> None:
        self._before: Counter[int] = Counter()

    def mark(self, entry: Entry, time: float) -> Mark:
        """The mark of an entry that was said at `time`.

        >>> marker, entry = Marker(), Entry(b"x", id=None)
        >>> first, second = marker.mark(entry, 1.0), marker.mark(entry, 1.0)
        >>> first == second, first == Marker().mark(entry, 1.0)
        (False, True)
        """
        if entry.id:
            return time, number(b"id", entry.id.encode("utf-8", "replace"), entry.message.encode("utf-8", "replace"))
        line = entry.raw.partition(b"\n")[0]  # of a stack trace a run may have seen the beginning only
        plain = number(b"raw", line if len(line.strip()) > len(b"[{") else entry.raw)
        again = self._before[plain]
        self._before[plain] += 1
        return time, number(b"again", plain.to_bytes(8, "big"), again.to_bytes(8, "big")) if again else plain


def number(*parts: bytes) -> int:
    """64 bits that tell these bytes from others."""
    return int.from_bytes(blake2b(b"\0".join(parts), digest_size=8).digest(), "big")
