"""Time in columns, and counts as bars."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

DAY = 1440  # minutes
STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 240, 360, 720, DAY)  # minutes that a column may stand for
COLUMNS = 60
BARS = "▁▂▃▄▅▆▇█"


class Axis(NamedTuple):
    """Time in columns: minutes since 1970 from `start` on, `step` minutes each."""

    start: int
    step: int
    size: int  # columns

    def values(self, counts: Mapping[int | None, int]) -> list[int]:
        """How many fall into each column.

        >>> Axis(10, 5, 2).values({10: 1, 14: 2, 15: 4, None: 8})
        [3, 4]
        """
        found = [0] * self.size
        for minute, count in counts.items():
            if minute is not None:
                found[(minute - self.start) // self.step] += count
        return found


def axis(minutes: Iterable[int | None], most: int = COLUMNS) -> Axis:
    """Time in no more columns than that, each a round number of minutes, or of days.

    >>> axis([10, 14, None]), axis([10, 310]), axis([])
    (Axis(start=10, step=1, size=5), Axis(start=10, step=10, size=31), Axis(start=0, step=1, size=0))
    >>> axis([0, 1440 * 120])
    Axis(start=0, step=5760, size=31)
    """
    told = {minute for minute in minutes if minute is not None}
    if not told:
        return Axis(0, 1, 0)
    days = (max(told) - min(told)) // (DAY * most) + 2
    for step in (*STEPS, DAY * days):
        start = min(told) // step * step
        if (size := (max(told) - start) // step + 1) <= most:
            break
    return Axis(start, step, size)


def spark(values: Sequence[int]) -> str:
    """Bars from nothing to the most; what is not nothing is seen.

    >>> spark([0, 1, 50, 100]), spark([0, 0]), spark([])
    ('▁▂▅█', '▁▁', '')
    """
    most = max(values, default=0) or 1
    return "".join(BARS[-(-value * 7 // most)] for value in values)


def bar(value: int, most: int, width: int) -> str:
    """A bar that lies, `width` long for the most.

    >>> bar(1, 2, 20), bar(0, 2, 20)
    ('██████████', '')
    """
    return "█" * -(-value * width // max(most, 1))
