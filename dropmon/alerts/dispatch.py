"""Messages leave the outbox: each channel's one after the other, all channels at once, and none is lost on the way.

A message is claimed before it is sent, and settled afterwards; a process that is killed in between leaves it to the
next, which sends it again under the same id. Where a receiver would not know it again, it is asked first.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

from dropmon.alerts import bundle
from dropmon.alerts.channel import Channel, Given, Letter
from dropmon.alerts.delivery import DELIVERED, Delivery, later, refused, unknown
from dropmon.alerts.instead import fallback, instead
from dropmon.alerts.message import Voice
from dropmon.alerts.notification import Notification, Reason
from dropmon.alerts.outcome import Attempt, End, Outcome, Round, Tried, enough, outcome
from dropmon.alerts.packing import legible, packed, unpacked
from dropmon.errors import DropmonError, StorageError
from dropmon.storage.claiming import GIVE_UP
from dropmon.storage.outbox import Row

Clock = Callable[[], float]  # seconds since 1970
LEASE = 60.0  # seconds, beside the channel's timeout, within which an attempt is settled
BUDGET = 120.0  # seconds after which nothing new is begun
MISSING = 300.0  # seconds before a channel without its variables is looked at again


class Outbox(Protocol):
    """Where messages wait (dropmon.storage.outbox). What changes a row tells whether it was still the caller's."""

    def claim(self, at: float, lease: float, but: Sequence[str] = ()) -> Row | None: ...
    def extend(self, row: Row, at: float, lease: float, done: Sequence[str]) -> bool: ...
    def sent(self, row: Row, at: float, error: str = "") -> bool: ...
    def retry(self, row: Row, at: float, next_at: float, error: str, doubt: bool, pause: float = 0.0) -> bool: ...
    def postpone(self, row: Row, at: float, next_at: float) -> bool: ...
    def dead(self, row: Row, at: float, error: str, fallback: Iterable[Row] = ()) -> bool: ...
    def tell(self, row: Row, at: float, fallback: Iterable[Row]) -> bool: ...
    def overdue(self, channel: str, before: float) -> list[Row]: ...
    def join(self, row: Row, payload: str, others: Sequence[Row], at: float) -> bool: ...
    def fresh(self, channel: str, limit: int = 200) -> list[Row]: ...
    def after(self, row: Row) -> list[Row]: ...
    def beside(self, row: Row) -> list[Row]: ...
    def failing(self) -> set[str]: ...
    def times(self, channel: str, since: float) -> list[float]: ...


@dataclass(slots=True)
class Job:
    """One message on its way."""

    row: Row
    channel: Channel
    notification: Notification
    letters: list[Letter]  # that are left
    done: tuple[str, ...]
    deliveries: list[Delivery] = field(default_factory=list)


def dispatch(
    outbox: Outbox, channels: Mapping[str, Given], voice: Voice, clock: Clock, budget: float = BUDGET
) -> Round:  # fmt: skip
    """Sends all that is due. Begins nothing new after `budget` seconds. Raises StorageError."""
    run = Run(outbox, channels, voice, clock)
    run.overdue()
    run.all(clock() + budget)
    run.overdue()
    run.all(clock() + budget / 4)  # what the fallbacks were given
    return Round(tuple(run.tried), tuple(run.warnings))


