"""When each thing is due again: every so often since the beginning, however long anything took. Pure.

Times are monotonic seconds, so that a clock that is set neither hurries nor delays anything.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from math import floor, inf
from typing import NamedTuple

Key = tuple[str, str]  # a kind and a name


class Slot(NamedTuple):
    """Something that is due at `start` plus whole multiples of `every`, next at `due`."""

    every: float
    start: float
    due: float

    def after(self, at: float) -> Slot:
        """Done at a time: due at the next multiple. Those that were missed are skipped, not piled up.

        >>> Slot(10.0, 0.0, 20.0).after(20.4).due, Slot(10.0, 0.0, 20.0).after(57.0).due
        (30.0, 60.0)
        """
        done = max(at, self.due)  # a sleep may end a hair before its time; the same beat is not done twice
        times = floor((done - self.start) / self.every) + 1
        due = self.start + times * self.every
        return self._replace(due=due if due > done else self.start + (times + 1) * self.every)


Slots = Mapping[Key, Slot]


def slots(intervals: Mapping[Key, float], start: float, at: float, before: Slots | None = None) -> Slots:
    """A slot for each thing, all counted from `start`, so that equals stay together. What is new is due at once.

    >>> first = slots({("web", "a"): 10.0}, 0.0, 0.0)
    >>> slots({("web", "a"): 10.0, ("web", "b"): 5.0}, 0.0, 7.0, {("web", "a"): Slot(10.0, 0.0, 10.0)})
    {('web', 'a'): Slot(every=10.0, start=0.0, due=10.0), ('web', 'b'): Slot(every=5.0, start=0.0, due=7.0)}
    """
    old = before or {}
    return {
        key: old[key] if key in old and old[key].every == every else Slot(every, start, at)
        for key, every in intervals.items()
    }


def due(given: Slots, at: float) -> list[Key]:
    """What is to be done now."""
    return [key for key, slot in given.items() if slot.due <= at]


def done(given: Slots, keys: Collection[Key], at: float) -> Slots:
    """The slots after these were done, at a time."""
    return {key: slot.after(at) if key in keys else slot for key, slot in given.items()}


def pause(given: Slots, at: float) -> float:
    """Seconds until something is due; 0 when something is.

    >>> pause({("web", "a"): Slot(10.0, 0.0, 10.0)}, 7.5), pause({}, 0.0)
    (2.5, inf)
    """
    return max(0.0, min((slot.due for slot in given.values()), default=inf) - at)
