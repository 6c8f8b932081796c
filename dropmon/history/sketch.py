"""The quantiles of an hour in a few bytes: a DDSketch with 1 % relative accuracy, kept sparse.

DDSketch's logarithmic mapping gives every magnitude a bin. The bins of negative numbers, zero and positive numbers
are laid on one axis here, so that sorting bins sorts values, and adding two sketches is adding two counters.

As bytes: `bin, count, step, count, step, count …`, each a LEB128 varint; the first bin is zigzag-coded, every
further bin is a step up from the one before it. An hour of twelve response times takes about 20 bytes.
"""

from __future__ import annotations

import math
from collections import Counter
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ddsketch.mapping import LogarithmicMapping

ACCURACY = 0.01  # a different one would need a format of its own: bins of two accuracies cannot be added
MIDDLE = 40_000  # moves the bins of all positive floats (-35 420 … 35 488) above zero
INFINITE = 2 * MIDDLE


@cache
def _mapping() -> LogarithmicMapping:
    from ddsketch.mapping import LogarithmicMapping  # milliseconds that a recording without old samples saves

    return LogarithmicMapping(ACCURACY)


def bin_of(value: float) -> int:
    """The place of a number on the axis of bins. The last one is for infinity, and the largest of floats.

    >>> bin_of(0.0), bin_of(-2.5) == -bin_of(2.5), bin_of(1.0) < bin_of(1.03) < bin_of(math.inf)
    (0, True, True)
    """
    size, mapping = abs(value), _mapping()
    if size < mapping.min_possible:
        return 0
    place: int = INFINITE if size > mapping.max_possible else mapping.key(size) + MIDDLE
    return place if value > 0 else -place


def value_of(place: int) -> float:
    """The number that a bin stands for, within 1 % of every number that fell into it.

    >>> 0.99 < value_of(bin_of(-273.15)) / -273.15 < 1.01
    True
    """
    if place == 0:
        return 0.0
    size: float = math.inf if abs(place) == INFINITE else _mapping().value(abs(place) - MIDDLE)
    return math.copysign(size, place)


def bins(values: Iterable[float]) -> Counter[int]:
    """How many of the values fell into each bin; NaN is no value."""
    return Counter(map(bin_of, values))


def quantile(counts: Mapping[int, int], q: float) -> float:
    """The value that a share `q` (0 to 1) of the values do not exceed; NaN when there is none.

    >>> quantile(bins([1, 2, 3, 4, 1000]), 0.5)
    2.97...
    """
    rank = q * (sum(counts.values()) - 1)
    below = 0
    for place in sorted(counts):
        below += counts[place]
        if below > rank:
            return value_of(place)
    return math.nan


def pack(counts: Mapping[int, int]) -> bytes:
    """The sketch as bytes, the same for the same values in any order.

    >>> pack(bins([0.0] * 12)).hex(), len(pack(bins([0.048, 0.05, 0.052, 0.3])))
    ('000c', 10)
    """
    out = bytearray()
    before = None
    for place in sorted(counts):
        step = _zigzag(place) if before is None else place - before
        out += _varint(step) + _varint(counts[place])
        before = place
    return bytes(out)


def unpack(packed: bytes) -> Counter[int]:
    """The sketch that was packed.

    >>> unpack(pack(bins([-1.0, 0.0, 2.0, 2.0]))) == bins([2.0, 0.0, -1.0, 2.0])
    True
    """
    return Counter(dict(pairs(packed)))


def pairs(packed: bytes) -> list[tuple[int, int]]:
    """Each bin with its count, the least first.

    >>> pairs(pack(bins([0.0, 0.0])))
    [(0, 2)]
    """
    numbers = iter(_varints(packed))
    found: list[tuple[int, int]] = []
    place = None
    for step in numbers:
        place = _unzigzag(step) if place is None else place + step
        found.append((place, next(numbers)))
    return found


def _zigzag(number: int) -> int:
    return 2 * number if number >= 0 else -2 * number - 1


def _unzigzag(number: int) -> int:
    return -(number + 1) // 2 if number & 1 else number // 2


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def _varints(packed: bytes) -> list[int]:
    found = []
    number = shift = 0
    for byte in packed:
        if byte > 0x7F:
            number |= (byte & 0x7F) << shift
            shift += 7
        else:
            found.append(number | byte << shift)
            number = shift = 0
    return found