@dataclass(slots=True)
class Run:
    """One run of the dispatcher."""

    outbox: Outbox
    channels: Mapping[str, Given]
    voice: Voice
    clock: Clock
    tried: list[Tried] = field(default_factory=list)
    warnings: list[DropmonError] = field(default_factory=list)
    limited: set[str] = field(default_factory=set)
    busy: dict[str, Job] = field(default_factory=dict)
    told: queue.SimpleQueue[tuple[Job, Letter, Delivery]] = field(default_factory=queue.SimpleQueue)

    def all(self, until: float) -> None:
        """Claims what is due, and settles what comes back, until nothing is left."""
        while True:
            while self.clock() <= until and (row := self._claim()):
                self._guarded(row, partial(self._begin, row))
            if not self.busy:
                return
            job, letter, delivery = self.told.get()
            self._guarded(job.row, partial(self._came, job, letter, delivery))

    def overdue(self) -> None:
        """Tells the fallbacks of channels that fail what has waited for too long."""
        for given in self.channels.values():
            before = self.clock() - (given.channel.patience if given.channel else 0.0)
            for row in self.outbox.overdue(given.name, before):
                if row.done and given.channel and given.channel.apart:  # it has reached them one way
                    continue
                self._stand_in(row, row.error or "it could not be reached")

    def _claim(self) -> Row | None:
        return self.outbox.claim(self.clock(), LEASE, [*self.busy, *self.limited])

    def _guarded(self, row: Row, work: Callable[[], None]) -> None:
        """A store that fails in the midst costs the mark, not the other messages: this one comes again."""
        try:
            work()
        except StorageError as error:
            self.busy.pop(row.channel, None)
            self.limited.add(row.channel)
            self.warnings.append(error)

    def _begin(self, row: Row) -> None:
        given = self.channels.get(row.channel)
        if given is None:
            return self._settle(row, Outcome(End.DEAD, f"the rules have no channel {row.channel!r}"))
        if given.channel is None:
            end = End.DEAD if self.clock() - row.created >= GIVE_UP else End.WAITING
            self._settle(row, Outcome(end, str(given.problem), MISSING, row.doubt))
            # that it has no way is known before the first attempt: who stands in for it need not wait to see
            return self._stand_in(row, str(given.problem)) if end is End.WAITING else None
        try:
            notification = unpacked(row.payload)
        except ValueError as error:
            return self._settle(row, Outcome(End.DEAD, f"it cannot be read: {error}"))
        if self._held_back(row, given.channel):
            return None
        left = bundle.news(notification, [each for _, each in readable(self._overtook(row))])
        if left is None:
            return self._settle(row, Outcome(End.SENT, "what came later has been told"))
        row, bundled = self._bundled(row, left, given.channel)
        whole = given.channel.takes(bundled)
        if whole is None:
            return self._settle(row, Outcome(End.UNWANTED, "nothing in it is for this channel"))
        late = self.clock() - min(row.created, whole.at)  # by a clock that was set back the message is from the future
        return self._post(row, given.channel, whole._replace(late=max(0.0, late)))

    def _stand_in(self, row: Row, why: str) -> None:
        """Has another channel tell it as well."""
        if row.told:
            return
        other = self._fallback(row, why)
        if other or fallback(self.channels.get(row.channel), self.channels):  # which may have heard it itself
            self.outbox.tell(row, self.clock(), other)

    def _overtook(self, row: Row) -> list[Row]:
        """What got through while this one failed; what is at its first attempt keeps its turn."""
        return self.outbox.after(row) if row.attempts > 1 else []

    def _held_back(self, row: Row, channel: Channel) -> bool:
        """Whether the channel may say nothing now. What was begun is brought to its end."""
        at = self.clock()
        period = channel.rate[1] if channel.rate else 0.0
        seconds = bundle.wait(channel.rate, self.outbox.times(row.channel, at - period), at) if period else 0.0
        if seconds <= 0 or row.done or row.doubt:
            return False
        self.limited.add(row.channel)
        self.outbox.postpone(row, at, at + seconds)
        until = f"more than its limit: not before {self.voice.time(at + seconds)}"
        self.tried.append(Tried(row.id, row.channel, End.LIMITED, until, at + seconds))
        return True

    def _bundled(self, row: Row, notification: Notification, channel: Channel) -> tuple[Row, Notification]:
        """With what else waits for the channel, when it may not say all of it, or could not for a while."""
        at = self.clock()
        aged = bundle.old(notification, at)
        if row.attempts > 1 or notification.reason is Reason.TEST or not (aged or channel.rate):
            return row, notification
        # What a fallback has told already, and what it has not, stay apart: it hears of a bundle as a whole.
        waiting = [other for other in self.outbox.fresh(row.channel) if other.told == row.told]
        times = self.outbox.times(row.channel, at - channel.rate[1]) if channel.rate else ()
        if not aged and not bundle.scarce(channel.rate, times, 1 + len(waiting), at):
            return row, notification
        others = [pair for pair in readable(waiting) if pair[1].fallback_of == notification.fallback_of]
        if not bundle.scarce(channel.rate, times, 1 + len(others), at):
            others = [pair for pair in others if aged and bundle.old(pair[1], at)]
        if not others:
            return row, notification
        whole = bundle.joined(notification, [each for _, each in others])
        if not self.outbox.join(row, packed(whole), [other for other, _ in others], at):
            return row, notification
        return row._replace(payload=packed(whole)), whole

    def _post(self, row: Row, channel: Channel, notification: Notification) -> None:
        try:
            letters = [letter for letter in channel.letters(notification, self.voice) if letter.to not in row.done]
        except Exception as error:  # one message that cannot be laid out must not stop the others
            return self._settle(row, Outcome(End.DEAD, f"it cannot be laid out: {type(error).__name__}: {error}"))
        job = Job(row, channel, notification, letters, row.done)
        if letters and not (row.done and channel.any_will_do):
            return self._next(job)
        return self._settle(row, Outcome(End.SENT), notification.late)

    def _next(self, job: Job) -> None:
        """Sends the next letter, aside, if the message is still ours."""
        if not self.outbox.extend(job.row, self.clock(), job.channel.timeout * 2 + LEASE, job.done):
            self.busy.pop(job.row.channel, None)
            self.tried.append(Tried(job.row.id, job.row.channel, End.LOST))
            return
        self.busy[job.row.channel] = job
        letter = job.letters.pop(0)

        def work() -> None:
            self.told.put((job, letter, sent(job.channel, letter, job.row, self.clock)))

        threading.Thread(target=work, name=f"dropmon-{job.row.channel}", daemon=True).start()

    def _came(self, job: Job, letter: Letter, delivery: Delivery) -> None:
        """One letter came to something: on to the next, or to the end."""
        job.deliveries.append(delivery)
        job.done += (letter.to,) if delivery.ok else ()
        stuck = enough(job.deliveries) and not job.channel.apart
        if job.letters and not stuck and not (job.done and job.channel.any_will_do):
            return self._next(job)
        self.busy.pop(job.row.channel, None)
        at = self.clock()
        self.outbox.extend(job.row, at, LEASE, job.done)
        attempt = Attempt(
            job.deliveries, len(job.done), len(job.letters), job.row.attempts, at - job.notification.at,
            bool(self.outbox.after(job.row)), job.channel.repeatable, job.channel.any_will_do, job.row.doubt,
        )  # fmt: skip
        return self._settle(job.row, outcome(attempt, job.row.id), job.notification.late)

    def _settle(self, row: Row, found: Outcome, late: float = 0.0) -> None:
        at = self.clock()
        next_at = at + found.after if found.end is End.WAITING else None
        if found.end in {End.SENT, End.UNWANTED}:
            own = self.outbox.sent(row, at, found.why)
        elif next_at is not None:
            own = self.outbox.retry(row, at, next_at, found.why, found.doubt, found.pause)
        else:
            own = self.outbox.dead(row, at, found.why, self._fallback(row, found.why))
        self.tried.append(Tried(row.id, row.channel, found.end if own else End.LOST, found.why, next_at, late))

    def _fallback(self, row: Row, why: str) -> list[Row]:
        """The same message for the channel that stands in for this one."""
        given, told = self.channels.get(row.channel), legible(row.payload)
        named = fallback(given, self.channels) is not None
        if told is None or (row.told and not named):
            return []
        heard = [each for _, each in readable(self.outbox.beside(row))]
        failing = () if named else self.outbox.failing()
        own = told._replace(id=row.id, channel=row.channel, at=min(row.created, told.at))
        other = instead(own, why, self.channels, heard, failing)
        return [Row(other.id, other.channel, packed(other), self.clock())] if other else []


