"""What SQLite is asked with: any number of values as one parameter, times as milliseconds."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

FAR = 1e12  # seconds: beyond any time that is stored


def listed(wanted: Iterable[str] | None) -> str | None:
    """Any number of values as one parameter; None stands for no condition.

    >>> listed(["a", "b"]), listed(None)
    ('["a", "b"]', None)
    """
    return None if wanted is None else json.dumps([*wanted])


def ranged(ids: Iterable[int], start: float, end: float) -> tuple[str, int, int]:
    """Series, and a range in seconds as milliseconds.

    >>> ranged([1, 2], 0.5, 60.0)
    ('[1, 2]', 500, 60000)
    """
    return json.dumps([*ids]), milliseconds(start), milliseconds(end)


def milliseconds(time: float) -> int:
    """Seconds as milliseconds; an infinite time is far enough away.

    >>> milliseconds(1.2345), milliseconds(float("inf")) > 10**14
    (1234, True)
    """
    return round(min(max(time, -FAR), FAR) * 1000)
