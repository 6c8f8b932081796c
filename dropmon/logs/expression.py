r"""Expressions over bytes, read here once, so that they mean the same whichever engine looks for them.

They are written as people write them for grep, Python or PCRE, and come out in the little that every linear-time
engine agrees on: bytes, classes of bytes, groups, `|`, repetition, `^ $` at lines, `\A \z` and `\b \B`.
What no engine can do in linear time is refused by its name.

A letter stands for its UTF-8 bytes; `.`, `\w`, `\d` and `\s` are for ASCII, and `.` is any byte but a newline.
"""

from __future__ import annotations

from typing import NamedTuple

from dropmon.errors import UsageError
from dropmon.logs.letters import ANCHORS, ESCAPES, POSIX, REFUSED_ESCAPES, SETS, WHOLE, Letters, Piece, members

MOST = 1000  # repetitions, those of nested groups multiplied: RE2 takes no more (google/re2, syntax.txt)
WEIGHT = 5000  # places of an expression when it is written out: more takes engines seconds to prepare
DEPTH = 50  # groups within groups
REFUSED = {
    "(?=": "lookahead", "(?!": "lookahead", "(?<=": "lookbehind", "(?<!": "lookbehind", "(?P=": "a backreference",
    "(?P>": "recursion", "(?R": "recursion", "(?>": "an atomic group", "(?(": "a condition", "(?#": "a comment",
    "(*": "a verb",
}  # fmt: skip
HINT = "write it without: --grep and --not may be given several times, and --not finds what is not there"


class Flags(NamedTuple):
    """Set with (?i), (?s) and the like, up to the end of the group."""

    fold: bool = False  # upper and lower case are one
    dotall: bool = False  # `.` is a newline too
    lines: bool = True  # ^ and $ stand at lines, as in grep


def parse(text: str) -> Piece:
    r"""What an engine is given. Raises UsageError with the column.

    >>> parse("a(b|c)?").source, parse("é+").source, parse("a.b").fixed, parse("a\\.b").fixed
    (b'a(?:(?:b|c))?', b'(?:\\xc3\\xa9)+', None, b'a.b')
    >>> parse("(a)\\1")
    Traceback (most recent call last):
    dropmon.errors.UsageError: '(a)\\1', column 4: no backreference is possible in linear time
    """
    reader = Reader(text)
    piece = reader.choice(Flags(), 0)
    if reader.at < len(text):
        raise reader.wrong("this parenthesis closes nothing", "write \\) for the character")
    return piece


