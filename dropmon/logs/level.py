"""How serious an entry is: one order, and every word and number that means a place in it.

The tables here are the only ones: `formats` reads levels with them, and `sieve` is generated from them, so that what
one knows the other looks for.
"""

from __future__ import annotations

from enum import IntEnum
from math import isfinite


class Level(IntEnum):
    """Least serious first. UNKNOWN is an entry that names no level: it passes with INFO, never as an error."""

    UNKNOWN = 0
    TRACE = 1
    DEBUG = 2
    INFO = 3
    WARN = 4
    ERROR = 5
    FATAL = 6

    @property
    def word(self) -> str:
        """As it is written: 'error'."""
        return self.name.lower()


WORDS: dict[Level, tuple[str, ...]] = {
    Level.TRACE: ("trace", "verbose", "silly", "finest", "trc", "trce", "vrb"),
    Level.DEBUG: ("debug", "dbg", "dbug", "fine", "finer"),
    Level.INFO: (
        "info",
        "information",
        "informational",
        "notice",
        "log",
        "http",
        "success",
        "default",
        "inf",
        "config",
    ),
    Level.WARN: ("warn", "warning", "wrn"),
    Level.ERROR: ("error", "err", "severe", "eror"),
    Level.FATAL: ("fatal", "critical", "crit", "panic", "dpanic", "emerg", "emergency", "alert", "ftl", "crt"),
}
"""The words of each level, in lower case. Compared after stripping, folding ASCII letters only."""

BLANKS = " \t\r\n\f\v"
NAMED = {word: level for level, words in WORDS.items() for word in words}

KEYS = (
    "level", "severity", "lvl", "log.level", "levelname", "level_name", "severity_text", "severityText", "loglevel",
    "log_level", "logLevel", "@l", "Level", "LEVEL", "Severity", "SEVERITY", "LogLevel", "SeverityText",
    "metadata_level", "detected_level",
)  # fmt: skip
"""Keys of a JSON document that hold a level, the first one present counts. A number is read on pino's scale."""

SCALES = {
    "levelno": "python", "severityNumber": "otlp", "severity_number": "otlp", "SeverityNumber": "otlp",
    "PRIORITY": "syslog",
}  # fmt: skip
"""Keys that hold a number on another scale than pino's, and which. They count where none of KEYS is present."""


def named(word: str) -> Level:
    """The level that a word means, whatever its case and padding; UNKNOWN when it means none.

    Only ASCII letters are folded: the Kelvin sign is no k.

    >>> named(" ERR "), named("Warning"), named("weird"), named("tr\u212ace")
    (<Level.ERROR: 5>, <Level.WARN: 4>, <Level.UNKNOWN: 0>, <Level.UNKNOWN: 0>)
    """
    return NAMED.get(word.strip(BLANKS).lower(), Level.UNKNOWN) if word.isascii() else Level.UNKNOWN


def numbered(number: float, scale: str = "pino") -> Level:
    """The level of a number: pino and bunyan 10..60, python 10..50, OTLP 1..24, syslog 7..0 (lower is worse).

    >>> numbered(50), numbered(40), numbered(40, "python"), numbered(17, "otlp"), numbered(3, "syslog")
    (<Level.ERROR: 5>, <Level.WARN: 4>, <Level.ERROR: 5>, <Level.ERROR: 5>, <Level.ERROR: 5>)
    >>> numbered(-1), numbered(float("nan"))
    (<Level.UNKNOWN: 0>, <Level.UNKNOWN: 0>)
    """
    if not isfinite(number) or (scale == "syslog" and number not in range(8)):
        return Level.UNKNOWN
    return next((level for least, level in STEPS[scale] if number >= least), Level.UNKNOWN)


STEPS: dict[str, tuple[tuple[float, Level], ...]] = {
    "pino": (
        (60, Level.FATAL),
        (50, Level.ERROR),
        (40, Level.WARN),
        (30, Level.INFO),
        (20, Level.DEBUG),
        (1, Level.TRACE),
    ),
    "python": (
        (50, Level.FATAL),
        (40, Level.ERROR),
        (30, Level.WARN),
        (20, Level.INFO),
        (10, Level.DEBUG),
        (1, Level.TRACE),
    ),
    "otlp": (
        (21, Level.FATAL),
        (17, Level.ERROR),
        (13, Level.WARN),
        (9, Level.INFO),
        (5, Level.DEBUG),
        (1, Level.TRACE),
    ),
    "syslog": ((7, Level.DEBUG), (5, Level.INFO), (4, Level.WARN), (3, Level.ERROR), (0, Level.FATAL)),
}
"""(least number, level) of each scale, the greatest first.

Sources: getpino.io levels; docs.python.org logging; opentelemetry.io logs data model; RFC 5424 §6.2.1.
"""
