"""What a YAML parser says, in words for somebody who did not write one."""

from __future__ import annotations

import re
from typing import Any

from dropmon.errors import Problem

# the parser's complaint, the text from the complained place on, what to say, what to do
PLAIN = (
    ("cannot start any token", r"\s*\t", "a tab cannot indent", "indent with spaces"),
    ("tab character", "", "a tab cannot indent", "indent with spaces"),
    ("cannot start any token", r"[@`%]", "a value cannot start with {0!r}", "quote it"),
    ("unexpected end of stream", "", "the quote that opens here is never closed", "close it"),
    ("unknown escape", "", r"an unknown \ sequence between double quotes", "use single quotes, or \\\\"),
    ("could not find expected ':'", "", "this line is no 'key: value'", "is a ':' or the space after it missing?"),
    (r"(?:sequence )?entries are not allowed", "", "a list cannot start on this line", "start it on a line of its own"),
    ("mapping values are not allowed", "", "a second ': ' on this line, or a line indented too far",
     "quote a value that holds ': ', and align keys of one mapping"),
    ("undefined tag", "", "tags (!…) are not used in rules", "quote a value that starts with '!'"),
    ("expected '-' indicator|but found '\\?'", "", "a key in the middle of a list",
     "indent it under its '- ', or not at all"),
    ("expected key|but found", "", "this does not fit what stands above it",
     "align keys of one mapping, and double a quote within quotes"),
    ("expected ',' or '}'", "", "the '{{' that opens here is not closed as it should be",
     "close it, and quote ${…} and texts with , or : between braces"),
    ("expected ',' or ']'", "", "the '[' that opens here is not closed as it should be",
     "close it, and quote texts with , or :"),
    ("node content", r"[\]}]", "a {0!r} that nothing opened", "remove it"),
    ("incompatible YAML", "", "another version of YAML", "remove the %YAML line"),
)  # fmt: skip
FORBIDDEN = re.compile(r"[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
OPENING = ("unexpected end of stream", "could not find expected", "expected ',' or")  # worth showing where it began


def problem(error: Any, text: str, file: str) -> Problem:
    """The parser's error at its place, with what to do.

    `error` is a yaml.YAMLError: with marks, or a ReaderError for a character that YAML does not allow.
    """
    said = getattr(error, "problem", None)
    if not said:
        return _unreadable(text, file)
    began = any(words in said for words in OPENING) and error.context_mark
    mark = began or error.problem_mark
    line, column = mark.line + 1, mark.column + 1
    rest = (text.splitlines() or [""])[mark.line : mark.line + 1]
    found = rest[0][mark.column :] if rest else ""
    for words, start, what, hint in PLAIN:
        if re.search(words, said) and re.match(start, found):
            return Problem(file, line, column, what.format(found[:1]), hint)
    return Problem(file, line, column, f"not YAML: {said}")


def _unreadable(text: str, file: str) -> Problem:
    found = FORBIDDEN.search(text)
    before = text[: found.start() if found else 0].split("\n")
    what = f"the character U+{ord(found[0]):04X} is not allowed in YAML" if found else "not YAML"
    return Problem(file, len(before), len(before[-1]) + 1, what, "remove it")
