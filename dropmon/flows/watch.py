"""The loop: every check and every source at its own interval, then judge and tell, until it is told to stop."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from dropmon.errors import DropmonError
from dropmon.flows import cycle, loop
from dropmon.flows.turn import Turn, turn
from dropmon.storage import place_of

if TYPE_CHECKING:
    from dropmon.alerts.notification import Notification
    from dropmon.checks.targets import Wanted
    from dropmon.flows.cycle import Pass
    from dropmon.rules import Rules
    from dropmon.sources.source import Given

TICK = 0.5  # seconds between two looks at the rules file, and at whether to stop
JUDGED = ("", "alerts")  # what is judged and sent even while nothing is measured: retries, reminders
OFTEN = 60.0  # seconds between two of them at most
GRACE = 180.0  # seconds that a turn may take beyond its deadline before it counts as hung: sending, a locked history
LEAST = 30.0  # seconds that a turn may take, however short the intervals: no answer is cut off before its timeout
AGAIN = 3600.0  # seconds for which the same is not told again while nothing can be remembered
SOURCE = "source"


class Hooks(NamedTuple):
    """Who hears of what."""

    turned: Callable[[Turn, Rules], None]
    reloaded: Callable[[DropmonError | None], None]  # and why not
    alive: Callable[[float], None]  # the work goes on, and says so again within so many seconds
    unheeded: Callable[[str, str], None] = lambda *_: None  # what of new rules does not count yet, and what to do


class Watch:
    """The loop. Who hears signals sets `hup`, or calls `interrupted`, which ends measuring in the middle."""

    def __init__(
        self, path: Path, load: Callable[[Path], Rules], place: str | None, hooks: Hooks, clock: Callable[[], float]
    ) -> None:
        self.path, self.load, self.hooks, self.clock = path, load, hooks, clock
        self.stop = self.hup = self.measuring = False
        self.before: Pass | None = None
        self.told: dict[tuple[str, ...], float] = {}
        self.silent: dict[str, str] = {}  # sources that told nothing when they were last asked: names by their keys
        self.stamp = self.fresh = stamp(path)
        self.rules = whole(load(path))
        self.named = place
        self.place = str(place_of(self.rules, place).absolute())  # as long as it runs: the lock lies beside it
        self.start = time.monotonic()
        self.slots = loop.slots(intervals(self.rules), self.start, self.start)

    def run(self) -> None:
        """Until `stop`."""
        while not self.stop:
            self.hooks.alive(GRACE)
            self._reload_if_new()
            now = time.monotonic()
            if keys := loop.due(self.slots, now):
                self._turn(keys)
                after = max(now, time.monotonic())
                self.slots = sooner(loop.done(self.slots, keys, after), set(self.silent.values()), after)
            else:
                time.sleep(min(TICK, loop.pause(self.slots, now)))

    def interrupted(self) -> None:
        """For the handler of a signal: stop, at once if only measuring is under way."""
        self.stop = True
        if self.measuring:
            self.measuring = False
            raise KeyboardInterrupt

    def _turn(self, keys: Sequence[loop.Key]) -> None:
        deadline = max(LEAST, 0.8 * self.rules.defaults.every)
        self.hooks.alive(deadline + GRACE)
        wanted = chosen(keys, self.slots)
        names = {name for kind, name in keys if kind == SOURCE}
        with suppress(KeyboardInterrupt):
            self.measuring = wanted is not None and not self.stop
            done = self._done(wanted, names, deadline)
            self.measuring = False
            self.hooks.turned(done, self.rules)

    def _done(self, wanted: Wanted | None, names: set[str], deadline: float) -> Turn:
        """One turn, whatever happens: the next one may go better."""
        try:
            done = turn(
                self.rules, self.place, wanted, lambda: given(self.rules, names), deadline, self.clock, self._seen,
                self.before, self._fresh,
            )  # fmt: skip
            self._heard(done)
            self._missed(done)
            return done
        except Exception as error:
            what = f"a round failed: {type(error).__name__}: {error}"
            return Turn(self.clock(), problems=[DropmonError(what, "probably a bug: report it")])

    def _seen(self, done: Pass) -> None:
        self.measuring = False
        known = {**self.before.states, **done.states} if self.before else done.states
        self.before = done._replace(states=known, outcomes=())

    def _fresh(self, messages: Sequence[Notification]) -> Sequence[Notification]:
        """Those of which nobody has heard for a while: nothing else remembers that they were told."""
        at = time.monotonic()
        return [each for each in messages if at - self.told.get(key(each), float("-inf")) > AGAIN]

    def _heard(self, done: Turn) -> None:
        """Notes what has arrived without an outbox, itself or through another channel."""
        from dropmon.alerts.outcome import End

        if done.remembered or not (done.judged and done.sent):
            return
        arrived = {each.id.partition(".")[0] for each in done.sent.tried if each.end is End.SENT}
        told = [each for each in done.judged.step.notifications if each.id in arrived]
        self.told.update(dict.fromkeys(map(key, told), time.monotonic()))

    def _missed(self, done: Turn) -> None:
        """Notes which sources told nothing: another try may help, but no variable appears in a running process."""
        for each in done.collected.answers if done.collected else ():
            self.silent.pop(each.given.key, None)
            if each.silent and each.given.source:
                self.silent[each.given.key] = each.given.name

    def _reload_if_new(self) -> None:
        """Takes the rules anew on SIGHUP, or when the file has changed and is not being written any more."""
        last, self.fresh = self.fresh, stamp(self.path)
        if not self.hup and (self.fresh == self.stamp or self.fresh != last):
            return
        self.hup, self.stamp = False, self.fresh
        try:
            self.rules = whole(self.load(self.path))
            place = str(place_of(self.rules, self.named).absolute())
        except DropmonError as error:
            self.hooks.reloaded(error)
            return
        if place != self.place:
            self.hooks.unheeded(f"`storage:` has changed, and the history stays {self.place}", "restart the watch")
        self.slots = loop.slots(intervals(self.rules), self.start, time.monotonic(), self.slots)
        self.hooks.reloaded(None)


def sooner(slots: loop.Slots, silent: Collection[str], at: float) -> loop.Slots:
    """The slots, those of silent sources within a minute: `due` knows whether it is their time then.

    >>> sooner({("source", "a"): loop.Slot(3600.0, 0.0, 3600.0), ("web", "a"): loop.Slot(90.0, 0.0, 90.0)}, {"a"}, 5.0)
    {('source', 'a'): Slot(every=3600.0, start=0.0, due=65.0), ('web', 'a'): Slot(every=90.0, start=0.0, due=90.0)}
    """
    return {
        key: slot._replace(due=min(slot.due, at + cycle.AGAIN)) if key[0] == SOURCE and key[1] in silent else slot
        for key, slot in slots.items()
    }


def key(message: Notification) -> tuple[str, ...]:
    """What makes it the same message as another one."""
    alerts = sorted(f"{alert.key} {alert.severity.word}" for alert in message.alerts)
    return (message.channel, message.reason.value, *alerts)


def stamp(path: Path) -> tuple[int, ...]:
    """What changes when a file does; nothing when there is none."""
    with suppress(OSError):
        found = path.stat()
        return found.st_mtime_ns, found.st_size, found.st_ino
    return ()


def whole(rules: Rules) -> Rules:
    """The rules, with every section that is used read. Raises RulesError: better now than when it is needed."""
    from dropmon.flows.planning import plan
    from dropmon.rules.sections import channels, sources

    rules.entries()
    plan(rules)
    channels.given(rules)
    sources.given(rules)
    _ = rules.storage, rules.history, rules.metrics, rules.incidents
    return rules


def intervals(rules: Rules) -> Mapping[loop.Key, float]:
    """Seconds between two measurements of each check and source; `every` of a heartbeat is that of the job."""
    from dropmon.rules.intervals import interval

    of, usual = interval(rules), rules.defaults.every
    found = {JUDGED: min(usual, OFTEN)}
    for entry in rules.entries():
        labels = {"kind": entry.section, "check": entry.name}
        labels = {"database": entry.name} if entry.section == "database" else labels
        found[entry.section, entry.name] = usual if entry.section == "heartbeats" else of(labels)
    for each in given(rules):
        found[SOURCE, each.name] = min(found.get((SOURCE, each.name), 1e9), each.source.every if each.source else usual)
    return found


def given(rules: Rules, names: set[str] | None = None) -> list[Given]:
    """The sources of these names; all without names."""
    from dropmon.rules.sections import sources

    return [each for each in sources.given(rules) if names is None or each.name in names]


def chosen(keys: Sequence[loop.Key], slots: loop.Slots) -> Wanted | None:
    """The checks that are due; None when there are none. Names that two sections share are measured together."""
    from dropmon.checks.targets import Wanted

    ours = [key for key in keys if key[0] not in {SOURCE, JUDGED[0]}]
    if not ours:
        return None
    sections = tuple(dict.fromkeys(section for section, _ in ours))
    every = [key for key in slots if key[0] in sections]
    return Wanted(sections, () if len(every) == len(ours) else tuple(name for _, name in ours))
