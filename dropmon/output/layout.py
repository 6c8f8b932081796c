"""How wide each column of a screen is: pure functions of what they hold and of the room there is. All in cells."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

GAP = 2  # between two columns
SHORT = 8  # what a text is never cut below
SENTENCE = 24  # narrower, a sentence is a tower of words: it stands under its row instead


class Wish(NamedTuple):
    """What a column would take, and what it needs at least."""

    width: int
    least: int


def wish(title: int, widest: int, whole: bool) -> Wish:
    """What a column with a title and cells that wide wants. What is `whole`, such as a number, is never cut.

    >>> wish(4, 30, whole=False), wish(4, 30, whole=True), wish(4, 2, whole=False), wish(11, 30, whole=False)
    (Wish(width=30, least=8), Wish(width=30, least=30), Wish(width=4, least=4), Wish(width=30, least=11))
    """
    width = max(title, widest)
    return Wish(width, width if whole else min(width, max(title, SHORT)))


def fitted(wishes: Sequence[Wish], room: int) -> list[int]:
    """The width of each column; the widest give way first, down to what they need.

    >>> fitted([Wish(30, 8), Wish(6, 6), Wish(20, 8)], 60)
    [30, 6, 20]
    >>> fitted([Wish(30, 8), Wish(6, 6), Wish(20, 8)], 43)
    [17, 6, 16]
    >>> fitted([Wish(30, 8), Wish(6, 6), Wish(20, 8)], 10)
    [8, 6, 8]
    """
    left = room - GAP * (len(wishes) - 1)
    level = max((each.width for each in wishes), default=0)
    while level and sum(_at(each, level) for each in wishes) > left:
        level -= 1
    widths = [_at(each, level) for each in wishes]
    for index, each in enumerate(wishes):  # what the level leaves over
        if widths[index] < each.width and sum(widths) < left:
            widths[index] += 1
    return widths


def _at(each: Wish, level: int) -> int:
    return min(each.width, max(each.least, level))


def standing(wishes: Sequence[Wish], room: int) -> int:
    """How many columns have room beside each other, from the left; the others go under their row. One at least.

    >>> standing([Wish(30, 8), Wish(6, 6), Wish(20, 8)], 26), standing([Wish(30, 8), Wish(6, 6), Wish(20, 8)], 25)
    (3, 2)
    >>> standing([Wish(90, 90), Wish(6, 6)], 80)
    1
    """
    count = len(wishes)
    while count > 1 and sum(each.least for each in wishes[:count]) + GAP * (count - 1) > room:
        count -= 1
    return count


def beside(columns: Sequence[Wish], sentences: Sequence[int], room: int) -> list[int] | None:
    """The widths of sentences beside columns that are not cut for them; None where they have no room there.

    >>> beside([Wish(20, 8)], [90, 10], 120), beside([Wish(20, 8)], [90, 90], 70)
    ([86, 10], None)
    """
    left = room - sum(each.width + GAP for each in columns)
    wishes = [Wish(width, min(width, SENTENCE)) for width in sentences]
    return fitted(wishes, left) if standing(wishes, left) == len(wishes) else None
