"""Where an expression stops being PromQL. promql-parser says what is wrong with it, and seldom where."""

from __future__ import annotations

import re
from typing import NamedTuple

from dropmon.history.promql.value import PromqlError

TOKEN = re.compile(
    r"""\s*(?:\#[^\n]*\s*)*(?:
    (?P<text>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`[^`]*`)
  | (?P<number>0[xX][0-9a-fA-F]+|(?:\d+(?:ms|[smhdwy]))+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)(?![A-Za-z_\d])
  | (?P<name>[A-Za-z_:][A-Za-z0-9_:]*)
  | (?P<sign>=~|!~|==|!=|>=|<=|[-+*/%^<>=(){}\[\],:@])
  | (?P<end>$)
  )""",
    re.VERBOSE,
)
BINARY = {"+", "-", "*", "/", "%", "^", "==", "!=", ">", "<", ">=", "<=", "and", "or", "unless", "atan2"}
AGGREGATIONS = {
    "avg", "bottomk", "count", "count_values", "group", "limit_ratio", "limitk", "max", "min", "quantile", "stddev",
    "stdvar", "sum", "topk",
}  # fmt: skip


class Token(NamedTuple):
    kind: str
    text: str
    start: int


class Stop(Exception):  # noqa: N818 - it is where reading stops
    """What was not expected."""

    def __init__(self, token: Token) -> None:
        self.token = token


def explained(text: str, what: str) -> PromqlError:
    """The error of an expression that the parser refused, with its column.

    >>> explained("sum(rate(up[5m])) bye (job)", "invalid promql query").what
    "not PromQL: column 19: unexpected 'bye'"
    >>> explained("1 + rate(up)", "expected type matrix in call to function 'rate', got vector").what
    "not PromQL: column 5: expected type matrix in call to function 'rate', got vector"
    """
    reader = Reader(text)
    try:
        reader.whole()
    except Stop as stop:
        found = stop.token
        told = f"unexpected {found.text!r}" if found.text else "unexpected end of the expression"
        return error(text, told if "invalid promql" in what or not found.text else what, found.start)
    return error(text, what, blamed(text, what, reader.spans))


def error(text: str, what: str, place: int) -> PromqlError:
    """What is wrong, at a place in the text.

    >>> error("a +\\n* b", "why", 4).what
    'not PromQL: line 2, column 1: why'
    """
    column = place - text.rfind("\n", 0, place)
    line = f"line {text.count(chr(10), 0, place) + 1}, " if "\n" in text else ""
    hint = "its language is described at https://prometheus.io/docs/prometheus/latest/querying/basics/"
    return PromqlError(f"not PromQL: {line}column {column}: {what}", hint, place + 1)


def blamed(text: str, what: str, spans: list[tuple[int, int]]) -> int:
    """Where the smallest part that is wrong in the same way by itself begins."""
    from promql_parser import parse

    for start, end in sorted(spans, key=lambda span: span[1] - span[0]):
        try:
            parse(text[start:end])
        except ValueError as found:
            if str(found) == what:
                return start
    return 0


class Reader:
    """Walks over an expression as the grammar goes, and stops where it does not go on."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.place = 0
        self.spans: list[tuple[int, int]] = []  # of every part that is an expression
        self.before = 0
        self.token = Token("", "", 0)

    def _next(self) -> Token:
        found = TOKEN.match(self.text, self.place)
        if not found or found.lastgroup is None:
            start = len(self.text) - len(self.text[self.place :].lstrip())
            word = re.match(r"\w+|.", self.text[start:], re.DOTALL)
            raise Stop(Token("", word[0] if word else "", start))
        kind = found.lastgroup
        self.before, self.place = self.place, found.end()
        return Token(kind, found[kind], found.start(kind))

    def take(self, *texts: str) -> bool:
        """Goes on if the next token is one of these."""
        if self.token.kind == "text" or self.token.text.lower() not in texts:
            return False
        self.token = self._next()
        return True

    def need(self, *texts: str) -> None:
        if not self.take(*texts):
            raise Stop(self.token)

    def kind(self, *kinds: str) -> None:
        if self.token.kind not in kinds:
            raise Stop(self.token)
        self.token = self._next()

    def whole(self) -> None:
        self.token = self._next()
        self.expression()
        if self.token.kind != "end":
            raise Stop(self.token)

    def expression(self) -> None:
        start = self.token.start
        self.operand()
        while self.take(*BINARY):
            self.take("bool")
            if self.take("on", "ignoring"):
                self.names()
                if self.take("group_left", "group_right") and self.token.text == "(":
                    self.names()
            self.operand()
        self.spans.append((start, self.before))

    def operand(self) -> None:
        while self.take("+", "-"):
            pass
        start = self.token.start
        self.primary()
        while True:
            if self.take("["):
                self.kind("number")
                if self.take(":") and self.token.kind == "number":
                    self.kind("number")
                self.need("]")
            elif self.take("offset"):
                self.take("-", "+")
                self.kind("number")
            elif self.take("@"):
                self.moment()
            else:
                break
        self.spans.append((start, self.before))

    def moment(self) -> None:
        if self.take("start", "end"):
            self.need("(")
            self.need(")")
        else:
            self.take("-", "+")
            self.kind("number")

    def primary(self) -> None:
        if self.take("("):
            self.expression()
            self.need(")")
        elif self.token.text == "{":
            self.matchers()
        elif self.token.kind == "name" and self.token.text not in BINARY:
            self.named()
        else:
            self.kind("number", "text")

    def named(self) -> None:
        aggregates = self.token.text.lower() in AGGREGATIONS
        self.kind("name")
        if aggregates and self.take("by", "without"):
            self.names()
        if self.token.text == "(":
            self.arguments()
            if aggregates and self.take("by", "without"):
                self.names()
        elif self.token.text == "{":
            self.matchers()

    def arguments(self) -> None:
        self.need("(")
        while not self.take(")"):
            self.expression()
            if not self.take(","):
                self.need(")")
                break

    def names(self) -> None:
        self.need("(")
        while not self.take(")"):
            self.kind("name", "text")
            if not self.take(","):
                self.need(")")
                break

    def matchers(self) -> None:
        self.need("{")
        while not self.take("}"):
            quoted = self.token.kind == "text"
            self.kind("name", "text")
            if not quoted or self.token.text in {"=", "!=", "=~", "!~"}:
                self.need("=", "!=", "=~", "!~")
                self.kind("text")
            if not self.take(","):
                self.need("}")
                break
