r"""Which bytes a level leaves behind in plain text: the other half of `text`, for a sieve that runs before any parsing.

ROUTES are sources of regular expressions over the RAW bytes of a line, un-anchored, without look-around and
back-references, case-sensitive but for `(?i:…)`. (None, …) holds for every level: `{words}` stands for the alternation
of the words of all levels wanted, `{WORDS}` for the same in upper case. (level, …) makes that level. `$` ends the data.
A text stands as it is or as a string of JSON, even of JSON in JSON (`\n`, `\\n`, `\u001b`), and may be coloured.
A letter that is written as `\u0065` has a candidate of the sieve's own.
"""

from __future__ import annotations

import re

from dropmon.logs.formats.phrases import KLOG, LOGFMT, SENTENCES
from dropmon.logs.level import WORDS, Level

_ESCAPE = r"(?:\x1b|\\+u001[bB])"
_COLOUR = rf"(?:{_ESCAPE}\[[0-9;?]*[A-Za-z])"
_GAP = rf"(?:\s|\x00|\\+[tnrf]|{_COLOUR})*"
_QUOTE = r'(?:\\*"|\\+u0022)?'


def _phrase(words: str) -> str:
    """A sentence, coloured or spaced in any way between its words."""
    return _GAP.join(map(re.escape, re.findall(r"\w+|[^\w\s]", words)))


def _priorities(severities: tuple[int, ...]) -> str:
    numbers = "|".join(str(number) for number in range(192) if number % 8 in severities)
    return rf"(?:<|\\+u003[cC])(?:{numbers})(?:>|\\+u003[eE])"


ROUTES: tuple[tuple[Level | None, str], ...] = (
    (None, rf"(?i:{{words}}){_GAP}\]"),  # [error   ], [core:error]
    (None, r"(?:^|[^A-Z0-9_]|\[[0-9;?]*[A-Z])(?:{WORDS})(?:[^A-Za-z0-9_]|$)"),  # ERROR payment failed
    (None, rf"(?i:{{words}})(?:{_GAP}\[\d+\])?{_GAP}:"),  # error: payment failed
    (None, rf"(?i:{'|'.join(map(re.escape, sorted(LOGFMT)))}){_GAP}={_GAP}{_QUOTE}{_GAP}(?i:{{words}})"),  # level=error
    (None, rf"[A-Za-z0-9]{_COLOUR}+[A-Za-z0-9]"),  # a colour inside a word
    (None, rf"{_ESCAPE}\]"),  # an OSC sequence, which may hold and hide anything
    (None, r"\\u00(?:0[09a-dA-D]|2[01345890acdeACDE]|3[0-9abdABD])"),  # punctuation written as an escape
    (Level.ERROR, r"(?:Error|Exception)(?:[^A-Za-z0-9_]|$)"),  # TypeError: x is undefined
    (Level.FATAL, r"panicked"),
    (Level.ERROR, rf"\|{_GAP}5\d\d{_GAP}\|"),  # POST | 500 | https://…
    (Level.WARN, rf"\|{_GAP}4\d\d{_GAP}\|"),
    *((level, rf"{letter}\d{{4}}{_GAP}\d") for letter, level in KLOG.items()),
    (Level.FATAL, _priorities((0, 1, 2))),  # <10>1 2026-11-23T06:33:09Z host app
    (Level.ERROR, _priorities((3,))),
    (Level.WARN, _priorities((4,))),
    (Level.INFO, _priorities((5, 6))),
    (Level.DEBUG, _priorities((7,))),
    *((level, _phrase(words)) for level, words in SENTENCES),
)


def filled(least: Level) -> tuple[str, ...]:
    """The routes by which a text can be at least this serious, with their words.

    >>> [route for route in filled(Level.FATAL) if "panic" in route and "(?i:" not in route][-1]
    'panicked'
    """
    words = sorted((word for level, each in WORDS.items() if level >= least for word in each), key=len, reverse=True)
    small = "|".join(words)
    return tuple(
        route.replace("{words}", small).replace("{WORDS}", small.upper())
        for level, route in ROUTES
        if level is None or level >= least
    )
