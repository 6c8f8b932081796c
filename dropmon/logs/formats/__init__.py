"""How a block of bytes becomes entries, whatever wrote it: JSON of any logger, rows of platforms, plain text."""

from __future__ import annotations

import re

from dropmon.logs.entry import Entry
from dropmon.logs.formats.carried import carried, spoken, told
from dropmon.logs.formats.container import array, held
from dropmon.logs.formats.failure import failed
from dropmon.logs.formats.reading import headed, parsed
from dropmon.logs.formats.shortcut import level
from dropmon.logs.formats.unreadable import unreadable

__all__ = ["entries", "level"]

_FRONT = re.compile(rb"(?:[\s\0]|\xef\xbb\xbf)*")


def entries(block: bytes) -> tuple[Entry, ...]:
    """The entries of a block: one, or those of a document that holds many, each with its own bytes.

    >>> [(entry.level.word, entry.message) for entry in entries(b'[{"level":"warn","msg":"a"},{"level":50,"msg":"b"}]')]
    [('warn', 'a'), ('error', 'b')]
    >>> entries(b"[Error] retry 1/3: fetch failed")[0].message
    'retry 1/3: fetch failed'
    """
    try:
        return _entries(block)
    except RecursionError:
        return (unreadable(block),)


def _entries(block: bytes) -> tuple[Entry, ...]:
    front = _FRONT.match(block)
    body = block[front.end() :] if front and front.end() else block
    if body[:1] == b"{":
        return _object(block, body)
    if body[:1] == b"[" and (rows := array(body)) is not None:
        return tuple(told(row.value, row.raw) for row in rows)
    entry = spoken(body.decode("utf-8", "replace")).entry
    if entry.message[:1] == "{" and not entry.level and not entry.fields:
        return (unreadable(block),)
    return (entry._replace(raw=block),)


def _object(block: bytes, body: bytes) -> tuple[Entry, ...]:
    if b"\n" in body:
        doc, tail = headed(body.decode("utf-8", "replace"))
    else:
        doc, tail = parsed(body), ""
    if not isinstance(doc, dict):
        return (unreadable(block),)
    rows = None if tail.strip() else held(doc, body)
    if rows is not None and (rows or not doc.get("error")):
        return tuple(told(row.value, row.raw) for row in rows)
    sentence = failed(doc)
    if sentence is not None:
        return (Entry(raw=block, message=sentence, fields=doc, failure=sentence),)
    return (carried(doc, raw=block, tail=tail.strip("\r\n")),)
