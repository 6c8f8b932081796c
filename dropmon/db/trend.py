"""What earlier samples add to an answer: how fast something happens, how fast it grows, where that leads."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from types import MappingProxyType

from dropmon.db.run import Answer, Row

DAY = 86400.0
WEEK = 7 * DAY

Labels = tuple[tuple[str, str], ...]
Point = tuple[float, float]  # seconds since 1970, value
Points = Sequence[Point]
Past = Callable[[str, float], Mapping[Labels, Points]]  # a sample's name and since when → each series, oldest first


def increase(points: Points) -> float:
    """How much a counter has grown over its samples; where it falls it was reset, and began again at 0.

    >>> increase([(0, 5), (60, 7), (120, 1), (180, 2)])
    4.0
    """
    return float(sum(after - before if after >= before else after for (_, before), (_, after) in pairwise(points)))


def slope(points: Points) -> float | None:
    """Growth a second: the line of least squares through the samples; None when there is no time between them.

    >>> slope([(0, 10), (10, 20), (20, 30)]), slope([(0, 1)])
    (1.0, None)
    """
    from statistics import StatisticsError, linear_regression

    try:
        return linear_regression([time for time, _ in points], [value for _, value in points]).slope
    except StatisticsError:
        return None


def deadlocks(answer: Answer, past: Past, at: float) -> Answer:
    """How many there were in the last day: the server itself only counts since its counters were reset."""
    now = {row["database"]: float(row["deadlocks"]) for row in answer.rows}
    found = {dict(labels).get("datname", ""): points for labels, points in past("pg_deadlocks_total", at - DAY).items()}
    rows = [_judged(row, [*found.get(row["database"], []), (at, now[row["database"]])], answer) for row in answer.rows]
    return answer._replace(rows=tuple(rows))


def _judged(row: Row, points: Points, answer: Answer) -> Row:
    raise NotImplementedError


ADDED: Mapping[str, Callable[[Answer, Past, float], Answer]] = MappingProxyType({"deadlocks": deadlocks})


def added(answer: Answer, past: Past, at: float) -> Answer:
    """The answer with what its header asks of the history."""
    return ADDED[answer.report.history](answer, past, at)
