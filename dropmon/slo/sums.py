"""Sums in an SLO: those that say how many, and those that add up the values of what passes a comparison. Pure."""

from __future__ import annotations

from typing import Any

from dropmon.slo.indicator import SETS, amount, bare, filters, number


def how_many(text: str) -> str:
    """An expression, as it is. Raises ValueError for a sum of values: a check that is down counts as the 0 it is.

    >>> how_many("sum(up == 1)")
    'sum(up == 1)'
    >>> how_many("sum(up == 0)")
    Traceback (most recent call last):
    ValueError: 'sum(up == 0)' adds up the values of what passes, not how many pass: write count(up == 0)
    """
    from promql_parser import parse

    tree = parse(text) if "sum" in text.lower() else None
    if tree and amount(tree) and (found := valued(tree)):
        inner = " ".join(found.prettify().split())
        raise ValueError(f"{text!r} adds up the values of what passes, not how many pass: write count({inner})")
    return text


def valued(tree: Any) -> Any:
    """What a sum is of, where those are values that pass a comparison; None where there is no such sum.

    >>> from promql_parser import parse
    >>> [bool(valued(parse(f"1 + sum({text})"))) for text in ("a == 0", "(a > 1) and b", "a == 1", "a == bool 0", "a")]
    [True, True, False, False, False]
    """
    tree = bare(tree)
    if type(tree).__name__ == "BinaryExpr":
        return valued(tree.lhs) or valued(tree.rhs)
    if type(tree).__name__ != "AggregateExpr" or str(tree.op).partition(" ")[0] != "sum":
        return None
    return bare(tree.expr) if passing(tree.expr) else valued(tree.expr)


def passing(tree: Any) -> bool:
    """Whether an expression is values that pass a comparison; those of `== 1` and of a count say how many."""
    tree = bare(tree)
    if type(tree).__name__ != "BinaryExpr":
        return False
    op, left, right = str(tree.op), bare(tree.lhs), bare(tree.rhs)
    if filters(tree):
        return not (amount(left) or (op == "==" and 1 in (number(left), number(right))))
    return (op in SETS and passing(left)) or (op == "or" and (passing(left) or passing(right)))
