"""Conditions as people write them: `context.orderId = 42 and not (status < 500 or message ~ "retry [0-9]+")`."""

from __future__ import annotations

import re
from typing import NamedTuple

from dropmon.errors import DropmonError, UsageError
from dropmon.logs.compare import judge
from dropmon.logs.condition import KEY, KEYWORDS, OPERATORS, All, Comparison, Condition, Either, Exists, Not, Value

DEPTH = 50  # conditions within conditions
HINT = """such as 'context.orderId = 42', 'duration > 500ms and not message ~ "retry.*"' or 'userId exists'"""


def parse(text: str) -> Condition:
    """The condition that is meant. Raises UsageError, with the column and with what was expected there.

    >>> parse("context.orderId = 42")
    Comparison(path='context.orderId', operator='=', value=Value(text='42', quoted=False))
    >>> str(parse("a=1 or b>2 and not c exists"))
    'a = 1 or (b > 2 and not c exists)'
    >>> parse("level = eror5")
    Traceback (most recent call last):
    dropmon.errors.UsageError: 'level = eror5', column 9: expected a level: trace, debug, ...
    """
    reader = Reader(text)
    condition = reader.either(0)
    if not reader.ended():
        raise reader.expected("'and', 'or' or the end")
    return condition


class Word(NamedTuple):
    text: str
    quoted: bool


class Reader:
    """Reads a condition from left to right."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def ended(self) -> bool:
        self.skip()
        return self.at >= len(self.text)

    def skip(self) -> None:
        while self.at < len(self.text) and self.text[self.at].isspace():
            self.at += 1

    def expected(self, what: str, at: int | None = None) -> UsageError:
        column = (self.at if at is None else at) + 1
        return UsageError(f"{self.text!r}, column {column}: expected {what}", HINT)

    def keyword(self, *words: str) -> bool:
        """Steps over one of these words, if it stands here."""
        self.skip()
        found = re.compile(r"[A-Za-z]+(?![^\s()\"'])").match(self.text, self.at)
        if found is None or found[0].lower() not in words:
            return False
        self.at = found.end()
        return True

    def sign(self, *signs: str) -> str:
        """Steps over the first of these that stands here; else nothing."""
        self.skip()
        found = next((each for each in signs if self.text.startswith(each, self.at)), "")
        self.at += len(found)
        return found

    def either(self, depth: int) -> Condition:
        parts = [self.all(depth)]
        while self.keyword("or"):
            parts.append(self.all(depth))
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def all(self, depth: int) -> Condition:
        parts = [self.one(depth)]
        while self.keyword("and"):
            parts.append(self.one(depth))
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def one(self, depth: int) -> Condition:
        """A comparison, a negation, or a condition in parentheses."""
        if depth > DEPTH:
            raise self.expected(f"at most {DEPTH} conditions within conditions")
        if self.keyword("not"):
            return Not(self.one(depth + 1))
        if not self.sign("("):
            return self.comparison()
        inner = self.either(depth + 1)
        if not self.sign(")"):
            raise self.expected("')', 'and' or 'or'")
        return inner

    def comparison(self) -> Condition:
        path = self.path()
        if self.keyword("exists"):
            return Exists(path)
        operator = self.sign(*OPERATORS)
        if not operator:
            raise self.expected(f"one of {' '.join(each for each in OPERATORS if each != '==')} or 'exists'")
        self.skip()
        start = self.at
        found = Comparison(path, "=" if operator == "==" else operator, Value(*self.value()))
        self.check(found, start)
        return found

    def check(self, found: Comparison, start: int) -> None:
        """Refuses a value that the key cannot have, at its column."""
        if not found.value.quoted and found.value.text == "null":
            raise self.expected("a value; for null write 'not … exists'", start)
        try:
            judge(found)
        except ValueError as error:
            raise self.expected(str(error).removeprefix("expected "), start) from None
        except DropmonError as error:
            raise UsageError(f"{self.text!r}, column {start + 1}: {error.what}", error.hint) from None

    def path(self) -> str:
        """What is asked about."""
        self.skip()
        start, word = self.at, self.quoted()
        if word is None:
            found = re.compile(KEY).match(self.text, self.at)
            if found is None or found[0].lower() in KEYWORDS:
                raise self.expected("a key such as context.orderId, level or message")
            word, self.at = found[0], found.end()
        if not word:
            raise self.expected("a key", start)
        return word

    def value(self) -> Word:
        """What is compared with; without quotes it goes to the next space, or to a parenthesis that it did not open."""
        quoted = self.quoted()
        if quoted is not None:
            return Word(quoted, quoted=True)
        start, opened = self.at, 0
        while self.at < len(self.text) and not self.text[self.at].isspace():
            opened += {"(": 1, ")": -1}.get(self.text[self.at], 0)
            if opened < 0:
                break
            self.at += 1
        if self.at == start:
            raise self.expected("a value")
        return Word(self.text[start : self.at], quoted=False)

    def quoted(self) -> str | None:
        """Text between quotes of either kind; a backslash is one unless it stands before a quote or a backslash."""
        start, sign = self.at, self.text[self.at : self.at + 1]
        if sign not in ("'", '"'):
            return None
        found = re.compile(rf"{sign}((?:[^{sign}\\]|\\.)*){sign}", re.DOTALL).match(self.text, self.at)
        if found is None:
            raise self.expected(f"another {sign} before the end", start)
        self.at = found.end()
        return re.sub(rf"\\([{sign}\\])", r"\1", found[1])
