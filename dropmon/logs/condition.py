"""Conditions as they are meant, whoever wrote them; each can be written down again."""

from __future__ import annotations

import re
from typing import NamedTuple, TypeAlias

KEYWORDS = frozenset({"and", "or", "not", "exists"})
KEY = r"[^\s()=!<>~\"',]+"
OPERATORS = ("!~", "==", "!=", "<=", ">=", "=", "<", ">", "~")  # in the order in which they are tried


class Value(NamedTuple):
    """What is compared with; one that is quoted is text, even if it looks like a number."""

    text: str
    quoted: bool = False

    def __str__(self) -> str:
        return quote(self.text) if self.quoted else self.text


class Comparison(NamedTuple):
    """context.orderId = 42."""

    path: str
    operator: str
    value: Value

    def __str__(self) -> str:
        return f"{key(self.path)} {self.operator} {self.value}"


class Exists(NamedTuple):
    """There is something, and it is not null."""

    path: str

    def __str__(self) -> str:
        return f"{key(self.path)} exists"


class Not(NamedTuple):
    inner: Condition

    def __str__(self) -> str:
        return f"not {grouped(self.inner)}"


class All(NamedTuple):
    parts: tuple[Condition, ...]

    def __str__(self) -> str:
        return " and ".join(map(grouped, self.parts))


class Either(NamedTuple):
    parts: tuple[Condition, ...]

    def __str__(self) -> str:
        return " or ".join(map(grouped, self.parts))


Condition: TypeAlias = Comparison | Exists | Not | All | Either


def grouped(condition: Condition) -> str:
    """A condition as a part of another.

    >>> str(Not(Either((Exists("a"), Comparison("b", "=", Value("c d", quoted=True))))))
    'not (a exists or b = "c d")'
    """
    return f"({condition})" if isinstance(condition, All | Either) else str(condition)


def key(path: str) -> str:
    return path if re.fullmatch(KEY, path) and path.lower() not in KEYWORDS else quote(path)


def quote(text: str) -> str:
    r"""Text between quotes. A backslash before anything else stands for itself, so that expressions stay readable.

    >>> quote('say "no"')
    '"say \\"no\\""'
    """
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
