"""PromQL in the rules: refused here when it is wrong, evaluated elsewhere."""

from __future__ import annotations

import re
from typing import Annotated, Any

from dropmon.rules.types import Written


def expression(text: str) -> str:
    """An expression that can be evaluated, as it is written.

    >>> expression("error_rate > 1")
    'error_rate > 1'
    >>> expression("error_rate >")
    Traceback (most recent call last):
    ValueError: not PromQL: column 13: unexpected end of the expression
    """
    from dropmon.history.promql import refused

    if why := refused(text):
        raise ValueError(why)
    return text


def metric(text: str) -> str:
    """The name of a metric or recording rule.

    >>> metric("error_rate")
    'error_rate'
    """
    if not re.fullmatch(r"[a-zA-Z_:][a-zA-Z0-9_:]*", text):
        raise ValueError(f"{text!r} is not a metric's name: use letters, digits and _")
    return text


def metrics(text: str) -> set[str]:
    """The names of the metrics that an expression reads.

    >>> sorted(metrics('100 * sum(rate(a{x="1"}[5m])) / {__name__="b"} > bool on () c'))
    ['a', 'b', 'c']
    """
    from promql_parser import VectorSelector, walk

    names: set[str] = set()

    def visit(node: object) -> bool:
        if isinstance(node, VectorSelector):
            named = (matcher.value for matcher in node.matchers.matchers if matcher.name == "__name__")
            names.update([node.name] if node.name else named)
        return True

    walk(tree(text), visit)
    return names


def tree(text: str) -> Any:
    """What promql-parser makes of an expression, which each process asks it once. Raises ValueError."""
    from dropmon.history.promql.reading import parsed

    return parsed(text)


PromQL = Annotated[str, Written(expression, str, "error_rate > 1", wants="a PromQL expression in quotes")]
MetricName = Annotated[str, Written(metric, str, "error_rate", wants="a metric's name")]
