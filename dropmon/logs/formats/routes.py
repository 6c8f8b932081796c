r"""Which bytes a level leaves behind in plain text: the other half of `text`, for a sieve that runs before any parsing.

ROUTES are sources of regular expressions over the RAW bytes of a line, un-anchored, without look-around and
back-references, case-sensitive but for `(?i:…)`. (None, …) holds for every level: `{words}` stands for the words of all
levels wanted, `{WORDS}` for the same in upper case. (level, …) makes that level. `$` is the end of the data.
A text stands as it is or as a string of JSON, even of JSON in JSON (`\n`, `\\n`, `\u001b`). What can hide a word is a
route by itself: a control sequence, a NUL, punctuation written as `\u005b`; a letter that is, has one of the sieve's.
"""

from __future__ import annotations

import re

from dropmon.logs.formats.phrases import BARE, KLOG, LOGFMT, RAISED, SENTENCES
from dropmon.logs.level import WORDS, Level

_BLANK = r"(?:[ \t\r\n\f\v]|\\+[tnrfv])*"
_QUOTE = r'(?:\\*"|\\+u0022)?'


def _digit(before: str) -> str:
    """A digit behind something short, spelt out: Hyperscan looks for literals, and for one of a single byte everywhere.

    >>> _digit("E")[:9]
    '(?:E0|E1|'
    """
    return f"(?:{'|'.join(f'{before}{digit}' for digit in range(10))})"


ROUTES: tuple[tuple[Level | None, str], ...] = (
    (None, r"(?i:{words}) *\]"),  # [error   ], [core:error]
    (None, r"(?:^|[^A-Z0-9_]|u[0-9a-fA-F]{4})(?:{WORDS})(?:[^A-Za-z0-9_]|$)"),  # ERROR payment failed
    (None, r"(?i:{words})(?:\[\d+\])?:"),  # error: payment failed
    (None, rf"(?i:{'|'.join(map(re.escape, sorted(LOGFMT)))})={_QUOTE}{_BLANK}(?i:{{words}})"),  # level=error
    (None, r"\x1b"),  # a control sequence
    (None, r"\\[ux](?:00)?1[bB]"),
    (None, r"\x00"),
    (None, r"\\u0000"),
    (None, r"\\u00(?:0[9a-dA-D]|2[01345890acdeACDE]|3[0-9abdABD])"),
    (Level.ERROR, r"(?:Error|Exception)(?:(?:\s\[\w+\])?\s*:|\s*(?:[\r\n\\\"]|$))"),  # TypeError: x
    (Level.ERROR, rf"(?:{'|'.join(RAISED)}):"),  # requests.exceptions.Timeout: x
    (Level.ERROR, rf"(?:{'|'.join(BARE)})"),
    (Level.ERROR, r"REPORT RequestId: "),
    (Level.ERROR, r"fail: "),
    (Level.FATAL, r"panicked"),
    (Level.ERROR, r"\| 5\d\d \|"),  # POST | 500 | https://…
    (Level.WARN, r"\| 4\d\d \|"),
    *((level, rf"{_digit(letter)}\d{{3}} ") for letter, level in KLOG.items()),
    *((level, rf"\[{letter}\] ") for letter, level in KLOG.items()),
    (None, rf"{_digit('<')}[0-9>\\]"),  # <11>1 2026-11-23T06:33:09Z host app
    (None, r"\\u003[cC]\d"),
    *((level, re.escape(words)) for level, words in SENTENCES),
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
