"""Prometheus' regular expressions (RE2) in Python's: what the two read differently is written anew, or refused.

Source: the syntax of RE2 (github.com/google/re2/wiki/Syntax) as Go reads it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from dropmon.errors import DropmonError

MOST = 1000  # repetitions: RE2 takes no more

TOKEN = re.compile(
    r"""(?P<code>\\x\{[0-9A-Fa-f]+\}) | (?P<escape>\\.) | (?P<set>\[\^?\]?(?:\\x\{[0-9A-Fa-f]+\}|\\.|[^\]\\])*\])
    | (?P<flags>\(\?(?:[ims]*(?:-[ims]+)?:|(?:[ims]+(?:-[ims]+)?|-[ims]+)\))) | (?P<named>\(\?P?<\w+>) | (?P<odd>\(\?.?)
    | (?P<count>\{(?P<least>\d*)(?P<most>,\d*)?\}\+?) | (?P<often>[*+?]\+?) | (?P<other>.)""",
    re.VERBOSE | re.DOTALL | re.ASCII,
)
IN_SET = re.compile(r"(?P<code>\\x\{[0-9A-Fa-f]+\})|(?P<escape>\\.)|(?P<other>.)", re.DOTALL)

# RE2's classes are those of ASCII. In a set each ends with a range: a hyphen after it stays a hyphen.
CLASSES = {
    "d": r"0-9",
    "s": r"\t-\n\f-\r\x20-\x20",
    "w": r"_0-9A-Za-z",
    "D": r"\x00-\x2f\x3a-\U0010ffff",
    "S": r"\x00-\x08\x0b-\x0b\x0e-\x1f\x21-\U0010ffff",
    "W": r"\x00-\x2f\x3a-\x40\x5b-\x5e\x60-\x60\x7b-\U0010ffff",
}
FOLDED = {"W": r"\x00-\x2f\x3a-\x40\x5b-\x5e\x60-\x60\x7b-\u017e\u0180-\u2129\u212b-\U0010ffff"}  # ſ is an s, K a k
PLACES = {"A": r"\A", "z": r"\Z", "b": r"(?a:\b)", "B": r"(?a:\B)"}
SAME = re.compile(r"[afnrtv0]|x[0-9A-Fa-f]?|[^a-zA-Z0-9]", re.DOTALL)  # after a backslash


class PatternError(DropmonError):
    """A text that is no regular expression, or not the same to both."""


@lru_cache(maxsize=1024)
def pattern(text: str) -> re.Pattern[str]:
    r"""A pattern that has to match the whole text (`fullmatch`). PatternError when it is none, or cannot be the same.

    >>> [bool(pattern(each).fullmatch(text)) for each, text in (("a.*", "a\nb"), (r"\d", "٣"), ("a{,3}", "aa"))]
    [True, False, False]
    >>> bool(pattern("(?i)ÉTÉ").fullmatch("Été")), bool(pattern("a(?i)b").fullmatch("aB"))
    (True, True)
    >>> pattern("[[:alpha:]]")
    Traceback (most recent call last):
    dropmon.pattern.PatternError: the regular expression '[[:alpha:]]' is not supported: '[:'
    """
    try:
        return re.compile(translated(text), re.DOTALL)
    except (re.error, OverflowError, RecursionError) as error:
        raise PatternError(f"the regular expression {text!r} cannot be read: {error}") from None


def translated(text: str) -> str:
    r"""The same for Python. Flags in the middle, which hold until their group ends, become groups of their own.

    >>> translated("a(?i)b|c"), translated("((?i)pro)[(].*"), translated(r"\w[\d-]a{,3}$")
    ('a(?i:b)|(?i:c)', '((?i:pro))[(].*', '[_0-9A-Za-z][0-9-]a\\{,3}\\Z')
    """
    out: list[str] = []
    open_: list[list[str]] = [[]]  # for each group, the flags that were opened in it
    held = [frozenset[str]()]  # for each group, the flags that hold
    for found in TOKEN.finditer(text):
        part = found[0]
        if found["flags"] and part.endswith(")"):
            held[-1] = _changed(held[-1], part)
            open_[-1].append(part[:-1] + ":")
            out.append(open_[-1][-1])
        elif part == "|" and open_[-1]:
            out.append(")" * len(open_[-1]) + "|" + "".join(open_[-1]))
        elif part == ")":
            out.append(")" * len(open_.pop() if len(open_) > 1 else []) + ")")
            held = held[:-1] or [frozenset()]
        else:
            if part.startswith("("):
                open_.append([])
                held.append(_changed(held[-1], part if found["flags"] else ""))
            out.append(_written(text, found, held[-1]))
    return "".join(out) + ")" * len(open_[0])


def _changed(flags: frozenset[str], part: str) -> frozenset[str]:
    on, _, off = part.strip("(?:)").partition("-")
    return (flags | set(on)) - set(off)


def _written(text: str, found: re.Match[str], flags: frozenset[str]) -> str:
    """One token as Python reads it; `flags` are those that hold there."""
    part = found[0]
    if found["code"]:
        return _code(text, part)
    if found["escape"]:
        return _escaped(text, part)
    if found["set"]:
        return f"[{'^' if part[1] == '^' else ''}{''.join(_in_set(text, part[1:-1].removeprefix('^'), flags))}]"
    if found["named"]:
        return part if part.startswith("(?P") else f"(?P{part[2:]}"
    if found["count"] and not found["least"]:
        return "\\" + part  # only Python repeats that
    if found["odd"] or part in {"[", "\\"} or (len(part) > 1 and part.endswith("+")):
        raise _foreign(text, part)
    if found["count"] and any(int(number or 0) > MOST for number in part.strip("{}").split(",")):
        raise PatternError(f"the regular expression {text!r} repeats more than {MOST} times: {part}")
    return r"\Z" if part == "$" and "m" not in flags else part


def _escaped(text: str, part: str) -> str:
    letter = part[1]
    if letter in PLACES:
        return PLACES[letter]
    if letter in CLASSES:
        return f"[{'^' if letter.isupper() else ''}{CLASSES[letter.lower()]}]"
    if not SAME.fullmatch(letter):
        raise _foreign(text, part)
    return part


def _in_set(text: str, inside: str, flags: frozenset[str]) -> Iterator[str]:
    """What stands between brackets. Python warns of characters that may mean more some day."""
    if "[:" in inside:
        raise _foreign(text, "[:")
    for found in IN_SET.finditer(inside):
        part = found[0]
        if found["code"]:
            yield _code(text, part)
        elif not found["escape"]:
            yield "\\" + part if part in "[]&|~" else part
        elif part[1] in CLASSES:
            yield FOLDED.get(part[1], CLASSES[part[1]]) if "i" in flags else CLASSES[part[1]]
        elif SAME.fullmatch(part[1]):
            yield part
        else:
            raise _foreign(text, part)


def _code(text: str, part: str) -> str:
    """A character by its number."""
    number = int(part[3:-1], 16)
    if number > 0x10FFFF:
        raise _foreign(text, part)
    return f"\\U{number:08x}"


def _foreign(text: str, part: str) -> PatternError:
    return PatternError(f"the regular expression {text!r} is not supported: {part!r}", "write it without, as [a-zA-Z]")
