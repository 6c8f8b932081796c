"""How serious a JSON object is: the level that it names itself, and the verdicts of the platform that ran it."""

from __future__ import annotations

import re
from typing import Any

from dropmon.logs.formats.keys import (
    CRASH,
    CRASH_KEY,
    EVENT_HOLDERS,
    EVENT_KEYS,
    EVENTS,
    FAILED,
    INVOKED,
    MONOLOG,
    NESTED,
    REASON_KEYS,
    REASONS,
    SHUTDOWN,
    TYPES,
)
from dropmon.logs.formats.prefix import plain
from dropmon.logs.level import BLANKS, KEYS, SCALES, Level, named, numbered

Document = dict[str, Any]

_KEYS = frozenset((*KEYS, *SCALES))
_TYPES = {word: Level.INFO if word == "metric" else named(word) for word in TYPES}
_EVENTFUL = frozenset((*EVENT_KEYS, *EVENT_HOLDERS))
_NESTED = frozenset(NESTED)
_RIVALS = frozenset(("level_name", "short_message"))
_ENUM = re.compile(r"SEVERITY_NUMBER_([A-Z]+)[234]?", re.ASCII)
_DIGITS = re.compile(r"\s*\d{1,4}(?:\.\d+)?\s*", re.ASCII)


def own_level(doc: Document) -> Level:
    """The level that an object names itself; UNKNOWN when it names none.

    >>> own_level({"level": 50}), own_level({"log": {"level": "warn"}}), own_level({"type": "metric"})
    (<Level.ERROR: 5>, <Level.WARN: 4>, <Level.INFO: 3>)
    >>> own_level({"level": None, "severity": "ERROR"}), own_level({"context": {"level": "error"}})
    (<Level.ERROR: 5>, <Level.UNKNOWN: 0>)
    """
    if not _KEYS.isdisjoint(doc):
        level = keyed(doc)
        if level:
            return level
    if not _NESTED.isdisjoint(doc):
        for key in NESTED:
            inner = first(doc[key]) if key in doc else None
            if inner and not _KEYS.isdisjoint(inner) and (level := keyed(inner)):
                return level
    if "@t" in doc and "@l" not in doc:
        return Level.INFO
    return _typed(doc)


def _typed(doc: Document) -> Level:
    """The level that its kind means, of one that names none."""
    kind = doc.get("type")
    if isinstance(kind, str) and kind.isascii():
        if level := _TYPES.get(kind.strip(BLANKS).lower()):
            return level
        if kind in INVOKED and first(doc.get("record")).get("status") in FAILED:
            return Level.ERROR
    return Level.ERROR if "errorType" in doc and "errorMessage" in doc else Level.UNKNOWN


def keyed(doc: Document) -> Level:
    """The level under the first of KEYS, then of SCALES, whose value means one."""
    if not _RIVALS.isdisjoint(doc) and (level := _rivalled(doc)):
        return level
    for key in KEYS:
        if key in doc and (level := meant(doc[key])):
            return level
    for key, scale in SCALES.items():
        if key in doc and (level := scaled(doc[key], scale)):
            return level
    return Level.UNKNOWN


def _rivalled(doc: Document) -> Level:
    """The level of makers whose numbers under `level` are on a scale of their own: monolog's has a word beside it.

    >>> _rivalled({"level": 400, "level_name": "ERROR"}), _rivalled({"version": "1", "short_message": "x", "level": 3})
    (<Level.ERROR: 5>, <Level.ERROR: 5>)
    """
    number, word = doc.get("level"), doc.get("level_name")
    if isinstance(word, str) and number in MONOLOG:
        return named(word)
    return scaled(number, "syslog") if "short_message" in doc and "version" in doc else Level.UNKNOWN


def meant(value: Any) -> Level:
    """What a word, a number of pino's, or loguru's {name, no} means as a level.

    >>> meant(" Err "), meant("50"), meant(True), meant({"name": "ERROR", "no": 40})
    (<Level.ERROR: 5>, <Level.ERROR: 5>, <Level.UNKNOWN: 0>, <Level.ERROR: 5>)
    """
    if isinstance(value, str):
        value = plain(value) if "\x1b" in value else value
        return named(value) or scaled(value, "pino")
    if isinstance(value, dict):
        word = value.get("name", value.get("Name"))
        level = named(word) if isinstance(word, str) else Level.UNKNOWN
        return level or scaled(value.get("no", value.get("No")), "python")
    return scaled(value, "pino")


def scaled(value: Any, scale: str) -> Level:
    """What a number means on a scale, or the same in quotes; OpenTelemetry's may be written as names.

    >>> scaled(17, "otlp"), scaled("3", "syslog"), scaled("SEVERITY_NUMBER_ERROR2", "otlp"), scaled("error", "otlp")
    (<Level.ERROR: 5>, <Level.ERROR: 5>, <Level.ERROR: 5>, <Level.UNKNOWN: 0>)
    """
    if isinstance(value, str):
        if _DIGITS.fullmatch(value):
            return numbered(float(value), scale)
        found = _ENUM.fullmatch(value) if scale == "otlp" else None
        return named(found[1]) if found else Level.UNKNOWN
    return numbered(value, scale) if isinstance(value, int | float) and not isinstance(value, bool) else Level.UNKNOWN


def verdict(doc: Document, vercel: bool = False) -> Level:
    """ERROR when the platform says that a function failed to boot, was killed or crashed; else UNKNOWN.

    >>> verdict({"metadata": {"event_type": "Shutdown", "reason": "Memory"}})
    <Level.ERROR: 5>
    """
    if vercel and doc.get(CRASH_KEY) in (CRASH, str(CRASH)):
        return Level.ERROR
    if _EVENTFUL.isdisjoint(doc):
        return Level.UNKNOWN
    inside = [first(doc[key]) for key in EVENT_HOLDERS if key in doc]
    return Level.ERROR if any(map(_fatal_event, (doc, *inside))) else Level.UNKNOWN


def _fatal_event(doc: Document) -> bool:
    for key in EVENT_KEYS:
        event = doc.get(key)
        if event in EVENTS or (event == SHUTDOWN and any(doc.get(reason) in REASONS for reason in REASON_KEYS)):
            return True
    return False


def first(value: Any) -> Document:
    """An object, or the first of a list of them: BigQuery's rows hold `metadata` as a list of one."""
    if isinstance(value, list) and value:
        value = value[0]
    return value if isinstance(value, dict) else {}