class Reader:
    """Reads an expression from left to right."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def wrong(self, what: str, hint: str = HINT, at: int | None = None) -> UsageError:
        column = (self.at if at is None else at) + 1
        return UsageError(f"{self.text!r}, column {column}: {what}", hint)

    def take(self, *wanted: str) -> str:
        """The first of these that stands here, and steps over it; else nothing."""
        for each in wanted:
            if self.text.startswith(each, self.at):
                self.at += len(each)
                return each
        return ""

    def choice(self, flags: Flags, depth: int) -> Piece:
        """Alternatives, up to a parenthesis that closes or the end."""
        if depth > DEPTH:
            raise self.wrong(f"more than {DEPTH} groups within groups", "write it flatter")
        branches: list[Piece] = []
        while True:
            branch, flags = self.sequence(flags, depth)
            branches.append(branch)
            if not self.take("|"):
                break
        if len(branches) == 1:
            return branches[0]
        source = b"(?:" + b"|".join(each.source for each in branches) + b")"
        weight = self.bearable(sum(each.weight for each in branches) + 1)
        return Piece(source, weight, max(each.repeats for each in branches))

    def sequence(self, flags: Flags, depth: int) -> tuple[Piece, Flags]:
        """What follows one another; flags that are set in it hold for the alternatives after it too."""
        parts: list[Piece] = []
        while self.at < len(self.text) and self.text[self.at] not in "|)":
            changed = self.flags(flags)
            if changed is not None:
                flags = changed
                continue
            parts.append(self.repeated(self.atom(flags, depth)))
        fixed = [each.fixed for each in parts if each.fixed is not None]
        weight = self.bearable(sum(each.weight for each in parts))
        return (
            Piece(
                b"".join(each.source for each in parts),
                weight,
                max((each.repeats for each in parts), default=1),
                b"".join(fixed) if len(fixed) == len(parts) else None,
                all(each.anchor for each in parts),
            ),
            flags,
        )

    def bearable(self, weight: int) -> int:
        if weight > WEIGHT:
            raise self.wrong(f"the expression is too big: {weight} places, {WEIGHT} are possible", "repeat less of it")
        return weight

    def flags(self, flags: Flags) -> Flags | None:
        """(?i) at this place: the flags from here on."""
        found = self.flagged(flags)
        if found is None or not self.text.startswith(")", found[1]):
            return None
        self.at = found[1] + 1
        return found[0]

    def flagged(self, flags: Flags) -> tuple[Flags, int] | None:
        """The flags of (?i-s, and where they end; None if that is not what stands here."""
        if not self.text.startswith("(?", self.at):
            return None
        end, on, names = self.at + 2, True, {"i": "fold", "s": "dotall", "m": "lines"}
        while end < len(self.text) and self.text[end] in "ism-":
            if self.text[end] == "-":
                on = False
            else:
                flags = flags._replace(**{names[self.text[end]]: on})
            end += 1
        return (flags, end) if self.text[end : end + 1] in {")", ":"} else None

    def atom(self, flags: Flags, depth: int) -> Piece:
        """One thing that may be repeated."""
        character = self.text[self.at]
        if character == "(":
            return self.group(flags, depth)
        if character == "[":
            return self.letters_of_class().piece(flags.fold)
        if character == "\\":
            return self.escape(flags)
        if character in "*+?" or (character == "{" and self.count() is not None):
            raise self.wrong("there is nothing to repeat", f"write \\{character} for the character")
        self.at += 1
        if character == ".":
            return Piece(members(WHOLE if flags.dotall else WHOLE - {10}))
        if character in "^$":
            ends = {"^": b"^", "$": b"$"} if flags.lines else {"^": rb"\A", "$": rb"\z"}
            return Piece(ends[character], anchor=True)
        return Letters.of(character).piece(flags.fold)

    def group(self, flags: Flags, depth: int) -> Piece:
        """A group; its name and its number are forgotten."""
        start = self.at
        for opening, name in REFUSED.items():
            if self.text.startswith(opening, start):
                raise self.wrong(f"no {name.removeprefix('a ').removeprefix('an ')} is possible in linear time")
        inner = self.flagged(flags)
        if inner is not None:
            flags, self.at = inner[0], inner[1] + 1
        elif self.take("(?P<", "(?<"):
            self.at = self.text.find(">", self.at) + 1 or len(self.text)
        elif self.text.startswith("(?", self.at):
            raise self.wrong("such a group is not known", "known are (…), (?:…), (?i), (?s) and (?i:…)")
        else:
            self.at += 1
        piece = self.choice(flags, depth + 1)
        if not self.take(")"):
            raise self.wrong("this parenthesis is never closed", "write \\( for the character", start)
        return piece._replace(source=b"(?:" + piece.source + b")")

    def repeated(self, piece: Piece) -> Piece:
        """The piece with the repetition that follows it. Greedy or not: what is found is the same."""
        start, span = self.at, self.span()
        if span is None:
            return piece
        if piece.anchor:
            raise self.wrong("there is nothing to repeat", "an anchor takes no bytes", start)
        least, most = span
        if self.take("+"):
            raise self.wrong("no possessive repetition is possible in linear time", at=start)
        self.take("?")
        if self.span() is not None:
            raise self.wrong("a repetition of a repetition", "put the first into a group: (?:…)", start)
        times = max(least, most or 0, 1)
        if piece.repeats * times > MOST:
            raise self.wrong(f"more than {MOST} repetitions", "write + or * instead", start)
        sign = f"{{{least},{'' if most is None else most}}}".encode()
        short = {(0, None): b"*", (1, None): b"+", (0, 1): b"?"}.get((least, most), sign)
        return Piece(piece.source + short, self.bearable(piece.weight * times), piece.repeats * times)

    def span(self) -> tuple[int, int | None] | None:
        """How often, as *, +, ? or {2,5} say it; None if nothing does."""
        sign = self.take("*", "+", "?")
        if sign:
            return {"*": (0, None), "+": (1, None), "?": (0, 1)}[sign]
        found = self.count()
        if found is None:
            return None
        least, most, self.at = found
        if most is not None and most < least:
            raise self.wrong("the most is less than the least", "write {2,5}")
        return least, most

    def count(self) -> tuple[int, int | None, int] | None:
        """{n}, {n,} or {n,m}: least, most and where it ends. Any other brace is a character."""
        end = self.text.find("}", self.at)
        if not self.text.startswith("{", self.at) or end < 0 or end - self.at > 12:
            return None
        least, comma, most = self.text[self.at + 1 : end].partition(",")
        if not (least.isdecimal() and least.isascii() and (not most or (most.isdecimal() and most.isascii()))):
            return None
        return int(least), (int(most) if most else None) if comma else int(least), end + 1

    def escape(self, flags: Flags) -> Piece:
        """What a backslash begins, outside of a class."""
        sign = self.text[self.at + 1 : self.at + 2]
        if sign in ANCHORS:
            self.at += 2
            return Piece(ANCHORS[sign], anchor=True)
        return self.escaped().piece(flags.fold)

    def escaped(self) -> Letters:
        """The letters that a backslash means."""
        sign = self.text[self.at + 1 : self.at + 2]
        if sign in REFUSED_ESCAPES or (sign.isdecimal() and sign != "0"):
            raise self.wrong(f"no {REFUSED_ESCAPES.get(sign, 'backreference')} is possible in linear time")
        if sign in ("x", "u"):
            return self.numbered(sign)
        if not sign or (sign.isalnum() and sign.isascii() and sign not in SETS and sign not in ESCAPES):
            raise self.wrong(f"\\{sign} is not known", "write \\\\ for a backslash")
        self.at += 2
        if sign in SETS:
            return Letters(SETS[sign])
        return Letters.of(ESCAPES.get(sign, sign))

    def numbered(self, sign: str) -> Letters:
        r"""\x1b is a byte; \u00e9 and \x{e9} are characters."""
        brace = self.text.startswith("{", self.at + 2)
        end = self.text.find("}", self.at) if brace else self.at + (4 if sign == "x" else 6)
        digits = self.text[self.at + (3 if brace else 2) : end]
        try:
            number = int(digits, 16)
            letters = Letters(frozenset({number})) if sign == "x" and not brace else Letters.of(chr(number))
        except (ValueError, OverflowError):
            raise self.wrong(f"\\{sign} without its number", "write \\x1b, \\u00e9 or \\x{1f600}") from None
        self.at = end + brace
        return letters

    def letters_of_class(self) -> Letters:
        """[a-z_], [^"], [[:digit:]]."""
        start, found = self.at, Letters()
        self.at += 1
        denied = bool(self.take("^"))
        first = True
        while first or not self.text.startswith("]", self.at):
            if self.at >= len(self.text):
                raise self.wrong("this bracket is never closed", "write \\[ for the character", start)
            found, first = found.joined(self.member()), False
        self.at += 1
        if denied and found.wide:
            raise self.wrong("only ASCII can be left out", "leave the other letters away", start)
        if denied and found.narrow == WHOLE:
            raise self.wrong("nothing is left", "name fewer letters", start)
        return found._replace(denied=denied)

    def member(self) -> Letters:
        """One letter of a class, or a range."""
        if self.text.startswith("[:", self.at) and (name := self.text[self.at + 2 :].partition(":]")[0]) in POSIX:
            self.at += len(name) + 4
            return Letters(POSIX[name])
        start, low = self.at, self.one()
        if not self.text.startswith("-", self.at) or self.text[self.at + 1 : self.at + 2] in ("]", ""):
            return low
        self.at += 1
        high = self.one()
        if low.byte is None or high.byte is None or low.byte > high.byte:
            raise self.wrong("no such range", "a range goes from one ASCII character up to another: a-z", start)
        return Letters(frozenset(range(low.byte, high.byte + 1)))

    def one(self) -> Letters:
        if self.text.startswith("\\b", self.at):
            self.at += 2
            return Letters(frozenset({8}))
        if self.text.startswith("\\", self.at):
            return self.escaped()
        self.at += 1
        return Letters.of(self.text[self.at - 1 : self.at])
