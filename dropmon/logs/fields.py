"""Some values of each entry, as columns: `--fields time,level,context.orderId`."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from dropmon.errors import UsageError
from dropmon.logs.entry import Entry
from dropmon.logs.level import Level
from dropmon.logs.normal import compact, encoded, iso
from dropmon.logs.path import Finder, finder
from dropmon.output import clean

Columns = tuple[tuple[str, Finder], ...]
ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def columns(text: str) -> Columns:
    """The names of --fields, each with what finds its value. Raises UsageError.

    >>> [name for name, _ in columns("time, context.orderId")]
    ['time', 'context.orderId']
    """
    names = [name.strip() for name in text.split(",")]
    if not all(names):
        raise UsageError(f"--fields {text!r} holds an empty name", "such as --fields time,level,context.orderId")
    return tuple((name, _finder(name)) for name in dict.fromkeys(names))


def _finder(name: str) -> Finder:
    find, write = finder(name), WRITTEN.get(name)
    return find if write is None else lambda entry: None if (value := find(entry)) is None else write(value)


def word(level: Level) -> str:
    return level.word


WRITTEN: dict[str, Callable[[Any], object]] = {"time": iso, "level": word}


def watched(wanted: Columns, missing: set[str]) -> Columns:
    """The same columns; a name leaves `missing` when an entry has a value for it."""
    return tuple((name, partial(_watched, name, find, missing)) for name, find in wanted)


def _watched(name: str, find: Finder, missing: set[str], entry: Entry) -> object:
    value = find(entry)
    if value is not None:
        missing.discard(name)
    return value


def tabbed(wanted: Columns) -> Callable[[Entry], str]:
    r"""Writes an entry as one line with tabs between the values, without its newline; nothing where there is none.

    >>> tabbed(columns("level,message,x"))(Entry(b"", Level.WARN, message="a\tb\nc"))
    'warn\ta\\tb\\nc\t'
    """
    return partial(_tabbed, tuple(find for _, find in wanted))


def _tabbed(finders: tuple[Finder, ...], entry: Entry) -> str:
    return "\t".join("" if (value := find(entry)) is None else cell(value) for find in finders)


def cell(value: object) -> str:
    return clean(compact(value).translate(ESCAPES))


def jsonl(wanted: Columns) -> Callable[[Entry], bytes]:
    """Writes an entry as one JSON object, without a newline; null where there is no value.

    >>> jsonl(columns("level,context.orderId"))(Entry(b"", Level.WARN, context={"orderId": 42}))
    b'{"level":"warn","context.orderId":42}'
    """
    return lambda entry: encoded({name: find(entry) for name, find in wanted})
