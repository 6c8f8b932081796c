"""What a condition says at one moment: the series that meet it, and of which series anything is known at all."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from math import isnan
from types import ModuleType
from typing import Any, NamedTuple, TypeVar

from dropmon.alerts.rule import Labels
from dropmon.errors import DropmonError
from dropmon.rules.promql import tree as parsed

Vector = list[tuple[Labels, float]]  # labels without __name__
Query = Callable[[str, float], Vector]  # PromQL and a time in seconds since 1970; raises DropmonError or ValueError
Known = Callable[[Labels], bool]
T = TypeVar("T")

COMPARISON = re.compile(r"(.*?\S)\s*(==|!=|>=|<=|>|<)\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*", re.DOTALL)
TOKEN = re.compile(r"""#[^\n]*|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`|\w+|\s+|.""", re.DOTALL)
OPERATORS: dict[str, Callable[[float, float], bool]] = {
    "==": operator.eq, "!=": operator.ne, ">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt,
}  # fmt: skip
UNHEARD: Labels = (("", ""),)  # no number answers for them: the selectors are asked
FAILURES = Exception  # whatever it is, the other rules are judged


def always(_: Labels) -> bool:
    return True


def never(_: Labels) -> bool:
    return False


class Side(NamedTuple):
    """One side of a condition that is `a or b`."""

    gives: Known  # of which series it says that they meet the condition
    known: Known


class Answer(NamedTuple):
    """What a condition says. NaN is no number: a series that has it is not known."""

    vector: Vector
    known: Known = always
    error: str = ""
    newest: Callable[[Labels], float | None] = lambda _: None  # when the newest number of a series was measured
    sides: tuple[Side, ...] = ()

    def read(self, counts: bool) -> None:
        """Asks what deciding may need, before others have to wait for it; of a rule that `counts`, more."""
        self.known(UNHEARD)
        if counts:
            self.newest(())
        for each in self.sides:
            each.gives(())
            each.known(())

    def side(self, labels: Labels) -> int | None:
        """Which side of an `or` says that a series meets the condition."""
        return next((number for number, each in enumerate(self.sides) if each.gives(labels)), None)

    def still(self, labels: Labels, side: int | None) -> bool:
        """Whether anything is known of a series that a side has given: the other side cannot say that it is well."""
        own = self.sides[side] if side is not None and side < len(self.sides) else None
        return self.known(labels) and (own is None or own.known(labels))


def ask(condition: str, query: Query, at: float) -> Answer:
    """The series that meet a condition; what keeps it from being judged becomes the error of the answer."""
    try:
        tree = parsed(condition)
        compared = comparison(condition, tree)
        found = query(compared[0] if compared else condition, at)
        numbers = [(labels, value) for labels, value in found if not isnan(value)]
        asking = lambda text: query(text, at)  # noqa: E731
        fresh = later(lambda: _fresh().known(tree, asking), never)
        if not numbers:
            fresh(())  # is asked for when nothing meets the condition: better now than while others wait
        met = [(labels, value) for labels, value in numbers if compared[1](value)] if compared else numbers
        sides = tuple(_side(text, asking) for text in alternatives(condition, tree))
        newest = later(lambda: _fresh().newest(tree, asking), lambda _: None)
        return Answer(met, _telling(found, numbers if compared else [], fresh), "", newest, sides)
    except FAILURES as error:
        return Answer([], never, said(error))


def later(make: Callable[[], Callable[[Labels], T]], otherwise: Callable[[Labels], T]) -> Callable[[Labels], T]:
    """What is made when it is first asked: most of the time nobody does."""
    made: list[Callable[[Labels], T]] = []

    def asked(labels: Labels) -> T:
        if not made:
            try:
                made.append(make())
            except FAILURES:
                made.append(otherwise)
        return made[0](labels)

    return asked


def _fresh() -> ModuleType:
    from dropmon.alerts import fresh

    return fresh


def said(error: Exception) -> str:
    """What kept something from being known.

    >>> said(ValueError("no vector")), said(TypeError("not iterable"))
    ('no vector', 'TypeError: not iterable')
    """
    expected = isinstance(error, (DropmonError, ValueError)) and str(error)
    return expected or f"{type(error).__name__}: {error}"


def comparison(condition: str, tree: Any) -> tuple[str, Callable[[float], bool]] | None:
    """Of `x > 1` the `x`, and the comparison: asked for so, it tells what is well and what is not known in one go.

    >>> from promql_parser import parse
    >>> [(found := comparison(text, parse(text))) and found[0] for text in ("a + b >= 1.5", "a > 1 or b > 1", "a > b")]
    ['a + b', None, None]
    """
    found = COMPARISON.fullmatch(condition)
    if not found or type(tree).__name__ != "BinaryExpr" or str(tree.op) != found[2]:
        return None
    limit, right = float(found[3]), tree.rhs
    number = getattr(right, "val", None) if type(right).__name__ == "NumberLiteral" else _negated(right)
    if number != limit:  # the text ends with another comparison than the outermost
        return None
    meets = OPERATORS[found[2]]
    return found[1], lambda value: meets(value, limit)


def alternatives(condition: str, tree: Any) -> list[str]:
    """The sides of a condition that is `a or b`; nothing of one that is not, or whose sides are matched by labels.

    >>> from promql_parser import parse
    >>> texts = ("a > 1 or (b or c) > 1 OR d", "(a or b) > 1", "a or on(x) b", 'a{b=" or "}')
    >>> [alternatives(text, parse(text)) for text in texts]
    [['a > 1', '(b or c) > 1', 'd'], [], [], []]
    """
    if type(tree).__name__ != "BinaryExpr" or str(tree.op) != "or":
        return []
    parts, depth = [""], 0
    for found in TOKEN.finditer(condition):
        depth += {"(": 1, "{": 1, "[": 1, ")": -1, "}": -1, "]": -1}.get(found[0], 0)
        if found[0].lower() == "or" and not depth:
            parts.append("")
        else:
            parts[-1] += found[0]
    texts = [part.strip() for part in parts]
    return [] if any(re.match(r"(?i)(on|ignoring|bool)\b", text) for text in texts) else texts


def _side(text: str, asking: Callable[[str], Vector]) -> Side:
    from dropmon.alerts.fresh import known

    found: list[set[Labels]] = []

    def gives(labels: Labels) -> bool:
        if not found:
            own = (labels for labels, value in asking(text) if not isnan(value))
            found.append({tuple(pair for pair in labels if pair[0] != "severity") for labels in own})
        return labels in found[0]

    return Side(gives, known(parsed(text), asking))


def _negated(node: Any) -> float | None:
    inner: Any = node.expr if type(node).__name__ == "UnaryExpr" else None
    return -inner.val if type(inner).__name__ == "NumberLiteral" else None


def _telling(found: Vector, numbers: Vector, fresh: Known) -> Known:
    """Of which series anything is known: of one that has a number, not of one that has none, else as its selectors.

    Where one has a number something is known, and no selector is asked for it.
    """
    here = {labels for labels, _ in numbers}
    nan = {labels for labels, value in found if isnan(value)}
    if not here and not nan:
        return fresh
    return lambda labels: labels in here or (labels not in nan and ((not labels and bool(here)) or fresh(labels)))


def remembered(query: Query) -> Query:
    """The query, which asks each expression once: many rules read the same numbers."""
    answers: dict[tuple[str, float], Vector] = {}

    def asking(expression: str, at: float) -> Vector:
        if (expression, at) not in answers:
            answers[expression, at] = query(expression, at)
        return answers[expression, at]

    return asking
