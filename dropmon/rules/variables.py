"""`${VAR}`, `${VAR:-default}`, `$$` and `${column:name}` inside one string. Pure: no environment is read here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

TOKEN = re.compile(
    r"\$(?:(?P<dollar>\$)|\{(?:column:(?P<column>[^{}]+)|(?P<name>[A-Za-z_]\w*)(?P<default>:-[^}]*)?)\}|(?P<open>\{))"
)


class Variable(NamedTuple):
    """A value of the environment; used instead when it is unset or empty: the default, if there is one."""

    name: str
    default: str | None = None

    def value(self, environment: Mapping[str, str]) -> str | None:
        """None when it is unset and has no default.

        >>> Variable("A").value({"A": ""}), Variable("A", "b").value({"A": ""}), Variable("A").value({})
        ('', 'b', None)
        """
        value = environment.get(self.name)
        return self.default if value is None or (self.default is not None and not value) else value


class Column(NamedTuple):
    """A value of the row that one target comes from."""

    name: str


Part = str | Variable | Column


def split(text: str) -> tuple[Part, ...]:
    """A string as its literal and variable parts. Raises ValueError for `${` that is no variable.

    >>> split("Bearer ${TOKEN}"), split("$${A} costs 5$")
    (('Bearer ', Variable(name='TOKEN', default=None)), ('${A} costs 5$',))
    >>> split("${column:url}/${V:-1}")
    (Column(name='url'), '/', Variable(name='V', default='1'))
    """
    parts: list[Part] = [""]
    end = 0
    for token in TOKEN.finditer(text):
        parts = _joined(parts, text[end : token.start()])
        parts = _joined(parts, "$") if token["dollar"] else [*parts, _part(token, text)]
        end = token.end()
    return tuple(part for part in _joined(parts, text[end:]) if part != "")


def _joined(parts: list[Part], text: str) -> list[Part]:
    last = parts[-1]
    return [*parts[:-1], last + text] if isinstance(last, str) else [*parts, text]


def _part(token: re.Match[str], text: str) -> Part:
    if token["open"]:
        found = text[token.start() : token.start() + 12]
        raise ValueError(f"'{found}' is no variable: write ${{NAME}}, or $$ for a dollar sign")
    if token["column"]:
        return Column(token["column"].strip())
    return Variable(token["name"], token["default"] and token["default"][2:])


class Pending(str):
    """A string that is not known yet; reads as it is written."""

    __slots__ = ()


class RowText(Pending):
    """A string that waits for the values of a row."""

    __slots__ = ("parts",)
    parts: tuple[str | Column, ...]

    def __new__(cls, parts: tuple[str | Column, ...]) -> RowText:
        text = super().__new__(cls, "".join(p if isinstance(p, str) else f"${{column:{p.name}}}" for p in parts))
        text.parts = parts
        return text
