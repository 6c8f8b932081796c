"""What is not evaluated here. It is refused by its name, never taken for something else."""

from __future__ import annotations

from typing import NoReturn

from dropmon.history.promql.value import PromqlError

NATIVE = "it reads native histograms, which this history does not keep"
REFUSED_FUNCTIONS = {
    f"histogram_{what}": NATIVE for what in ("avg", "count", "sum", "stddev", "stdvar")
}  # the experimental ones are known to the parser
REFUSED_AGGREGATIONS = {"limitk", "limit_ratio"}


class Refused(PromqlError):  # noqa: N818 - what was said of it
    """PromQL, but of a kind that is not supported."""


def refuse(what: str, why: str = "it is not PromQL as Prometheus reads it") -> NoReturn:
    """Raises Refused."""
    raise Refused(f"{what} is not supported: {why}", "evaluate it in Prometheus, or write it with other functions")


def refused(expression: str) -> str | None:
    """Why an expression cannot be evaluated here, in one sentence; None when it can.

    >>> refused("avg_over_time(up[1h])")
    >>> refused("1 + info(up)")
    'info() is not supported: experimental in Prometheus'
    >>> refused("up +")
    'not PromQL: column 5: unexpected end of the expression'
    """
    from dropmon.history.promql.reading import read

    try:
        read(expression)
    except PromqlError as error:
        return error.what
    return None
