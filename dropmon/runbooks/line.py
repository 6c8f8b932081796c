"""One line of a step: a command as it would be typed, without the shell. Pure."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence

PLACEHOLDER = re.compile(r"\{\{\s*(?:labels\.)?([A-Za-z_][A-Za-z0-9_]*)\s*\}\}")
PROMPT = re.compile(r"[$>%]\s+")
SHELL = {"|": "pipes", ";": "chains", "&": "chains", "<": "redirects", ">": "redirects", "(": "groups", ")": "groups"}
NUMBER = re.compile(r"-\d+(\.\d+)?")
COMMAND = "dropmon"


class LineError(ValueError):
    """Why a line is no step, at a column that counts from 1."""

    def __init__(self, column: int, what: str, hint: str = "") -> None:
        super().__init__(what)
        self.column, self.what, self.hint = column, what, hint


def words(line: str) -> tuple[str, ...]:
    """The arguments of dropmon that a line holds; none when it holds nothing. Raises LineError.

    >>> words("$ dropmon check apis '{{ check }}'  # one"), words("  # a remark")
    (('check', 'apis', '{{check}}'), ())
    >>> words("dropmon db connections | less")
    Traceback (most recent call last):
    dropmon.runbooks.line.LineError: '|' pipes in a shell, and a step has none
    """
    start = len(line) - len(line.lstrip())
    if prompt := PROMPT.match(line, start):
        start = prompt.end()
    told = line[start : end(line, start)]
    try:
        found = shlex.split(PLACEHOLDER.sub(r"{{\1}}", told))
    except ValueError as error:
        raise LineError(start + 1, f"the line does not end well: {str(error).lower()}", "close the quote") from None
    if not found:
        return ()
    if found[0] != COMMAND:
        hint = "other commands belong into a block of their own, such as ```sh, which is shown and never run"
        raise LineError(start + 1, f"{found[0]!r} is not dropmon: a step is one dropmon command a line", hint)
    _well_formed(found[1:], line, start)
    return tuple(found[1:])


def _well_formed(found: Sequence[str], line: str, start: int) -> None:
    if not found:
        raise LineError(start + 1, "dropmon alone does nothing", "name a command, such as dropmon check all")
    if [word for word in found if not word.startswith("-")][:2] == ["runbook", "run"]:
        raise LineError(
            start + 1, "a runbook runs no runbook", "name it in the text: dropmon runbook show NAME is fine"
        )
    for word in found:
        left = PLACEHOLDER.sub("", word)
        if "{{" in left or "}}" in left:
            place = re.search(r"\{\{|\}\}", masked(line))
            what, hint = f"{word!r} holds no name of a parameter", "write {{ name }}: letters, digits and _"
            raise LineError(place.start() + 1 if place else 1, what, hint)
    if PLACEHOLDER.search(found[0]):
        raise LineError(start + 1, "a parameter cannot be the command itself", "write the command out")


def end(line: str, start: int) -> int:
    """Where the command of a line ends: before a remark. Raises LineError for what only a shell would understand."""
    quote = ""
    rest = masked(line)
    for index in range(start, len(rest)):
        sign = rest[index]
        escaped = quote != "'" and _escaped(rest, index, start)
        if not sign.isprintable() and sign != "\t":
            raise LineError(index + 1, f"{sign!r} is a control character", "take it out")
        if escaped:
            continue
        if sign in {quote, "'", '"'} and (not quote or sign == quote):
            quote = "" if quote else sign
        elif sign == "#" and not quote and (index == start or rest[index - 1].isspace()):
            return index
        elif quote != "'" and (sign == "`" or re.match(r"\$[A-Za-z_({]", rest[index:])):
            raise LineError(index + 1, f"{sign!r} asks a shell for a value, and a step has none", "write {{ name }}")
        elif sign in SHELL and not quote:
            raise LineError(
                index + 1, f"{sign!r} {SHELL[sign]} in a shell, and a step has none", "quote it, or leave it"
            )
    return len(rest)


def masked(line: str) -> str:
    """The line without its parameters, as long as it was."""
    return PLACEHOLDER.sub(lambda match: "x" * len(match[0]), line)


def _escaped(text: str, index: int, start: int) -> bool:
    before = text[start:index]
    return (len(before) - len(before.rstrip("\\"))) % 2 == 1


def names(found: Sequence[str]) -> Iterator[str]:
    """The parameters of a step, in their order.

    >>> list(names(("db", "cancel", "{{pid}}")))
    ['pid']
    """
    for word in found:
        yield from (match[1] for match in PLACEHOLDER.finditer(word))


def filled(found: Sequence[str], values: Mapping[str, str]) -> tuple[str, ...]:
    """The words with their parameters filled in, once: what a value holds is never read again. Raises ValueError.

    A value stays within its argument, and cannot become an option.

    >>> filled(("check", "apis", "{{check}}"), {"check": "a b; {{rm}}"})
    ('check', 'apis', 'a b; {{rm}}')
    >>> filled(("db", "cancel", "{{pid}}"), {"pid": "--yes"})
    Traceback (most recent call last):
    ValueError: the value '--yes' of 'pid' would be read as an option
    """
    return tuple(_word(word, values) for word in found)


def _word(word: str, values: Mapping[str, str]) -> str:
    text = PLACEHOLDER.sub(lambda match: values[match[1]], word)
    name = next(names([word]), "")
    if name and text.startswith("-") and not word.startswith("-") and not NUMBER.fullmatch(text):
        raise ValueError(f"the value {text!r} of {name!r} would be read as an option")
    if name and "\0" in text:
        raise ValueError(f"the value of {name!r} holds a NUL, which no command can be given")
    return text
