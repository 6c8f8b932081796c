"""One entry that stands for many: its strings wait for the columns of a row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from dropmon.rules.variables import RowText

Row = Mapping[str, str]
Fill = Callable[[Row], Any]


class MissingColumnError(Exception):
    """The row has no such column, or nothing in it."""

    def __init__(self, column: str) -> None:
        super().__init__(column)
        self.column = column


def filler(template: Mapping[str, Any]) -> Fill:
    """What turns a row into the values of one check, as they would have been written.

    `name` and `url` are the row's columns of that name, unless the template makes them from columns or says the url.

    >>> fill = filler({"name": "shops", "targets": {}, "headers": {"X": RowText(())}, "timeout": "5s"})
    >>> fill({"name": "a", "url": "https://a.example"})
    {'headers': {'X': ''}, 'timeout': '5s', 'name': 'a', 'url': 'https://a.example'}
    """
    values = {key: value for key, value in template.items() if key != "targets"}
    if not isinstance(values.get("name"), RowText):
        values.pop("name", None)
    fill = _open(values) or (lambda _row: dict(values))
    own = tuple(key for key in ("name", "url") if key not in values)

    def of(row: Row) -> Any:
        return {**fill(row), **{key: cell(row, key) for key in own}}

    return of


def cell(row: Row, column: str) -> str:
    """Raises MissingColumnError."""
    value = row.get(column)
    if value is None:
        raise MissingColumnError(column)
    return str(value)


def _open(value: Any) -> Fill | None:
    """None when nothing in the value waits for a row, so that it is shared by all."""
    if isinstance(value, RowText):
        return _text(value)
    if isinstance(value, dict):
        return _collection(dict, value, value.items())
    if isinstance(value, list):
        return _collection(list, value, enumerate(value))
    return None


def _text(text: RowText) -> Fill:
    parts = [(part, None) if isinstance(part, str) else ("", part.name) for part in text.parts]
    return lambda row: "".join([cell(row, column) if column else literal for literal, column in parts])


def _collection(kind: type, value: Any, items: Any) -> Fill | None:
    waiting = [(key, fill) for key, item in items if (fill := _open(item))]

    def of(row: Row) -> Any:
        copy = kind(value)
        for key, fill in waiting:
            copy[key] = fill(row)
        return copy

    return of if waiting else None
