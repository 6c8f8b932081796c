"""Whether anything is known of a series.

One that no longer meets its condition may be well, or may have stopped being measured. It is known when every selector
that the condition needs still finds a fresh number for it; `a or b` needs one of them, `absent(a)` none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import timedelta
from math import isnan
from typing import Any

from dropmon.alerts.condition import FAILURES, Known, Vector, always
from dropmon.alerts.rule import Labels

ALWAYS = {"absent", "absent_over_time", "vector", "time", "scalar"}  # say something when there is no data, too
OPERATORS = {"Equal": "=", "NotEqual": "!=", "Re": "=~", "NotRe": "!~"}
RENAMING = {"label_replace", "label_join"}
# What gives nothing for a single sample, and what is asked to learn whether there are enough.
SLOPES = {name: name for name in ("rate", "increase", "delta", "irate", "idelta", "deriv")} | dict.fromkeys(
    ("predict_linear", "holt_winters", "double_exponential_smoothing"), "deriv"
)

Asked = Callable[[str], Vector]
Shared = dict[tuple[str, ...], set[tuple[str, ...]]]  # labels that both have, and the values that were found


def known(node: Any, asked: Asked) -> Known:
    """Of which series anything is known, as far as this part of an expression goes."""
    while type(node).__name__ == "ParenExpr":
        node = node.expr
    kind = type(node).__name__
    if kind == "VectorSelector":
        return _found(written(node), asked)
    if kind == "MatrixSelector":
        return _range(node, "last_over_time", asked)
    if kind == "Call" and node.func.name in ALWAYS:
        return always
    if kind == "Call" and node.func.name in SLOPES and type(node.args[0]).__name__ == "MatrixSelector":
        return _range(node.args[0], SLOPES[node.func.name], asked)
    parts = [_narrowed(known(part, asked), keep) for part, keep in _parts(node)]
    return _any(parts) if kind == "BinaryExpr" and str(node.op) == "or" else _all(parts)


def _range(node: Any, function: str, asked: Asked) -> Known:
    """Whether a function finds enough in a range."""
    return _found(f"{function}({written(node.vector_selector, node.range)})", asked)


Keep = Callable[[str], bool]  # which labels of the result a part of the expression has a say in


def newest(node: Any, asked: Asked) -> Callable[[Labels], float | None]:
    """When the newest number was measured that an expression reads for a series, in seconds since 1970."""
    texts = [f"timestamp({written(each)})" for each in selectors(node)]
    found: list[list[tuple[dict[str, str], float]]] = []
    had: set[str] = set()
    latest: dict[tuple[str, ...], dict[tuple[str, ...], float]] = {}

    def measured(labels: Labels) -> float | None:
        if not found:
            found.append([(dict(own), value) for text in texts for own, value in _answered(text, asked)])
            had.update(name for own, _ in found[0] for name in own)
        names = tuple([name for name, _ in labels if name in had])
        if names not in latest:
            latest[names] = {}
            for own, value in found[0]:
                key = tuple([own.get(name, "") for name in names])
                latest[names][key] = max(value, latest[names].get(key, value))
        return latest[names].get(tuple([value for name, value in labels if name in had]))

    return measured


def selectors(node: Any) -> list[Any]:
    """Every selector that an expression reads."""
    from promql_parser import VectorSelector, walk

    found: list[Any] = []

    def visit(part: Any) -> bool:
        if isinstance(part, VectorSelector):
            found.append(part)
        return True

    walk(node, visit)
    return found


def _parts(node: Any) -> Iterable[tuple[Any, Keep | None]]:
    """What an expression cannot do without."""
    kind = type(node).__name__
    if kind == "BinaryExpr":
        return _sides(node)
    if kind == "Call":
        made = node.args[1].val if node.func.name in RENAMING else None
        return [(part, (lambda name: name != made) if made else None) for part in node.args]
    return [(node.expr, None)] if hasattr(node, "expr") else []


def _sides(node: Any) -> list[tuple[Any, Keep | None]]:
    """Both sides of an operator; of the one that lends no labels, only those that are matched on."""
    matching = node.modifier.matching if node.modifier else None
    keep: Keep | None = None
    if matching:
        names, wanted = set(matching.labels), "Include" in str(matching.type)
        keep = lambda name: (name in names) is wanted  # noqa: E731
    turned = bool(node.modifier) and "OneToMany" in str(node.modifier.card)
    left, right = (node.lhs, keep if turned else None), (node.rhs, None if turned else keep)
    return [left] if str(node.op) == "unless" else [left, right]


def _narrowed(part: Known, keep: Keep | None) -> Known:
    if keep is None or part is always:
        return part
    return lambda labels: part(tuple(pair for pair in labels if keep(pair[0])))


def written(node: Any, range: timedelta | None = None) -> str:
    r"""A selector as PromQL; the parser's own text of it leaves out what protects quotes and backslashes.

    >>> from promql_parser import parse
    >>> written(parse(r'''x{a=~"\\d\"", b!="é"} @ end() offset -90s'''))
    'x{a=~"\\\\d\\"",b!="é"} @ end() offset -90000ms'
    """
    pairs = [
        f"{_label(each.name)}{OPERATORS[str(each.op).rpartition('.')[2]]}{_quoted(each.value)}"
        for each in node.matchers.matchers
    ]
    name = node.name or ""
    length = f"[{_milliseconds(range)}]" if range else ""
    at = f" {node.at}" if node.at else ""
    offset = f" offset {_milliseconds(node.offset)}" if node.offset else ""
    return f"{name}{{{','.join(pairs)}}}{length}{at}{offset}"


def _milliseconds(time: timedelta) -> str:
    return f"{round(time.total_seconds() * 1000)}ms"


def _label(name: str) -> str:
    return name if re.fullmatch(r"[a-zA-Z_][a-zA-Z0-9_]*", name) else _quoted(name)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def _found(text: str, asked: Asked) -> Known:
    """Whether a selector finds a number for a series; labels that nothing of what it finds has are no hindrance."""
    found: list[list[dict[str, str]]] = []
    shared: dict[tuple[str, ...], Shared] = {}

    def known(labels: Labels) -> bool:
        if not found:  # most of the time nobody wants to know
            found.append(_numbers(text, asked))
        names = tuple([name for name, _ in labels])
        if names not in shared:
            shared[names] = _shared(names, found[0])
        have = dict(labels)
        return any(tuple([have[name] for name in common]) in there for common, there in shared[names].items())

    return known


def _shared(names: tuple[str, ...], found: list[dict[str, str]]) -> Shared:
    """What was found, by those of these labels that any has: all series of a rule have the same names, and ask once."""
    had = {name for one in found for name in one}
    common = tuple([name for name in names if name in had])
    return {common: {tuple([one.get(name, "") for name in common]) for one in found}} if found else {}


def _numbers(text: str, asked: Asked) -> list[dict[str, str]]:
    return [dict(labels) for labels, value in _answered(text, asked) if not isnan(value)]


def _answered(text: str, asked: Asked) -> Vector:
    try:
        return asked(text)
    except FAILURES:
        return []


def _all(parts: list[Known]) -> Known:
    needed = [part for part in parts if part is not always]
    return (lambda labels: all(part(labels) for part in needed)) if needed else always


def _any(parts: list[Known]) -> Known:
    return always if always in parts else (lambda labels: any(part(labels) for part in parts))
