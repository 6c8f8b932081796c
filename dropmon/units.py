"""Durations, percentages, sizes and rates: as people write them, and as they read them."""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache
from math import floor

WHOLE = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
SECONDS = {"ms": Fraction(1, 1000)} | {unit: Fraction(seconds) for unit, seconds in WHOLE.items()}
BYTES = {"B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12,
         "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}  # fmt: skip
PERIODS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 604800}

_NUMBER = r"(?:\d+(?:\.\d+)?)"
DURATION = rf"^(?:{_NUMBER}(?:ms|[smhdw]))+$"
PERCENT = rf"^{_NUMBER}%$"
SIZE = rf"^{_NUMBER} ?(?:[kMGT]?B|[KMGT]iB)$"
RATE = rf"^{_NUMBER}%?/(?:second|minute|hour|day|week)$"


@lru_cache(maxsize=256)  # ten thousand targets share one timeout
def duration(text: str) -> float:
    """Seconds of '500ms', '5s', '1h30m', '35d'.

    >>> duration("500ms"), duration("1h30m"), duration("2.5s")
    (0.5, 5400.0, 2.5)
    >>> duration("5 minutes")
    Traceback (most recent call last):
    ValueError: '5 minutes' is not a duration: write a number with a unit, such as 500ms, 5s, 5m, 2h or 1d
    """
    if not re.match(DURATION, text):
        raise ValueError(f"{text!r} is not a duration: write a number with a unit, such as 500ms, 5s, 5m, 2h or 1d")
    parts: list[tuple[str, str]] = re.findall(rf"({_NUMBER})(ms|[smhdw])", text)
    return float(sum(Fraction(number) * SECONDS[unit] for number, unit in parts))


def percent(text: str) -> Fraction:
    """The exact ratio of '99.9%'.

    >>> percent("99.9%")
    Fraction(999, 1000)
    """
    if not re.match(PERCENT, text):
        raise ValueError(f"{text!r} is not a percentage: write 99.9%")
    return Fraction(text[:-1]) / 100


def size(text: str) -> int:
    """Bytes of '5GiB' or '500 kB'.

    >>> size("5GiB"), size("1.5 kB")
    (5368709120, 1500)
    """
    if not re.match(SIZE, text):
        raise ValueError(f"{text!r} is not a size: write a number with a unit, such as 500kB, 64MiB or 5GiB")
    number, unit = re.findall(rf"({_NUMBER}) ?(\w+)", text)[0]
    return int(Fraction(number) * BYTES[unit])


def rate(text: str) -> tuple[Fraction, float]:
    """A count or a share, and the seconds it is counted over: '0/day', '20%/week'.

    >>> rate("20%/week")
    (Fraction(1, 5), 604800.0)
    """
    if not re.match(RATE, text):
        raise ValueError(
            f"{text!r} is not a rate: write a count or a percentage over a period, such as 0/day or 20%/week"
        )
    amount, period = text.split("/")
    return (percent(amount) if amount.endswith("%") else Fraction(amount)), float(PERIODS[period])


def share(value: Fraction, other: Fraction | None = None) -> str:
    """A share in percent, with as many digits as it takes not to look like another that it is not.

    >>> share(Fraction(99872, 100000)), share(Fraction(9989999, 10000000), Fraction(999, 1000)), share(Fraction(1))
    ('99.872%', '99.89999%', '100%')
    """
    for digits in range(3, 12):
        text = f"{float(value * 100):.{digits}f}"
        alike = (other is not None and value != other and Fraction(text) == other * 100) or Fraction(text) == 100
        if not alike or value == 1:
            break
    return f"{text.rstrip('0').rstrip('.') if '.' in text else text}%"


def budget(value: Fraction) -> str:
    """A share of the budget in percent: never rounded to what it is not yet, or not any more.

    >>> budget(Fraction(1, 3)), budget(Fraction(9999, 10000)), budget(Fraction(1)), budget(Fraction(-5, 2))
    ('33.3%', '99.9%', '100%', '-250%')
    >>> budget(Fraction(-1, 100000))
    '-0.1%'
    """
    tenths = floor(abs(value) * 1000) if value >= 0 else -max(1, floor(-value * 1000))
    return f"{tenths / 10:.12g}%"


def human_duration(seconds: float) -> str:
    """As short as a table cell wants it: two units, or one with a decimal.

    >>> [human_duration(s) for s in (0.0004, 0.052, 1.25, 75, 5400, 90000, 864000)]
    ['0.4 ms', '52 ms', '1.25 s', '1m 15s', '1h 30m', '1d 1h', '10d']
    """
    if seconds < 0.001:
        return f"{seconds * 1000:.1f} ms"
    if round(seconds * 1000) < 1000:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 60:
        return f"{seconds:.3g} s"
    whole = round(seconds)
    for unit, small, of in (("d", "h", 86400), ("h", "m", 3600), ("m", "s", 60)):
        if whole >= of:
            rest = whole % of * (24 if unit == "d" else 60) // of
            return f"{whole // of}{unit} {rest}{small}" if rest and whole // of < 10 else f"{whole // of}{unit}"
    return f"{whole} s"


def human_size(size: float) -> str:
    """Bytes with a binary unit.

    >>> human_size(512), human_size(5368709120)
    ('512 B', '5.0 GiB')
    """
    for unit in ("B", "KiB", "MiB", "GiB"):
        if abs(size) < 1024:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} TiB"
