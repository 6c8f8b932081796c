"""Is it in there? In linear time, whatever is looked for and whatever it is looked for in.

Hyperscan is the fastest; RE2 does as well; plain text needs neither. What an expression means is settled before any of
them sees it (`expression`), so the answer is the same.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from importlib import import_module
from typing import Any

from dropmon.errors import DropmonError, UsageError
from dropmon.logs.expression import parse

Found = Callable[[bytes], bool]
NEWLINE = b"\n"


class Grep:
    r"""An expression that is looked for. Newlines at the very end count for nothing.

    >>> Grep("E_[A-Z]+$").found(b"failed: E_CARD\n  at pay"), Grep("(?i)err.r").found(b"ERROR"), Grep("a|b").found(b"c")
    (True, True, False)
    """

    __slots__ = ("expression", "found", "literal")

    def __init__(self, expression: str, engine: str | None = None) -> None:
        """Raises UsageError for an expression that cannot be, DropmonError when no engine is there to look for it."""
        piece = parse(expression)
        self.expression = expression
        self.literal = piece.fixed  # it is plain text: these bytes
        self.found: Found = (
            literal(piece.fixed) if piece.fixed is not None else ENGINES[engine or fastest()](piece.source)
        )


def literal(wanted: bytes) -> Found:
    """Plain text needs no engine."""
    return lambda data: wanted in data.rstrip(NEWLINE)


def hyperscan(source: bytes) -> Found:
    """By Hyperscan (or Vectorscan under its name)."""
    library: Any = import_module("hyperscan")
    flags = library.HS_FLAG_MULTILINE | library.HS_FLAG_SINGLEMATCH | library.HS_FLAG_ALLOWEMPTY
    database = library.Database(mode=library.HS_MODE_BLOCK)
    try:
        database.compile(expressions=[source], ids=[0], elements=1, flags=[flags])
    except library.error as error:
        raise refused(str(error)) from None
    hits: list[None] = []

    def hit(*_: object) -> None:
        hits.append(None)

    def found(data: bytes) -> bool:
        database.scan(data.rstrip(NEWLINE), match_event_handler=hit)
        if hits:
            hits.clear()
            return True
        return False

    return found


def re2(source: bytes) -> Found:
    """By RE2, a byte being a character."""
    library: Any = import_module("re2")
    options = library.Options()
    options.encoding = library.Options.Encoding.LATIN1
    options.log_errors = False
    try:
        search = library.compile(b"(?m)" + source, options).search
    except library.error as error:
        raise refused(str(error)) from None
    return lambda data: search(data.rstrip(NEWLINE)) is not None


def nothing(source: bytes) -> Found:
    raise DropmonError("looking for an expression needs an engine", "pip install hyperscan; plain text needs none")


ENGINES: dict[str, Callable[[bytes], Found]] = {"hyperscan": hyperscan, "re2": re2, "none": nothing}


@lru_cache
def fastest() -> str:
    """The fastest engine that is installed; 'none' when none is."""
    for name in ("hyperscan", "re2"):
        try:
            import_module(name)
        except ImportError:  # also a wheel that was built for another machine
            continue
        return name
    return "none"


def refused(said: str) -> UsageError:
    """What an engine does not take, in a sentence."""
    if "anchors" in said:
        return UsageError("^ or $ stands where a line cannot begin or end", "write \\^ or \\$ for the character")
    if "never match" in said:
        return UsageError("nothing can ever match the expression", "see where its ^, $ and \\b stand")
    return UsageError(
        f"the expression is too big or too intricate: {said}", "write it shorter, or split it over several"
    )
