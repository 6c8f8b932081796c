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
SETS = {"and", "unless"}  # leave of the left side what the right one has, or has not
ABSENT = {"absent", "absent_over_time"}
AMOUNTS = {"sum", "count"}  # how many: of several steps they can be added up
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
    amounts: bool = False  # each number step by step is so many events, not one

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
    found = Indicator(part, whole, counts_bad=good is None)
    return counted(found) if found.kind == "steps" else compared(found)


def compared(found: Indicator) -> Indicator:
    """An indicator of samples or increases. Raises ValueError where the part is all of it, whatever is measured.

    >>> events("up", None, "up")
    Traceback (most recent call last):
    ValueError: 'up' is counted as part and as all: write a comparison, such as good: up == 1, total: up
    """
    part, total = found.part, found.total
    if (part.matchers, part.meets) == (total.matchers, total.meets):
        example = f"good: {total.text} == 1, total: {total.text}"
        raise ValueError(f"{part.text!r} is counted as part and as all: write a comparison, such as {example}")
    return found


def counted(found: Indicator) -> Indicator:
    """An indicator that is evaluated step by step. Raises ValueError where a number would count that says 'bad'.

    Either both sides say how many (sum, count), which is added up; or the part leaves out what is not of it.

    >>> events("sum(up)", None, "count(up)").amounts, events("avg(up) > 0.5", None, "avg(up)").amounts
    (True, False)
    >>> events("up == bool 1", None, "up")
    Traceback (most recent call last):
    ValueError: 'up == bool 1' is a number whether it holds or not, and each would count: write up == 1, total: up
    """
    from promql_parser import parse

    part, whole = parse(found.part.text), parse(found.total.text)
    if amount(part) and amount(whole):
        return found._replace(amounts=True)
    text, total = found.part.text, found.total.text
    if leaves_out(part) and (found.part.kind == "steps" or type(bare(whole)).__name__ != "AggregateExpr"):
        return found
    if leaves_out(part):
        raise ValueError(
            f"{text!r} counts series, and {total!r} is one number for several: write count({text}), total: {total}"
        )
    whose = "sum(…) and count(…) of both sides, or a comparison, such as good: probe_success == 1, total: probe_success"
    if " bool " in text:
        whose = f"{text.replace(' bool ', ' ')}, total: {total}"
    raise ValueError(f"{text!r} is a number whether it holds or not, and each would count: write {whose}")


def leaves_out(tree: Any) -> bool:
    """Whether an expression has no number where something does not hold.

    >>> from promql_parser import parse
    >>> [leaves_out(parse(text)) for text in ("a == 1", "a and b", "absent(a)", "a == bool 1", "sum(a) or vector(0)")]
    [True, True, True, False, False]
    """
    tree = bare(tree)
    kind = type(tree).__name__
    if kind == "BinaryExpr":
        op = str(tree.op)
        if op == "or":
            return leaves_out(tree.lhs) and leaves_out(tree.rhs)
        return op in SETS or filters(tree)
    return kind == "Call" and tree.func.name in ABSENT


def filters(tree: Any) -> bool:
    """Whether an operation is a comparison that lets values through as they are."""
    return str(tree.op) in OPERATORS and not (tree.modifier and tree.modifier.return_bool)


def amount(tree: Any) -> bool:
    """Whether an expression is how many events there are: sums and counts, with more or less of them; 0 where none is.

    >>> from promql_parser import parse
    >>> [amount(parse(text)) for text in ("count(a) - sum(a)", "count(a) or vector(0)", "sum(a_total) - 1", "avg(a)")]
    [True, True, False, False]
    """
    tree = bare(tree)
    kind = type(tree).__name__
    if kind == "AggregateExpr":
        op = str(tree.op).partition(" ")[0]
        return op == "count" or (op == "sum" and not counters(tree.expr))
    if kind == "BinaryExpr" and str(tree.op) in {"+", "-", "or"}:
        return amount(tree.lhs) and (amount(tree.rhs) or nought(tree.rhs))
    return False


def nought(tree: Any) -> bool:
    """Whether it is `vector(0)`."""
    tree = bare(tree)
    return type(tree).__name__ == "Call" and tree.func.name == "vector" and number(bare(tree.args[0])) == 0


def counters(tree: Any) -> bool:
    """Whether an expression reads something that only grows: how much of it there is says nothing of one step."""
    return any((each.name or "").endswith(COUNTERS) for each in selectors(tree))


def selectors(tree: Any) -> list[Any]:
    """Every selector of an expression."""
    from promql_parser import VectorSelector, walk

    found: list[Any] = []

    def visit(part: Any) -> bool:
        if isinstance(part, VectorSelector):
            found.append(part)
        return True

    walk(tree, visit)
    return found


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
    found = [
        {(label, value) for label, op, value in matchers(each) if op == "=" and label != "__name__"}
        for each in selectors(tree)
    ]
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
