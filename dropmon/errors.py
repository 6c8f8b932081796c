"""One tree of errors. Each says what happened, where, and what to do next.

DropmonError
├── UsageError      the command line cannot be meant this way
├── RulesError      the rules file has problems, all of them at once
├── StorageError    the embedded file cannot be opened, read or written
├── DatabaseError   a PostgreSQL server refused, or answered wrongly
└── TransportError  a conversation over HTTP failed
"""

from __future__ import annotations

from typing import NamedTuple


class DropmonError(Exception):
    """What happened; `hint` is the next thing to do. Ends a command with exit code 3."""

    def __init__(self, what: str, hint: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.hint = hint


class UsageError(DropmonError):
    """The command line cannot be meant this way."""


class StorageError(DropmonError):
    """The embedded file cannot be opened, read or written."""


class DatabaseError(DropmonError):
    """A PostgreSQL server refused, or answered wrongly; `state` is its SQLSTATE, if one is known."""

    def __init__(self, what: str, hint: str = "", state: str = "") -> None:
        super().__init__(what, hint)
        self.state = state


class TransportError(DropmonError):
    """A conversation over HTTP failed; unless `sent`, the other side never got the request."""

    sent = True


class Problem(NamedTuple):
    """One complaint about the rules, at its place. Lines and columns count from 1; 0 is 'nowhere'.

    >>> str(Problem("rules.yaml", 14, 7, "unknown key 'urll'", "did you mean 'url'?"))
    "rules.yaml:14:7: unknown key 'urll' (did you mean 'url'?)"
    """

    file: str
    line: int
    column: int
    what: str
    hint: str = ""

    @property
    def place(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file

    def __str__(self) -> str:
        return f"{self.place}: {self.what}" + (f" ({self.hint})" if self.hint else "")


class RulesError(DropmonError):
    """The rules file has problems, all of them at once."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(map(str, problems)), "dropmon rules check lists every problem of the file")
        self.problems = problems
