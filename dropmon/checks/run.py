"""Measures targets: many at once, each once, all within one deadline."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice
from math import inf
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from dropmon.checks.exchange import Again, Effort, Exchange
from dropmon.checks.finding import Finding, broken
from dropmon.checks.probe import RecallProbe, ThreadProbe, WireProbe
from dropmon.checks.threads import Threads
from dropmon.model import Outcome, Verdict

if TYPE_CHECKING:
    from dropmon.checks.exchange import Request
    from dropmon.checks.target import Target

T = TypeVar("T")
PAUSE = 0.25  # seconds before the second try; twice as long before each further one
INTERRUPTED = Finding(Verdict.UNKNOWN, "not measured: interrupted", "run it again")
SOON = 0.01  # seconds between two looks at whether there is a further target
GRACE = 1.0  # seconds after the deadline in which the targets that were never begun are told one by one
LATE = Finding(Verdict.UNKNOWN, "no result when the run's deadline came", "raise --deadline, or ask for fewer")


class Limits(NamedTuple):
    """How much at once, and how long at most."""

    at_once: int = 50
    deadline: float = 240.0  # seconds for the whole run
    clock: Callable[[], float] = time.time


class Round:
    """What a run has found so far. Kept while it goes on, so that an interrupted one can be shown."""

    def __init__(self) -> None:
        self.outcomes: list[Outcome] = []  # as they came
        self.orders: list[tuple[int, int]] = []  # where each stands in the rules
        self.unreached: list[int] = []  # the indexes of outcomes to which nothing beyond this machine answered
        self.reached = False  # something beyond this machine answered
        self.interrupted = False

    def keep(self, target: Target, outcome: Outcome) -> None:
        self.outcomes.append(outcome)
        self.orders.append(target.order)

    def in_order(self) -> list[Outcome]:
        """The outcomes in the order of the rules."""
        paired = sorted(zip(self.orders, self.outcomes, strict=True), key=itemgetter(0))
        return [outcome for _, outcome in paired]


class Run:
    """One pass over targets.

    `recall` tells when a name last reported; `patience` what is known of a target that must not be asked yet;
    `seen` hears of every outcome at once.
    """

    def __init__(
        self,
        limits: Limits,
        recall: Callable[[str], float | None] = lambda name: None,
        patience: Callable[[tuple[str, str], float], Finding | None] = lambda key, at: None,
        seen: Callable[[Outcome], None] = lambda outcome: None,
    ) -> None:
        self.limits = limits
        self.recall = recall
        self.patience = patience
        self.seen = seen
        self.round = Round()

    def over(self, targets: Iterable[Target | None], until: float | None = None) -> Round:
        """Measures every target until `until` (monotonic seconds). None among them: there is no further one yet.

        Ctrl-C ends it early: what is known is kept, what was not measured is UNKNOWN.
        """
        until = time.monotonic() + self.limits.deadline if until is None else until
        threads = Threads(self.limits.clock)
        rest = iter(targets)
        left: list[Target] = []
        try:
            left = self._wired(self._requests(rest, threads), until)
            self._listen(threads, until)
        except KeyboardInterrupt:
            self.round.interrupted = True
            self._listen(threads, 0.0)
        self._give_up([*left, *threads.open.values()])
        self._give_up(rest, patience=GRACE)
        return self.round

    def _requests(self, targets: Iterator[Target | None], threads: Threads) -> Iterator[tuple[Target, Request] | None]:
        """What libcurl is to send; the other targets are handed to the threads, or told from memory, on the way."""
        for target in targets:
            at = self.limits.clock()
            if target is None:
                yield None
            elif waiting := self.patience(target.key, at):
                self._keep(target, target.unasked(waiting, at))
            elif isinstance(target.probe, WireProbe):
                yield target, target.probe.request()
            elif isinstance(target.probe, ThreadProbe):
                threads.ask(target)
            elif isinstance(target.probe, RecallProbe):
                last = self.recall(target.probe.name)
                self._keep(target, target.outcome(target.probe.recall(last, at), at))

    def _wired(self, requests: Iterator[tuple[Target, Request] | None], until: float) -> list[Target]:
        """Sends the requests; returns the targets that the deadline left open."""
        held: list[tuple[Target, Request] | None] = [*islice(there(requests, until), 1)]
        if not held:
            return []
        from dropmon.checks.wire import Wire  # only now: a run of heartbeats needs no libcurl

        with Wire(self.limits.at_once, self._done) as wire:
            try:
                wire.run(chain(emptied(held), requests), until)
            except KeyboardInterrupt:
                self._give_up([*wire.open, *(each[0] for each in held if each)], INTERRUPTED)
                raise
            return [*wire.open, *(each[0] for each in held if each)]

    def _listen(self, threads: Threads, until: float) -> None:
        """Keeps what the threads have found."""
        while told := threads.told(until):
            outcome = told.target.outcome(told.finding, told.at, None, told.taken)
            self._judged(told.target, told.finding, outcome)

    def _done(self, target: Target, exchange: Exchange, effort: Effort) -> Again | None:
        """Judges an answer; asks again, within the one deadline, when a network error or a 5xx may pass."""
        assert isinstance(target.probe, WireProbe)
        if effort.tries < target.probe.retries and may_pass(exchange):
            pause = PAUSE * 2**effort.tries
            left = target.probe.timeout - effort.spent - exchange.duration - pause
            if left > 0:
                return Again(target.probe.request()._replace(timeout=left), pause)
        now = self.limits.clock()
        finding = judged(target, exchange, now)
        if effort.tries and finding.verdict is Verdict.HEALTHY:
            finding = finding._replace(error=f"answered only at try {effort.tries + 1}")
        self._judged(target, finding, target.outcome(finding, now - exchange.duration, exchange))
        return None

    def _judged(self, target: Target, finding: Finding, outcome: Outcome) -> None:
        """Keeps what was found, and what it tells about our own line."""
        if finding.unreached and target.probe.beyond():
            self.round.unreached.append(len(self.round.outcomes))
        elif not self.round.reached and finding.verdict is not Verdict.UNKNOWN and target.probe.beyond():
            self.round.reached = True
        self._keep(target, outcome)

    def _keep(self, target: Target, outcome: Outcome) -> None:
        self.round.keep(target, outcome)
        self.seen(outcome)

    def _give_up(self, targets: Iterable[Target | None], why: Finding | None = None, patience: float = inf) -> None:
        """Tells what was not measured; after `patience` seconds, that there was more of it."""
        until = time.monotonic() + patience
        finding = why or (INTERRUPTED if self.round.interrupted else LATE)
        for target in targets:
            if target is None:  # a query is not over: its own time is, at any moment
                if self.round.interrupted or time.monotonic() > until:
                    return
                time.sleep(SOON)
                continue
            outcome = target.unasked(finding, self.limits.clock())
            if time.monotonic() > until:
                self._keep(
                    target, outcome._replace(name="…", error=f"{outcome.name} and all targets after it: {LATE.error}")
                )
                return
            self._keep(target, outcome)


def there(requests: Iterator[tuple[Target, Request] | None], until: float) -> Iterator[tuple[Target, Request]]:
    """The requests as they come; none that does not come by `until` (monotonic seconds)."""
    for request in requests:
        if request:
            yield request
        elif time.monotonic() < until:
            time.sleep(SOON)
        else:
            return


def emptied(held: list[T]) -> Iterator[T]:
    """What a list holds; what is taken is no longer in it."""
    while held:
        yield held.pop(0)


def judged(target: Target, exchange: Exchange, now: float) -> Finding:
    """What the answer means; an answer that breaks its judge does not take the other checks with it."""
    assert isinstance(target.probe, WireProbe)
    try:
        return target.probe.judge(exchange, now, target.proof)
    except Exception as error:
        return broken(error)


def may_pass(exchange: Exchange) -> bool:
    """Whether asking again at once makes sense: network errors and 5xx, never a refusal or a throttle."""
    if exchange.fault:
        return exchange.fault.passing
    return exchange.status_code is not None and exchange.status_code >= 500 and "retry-after" not in exchange.headers
