"""What a platform is told to look for: a regular expression that matches every text of a level, and many others.

Which of them are meant is judged here and not there, for no platform reads the application's own level: to miss an
error is a lie, to fetch a line too many is a moment. Only what RE2 knows is used, which is what they all have.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from dropmon.logs.formats.keys import EVENTS, SHUTDOWN
from dropmon.logs.formats.phrases import SENTENCES
from dropmon.logs.level import KEYS, SCALES, WORDS, Level
from dropmon.logs.query import Query, passing, verbatim

ESCAPED = r"\\u00"  # a character written as an escape, in JSON
ELSEWHERE = (
    "exception", "panicked", SHUTDOWN.lower(), *map(str.lower, EVENTS),
    ESCAPED,
    r"\x1b",  # a colour, which may stand inside a word
    r"\bno\W*\d",  # loguru: {"level": {"no": 40}}
    r"<\d{1,3}>",  # syslog
    r"(?-i:[EFW]\d{4})",  # klog
    r"\|\W*[45]\d\d",  # POST | 500 | https://…
    r"statuscode\W*-1",  # Vercel: nothing came back
)  # fmt: skip
"""What makes a level without naming it: see `dropmon.logs.formats.routes`."""


def threshold(want: Query) -> Level | None:
    """The least level wanted, if a platform can look for it: entries without a level pass with INFO and below."""
    lowest = min(passing(want.least, want.only), default=Level.FATAL)
    return lowest if lowest > Level.INFO else None


def words(least: Level) -> tuple[str, ...]:
    """The shortest texts of which one stands in every word for a level of at least this.

    >>> words(Level.ERROR)
    ('err', 'ftl', 'crt', 'eror', 'crit', 'fatal', 'panic', 'emerg', 'alert', 'severe')
    """
    found: list[str] = []
    for word in sorted((word for level in WORDS if level >= least for word in WORDS[level]), key=len):
        if not any(each in word for each in found):
            found.append(word)
    return tuple(found)


def sentences(least: Level, known: Iterable[str]) -> tuple[str, ...]:
    """What programs say without any of the known texts."""
    texts = [sentence.lower() for level, sentence in SENTENCES if level >= least]
    return tuple(re.escape(text) for text in texts if not any(each in text for each in known))


def keys() -> tuple[str, ...]:
    """The ends of all keys that hold a level: a number may stand behind them."""
    found: list[str] = []
    for key in sorted({key.lower() for key in (*KEYS, *SCALES)}, key=lambda key: (len(key), key)):
        if not any(key.endswith(each) for each in found):
            found.append(key)
    return tuple(found)


def wide(least: Level) -> str:
    """The expression for texts that may be of a level of at least this."""
    named = words(least)
    numbered = rf"(?:{'|'.join(map(re.escape, keys()))})\W*\d"
    return "(?i)" + "|".join((*named, *sentences(least, (*named, *ELSEWHERE)), numbered, *ELSEWHERE))


def safe(values: tuple[str, ...]) -> bool:
    """Whether a platform can be told to look for one of these."""
    return bool(values) and all(map(verbatim, values))
