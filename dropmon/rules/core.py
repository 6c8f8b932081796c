"""YAML 1.2's core schema: only true, false, null and numbers are more than text.

PyYAML follows YAML 1.1, where `no` is false, `09:00` is 540 and `2026-01-05` a date; here they are what they look like.
Stricter than the schema in one thing: digits after a + or a 0 stay text, for they are telephone numbers and codes.
"""

from __future__ import annotations

import re

from dropmon.rules.nodes import Scalar

CONSTANTS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,400})|0o[0-7]{1,400}|0x[0-9a-fA-F]{1,400}")
FLOAT = re.compile(r"-?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
PREFIX = "tag:yaml.org,2002:"
TEXT = {None, "!", PREFIX + "str"}

Plain = str | int | float | bool | None


def value(scalar: Scalar) -> Plain:
    """What a scalar means. Raises ValueError for a tag that rules do not use.

    >>> texts = ("no", "09:00", "+33", "007", "0o17", "1.50", "1e3", "~")
    >>> [value(Scalar(1, 1, None, text, plain=True)) for text in texts]
    ['no', '09:00', '+33', '007', 15, 1.5, 1000.0, None]
    >>> value(Scalar(1, 1, "tag:yaml.org,2002:python/object:os.system", "x", plain=False))
    Traceback (most recent call last):
    ValueError: the tag '!!python/object:os.system' is refused: values are plain text, numbers, lists and mappings
    """
    refuse_tag(scalar.tag, TEXT)
    return plain(scalar.text) if scalar.plain and scalar.tag is None else scalar.text


def plain(text: str) -> Plain:
    """What a text without quotes means."""
    if text in CONSTANTS:
        return CONSTANTS[text]
    if text[0] not in "-.0123456789":  # most values are words
        return text
    if INTEGER.fullmatch(text):
        return int(text, 0 if text.startswith(("0o", "0x")) else 10)
    return float(text) if FLOAT.fullmatch(text) else text


def refuse_tag(tag: str | None, allowed: set[str | None]) -> None:
    if tag not in allowed:
        shown = tag.replace(PREFIX, "!!") if tag else ""
        raise ValueError(f"the tag {shown!r} is refused: values are plain text, numbers, lists and mappings")
