"""What a condition says at one moment: the series that meet it, and of which series anything is known at all."""

from __future__ import annotations

from collections.abc import Callable
from math import isnan
from typing import NamedTuple

from dropmon.alerts.rule import Labels
from dropmon.errors import DropmonError

Vector = list[tuple[Labels, float]]  # labels without __name__
Query = Callable[[str, float], Vector]  # PromQL and a time in seconds since 1970; raises DropmonError or ValueError
Known = Callable[[Labels], bool]

FAILURES = (DropmonError, ValueError, ArithmeticError)


def always(_: Labels) -> bool:
    return True


def never(_: Labels) -> bool:
    return False


class Answer(NamedTuple):
    """What a condition says. NaN is no number: a series that has it is not known."""

    vector: Vector
    known: Known = always
    error: str = ""


def ask(condition: str, query: Query, at: float) -> Answer:
    """The series that meet a condition; what keeps it from being judged becomes the error of the answer."""
    from promql_parser import parse

    from dropmon.alerts.fresh import known

    try:
        found = query(condition, at)
        nan = {labels for labels, value in found if isnan(value)}
        fresh = known(parse(condition), lambda text: query(text, at))
        if len(nan) == len(found):
            fresh(())  # is asked for when nothing meets the condition: better now than while others wait
        vector = [(labels, value) for labels, value in found if not isnan(value)]
        return Answer(vector, (lambda labels: labels not in nan and fresh(labels)) if nan else fresh)
    except FAILURES as error:
        return Answer([], never, str(error) or type(error).__name__)


def remembered(query: Query) -> Query:
    """The query, which asks each expression once: many rules read the same numbers."""
    answers: dict[tuple[str, float], Vector] = {}

    def asking(expression: str, at: float) -> Vector:
        if (expression, at) not in answers:
            answers[expression, at] = query(expression, at)
        return answers[expression, at]

    return asking
