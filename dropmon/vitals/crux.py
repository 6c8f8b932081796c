"""What the Chrome UX Report answers. Source: https://developer.chrome.com/docs/crux/api"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from dropmon.vitals.told import Told, parts, told, under

NAMES = {  # as it calls them; times are in milliseconds, CLS is the text of a ratio
    "largest_contentful_paint": ("lcp", 0.001),
    "interaction_to_next_paint": ("inp", 0.001),
    "cumulative_layout_shift": ("cls", 1.0),
    "experimental_time_to_first_byte": ("ttfb", 0.001),
    "first_contentful_paint": ("fcp", 0.001),
}


def asked(page: str, form_factor: str) -> dict[str, Any]:
    """What to ask for a page: an address without a path is its whole origin.

    >>> asked("https://shop.example", "phone")["origin"], asked("https://shop.example/", "all")["url"]
    ('https://shop.example', 'https://shop.example/')
    """
    parts = urlsplit(page)
    what = "url" if parts.path or parts.query else "origin"
    factor = {} if form_factor == "all" else {"formFactor": form_factor.upper()}
    return {what: page, **factor, "metrics": list(NAMES)}


def read(answer: Any) -> Iterator[Told]:
    """The vitals that an answer tells.

    >>> list(read({"record": {"metrics": {"cumulative_layout_shift": {"percentiles": {"p75": "0.04"}}}}}))
    [Told(vital='cls', p75=0.04, shares={})]
    """
    for name, (vital, scale) in NAMES.items():
        found = under(answer, "record", "metrics", name)
        yield from told(vital, under(found, "percentiles", "p75"), scale, parts(under(found, "histogram"), "density"))
