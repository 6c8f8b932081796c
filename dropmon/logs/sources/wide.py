"""What a platform is told to look for: a regular expression that matches every text of a level, and many others.

Which of them are meant is judged here and not there, for no platform reads the application's own level: to miss an
error is a lie, to fetch a line too many is a moment. Only what RE2 knows is used, which is what they all have.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from dropmon.logs.level import KEYS, SCALES, WORDS, Level
from dropmon.logs.query import Query, passing, verbatim

EVENTS = (
    "exception", "traceback", "uncaught", "panicked", "bootfailure", "shutdown", "user worker", "event loop",
    "early termination", "wall clock",
)  # fmt: skip
"""What is serious without a word of a level: exceptions, and the edge runtime's own sentences."""

ELSEWHERE = (
    r"\\u00",  # a letter, escaped
    r"\bno\W{0,9}\d",  # loguru: {"level": {"no": 40}}
    r"<\d{1,3}>",  # syslog
    r"\b[efw]\d{4}\b",  # klog
    r"statuscode\W{0,9}-1",  # Vercel: nothing came back
)


def threshold(want: Query) -> Level | None:
    """The least level wanted, if a platform can look for it: entries without a level pass with INFO and below."""
    lowest = min(passing(want.least, want.only), default=Level.FATAL)
    return lowest if lowest > Level.INFO else None


def words(least: Level) -> tuple[str, ...]:
    """The shortest texts of which one stands in every word for a level of at least this.

    >>> words(Level.ERROR)
    ('err', 'ftl', 'crt', 'eror', 'crit', 'fatal', 'panic', 'emerg', 'alert', 'severe')
    """
    return shortest(word for level in WORDS if level >= least for word in WORDS[level])


def shortest(texts: Iterable[str]) -> tuple[str, ...]:
    """Without those in which another one stands."""
    found: list[str] = []
    for text in sorted(dict.fromkeys(texts), key=len):
        if not any(each in text for each in found):
            found.append(text)
    return tuple(found)


def keys() -> tuple[str, ...]:
    """The ends of keys that hold a level: a number may stand behind them."""
    found: list[str] = []
    for key in sorted({key.lower() for key in (*KEYS, *SCALES)}, key=lambda key: (len(key), key)):
        if not any(key.endswith(each) for each in found):
            found.append(key)
    return tuple(found)


def wide(least: Level) -> str:
    """The expression for texts that may be of a level of at least this."""
    numbered = rf"(?:{'|'.join(map(re.escape, keys()))})\W*\d"
    return "(?i)" + "|".join((*shortest((*words(least), *EVENTS)), numbered, *ELSEWHERE))


def safe(values: tuple[str, ...]) -> bool:
    """Whether a platform can be told to look for one of these."""
    return bool(values) and all(map(verbatim, values))
