"""Objects of an array that is cut, spoilt, joined to another or printed with one of them a line."""

from __future__ import annotations

import json
import re

from dropmon.logs.formats.container import Row
from dropmon.logs.formats.reading import parsed

_OPENS = re.compile(rb"[\[,][\s\[,]*+\{\s*+(?:[\"}]|$)")
_MIXED = re.compile(rb"\[\s*+(?:-?\d[\d.eE+-]{0,40}|\"(?:[^\"\\]|\\.){0,200}\"|true|false|null)\s*+,")
_BETWEEN = re.compile(r"[\s\[\],]*+", re.ASCII)
_FOLLOWS = re.compile(r"\s*[,\]]", re.ASCII)
_decode = json.JSONDecoder(strict=False).raw_decode


def begins(body: bytes) -> bool:
    """Whether a block may be a part of an array of objects; text in brackets is none.

    >>> [begins(each) for each in (b'[{"a":1', b',{"a":1}', b'[[{"a":1}]]', b'[1,{"a":1}]')]
    [True, True, True, True]
    >>> [begins(each) for each in (b"[Error] x", b"[1,2]", b"[{main}] x", b"[]")]
    [False, False, False, False]
    """
    return bool(_OPENS.match(body)) or (bool(_MIXED.match(body)) and b"{" in body and isinstance(parsed(body), list))


def elements(body: bytes) -> tuple[tuple[Row, ...], bytes]:
    """The whole objects and texts that a block begins with, whatever brackets and commas part them; and the rest.

    >>> elements(b'[{"a":1},{"a":2},]')[0][1], elements(b'[{"a":1},{"a"')[1]
    (Row(raw=b'{"a":2}', value={'a': 2}), b'{"a"')
    """
    text = body.decode("utf-8", "surrogateescape")
    rows: list[Row] = []
    at = _after(text, 0)
    while at < len(text):
        try:
            value, stop = _decode(text, at)
        except ValueError:
            break
        if not isinstance(value, dict) and not _FOLLOWS.match(text, stop):
            break
        raw = text[at:stop].encode("utf-8", "surrogateescape")
        if isinstance(value, dict | str):
            rows.append(Row(raw, parsed(raw)))
        at = _after(text, stop)
    return tuple(rows), text[at:].encode("utf-8", "surrogateescape")


def _after(text: str, at: int) -> int:
    found = _BETWEEN.match(text, at)
    return found.end() if found else at
