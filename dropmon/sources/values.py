"""What others tell, as numbers and labels that a history can keep."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping

from dropmon.sources.source import Labels, Reading

MOST = 1000  # samples of one question: each is a series that is kept for as long as the history
LONGEST = 1024  # characters of a label
NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?", re.ASCII | re.IGNORECASE)


def number(value: object) -> float:
    """A number, or the text of one. Raises ValueError for everything else, and for what is not finite.

    >>> number("40000"), number("4.85"), number("1e-07"), number(3)
    (40000.0, 4.85, 1e-07, 3.0)
    >>> number("NaN")
    Traceback (most recent call last):
    ValueError: 'NaN' is not a number
    """
    text = value if isinstance(value, str) else repr(value)
    shown = repr(text if len(text) <= 40 else text[:40] + "…") if isinstance(value, str) else text[:40]
    if isinstance(value, int | float) and not isinstance(value, bool):
        found = _float(value)
    else:
        found = float(text) if isinstance(value, str) and NUMBER.fullmatch(text.strip()) else math.nan
    if not math.isfinite(found):
        raise ValueError(f"{shown} is not a number" if math.isnan(found) else f"{shown} is too large")
    return found


def _float(value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf


def measured(metric: str, labels: Labels, value: object, scale: float = 1.0, hint: str = "") -> Reading:
    """One number that was told, times `scale`; null and what is no number is why there is none.

    >>> measured("latency_seconds", (), 250, 0.001).value, measured("a", (), None).error, measured("a", (), "x").error
    (0.25, 'no data: the value is null', "'x' is not a number")
    >>> measured("a", (), 1e300, 1e300).error
    'inf is too large'
    """
    reading = Reading(metric, labels)
    if value is None:
        return reading._replace(error="no data: the value is null", hint=hint)
    try:
        return reading._replace(value=number(number(value) * scale))
    except ValueError as error:
        return reading._replace(
            error=str(error), hint=hint or "the answer is not what was asked for: look at the query"
        )


def merged(own: Mapping[str, str], labels: Mapping[str, str]) -> Labels:
    """Labels, without those that are empty: to Prometheus such a label is none.

    >>> merged({"team": "shop"}, {"project": "web", "release": ""})
    (('project', 'web'), ('team', 'shop'))
    """
    return tuple(sorted((name, text) for name, text in {**labels, **own}.items() if text))


def named(pairs: Iterable[tuple[str, object]]) -> dict[str, str]:
    """Labels from what others call their dimensions, under names that Prometheus allows.

    >>> named([("kube.pod-name", "a"), ("1st", "b"), ("__name__", "c"), ("size", 7), ("none", None)])
    {'kube_pod_name': 'a', '_1st': 'b', 'size': '7'}
    """
    found = {}
    for name, value in pairs:
        label = re.sub(r"^(?=\d)|[^a-zA-Z0-9_]", "_", name)
        if label and not label.startswith("__") and value is not None:
            found[label] = str(value)[:LONGEST]
    return found


def limited(readings: Iterable[Reading], hint: str) -> Iterator[Reading]:
    """The readings, or why there are none: a question with more than 1,000 answers is not meant so."""
    told = list(readings)
    if len(told) > MOST:
        yield Reading(told[0].metric, error=f"more than {MOST:,} samples", hint=hint)
    else:
        yield from told
