"""What is counted: samples that compare, increases of counters, or what an expression is step by step. Pure."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any, Literal, NamedTuple

Matchers = tuple[tuple[str, str, str], ...]  # label, operator, value
Kind = Literal["samples", "increases", "steps"]
COUNTERS = ("_total", "_count", "_bucket")
LABELS = {"Equal": "=", "NotEqual": "!=", "Re": "=~", "NotRe": "!~"}
OPERATORS: Mapping[str, Callable[[float, float], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "==": operator.eq, "!=": operator.ne,
}  # fmt: skip
SLOPES = {"rate", "increase", "irate", "delta", "idelta"}


class Comparison(NamedTuple):
    """On which side of a limit a number is meant."""

    op: str
    limit: float

    def holds(self, number: float) -> bool:
        """Whether a number is there."""
        return OPERATORS[self.op](number, self.limit)


class Term(NamedTuple):
    """One expression of an SLO; with matchers its samples are counted one by one, without it is evaluated."""

    text: str
    matchers: Matchers = ()
    meets: Comparison | None = None
    counter: bool = False
    fixed: tuple[tuple[str, str], ...] = ()  # labels that everything it reads has

    @property
    def kind(self) -> Kind:
        return "increases" if self.counter else "samples" if self.matchers else "steps"


class Indicator(NamedTuple):
    """What is good, or bad, of what. Of values with a limit both are the same term."""

    part: Term
    total: Term
    counts_bad: bool = False  # `part` is what is bad

    @property
    def kind(self) -> Kind:
        kinds = {self.part.kind, self.total.kind}
        return "increases" if kinds == {"increases"} else "samples" if kinds == {"samples"} else "steps"

    @property
    def one_look(self) -> bool:
        """Whether looking at each sample of the total once tells both."""
        return self.kind == "samples" and self.total.meets is None and self.part.matchers == self.total.matchers


def events(good: str | None, bad: str | None, total: str) -> Indicator:
    """An SLO that counts events.

    >>> events('up{job="a"} == 1', None, 'up{job="a"}').one_look
    True
    >>> events(None, 'sum(errors_total)', 'requests_total').kind
    'increases'
    """
    part = term(good if good is not None else bad or "")
    whole = term(total)
    if part.counter != whole.counter:
        one, other = (part.text, whole.text) if part.counter else (whole.text, part.text)
        raise ValueError(f"{one!r} is a counter, whose increases count, and {other!r} is not: they have no share")
    return Indicator(part, whole, counts_bad=good is None)


def values(value: str, op: str, limit: float) -> Indicator:
    """An SLO that compares samples with a limit.

    >>> values("probe_duration_seconds", "<", 0.5).part.meets
    Comparison(op='<', limit=0.5)
    """
    own = term(value)
    if own.meets:
        raise ValueError(f"{value!r} compares already: the limit does that")
    if own.counter:
        raise ValueError(f"{value!r} is a counter, which only grows: compare something else with the limit")
    return Indicator(own._replace(meets=Comparison(op, limit)), own)


def term(text: str) -> Term:
    """An expression as it is counted. Raises ValueError for one of which a sum says nothing.

    >>> found = term('up{a!="b"} == 1')
    >>> found.matchers, found.meets
    ((('__name__', '=', 'up'), ('a', '!=', 'b')), Comparison(op='==', limit=1.0))
    >>> term("avg(up)").kind, term("a_total").kind
    ('steps', 'increases')
    """
    from promql_parser import parse

    tree = bare(parse(text))
    kind = type(tree).__name__
    if kind == "AggregateExpr" and str(tree.op).partition(" ")[0] == "sum" and counter(inner := bare(tree.expr)):
        return Term(text, matchers(inner), counter=True)
    if kind == "VectorSelector" and plain(tree):
        return Term(text, matchers(tree), counter=counter(tree))
    if kind == "BinaryExpr" and str(tree.op) in OPERATORS:
        left, right = bare(tree.lhs), bare(tree.rhs)
        limit = number(right)
        if type(left).__name__ == "VectorSelector" and plain(left) and limit is not None and not tree.modifier:
            return Term(text, matchers(left), Comparison(str(tree.op), limit))
    if sloping(tree):
        raise ValueError(f"{text!r} counts some events again and again: write the counter itself, its increases count")
    return Term(text, fixed=fixed(tree))


def fixed(tree: Any) -> tuple[tuple[str, str], ...]:
    """The labels that every selector of an expression asks for by `=`: what it comes to is about them.

    >>> from promql_parser import parse
    >>> fixed(parse('avg(a{check="x", kind="y"}) / sum(b{check="x"})'))
    (('check', 'x'),)
    """
    from promql_parser import VectorSelector, walk

    found: list[set[tuple[str, str]]] = []

    def visit(part: Any) -> bool:
        if isinstance(part, VectorSelector):
            found.append({(label, value) for label, op, value in matchers(part) if op == "=" and label != "__name__"})
        return True

    walk(tree, visit)
    return tuple(sorted(set.intersection(*found))) if found else ()


def bare(tree: Any) -> Any:
    """Without parentheses."""
    while type(tree).__name__ == "ParenExpr":
        tree = tree.expr
    return tree


def plain(tree: Any) -> bool:
    """Whether a selector looks at its own time."""
    return not tree.offset and not tree.at and not tree.matchers.or_matchers and bool(matchers(tree))


def counter(tree: Any) -> bool:
    """Whether a selector is of something that only grows, by its name."""
    return type(tree).__name__ == "VectorSelector" and plain(tree) and (tree.name or "").endswith(COUNTERS)


def matchers(tree: Any) -> Matchers:
    """The matchers of a selector, that of its name first."""
    named = (("__name__", "=", tree.name),) if tree.name else ()
    others = ((each.name, LABELS[str(each.op).rpartition(".")[2]], each.value) for each in tree.matchers.matchers)
    return (*named, *others)


def number(tree: Any) -> float | None:
    """A number that is written out."""
    kind = type(tree).__name__
    if kind == "UnaryExpr":
        inner = number(bare(tree.expr))
        return None if inner is None else -inner
    return float(tree.val) if kind == "NumberLiteral" else None


def sloping(tree: Any) -> bool:
    """Whether it is how much a counter grew, alone or summed."""
    tree = bare(tree)
    if type(tree).__name__ == "AggregateExpr":
        return sloping(tree.expr)
    return type(tree).__name__ == "Call" and tree.func.name in SLOPES
