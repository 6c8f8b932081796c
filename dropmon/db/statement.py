"""What a statement's text may not tell: the passwords that stand in it as they were typed."""

from __future__ import annotations

import re

from dropmon.secrets import MASK

# After the word: 'x', E'x', U&'x', $$x$$ or $a$x$a$; one that is cut off reaches to the end of the text.
# A parameter, $1, is no secret. `password=x` stands within a connection string, where quotes are doubled.
GAP = r"(?:\s|/\*(?:[^*]|\*(?!/))*\*/|--[^\n]*\n)*+"
LITERAL = (
    r"(?:[eE]'(?:[^'\\]|\\.|'')*+(?:'|\\?\Z)|(?:[uU]&|[nN])?'(?:[^']|'')*+(?:'|\Z)"
    r"|\$(?P<tag>[^\W\d]\w*)?\$.*?(?:\$(?(tag)(?P=tag))\$|\Z))"
)
SIGN = rf"(?:(?:=|:=|=>|\b(?:to|is|like|in)\b|\(){GAP})*"
SAID = re.compile(rf"(passw(?:or)?d\w*(?:\"|\b){GAP}{SIGN}){LITERAL}", re.I | re.S)
DOUBLED = re.compile(r"(passw(?:or)?d\s*=\s*)''[^']++''", re.I)
CLOSE = re.compile(r"(passw(?:or)?d=)(?!\$\d|•)[^\s'\"&;,)(]+", re.I)
WIDE = re.compile(r"('[^']*passw(?:or)?d\s*=\s*)(?!\$\d|•)[^\s'\"&;,)(]+(?=[^']*')", re.I)
ADDRESS = re.compile(r"(\b\w+://[^\s:/@']*:)[^\s@/']+(?=@)")


def veiled(statement: str) -> str:
    """A statement's text without the passwords in it.

    >>> veiled("alter role bob PASSWORD 'x''y' valid until '2027-01-01'")
    "alter role bob PASSWORD '•••' valid until '2027-01-01'"
    >>> veiled("update users set password = $1 where password = E'a\\\\'b'")
    "update users set password = $1 where password = '•••'"
    >>> veiled("select dblink('host=a password=secret user=b')")
    "select dblink('host=a password=••• user=b')"
    """
    if "passw" not in statement.lower() and "://" not in statement:  # as nearly all
        return statement
    text = SAID.sub(rf"\g<1>'{MASK}'", DOUBLED.sub(rf"\g<1>{MASK}", statement))
    for pattern in (CLOSE, WIDE, ADDRESS):
        text = pattern.sub(rf"\g<1>{MASK}", text)
    return text
