"""How serious a line of plain text is, and where its words begin.

A level stands at the start of a line or behind its header (times, brackets, ids, names with punctuation), never in the
middle of a sentence: 'error budget ok' names none. ROUTES say which bytes each of these forms leaves behind.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from dropmon.logs.formats.phrases import BARE, KLOG, LOGFMT, METHODS, RAISED, SENTENCES
from dropmon.logs.formats.routes import ROUTES
from dropmon.logs.level import Level, named

__all__ = ["ROUTES", "Said", "pairs", "said"]

_SPOKEN = {words: level for level, words in SENTENCES}
_FORMS = "|".join(map(re.escape, sorted(_SPOKEN, key=len, reverse=True)))
_METHODS = "|".join(METHODS)
HEADS = re.compile(
    rf"(?P<sentence>{_FORMS})"
    r"|(?P<panicked>thread '[^'\n]*' (?:\(\d+\) )?panicked)"
    r"|(?P<exception>(?:[A-Za-z_$][\w$./:]*)?(?:Error|Exception)(?:(?:\s\[\w+\])?\s*:(?!:)|\s*$))"
    r"|(?P<invoked>REPORT RequestId: [^\n]*\bStatus: (?:timeout|error)\b|fail: [\w.`+]+\[\d+\])"
    rf"|(?P<request>(?:{_METHODS}) \| (?P<status>[45])\d\d \|)",
    re.ASCII,
)
RAISING = re.compile(
    rf"(?:[A-Za-z_]\w*\.)+[A-Z]\w*?(?:{'|'.join(RAISED)}):(?=\s|$)|(?:{'|'.join(BARE)})(?::(?=\s|$)|\s*$)"
    r"|(?P<warning>(?:[A-Za-z_]\w*\.)*[A-Z]\w*Warning:(?=\s))",
    re.ASCII,
)
"""What the last line of a traceback is; only at the very start, for loggers have such names too."""
LEVEL = re.compile(
    r"(?:UTC|GMT):\S{0,120}?\[\d+\]:(?P<glued>[A-Z]{3,13}):"
    r"|\[(?P<letter>[IWEF])\] "
    r"|\[\s*(?:[\w.-]+[:.])?(?P<bracket>[A-Za-z]+) *\]:?"
    r"|(?P<thrown>\[(?:[A-Za-z_$][\w$.]*)?(?:Error|Exception)(?: \[\w+\])?: )"
    r"|\[(?:(?=[^\s\[\]]*\d)[^\s\[\]]{1,80}\s+){1,6}(?P<inside>[A-Z]{3,13})(?=[\s\]])"
    r"|(?P<upper>[A-Z]{3,13})(?:\s*:(?!//|:)|(?=[\s|,;)\]]|$))"
    r"|(?P<colon>[A-Za-z]{3,13})(?:\[\d+\])?:(?!//|:)"
    r"|[A-Za-z][\w-]*\.(?P<channel>[A-Z]{3,13}):"
    r"|(?P<klog>[IWEF])\d{4} +\d\d:\d\d:\d\d\S*",
    re.ASCII,
)
HEADER = re.compile(
    r"\[[^\]\n]{0,200}\]:?|\([^)\n]{0,100}\)"
    r"|[-|:>*\u2022\u00b7]+(?:\s+(?![A-Z]+\b)[A-Za-z_]\w*(?=\s+[-|:]+\s))?(?=\s)"
    r"|[\u00d7\u2000-\u2bff\u3000-\u303f\ufe0f\U0001f000-\U0001faff]{1,8}|RequestId:"
    r"|(?:[a-z_]\w*=[^\s\"'={},]*,)+[a-z_]\w*=[^\s\"'={},]*|(?:user|db|app|client|host|pid|session)=[^\s\"'={},]+(?=\s+[A-Z]+:)|[^\s\"'={}\[(]*\d[^\s\"'={}]*|<[\w.@-]+>"
    r"|@?[a-z][\w@./-]*:[a-z][\w.-]*:(?=\s)"
    r"|[A-Za-z]\w*(?:(?:[./@#$-]+\w+)+|(?<=_)\w*)[:,]?|(?:UTC|GMT|Z|AM|PM|[A-Z]{1,3}T|Mon|Tue|Wed|Thu|Fri|Sat|Sun|Jan|Feb|Mar|Apr|May"
    r"|Jun|Jul|Aug|Sep|Oct|Nov|Dec|npm|[DIWEF]),?(?=[\s\]])",
    re.ASCII,
)
_BLANK = re.compile(r"[\s\0]*", re.ASCII)
_PAIR = re.compile(r"(?<![\w.@-])([\w.@-]+)=(\"(?:[^\"\\]|\\.)*\"|[^\s,}\])\"]*)", re.ASCII)
_TOKENS, _REACH = 14, 600  # a header is no longer than this: tokens, characters


class Said(NamedTuple):
    level: Level
    at: int  # where the words begin, behind the header and the level


def said(line: str) -> Said:
    """The level of one line without control sequences, and where its words begin.

    >>> said("2024-11-15 20:12:14 [error   ] payment failed")
    Said(level=<Level.ERROR: 5>, at=31)
    >>> said("error budget ok").level, said("TypeError: x").level, said("time=1 level=warn msg=x").level
    (<Level.UNKNOWN: 0>, <Level.ERROR: 5>, <Level.WARN: 4>)
    """
    at = start = _blank(line, 0)
    if raised := RAISING.match(line, at):
        return Said(Level.WARN if raised["warning"] else Level.ERROR, at)
    for _ in range(_TOKENS):
        found = _here(line, at)
        if found:
            return found
        token = HEADER.match(line, at)
        if not token or token.end() > _REACH:
            break
        at = _blank(line, token.end())
    return Said(_logfmt(line), at if line.startswith("{", at) else start)


def _blank(text: str, at: int) -> int:
    found = _BLANK.match(text, at)
    return found.end() if found else at


def _here(head: str, at: int) -> Said | None:
    """What a level or an error's first words at this place mean; an error's own words stay part of the message."""
    first = head[at : at + 1]
    if not first or first.isdigit():
        return None
    spoken = None if first == "[" else HEADS.match(head, at)
    if spoken:
        return Said(_spoken(spoken), at)
    found = LEVEL.match(head, at)
    if not found:
        return None
    if letter := found["klog"] or found["letter"]:
        return Said(KLOG[letter], _blank(head, found.end()))
    if found["thrown"]:
        return Said(Level.ERROR, at)
    level = named(found[found.lastgroup or 0])
    return Said(level, _words(head, found.end())) if level else None


def _spoken(found: re.Match[str]) -> Level:
    if found["sentence"]:
        return _SPOKEN[found["sentence"]]
    if found["panicked"]:
        return Level.FATAL
    return Level.WARN if found["status"] == "4" else Level.ERROR


_SEPARATOR = re.compile(r"[\s\0]*(?:[-|:]+(?=\s)[\s\0]*)*", re.ASCII)


def _words(head: str, at: int) -> int:
    found = _SEPARATOR.match(head, at)
    return found.end() if found else at


def _logfmt(line: str) -> Level:
    """The first pair of logfmt anywhere that names a level; what stands in quotes is somebody's words."""
    if "=" not in line:
        return Level.UNKNOWN
    words = (value for key, value in _PAIR.findall(line) if key.lower() in LOGFMT)
    return next((level for level in map(named, (word.strip('"') for word in words)) if level), Level.UNKNOWN)


def pairs(line: str) -> dict[str, str]:
    """The pairs of a logfmt line.

    >>> pairs('ts=1 level=error msg="payment failed"')
    {'ts': '1', 'level': 'error', 'msg': 'payment failed'}
    """
    return {key: value[1:-1].replace('\\"', '"') if value[:1] == '"' else value for key, value in _PAIR.findall(line)}
