"""Bytes as JSON: read strictly and fast, then as leniently as anything that Python can make sense of."""

from __future__ import annotations

import json
import re
from typing import Any

import msgspec

from dropmon.logs.formats.prefix import plain

_begin = re.compile(r"\{\s*\"")
_part = json.JSONDecoder(strict=False).raw_decode
TRIED = 4  # places where the object may begin that a line ends in
_decode = msgspec.json.Decoder().decode
OPENINGS = ("{", "[", "[{")
"""A line that is only one of these opens a pretty-printed document."""


def parsed(text: bytes | str) -> Any:
    r"""The JSON value that a text is, or None: NaN, lone surrogates, control characters, colours and bad UTF-8 survive.

    >>> parsed(b'{"a":NaN,"b":"\xff"}'), parsed(b"{oops")
    ({'a': nan, 'b': '\ufffd'}, None)
    """
    try:
        return _decode(text)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return _lenient(text if isinstance(text, str) else text.decode("utf-8", "replace"))


def _lenient(text: str) -> Any:
    for each in dict.fromkeys((text, plain(text))):
        try:
            return json.loads(each, strict=False)
        except (ValueError, RecursionError):
            continue
    return None


def headed(text: str) -> tuple[Any, str]:
    r"""The JSON value that a text begins with, on its first line or pretty-printed over all of it, and what follows.

    >>> headed('{"a":1}\n    at f\n'), headed('{\n  "a": 1\n}'), headed("{oops")
    (({'a': 1}, '    at f\n'), ({'a': 1}, ''), (None, ''))
    """
    line, newline, tail = text.partition("\n")
    if newline and line.rstrip() not in OPENINGS:
        value = parsed(line)
        if value is not None:
            return value, tail
    return parsed(text), ""


def ending(line: str) -> dict[str, Any] | None:
    """The object that a line ends in, whatever stands before it.

    >>> ending('web {"a":1} ok {"b":{"c":2}}'), ending("set {a}"), ending('{"a":1} ok')
    ({'b': {'c': 2}}, None, None)
    """
    text = line.rstrip()
    if text[-1:] != "}":
        return None
    at = 0
    for _ in range(TRIED):
        found = _begin.search(text, at)
        if not found:
            return None
        try:
            value, at = _part(text, found.start())
        except (ValueError, RecursionError):
            at = found.end()
            continue
        if at == len(text):
            return value if isinstance(value, dict) else None
    return None
