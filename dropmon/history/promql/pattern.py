"""Prometheus' regular expressions (RE2) in Python's."""

from __future__ import annotations

import re
from functools import lru_cache

from dropmon.history.promql.value import PromqlError

# Constructs that RE2 knows and Python reads differently or not at all, and those that only Python knows.
FOREIGN = re.compile(r"\[\[:|\\[pPzQEC]|\(\?[=!>(]|\(\?<[=!]|\(\?P=|\(\?[a-zA-Z-]*[^\w():<>=!-]|\\[1-9]|[*+?}]\+")
REPEATED = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|(\{\d{1,9}(?:,\d{0,9})?\})", re.DOTALL)
MOST = 1000  # times that RE2 repeats something
PART = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\(\?[a-zA-Z-]+\)|\(|\)|\||.", re.DOTALL)


@lru_cache(maxsize=1024)
def pattern(text: str) -> re.Pattern[str]:
    r"""A pattern that has to match the whole text. PromqlError when it is none, or is not the same in both.

    >>> bool(pattern("a.*").fullmatch("a\nb")), bool(pattern(r"\d").fullmatch("٣"))
    (True, False)
    >>> pattern("[[:alpha:]]")
    Traceback (most recent call last):
    dropmon.history.promql.value.PromqlError: the regular expression '[[:alpha:]]' is not supported: '[[:'
    """
    foreign = FOREIGN.search(text.replace("\\\\", ""))
    if foreign:
        raise PromqlError(
            f"the regular expression {text!r} is not supported: {foreign[0]!r}", "write it without, as [a-zA-Z]"
        )
    if any(int(count) > MOST for count in re.findall(r"\d+", "".join(REPEATED.findall(text)))):
        raise PromqlError(f"the regular expression {text!r} repeats something more than {MOST} times", "repeat it less")
    try:
        return re.compile(flagged(text), re.DOTALL | re.ASCII)
    except re.error as error:
        raise PromqlError(f"the regular expression {text!r} cannot be read: {error}") from None


def flagged(text: str) -> str:
    """Flags in the middle, which hold until their group ends, as groups of their own.

    >>> flagged("a(?i)b|c"), flagged("((?i)pro)[(].*"), flagged("abc")
    ('a(?i:b)|(?i:c)', '((?i:pro))[(].*', 'abc')
    """
    out: list[str] = []
    open_: list[list[str]] = [[]]  # for each group, the flags that hold in it
    for part in PART.findall(text):
        if part.startswith("(?") and part.endswith(")"):
            open_[-1].append(part[:-1] + ":")
            out.append(open_[-1][-1])
        elif part == "|" and open_[-1]:
            out.append(")" * len(open_[-1]) + "|" + "".join(open_[-1]))
        elif part == ")":
            out.append(")" * len(open_.pop() if len(open_) > 1 else []) + ")")
        else:
            if part == "(":
                open_.append([])
            out.append(part)
    return "".join(out) + ")" * len(open_[0])


def expanded(match: re.Match[str], template: str) -> str:
    """A template with what was matched in place of `$1`, `${name}` and `$$`; what is unknown is empty, as in Go.

    >>> expanded(re.fullmatch("(?P<a>.)(.)", "xy"), "$1-${a}$2$$-$3-$1a-$")
    'x-xy$---$'
    """

    def put(found: re.Match[str]) -> str:
        name = found[1] or found[2]
        if name is None:
            return "$"
        try:
            return match[int(name) if name.isdecimal() else name] or ""
        except IndexError:
            return ""

    return re.sub(r"\$(?:(\w+)|\{(\w+)\}|\$)", put, template, flags=re.ASCII)