def readable(rows: Iterable[Row]) -> list[tuple[Row, Notification]]:
    """Those that can be read: what cannot is settled when it is its turn, and stops no other."""
    return [(row, found) for row in rows if (found := legible(row.payload))]


def sent(channel: Channel, letter: Letter, row: Row, clock: Clock) -> Delivery:
    """Sends a letter. One that may have arrived, where nobody would notice a repeat, is looked for first."""
    try:
        if row.doubt and not channel.repeatable and row.before >= channel.since:
            there = channel.arrived(letter, row.created)
            if there is not False:
                return DELIVERED if there else unknown("it may have arrived: nobody can tell")
        return channel.send(letter, clock())
    except Exception as error:  # whatever it is, somebody waits for it
        return unknown(f"{type(error).__name__}: {error}")


def straight(channel: Channel, notification: Notification, voice: Voice, clock: Clock) -> Delivery:
    """Sends at once, once, without an outbox: for a test, and when no store can be written."""
    whole = channel.takes(notification)
    if whole is None:
        return refused("nothing in it is for this channel")
    row = Row(notification.id, notification.channel, "", clock())
    deliveries = [sent(channel, letter, row, clock) for letter in channel.letters(whole, voice)]
    failed = [each for each in deliveries if not each.ok]
    if not failed or (channel.any_will_do and len(failed) < len(deliveries)):
        return DELIVERED
    worst = failed[0]
    return worst if len(failed) == len(deliveries) else later(f"not all have it: {worst.why}")
