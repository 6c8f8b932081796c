"""How a block of bytes becomes entries, whatever wrote it: JSON of any logger, rows of platforms, plain text."""

from __future__ import annotations

import re

from dropmon.logs.entry import Entry
from dropmon.logs.formats import elements, shortcut
from dropmon.logs.formats.carried import carried, spoken, told
from dropmon.logs.formats.container import Row, array, begins, held, holding
from dropmon.logs.formats.failure import failed, page
from dropmon.logs.formats.reading import headed, parsed
from dropmon.logs.formats.unreadable import unreadable
from dropmon.logs.level import Level

__all__ = ["entries", "level"]

_FRONT = re.compile(rb"(?:[\s\0]++|\xef\xbb\xbf)*+")  # remembers nothing, however long it is


_STRANGE = (b"[", b",", b'"', b"<", b"R")


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


def level(block: bytes) -> Level | None:
    """The level of the only entry of a block, as `entries` gives it and several times quicker; None: ask `entries`.

    >>> level(b'{"level":"error"}'), level(b"[Error] x"), level(b'[{"level":"error"}]')
    (<Level.ERROR: 5>, <Level.ERROR: 5>, None)
    """
    quick = shortcut.level(block)
    if quick is not None:
        return quick
    try:
        found = _entries(block, bare=True)
    except RecursionError:
        return None
    return found[0].level if found else None


def _entries(block: bytes, bare: bool = False) -> tuple[Entry, ...]:
    """Its entries; of a `bare` one nothing but the level is read, and of what takes a closer look there is none."""
    front = _FRONT.match(block)
    body = block[front.end() :] if front and front.end() else block
    first = body[:1]
    if first == b"{":
        return _object(block, body, bare)
    if first in _STRANGE and (found := _strange(block, body, bare)) is not None:
        return found
    words = spoken(body.decode("utf-8", "replace"), bare=bare)
    if words.broken:
        return () if bare else (unreadable(block),)
    return (words.entry if bare else words.entry._replace(raw=block),)


def _strange(block: bytes, body: bytes, bare: bool) -> tuple[Entry, ...] | None:
    """The entries of an array or what is left of one, a JSON string, a failure that is no JSON; None: it is text."""
    first = body[:1]
    if first == b"[" or first == b",":
        return (() if bare else _array(block, body)) if elements.begins(body) or begins(body) else None
    if first == b'"' and body.rstrip()[-1:] == b'"' and isinstance(said := parsed(body), str):
        return () if bare else (told(said, block),)
    sentence = page(body)
    if sentence is None:
        return None
    return () if bare else (Entry(raw=block, message=sentence, failure=sentence),)


def _array(block: bytes, body: bytes) -> tuple[Entry, ...]:
    """Each element; of an array that is none those that are whole, and the rest as what cannot be read."""
    rows = array(body)
    if rows is not None and not any(isinstance(row.value, list) for row in rows):
        return _each(rows)
    if not elements.begins(body):
        return (spoken(body.decode("utf-8", "replace")).entry._replace(raw=block),)
    rows, rest = elements.elements(body)
    if not rows:
        return (unreadable(block),)
    return (*_each(rows), unreadable(rest)) if rest.strip() else _each(rows)


def _object(block: bytes, body: bytes, bare: bool) -> tuple[Entry, ...]:
    doc, tail = headed(body.decode("utf-8", "replace")) if b"\n" in body else (parsed(body), "")
    if not isinstance(doc, dict):
        return () if bare else _broken(block, body)
    holds = holding(doc) and not tail.strip()
    sentence = None if holds else failed(doc)
    if bare and (holds or sentence is not None):
        return ()
    rows = held(doc, body) if holds else None
    if rows is not None and (rows or not doc.get("error")):
        return _each(rows)
    sentence = failed(doc) if holds else sentence
    if sentence is not None:
        return (Entry(raw=block, message=sentence, fields=doc, failure=sentence),)
    return (carried(doc, raw=block, tail=tail.strip("\r\n"), bare=bare),)


def _broken(block: bytes, body: bytes) -> tuple[Entry, ...]:
    """What begins like an object and is none, if it is no element of an array that has one a line."""
    if body.rstrip()[-1:] in (b",", b"]"):
        rows, rest = elements.elements(body)
        if rows and not rest:
            return _each(rows)
    return (unreadable(block),)


def _each(rows: tuple[Row, ...]) -> tuple[Entry, ...]:
    return tuple(told(row.value, row.raw) for row in rows)
