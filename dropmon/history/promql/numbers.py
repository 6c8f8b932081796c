"""Arithmetic on floats as IEEE 754 and Go have it: no exceptions, infinity and NaN instead."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from functools import wraps
from math import copysign, fmod, inf, isinf, isnan, nan


def silent(work: Callable[..., float], pole: float = nan) -> Callable[..., float]:
    """The function with NaN for what it has no value for, and infinity for what is too large."""

    @wraps(work)
    def function(*numbers: float) -> float:
        try:
            return work(*numbers)
        except ValueError:
            return pole if numbers[0] == 0 else nan
        except OverflowError:
            return inf

    return function


def divide(left: float, right: float) -> float:
    """A quotient.

    >>> divide(1, 0), divide(-1, 0), divide(0, 0), divide(1, -0.0)
    (inf, -inf, nan, -inf)
    """
    if right:
        return left / right
    return nan if not left or isnan(left) else copysign(inf, left) * copysign(1, right)


def remainder(left: float, right: float) -> float:
    """What a division leaves, with the sign of what is divided.

    >>> remainder(-5, 3), remainder(5, 0), remainder(5, inf)
    (-2.0, nan, 5.0)
    """
    return nan if not right or isinf(left) else fmod(left, right)


def power(left: float, right: float) -> float:
    """A power.

    >>> power(-8, 1 / 3), power(0, -1), power(10, 400), power(-10, 401), power(-0.0, -1)
    (nan, inf, inf, -inf, -inf)
    """
    odd = right % 2 == 1 if not isinf(right) else False
    try:
        return math.pow(left, right)
    except OverflowError:
        return -inf if left < 0 and odd else inf
    except ValueError:
        return nan if left else copysign(inf, left) if odd else inf


def rounded(value: float, nearest: float = 1.0) -> float:
    """To the nearest multiple, halves up.

    >>> rounded(2.5), rounded(-2.5), rounded(1.26, 0.1), rounded(inf)
    (3.0, -2.0, 1.3, inf)
    """
    inverse = divide(1.0, nearest)
    return divide(whole(math.floor)(value * inverse + 0.5), inverse)


def whole(work: Callable[[float], int]) -> Callable[[float], float]:
    """floor or ceil, of every float; minus nothing stays it."""
    return lambda value: value if isinf(value) or isnan(value) or not value else copysign(float(work(value)), value)


def sign(value: float) -> float:
    """1, -1, or the value itself where it has none."""
    return 1.0 if value > 0 else -1.0 if value < 0 else value


def clamp(value: float, low: float, high: float) -> float:
    """Not below, and not above.

    >>> clamp(5, 1, 3), clamp(nan, 1, 3), clamp(2, nan, 3)
    (3, nan, nan)
    """
    return nan if isnan(low) or isnan(high) or isnan(value) else max(low, min(high, value))


PLAIN: dict[str, Callable[[float], float]] = {
    "abs": abs,
    "acos": silent(math.acos),
    "acosh": silent(math.acosh),
    "asin": silent(math.asin),
    "asinh": math.asinh,
    "atan": math.atan,
    "atanh": lambda value: copysign(inf, value) if abs(value) == 1 else silent(math.atanh)(value),
    "ceil": whole(math.ceil),
    "cos": silent(math.cos),
    "cosh": silent(math.cosh),
    "deg": lambda value: value * 180 / math.pi,
    "exp": silent(math.exp),
    "floor": whole(math.floor),
    "ln": silent(math.log, pole=-inf),
    "log10": silent(math.log10, pole=-inf),
    "log2": silent(math.log2, pole=-inf),
    "rad": lambda value: value * math.pi / 180,
    "sgn": sign,
    "sin": silent(math.sin),
    "sinh": lambda value: copysign(silent(math.sinh)(abs(value)), value),
    "sqrt": silent(math.sqrt),
    "tan": silent(math.tan),
    "tanh": math.tanh,
}
WITH_NUMBERS: dict[str, Callable[..., float]] = {
    "clamp": clamp,
    "clamp_max": lambda value, high: clamp(value, -inf, high),
    "clamp_min": lambda value, low: clamp(value, low, inf),
    "round": rounded,
}

ARITHMETIC: dict[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": divide,
    "%": remainder,
    "^": power,
    "atan2": math.atan2,
}
COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
    ">=": operator.ge,
    "<=": operator.le,
}
