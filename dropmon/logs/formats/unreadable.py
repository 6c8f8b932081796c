"""A line that looks like JSON and is none (cut off, or two writers at once): its level is what its text carries."""

from __future__ import annotations

import re

from dropmon.logs.entry import Entry
from dropmon.logs.formats import shortcut
from dropmon.logs.formats.document import meant
from dropmon.logs.formats.keys import TYPES
from dropmon.logs.formats.prefix import plain
from dropmon.logs.formats.text import said
from dropmon.logs.level import KEYS, Level, named

_NAMES = "|".join(map(re.escape, (*KEYS, "type")))
_COLOUR = r"(?:\\{1,16}u001[bB]\[[\d;]{0,9}m)?"
_PAIR = re.compile(
    rf'(\\?)"({_NAMES})\\{{0,16}}"\s*:\s*(?:\\{{0,16}}"\s*{_COLOUR}([A-Za-z]{{3,13}}){_COLOUR}\s*\\{{0,16}}"|(\d{{1,4}}(?:\.\d+)?)(?![\deE.]))',
    re.ASCII,
)
_SHOWN = re.compile(r"(?<![\w.\"])'?(?:level|severity|lvl)'?\s*:\s*'\s*([A-Za-z]{3,13})\s*'", re.ASCII)
"""How Node and Python print an object: { level: 'error' }, {'level': 'error'}."""


def unreadable(block: bytes) -> Entry:
    """An entry that could not be parsed, in doubt as serious as anything in it says: half lines of two writers mix."""
    text = plain(block.decode("utf-8", "replace"))
    head, _, tail = text.lstrip().partition("\n")
    level = shortcut.level(block) or within(text) or said(head).level
    return Entry(raw=block, level=level, message=head.rstrip("\r"), trace=tail.rstrip("\r\n"), parsed=False)


def within(text: str) -> Level:
    """The most serious level of a pair such as "level":"error"; those of a string only if there is no other.

    >>> within('{"level":"info","mess{"level":"error","message":"x"}')
    <Level.ERROR: 5>
    >>> within('{"message":"{\\\\"level\\\\":\\\\"warn\\\\"')
    <Level.WARN: 4>
    """
    own = inner = Level.UNKNOWN
    for found in _PAIR.finditer(text):
        slash, key, word, number = found.groups()
        level = _typed(word) if key == "type" else named(word) if word else meant(number)
        if slash:
            inner = max(inner, level)
        else:
            own = max(own, level)
    for found in _SHOWN.finditer(text):
        own = max(own, named(found[1]))
    return own or inner


def _typed(word: str | None) -> Level:
    return named(word) or Level.INFO if word and word.lower() in TYPES else Level.UNKNOWN
