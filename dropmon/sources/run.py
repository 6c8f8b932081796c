"""One round of the sources: all lanes at once, within one deadline that nothing outlives."""

from __future__ import annotations

import queue
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from dropmon.errors import DropmonError
from dropmon.model import Event, Sample, Status
from dropmon.sources.kinds import registry
from dropmon.sources.parts import UNTIL, failure
from dropmon.sources.source import Given, Reading, Server, Source

SHOWN = 3  # rows without a number that each metric of a source may show


class Answer(NamedTuple):
    """What one source told when it was asked at `at` (seconds since 1970)."""

    given: Given
    readings: tuple[Reading, ...]
    at: float
    events: tuple[Event, ...] = ()

    @property
    def failed(self) -> bool:
        return any(reading.value is None for reading in self.readings)

    @property
    def silent(self) -> bool:
        """Whether it failed as a whole."""
        return self.failed and not self.events and all(reading.value is None for reading in self.readings)

    @property
    def retry_at(self) -> float | None:
        """When what failed may be asked again (seconds since 1970), as the server said it; None if it said nothing."""
        return max((reading.retry_at for reading in self.readings if reading.retry_at is not None), default=None)


class Round(NamedTuple):
    """What all of them told. Times in seconds since 1970."""

    began: float
    ended: float
    answers: Sequence[Answer]
    warnings: Sequence[DropmonError] = ()  # what went wrong beside it

    @property
    def status(self) -> Status:
        """OK when every source told its numbers. A source that did not is not known; none at all is no all-clear."""
        return Status.worst(Status.UNKNOWN if answer.failed else Status.OK for answer in self.answers)

    def samples(self) -> Iterator[Sample]:
        """What goes into the history. What could not be told leaves nothing: no data is its own state."""
        for answer in self.answers:
            for reading in answer.readings:
                if reading.value is not None:
                    yield Sample(reading.metric, reading.labels, answer.at, reading.value)

    def events(self) -> Iterator[Event]:
        """What happened, as the sources tell it."""
        for answer in self.answers:
            yield from answer.events


Told = queue.SimpleQueue[tuple[int, Answer]]  # the place of a source among those given, and what it told


def collect(given: Sequence[Given], servers: Mapping[str, Server], within: float, clock: Callable[[], float]) -> Round:
    """Asks every source. Who has not answered in `within` seconds is left behind; so are all after Ctrl-C."""
    began, end = clock(), time.monotonic() + within
    until = end - min(0.2, 0.1 * within)  # what the parts of a source have told by then is heard in time
    answers = {place: lost(each, each.problem, began) for place, each in enumerate(given) if each.problem}
    told: Told = queue.SimpleQueue()
    for lane in lanes(given):
        work = threading.Thread(
            target=ask, args=(lane, given, servers, told, clock, until), name="dropmon-source", daemon=True
        )
        work.start()
    why = DropmonError(f"no answer within {within:g} s for all sources", "raise --deadline, or `timeout` less")
    try:
        while len(answers) < len(given):
            place, answer = told.get(timeout=max(0.0, end - time.monotonic()))
            answers[place] = answer
    except queue.Empty:
        pass
    except KeyboardInterrupt:
        why = DropmonError("interrupted before it answered")
    late = {place: lost(each, why, began) for place, each in enumerate(given) if place not in answers}
    return Round(began, clock(), distinct([(answers | late)[place] for place in range(len(given))]))


def lanes(given: Sequence[Given]) -> list[list[int]]:
    """The places of the sources that are asked one after the other, lane by lane."""
    found: dict[tuple[str, str], list[int]] = {}
    for place, each in enumerate(given):
        if each.source:
            found.setdefault((each.kind, each.source.lane()), []).append(place)
    return list(found.values())


def ask(
    lane: Sequence[int], given: Sequence[Given], servers: Mapping[str, Server], told: Told, clock: Callable[[], float],
    until: float,
) -> None:  # fmt: skip
    """Tells what each source of a lane says; what stops one that is not the source's own stops all after it."""
    UNTIL.set(until)
    kind = registry()[given[lane[0]].kind]
    waiting = list(lane)
    at = clock()
    try:
        for told_ in kind.told([source for place in lane if (source := given[place].source)], servers, clock):
            all_ = list(told_)
            place = waiting.pop(0)
            readings = tuple(each for each in all_ if isinstance(each, Reading))
            events = tuple(each for each in all_ if isinstance(each, Event))
            told.put((place, Answer(given[place], readings, at, events)))
            at = clock()
    except Exception as error:  # one that breaks is told like one that fails
        for place in waiting:
            told.put((place, lost(given[place], error, at)))


def lost(given: Given, error: Exception, at: float) -> Answer:
    """The answer of a source that could not be asked, or did not say anything."""
    missed = given.source.failed("") if isinstance(given.source, Source) else Reading(given.name)
    return Answer(given, (failure(missed, error),), at)


def distinct(answers: Sequence[Answer]) -> list[Answer]:
    """Without the numbers of which several would be one and the same sample: nobody knows which of them is meant."""
    counts = Counter(reading[:2] for each in answers for reading in each.readings if reading.value is not None)

    def judged(reading: Reading) -> Reading:
        if reading.value is None or counts[reading[:2]] == 1:
            return reading
        what = f"{counts[reading[:2]]:,} values with the same labels"
        return reading._replace(value=None, error=what, hint="add a column or a label that tells them apart")

    return [each._replace(readings=few(dict.fromkeys(map(judged, each.readings)))) for each in answers]


def few(readings: Iterable[Reading]) -> tuple[Reading, ...]:
    """All numbers, and of each metric the first rows without one: a query that is meant wrongly is so a thousand times.

    >>> [reading.error for reading in few([Reading("a", error=error) for error in "vwxyz"])]
    ['v', 'w', 'x', '2 more rows without a number']
    """
    told = list(readings)
    wrong: dict[str, list[Reading]] = {}
    for reading in told:
        if reading.value is None:
            wrong.setdefault(reading.metric, []).append(reading)
    shown: list[Reading] = []
    for rows in wrong.values():
        shown += rows[:SHOWN]
        if rest := rows[SHOWN:]:
            shown.append(Reading(rest[0].metric, error=f"{len(rest):,} more rows without a number", hint=rest[0].hint))
    return *(reading for reading in told if reading.value is not None), *shown
