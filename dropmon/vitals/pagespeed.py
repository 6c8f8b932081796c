"""What PageSpeed Insights answers: its field data, and its lab run, which is Lighthouse.

Source: https://developers.google.com/speed/docs/insights/rest/v5/pagespeedapi/runpagespeed
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from dropmon.vitals.told import Told, figure, parts, told, under

FIELD = {  # times are in milliseconds, CLS is a ratio times 100
    "LARGEST_CONTENTFUL_PAINT_MS": ("lcp", 0.001),
    "INTERACTION_TO_NEXT_PAINT": ("inp", 0.001),
    "CUMULATIVE_LAYOUT_SHIFT_SCORE": ("cls", 0.01),
    "EXPERIMENTAL_TIME_TO_FIRST_BYTE": ("ttfb", 0.001),
    "FIRST_CONTENTFUL_PAINT_MS": ("fcp", 0.001),
}
LAB = {
    "largest-contentful-paint": ("lcp", 0.001),
    "cumulative-layout-shift": ("cls", 1.0),
    "server-response-time": ("ttfb", 0.001),
    "first-contentful-paint": ("fcp", 0.001),
}


class Field(NamedTuple):
    """What visitors had, and whether it is of the whole origin: the page itself may have too few of them."""

    vitals: list[Told]
    origin: bool


def field(answer: Any) -> Field:
    """What visitors had, of the page or else of its origin."""
    page = list(_field(under(answer, "loadingExperience", "metrics")))
    if page:
        return Field(page, under(answer, "loadingExperience", "origin_fallback") is True)
    return Field(list(_field(under(answer, "originLoadingExperience", "metrics"))), True)


def _field(metrics: Any) -> Iterator[Told]:
    """
    >>> [each.p75 for each in _field({"CUMULATIVE_LAYOUT_SHIFT_SCORE": {"percentile": 4}})]
    [0.04]
    """
    for name, (vital, scale) in FIELD.items():
        found = under(metrics, name)
        shares = parts(under(found, "distributions"), "proportion")
        yield from told(vital, under(found, "percentile"), scale, shares)


def lab(answer: Any) -> Iterator[Told]:
    """What one run of Lighthouse measured; nothing when it failed.

    >>> audits = {"largest-contentful-paint": {"numericValue": 2410.2}}
    >>> [each.p75 for each in lab({"lighthouseResult": {"audits": audits}})]
    [2.4102]
    """
    if not lab_error(answer):
        for name, (vital, scale) in LAB.items():
            value = under(answer, "lighthouseResult", "audits", name, "numericValue")
            yield from told(vital, value, scale, ())


def lab_error(answer: Any) -> str:
    """Why the run failed, in Lighthouse's words; empty when it did not. HTTP says 200 all the same.

    >>> lab_error({"lighthouseResult": {"runtimeError": {"code": "NO_FCP", "message": "The page did not paint"}}})
    'NO_FCP: The page did not paint'
    """
    error = under(answer, "lighthouseResult", "runtimeError")
    code = under(error, "code")
    if not code or code == "NO_ERROR":
        return ""
    return f"{code}: {under(error, 'message') or ''}".rstrip(": ")[:300]


def score(answer: Any) -> float | None:
    """Lighthouse's performance score, 0 to 1; None when it has none."""
    return figure(under(answer, "lighthouseResult", "categories", "performance", "score"))
