"""What was told of a page as numbers for a history: names, labels and values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

from dropmon.vitals.told import Told
from dropmon.vitals.vital import COUNT, METRIC, SHARE, Rating


class Number(NamedTuple):
    """One sample without its time."""

    metric: str
    labels: Mapping[str, str]
    value: float


def numbers(told: Told, count: int | None = None, **labels: str) -> Iterator[Number]:
    """The p75, how many visits or runs it is of, and the share of each rating, as far as they are known.

    >>> [each.metric for each in numbers(Told("lcp", 2.1), 3, source="lab", form_factor="desktop")]
    ['web_vital', 'web_vital_samples']
    """
    own = {"name": told.vital, **labels}
    yield Number(METRIC, {**own, "quantile": "0.75"}, told.p75)
    if count is not None:
        yield Number(COUNT, own, float(count))
    for rating in Rating:
        if rating in told.shares:
            yield Number(SHARE, {**own, "rating": rating.value}, told.shares[rating])


def origin(page: str) -> str:
    """Scheme and host of a page.

    >>> origin("https://shop.example/a?b=c")
    'https://shop.example'
    """
    parts = urlsplit(page)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def shown(page: str) -> str:
    """A page as a label: without what may be secret, or different for everybody.

    >>> shown("https://me:pass@shop.example/a?token=c#d"), shown("https://shop.example")
    ('https://shop.example/a', 'https://shop.example')
    """
    return origin(page) + urlsplit(page).path
