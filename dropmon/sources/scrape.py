"""A page of metrics as readings: those that are wanted, as they are now."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from dropmon import exposition
from dropmon.sources.source import Reading
from dropmon.sources.values import limited, merged
from dropmon.sources.web import RefusedError
from dropmon.transport import Answer

if TYPE_CHECKING:
    from dropmon.sources.source import Source

FEWER = "name those to keep: metrics: [pg_up, node_memory_*]"
STALE = 300.0  # seconds after which a number with a time of its own is no longer how things are


def scraped(source: Source, answer: Answer, names: Sequence[str], at: float, asked: bool = True) -> Iterator[Reading]:
    """What a page tells under these names, or all of it without names. `at` in seconds since 1970.

    Of names that are `asked` for by somebody, each that is not there says so. Raises DropmonError for what is no page.
    """
    unit = 1.0 if "openmetrics" in answer.headers.get("content-type", "") else 0.001
    try:
        found = list(wanted(exposition.page(answer.body.decode("utf-8", "replace")), names))
    except ValueError as error:
        what = f"{source.known_as()} answered with no page of metrics: {error}"
        raise RefusedError(what, "is the address right? it often ends in /metrics") from None
    fresh = [one for one in found if one.time is None or at - one.time * unit <= max(STALE, 2.5 * source.every)]
    told = {one.name for one in fresh}
    job = {"job": source.known_as()}  # as Prometheus does: two pages of one exporter are two things
    readings = [Reading(one.name, merged(source.labels, {**job, **dict(one.labels)}), one.value) for one in fresh]
    yield from limited(readings, FEWER)
    old = {one.name for one in found} - told
    for name in sorted(old):
        yield source.failed(f"{name} is older than five minutes", "what fills this page has stopped")
    for name in names if asked else ():
        if not any(fnmatchcase(each, name) for each in told | old):
            yield source.failed(f"no data: {name} is not on the page", "is it spelt as the page spells it?")
    if not found and not (names and asked):
        yield source.failed("no data: the page has none of the numbers that are kept", FEWER)


def wanted(page: Iterable[exposition.Exposed], names: Sequence[str]) -> list[exposition.Exposed]:
    """Those of these names; NaN and infinity are numbers of nothing.

    >>> [each.name for each in wanted(exposition.page('up 1\\nup_x 2\\nb{quantile="1"} NaN\\n'), ["up*", "b"])]
    ['up', 'up_x']
    """
    kept: dict[str, bool] = {}
    found = []
    for one in page:
        if one.name not in kept:
            kept[one.name] = not names or any(fnmatchcase(one.name, name) for name in names)
        if kept[one.name] and math.isfinite(one.value):
            found.append(one)
    return found
