"""The samples of one name, for whoever compares now with then."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from dropmon.storage.matcher import Matcher

if TYPE_CHECKING:
    from dropmon.storage import Store
    from dropmon.storage.store import Labels, Point


def past(
    store: Store, name: str, labels: Mapping[str, str], start: float, end: float, step: float = 0.0
) -> dict[Labels, list[Point]]:
    """The samples of each series of that name with these labels and maybe more, `start < time <= end`, oldest first.

    A series with an `instance`, as of a database that no rules name, is only found by it: another may be named alike.
    Times in seconds since 1970; of each `step` of so many seconds only the first sample. Raises StorageError.
    """
    matchers = [Matcher(label, "=", value) for label, value in {"instance": "", **labels}.items()]
    series = {each.id: each.labels for each in store.series(name, matchers)}
    found: dict[Labels, list[Point]] = {}
    last, due = -1, start
    for number, time, value in store.samples(series, start, end):
        if number != last or time >= due:
            found.setdefault(series[number], []).append((time, value))
            last, due = number, (time // step + 1) * step if step else time
    return found
