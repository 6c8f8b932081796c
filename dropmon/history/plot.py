"""Numbers over time as lines of text: braille dots, and bars."""

from __future__ import annotations

from itertools import pairwise
from math import isfinite, nan

from dropmon.history.promql import Series

BARS = "▁▂▃▄▅▆▇█"
DOTS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))  # of a braille character, by column and row
BLANK = 0x2800
HEIGHT = 12  # lines
TYPED = str.maketrans(dict(zip("┤│└─⠀▁▂▃▄▅▆▇█", "||+- _..--^^#", strict=True)))


def drawn(
    series: Series, span: tuple[float, float], width: int, ends: tuple[str, str], height: int = HEIGHT
) -> list[str]:  # fmt: skip
    """One series as a plot of so many columns, with its scales. Times in seconds since 1970; `ends` are for people."""
    numbers = [value for value in series.values if isfinite(value)]
    low, high = min(numbers, default=0.0), max(numbers, default=1.0)
    if low == high:
        low, high = low - 1, high + 1
    scale = [f"{high - (high - low) * row / (height - 1):.4g}" for row in range(height)]
    margin = max(map(len, scale))
    inner = max(8, width - margin - 2)
    rows = dots(joined(columns(series, *span, inner * 2)), low, high, height)
    ticks = {0, height // 2, height - 1}
    body = [
        f"{text if row in ticks else '':>{margin}} {'┤' if row in ticks else '│'}{line}".rstrip(" \u2800")
        for row, (text, line) in enumerate(zip(scale, rows, strict=True))
    ]
    first, last = ends
    gap = inner - len(first) - len(last)
    axis = first + " " * gap + last if gap > 0 else first
    return [*body, f"{'':>{margin}} └{'─' * inner}", f"{'':>{margin}}  {axis}"]


def typed(line: str) -> str:
    """A line of a plot with what every typewriter has.

    >>> typed("1 ┤⠀⡇└─ ▁▄█")
    '1 | *+- _-#'
    """
    return "".join("*" if BLANK < ord(each) <= BLANK + 255 else each for each in line).translate(TYPED)


def columns(series: Series, start: float, end: float, count: int) -> list[tuple[float, float]]:
    """The least and the greatest number of each part of the time; NaN where there is none.

    >>> columns(Series((), [0, 1000, 2000, 4000], [1.0, 3.0, 2.0, 5.0]), 0, 4, 2)
    [(1.0, 3.0), (2.0, 5.0)]
    """
    found: list[list[float]] = [[] for _ in range(count)]
    span = max(end - start, 1e-9)
    for time, value in zip(series.times, series.values, strict=True):
        if isfinite(value):
            found[min(count - 1, max(0, int((time / 1000 - start) / span * count)))].append(value)
    return [(min(each), max(each)) if each else (nan, nan) for each in found]


def joined(parts: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """With a straight line through columns that have none only because they are narrower than the step.

    >>> joined([(0.0, 0.0), (nan, nan), (2.0, 2.0), (nan, nan), (nan, nan), (nan, nan), (1.0, 1.0)])[:5]
    [(0.0, 0.0), (1.0, 1.0), (2.0, 2.0), (nan, nan), (nan, nan)]
    """
    filled = [place for place, (least, _) in enumerate(parts) if least == least]
    apart = sorted(later - earlier for earlier, later in pairwise(filled))
    reach = apart[(len(apart) - 1) // 2] + 1 if apart else 0
    out = list(parts)
    for earlier, later in pairwise(filled):
        if later - earlier <= reach:
            first, last = parts[earlier][1], parts[later][0]
            for place in range(earlier + 1, later):
                value = first + (last - first) * (place - earlier) / (later - earlier)
                out[place] = value, value
    return out


def dots(parts: list[tuple[float, float]], low: float, high: float, height: int) -> list[str]:
    """Lines of braille: a dot for each number, joined to that of the column before.

    >>> dots([(0.0, 0.0), (1.0, 1.0), (nan, nan), (0.0, 0.0)], 0.0, 1.0, 1)
    ['⡸⢀']
    """
    cells = [[0] * ((len(parts) + 1) // 2) for _ in range(height)]
    before: tuple[int, int] | None = None
    for place, part in enumerate(parts):
        if part[0] != part[0]:
            before = None
            continue
        bottom, top = (round((high - value) / (high - low) * (height * 4 - 1)) for value in part)
        own = bottom, top
        if before is not None:
            bottom, top = max(bottom, before[1] - 1), min(top, before[0] + 1)
        for row in range(top, bottom + 1):
            cells[row // 4][place // 2] |= DOTS[place % 2][row % 4]
        before = own
    return ["".join(chr(BLANK + cell) for cell in row) for row in cells]


def spark(series: Series, start: float, end: float, low: float, high: float, width: int) -> str:
    """One series as a line of bars between two bounds; blank where it has no number.

    >>> spark(Series((), [0, 1000, 3000], [0.0, 1.0, 0.5]), 0, 3, 0.0, 1.0, 4)
    '▁█ ▅'
    """
    span = high - low or 1.0
    parts = columns(series, start, end, width)
    return "".join(BARS[round((most - low) / span * 7)] if most == most else " " for _, most in parts).rstrip()
