"""The letters of an expression: sets of bytes, and of characters that UTF-8 writes with several bytes."""

from __future__ import annotations

import string
from typing import NamedTuple

WHOLE = frozenset(range(256))
DIGITS = frozenset(string.digits.encode())
ALPHA = frozenset(string.ascii_letters.encode())
WORD = DIGITS | ALPHA | {95}
SPACE = frozenset(b" \t\n\r\f\v")
SETS = {"d": DIGITS, "D": WHOLE - DIGITS, "w": WORD, "W": WHOLE - WORD, "s": SPACE, "S": WHOLE - SPACE}
ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v", "a": "\a", "e": "\x1b", "0": "\0"}
ANCHORS = {"b": rb"\b", "B": rb"\B", "A": rb"\A", "z": rb"\z", "Z": rb"\z"}
REFUSED_ESCAPES = {
    "p": "Unicode property", "P": "Unicode property", "k": "backreference", "g": "backreference", "G": "\\G",
    "K": "\\K", "X": "\\X", "C": "\\C", "R": "\\R", "N": "\\N", "Q": "\\Q",
}  # fmt: skip
POSIX = {
    "alpha": ALPHA, "digit": DIGITS, "alnum": ALPHA | DIGITS, "space": SPACE, "word": WORD,
    "upper": frozenset(string.ascii_uppercase.encode()), "lower": frozenset(string.ascii_lowercase.encode()),
    "punct": frozenset(string.punctuation.encode()), "xdigit": frozenset(string.hexdigits.encode()),
    "blank": frozenset(b" \t"), "cntrl": frozenset(range(32)) | {127}, "print": frozenset(range(32, 127)),
    "graph": frozenset(range(33, 127)),
}  # fmt: skip


class Piece(NamedTuple):
    """A part of an expression, for an engine."""

    source: bytes
    weight: int = 1  # its places when it is written out
    repeats: int = 1  # the most that its repetitions multiply to
    fixed: bytes | None = None  # it is these bytes and nothing else
    anchor: bool = False  # it takes no bytes, so that nothing of it can be repeated


class Letters(NamedTuple):
    """Any one of these, or of all others when `denied`."""

    narrow: frozenset[int] = frozenset()  # bytes
    wide: frozenset[str] = frozenset()  # characters of several bytes
    denied: bool = False

    @classmethod
    def of(cls, character: str) -> Letters:
        return cls(frozenset({ord(character)})) if character.isascii() else cls(wide=frozenset({character}))

    @property
    def byte(self) -> int | None:
        """The only byte, if it is only one."""
        return next(iter(self.narrow)) if len(self.narrow) == 1 and not self.wide else None

    def joined(self, other: Letters) -> Letters:
        return Letters(self.narrow | other.narrow, self.wide | other.wide)

    def piece(self, fold: bool) -> Piece:
        """What an engine is given; `fold` makes upper and lower case one."""
        narrow, wide = self.narrow, self.wide
        if fold:
            narrow = narrow | {each ^ 32 for each in narrow & ALPHA}
            wide = frozenset(form for each in wide for form in forms(each))
        if self.denied:
            narrow = WHOLE - narrow
        written = [each.encode() for each in sorted(wide)]
        sources = ([members(narrow)] if narrow else []) + ["".join(map(escaped, each)).encode() for each in written]
        source = sources[0] if narrow and not wide else b"(?:" + b"|".join(sources) + b")"
        fixed = [bytes(narrow)] * (len(narrow) == 1) + written
        single = len(fixed) == 1 and len(sources) == 1
        return Piece(source, bool(narrow) + sum(map(len, written)), fixed=fixed[0] if single else None)


def forms(character: str) -> set[str]:
    """A character in both cases, where the other one is of several bytes too and is one character.

    >>> sorted(forms("é")), forms("ſ"), forms("ß")
    (['É', 'é'], {'ſ'}, {'ß'})
    """
    return {character} | {
        form for form in (character.lower(), character.upper()) if len(form) == 1 and not form.isascii()
    }


def members(narrow: frozenset[int]) -> bytes:
    r"""A set of bytes as a class, or as the one byte that it is.

    >>> members(frozenset(b"abcz")), members(frozenset(b"a")), members(frozenset(b"."))
    (b'[a-cz]', b'a', b'\\x2e')
    """
    if len(narrow) == 1:
        return escaped(*narrow).encode()
    ordered = sorted(narrow)
    starts = [each for each in ordered if each - 1 not in narrow]
    ends = [each for each in ordered if each + 1 not in narrow]
    return f"[{''.join(map(_range, starts, ends))}]".encode()


def _range(low: int, high: int) -> str:
    return escaped(low) + (f"-{escaped(high)}" if high > low else "")


def escaped(byte: int) -> str:
    """A byte as every engine reads it."""
    return chr(byte) if byte in WORD else f"\\x{byte:02x}"
