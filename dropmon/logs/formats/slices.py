"""The parts of JSON that only Python reads (NaN, control characters, bad UTF-8), each with its bytes as they came."""

from __future__ import annotations

import re
from collections.abc import Iterator
from json import JSONDecoder

# Latin-1 makes each byte one character: what stands in strings is spelt wrong, and every place is right
_decode = JSONDecoder(strict=False).raw_decode
_space = re.compile(r"[ \t\n\r]*").match


def elements(body: bytes) -> list[bytes]:
    """The elements of an array that json.loads can read. Raises ValueError, LookupError, RecursionError for others.

    >>> elements(b'[ {"a": NaN}, 1.50 ]'), elements(b"[]")
    ([b'{"a": NaN}', b'1.50'], [])
    """
    return [value for _, value in _parts(body, "[")]


def member(body: bytes, key: str) -> bytes:
    """The value of an object's key, the last one, as above.

    >>> member(b'{"a": NaN, "b" : [ 1 ]}', "b")
    b'[ 1 ]'
    """
    return dict(_parts(body, "{"))[key]


def _parts(body: bytes, opening: str) -> Iterator[tuple[str, bytes]]:
    """Each value, with its key if it has one."""
    text = body.decode("latin-1")
    at, key = _past(text, 0, opening), ""
    while text[at] not in "]}":
        if opening == "{":
            key, at = _decode(text, at)
            at = _past(text, at, ":")
        _, stop = _decode(text, at)
        yield key, body[at:stop]
        at = _past(text, stop, ",")


def _past(text: str, at: int, sign: str) -> int:
    """Where the next token begins, behind a sign if it is there."""
    at = _end(text, at)
    return _end(text, at + 1) if text[at] == sign else at


def _end(text: str, at: int) -> int:
    """Where the space ends that may begin at a place."""
    found = _space(text, at)
    return found.end() if found else at
