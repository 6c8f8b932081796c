"""Text and values made harmless: no control sequence and no secret leaves."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from dropmon.secrets import mask

_UNSAFE = r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
_ANSI = r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])"


def clean(text: str) -> str:
    r"""Text from outside made harmless for a terminal, on one line, without secrets.

    >>> clean("a\x1b[31mred\x1b[0m\nb\x9bc")
    'ared b\\x9bc'
    """
    text = mask(text)  # now, for secrets of several lines; and below, for those that a control cut up
    if text.isprintable():  # as nearly all is
        return text
    text = re.sub(_ANSI, "", text)
    text = text.replace("\r\n", " ").replace("\n", " ").replace("\t", " ")
    return mask(re.sub(_UNSAFE, lambda match: ascii(match[0])[1:-1], text))


def json_text(value: object) -> str:
    r"""JSON for people and programs: UTF-8, without secrets, and nothing in it that a terminal would obey.

    >>> json_text({"é": "\u009b31m"})
    '{"é": "\\u009b31m"}'
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, default=str)
    if mask(text) != text:  # rarely: then value by value, so that a secret such as 2026 breaks no number
        text = json.dumps(masked(value), ensure_ascii=False, allow_nan=False, default=str)
    return re.sub(_UNSAFE, lambda match: f"\\u{ord(match[0]):04x}", text)


def masked(value: object) -> object:
    """The texts of a value without secrets; its numbers and its shape stay."""
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, Mapping):
        return {key: masked(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [masked(inner) for inner in value]
    return value
