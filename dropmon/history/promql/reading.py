"""PromQL text to a tree, by promql-parser; what cannot be evaluated here is refused by name."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from dropmon.history.promql.pattern import pattern
from dropmon.history.promql.refusal import REFUSED_AGGREGATIONS, REFUSED_FUNCTIONS, refuse
from dropmon.history.promql.tree import (
    Aggregation,
    At,
    Binary,
    Call,
    Literally,
    Matching,
    Negation,
    Node,
    Number,
    Range,
    Selector,
    Subquery,
)
from dropmon.history.promql.value import NAME, PromqlError
from dropmon.storage.matcher import Matcher

if TYPE_CHECKING:
    from datetime import timedelta

LONGEST = 4096  # characters: beyond some ten thousand nested terms the parser overflows the stack
DEEPEST = 150  # nodes: each takes a few of Python's thousand frames
OPERATORS = {"Equal": "=", "NotEqual": "!=", "Re": "=~", "NotRe": "!~"}


@lru_cache(maxsize=4096)
def read(text: str) -> Node:
    """The tree of an expression. PromqlError says where it cannot be read, or what is not supported."""
    if len(text) > LONGEST:
        raise PromqlError(f"longer than {LONGEST} characters", "name its parts under `metrics:`")
    if re.search(r"\\(?:x[89a-fA-F][0-9a-fA-F]|[23][0-7][0-7])", text):
        raise PromqlError("a text is not UTF-8: it is written with the bytes of something else", "write the characters")
    try:
        tree = grown(parsed(text))
        if len(text) <= DEEPEST or max(depth(tree), nested(text)) <= DEEPEST:  # each term has a character
            return tree
        raise RecursionError
    except RecursionError:
        raise PromqlError(f"more than {DEEPEST} terms in one another", "name its parts under `metrics:`") from None
    except ValueError as error:
        from dropmon.history.promql.column import explained

        raise explained(text, str(error)) from None


@lru_cache(maxsize=1024)
def parsed(text: str) -> Any:
    """The parser's own tree. Raises ValueError."""
    from promql_parser import parse

    _older_functions()
    return parse(text)


@lru_cache(maxsize=1)
def _older_functions() -> None:
    """Prometheus 3 gave `holt_winters` another name, by which it is experimental; the rules of many still say it."""
    from promql_parser import Function, ValueType, register_extra_functions

    kinds = [ValueType.Matrix, ValueType.Scalar, ValueType.Scalar]
    register_extra_functions([Function("holt_winters", kinds, ValueType.Vector)])


def grown(found: Any) -> Node:
    """One node of the parser's, and what is under it."""
    node: Node = GROWN[type(found).__name__](found)
    return node


