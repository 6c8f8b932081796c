"""Conditions as questions to an entry."""

from __future__ import annotations

import json
import operator
import re
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Any

from dropmon import units
from dropmon.logs.condition import All, Comparison, Condition, Exists, Not, Value
from dropmon.logs.entry import Entry
from dropmon.logs.grep import Grep
from dropmon.logs.level import Level, named
from dropmon.logs.path import finder

Judge = Callable[[Entry], bool]
Compare = Callable[[Any, Any], bool]

ORDERS: dict[str, Compare] = {
    "=": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
_NUMBER = re.compile(r"[+-]?\d{1,100}(?:\.\d{1,100})?(?:[eE][+-]?\d{1,3})?", re.ASCII)


def judge(condition: Condition) -> Judge:
    """The condition, ready to be asked. Raises ValueError for a value that its key cannot have.

    >>> orders = judge(Comparison("context.orderId", ">", Value("41")))
    >>> orders(Entry(b"", fields={"context": {"orderId": "42"}})), orders(Entry(b""))
    (True, False)
    """
    if isinstance(condition, Comparison):
        return comparison(condition)
    if isinstance(condition, Exists):
        find = finder(condition.path)
        return lambda entry: find(entry) is not None
    if isinstance(condition, Not):
        inner = judge(condition.inner)
        return lambda entry: not inner(entry)
    parts = tuple(map(judge, condition.parts))
    if isinstance(condition, All):
        return lambda entry: all(part(entry) for part in parts)
    return lambda entry: any(part(entry) for part in parts)


def comparison(condition: Comparison) -> Judge:
    """One comparison; false where there is nothing to compare, whatever the operator."""
    find, value = finder(condition.path), condition.value
    if condition.operator in ("~", "!~"):
        return matching(condition)
    order = ORDERS[condition.operator]
    if condition.path in READERS:
        wanted = READERS[condition.path](value.text)
        if condition.path == "level":
            return lambda entry: order(entry.level, wanted)
        return lambda entry: (found := find(entry)) is not None and order(found, wanted)
    test = equality(value) if condition.operator in ("=", "!=") else ordering(value, order)
    if condition.operator == "!=":
        return lambda entry: (found := find(entry)) is not None and not test(found)
    return lambda entry: (found := find(entry)) is not None and test(found)


def matching(condition: Comparison) -> Judge:
    """An expression is looked for in text as it is, in anything else as JSON writes it."""
    find, found = finder(condition.path), Grep(condition.value.text).found
    wanted = condition.operator == "~"
    return lambda entry: (value := find(entry)) is not None and found(written(value)) is wanted


def written(value: object) -> bytes:
    if isinstance(value, Level):
        return value.word.encode()
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text.encode("utf-8", "surrogatepass")


def equality(value: Value) -> Callable[[object], bool]:
    """Equal as numbers if both are numbers, or texts that are; else as texts. `true` and `false` are themselves.

    >>> [equality(Value("42"))(found) for found in (42, 42.0, "42", "42.0", "042", True, "x", [42])]
    [True, True, True, True, True, False, False, False]
    >>> [equality(Value("042", quoted=True))(found) for found in (42, "42", "042")]
    [True, False, True]
    """
    text, wanted = value.text, number(value.text)

    def equal(found: object) -> bool:
        if isinstance(found, bool):
            return text == ("true" if found else "false")
        if isinstance(found, str):
            return found == text or (not value.quoted and wanted is not None and number(found) == wanted)
        return isinstance(found, int | float) and wanted is not None and found == wanted

    return equal


def ordering(value: Value, order: Compare) -> Callable[[object], bool]:
    """In order as numbers if both are numbers, or texts that are; as texts if neither is; else in no order.

    >>> [ordering(Value("9"), operator.gt)(found) for found in (10, "10", "9.5", "x", True, None)]
    [True, True, True, False, False, False]
    >>> ordering(Value("b"), operator.lt)("a")
    True
    """
    text, wanted = value.text, number(value.text)

    def ordered(found: object) -> bool:
        if isinstance(found, str) and (wanted is None or value.quoted):
            return order(found, text)
        if wanted is None or isinstance(found, bool):
            return False
        measured = number(found) if isinstance(found, str) else found
        return isinstance(measured, int | float) and order(measured, wanted)

    return ordered


def number(text: str) -> int | float | None:
    """The number that a text is, exactly where it can be.

    >>> number("42"), number("4.2e1"), number("12345678901234567890"), number("0x1f"), number("nan")
    (42, 42.0, 12345678901234567890, None, None)
    """
    if not _NUMBER.fullmatch(text):
        return None
    return int(text) if text.lstrip("+-").isdecimal() else float(text)


def level(text: str) -> Level:
    if text.lower() == "unknown":
        return Level.UNKNOWN
    if named(text) is Level.UNKNOWN:
        raise ValueError("expected a level: trace, debug, info, warn, error, fatal or unknown")
    return named(text)


def duration(text: str) -> float:
    try:
        return units.duration(text)
    except ValueError:
        raise ValueError("expected a duration with its unit, such as 500ms or 2s") from None


def time(text: str) -> float:
    """Seconds since 1970 of a time that says its zone, or of a number."""
    if (seconds := number(text)) is not None:
        return seconds
    with suppress(ValueError):
        when = datetime.fromisoformat(text)
        if when.tzinfo is not None:
            return when.timestamp()
    raise ValueError("expected a time with its zone, such as 2026-11-23T06:30:00Z (--since takes others)")


READERS: dict[str, Callable[[str], float]] = {"level": level, "duration": duration, "time": time}