def nested(text: str) -> int:
    """How many parentheses lie in one another.

    >>> nested("((up)) + sum(x{a='((('})")
    2
    """
    bare = re.sub(r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'|`[^`]*`", "", text)
    return max(accumulate({"(": 1, ")": -1}.get(each, 0) for each in bare), default=0)


def depth(node: Node) -> int:
    """How many nodes lie in one another.

    >>> depth(read("1 + sum(up)"))
    3
    """
    parts = (part for field in node for part in (field if type(field) is tuple else (field,)))
    return 1 + max((depth(part) for part in parts if hasattr(part, "kind")), default=0)  # type: ignore[arg-type]


def _selector(found: Any) -> Selector:
    if found.matchers.or_matchers:
        refuse("`or` between label matchers")
    matchers = [
        Matcher(each.name, OPERATORS[str(each.op).rpartition(".")[2]], each.value)  # type: ignore[arg-type]
        for each in found.matchers.matchers
    ]
    for matcher in matchers:
        if matcher.op in {"=~", "!~"}:
            pattern(matcher.value)
    if found.name:
        matchers.insert(0, Matcher(NAME, "=", found.name))
    return Selector(tuple(matchers), _ms(found.offset), _at(found))


def _range(found: Any) -> Range:
    return Range(_selector(found.vector_selector), _ms(found.range))


def _subquery(found: Any) -> Subquery:
    inner = grown(found.expr)
    return Subquery(inner, _ms(found.range), _ms(found.step), _ms(found.offset), _at(found))


def _call(found: Any) -> Call:
    name = found.func.name
    if name in REFUSED_FUNCTIONS or found.func.experimental:
        refuse(f"{name}()", REFUSED_FUNCTIONS.get(name, "experimental in Prometheus"))
    kind = str(found.func.return_type).rpartition(".")[2].lower()
    given = tuple(map(grown, found.args))
    for wanted, each in zip(found.func.arg_types, given, strict=False):  # the parser lets ln(-1) through
        if (name_of := str(wanted).rpartition(".")[2].lower()) != each.kind:
            raise ValueError(f"expected type {name_of} in call to function '{name}', got {each.kind}")
    if name == "label_replace" and isinstance(given[4], Literally):
        pattern(given[4].value)
    return Call(name, given, kind)  # type: ignore[arg-type]


def _aggregation(found: Any) -> Aggregation:
    operator = str(found.op)
    if operator in REFUSED_AGGREGATIONS:
        refuse(f"{operator}()", "experimental in Prometheus")
    modifier = found.modifier
    labels = tuple(modifier.labels) if modifier else ()
    without = modifier is not None and str(modifier.type).endswith("Without")
    parameter = None if found.param is None else grown(found.param)
    return Aggregation(operator, grown(found.expr), parameter, labels, without)


def _negation(found: Any) -> Node:
    inner = grown(found.expr)
    return Number(-inner.value) if isinstance(inner, Number) else Negation(inner, inner.kind)


def _binary(found: Any) -> Binary:
    left, right = grown(found.lhs), grown(found.rhs)
    kind = "scalar" if left.kind == right.kind == "scalar" else "vector"
    boolean = bool(found.modifier and found.modifier.return_bool)
    return Binary(str(found.op), left, right, _matching(found.modifier), boolean, kind)  # type: ignore[arg-type]


def _matching(modifier: Any) -> Matching:
    if modifier is None:
        return Matching(on=False, labels=())
    fill = modifier.fill_values
    if fill and not (fill.lhs is None and fill.rhs is None):
        refuse("fill()", "experimental in Prometheus")
    by = modifier.matching
    many = {"ManyToOne": "left", "OneToMany": "right"}.get(str(modifier.card).rpartition(".")[2], "")
    labels = tuple(by.labels) if by else ()
    on = by is not None and str(by.type).endswith("Include")
    return Matching(on, labels, many, tuple(modifier.group_labels or ()))  # type: ignore[arg-type]


GROWN: dict[str, Any] = {
    "NumberLiteral": lambda found: Number(found.val),
    "StringLiteral": lambda found: Literally(found.val),
    "ParenExpr": lambda found: grown(found.expr),
    "VectorSelector": _selector,
    "MatrixSelector": _range,
    "SubqueryExpr": _subquery,
    "Call": _call,
    "AggregateExpr": _aggregation,
    "UnaryExpr": _negation,
    "BinaryExpr": _binary,
}


def _ms(span: timedelta | None) -> int:
    return 0 if span is None else round(span.total_seconds() * 1000)


def _at(found: Any) -> At:
    modifier = found.at
    if modifier is None:
        return None
    if str(modifier.type).endswith("Start"):
        return "start"
    if str(modifier.type).endswith("End"):
        return "end"
    seconds = float(str(modifier).removeprefix("@"))  # as a datetime it does not reach far
    return round(seconds * 1000) if seconds else _not_after_1970(found)


def _not_after_1970(found: Any) -> int:
    """What the parser writes as 0, and breaks at when it is asked for a datetime; it shows it when it describes itself.

    >>> read("up @ -1.5").at, read("(up @ -2)[5m:] @ -0.25").at
    (-1500, -250)
    """
    *_, (seconds, nanoseconds) = re.findall(r"tv_sec: (-?\d+),\s+tv_nsec: (\d+)", repr(found))
    return int(seconds) * 1000 + round(int(nanoseconds) / 1e6)
