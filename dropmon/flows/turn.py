"""One turn: measure, record, judge, tell. Whatever fails is told, and stops nothing that comes after it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from dropmon.checks.run import Limits
from dropmon.errors import DropmonError, RulesError, StorageError
from dropmon.flows import cycle, unkept

if TYPE_CHECKING:
    from dropmon.alerts.channel import Given as Channel
    from dropmon.alerts.notification import Notification
    from dropmon.alerts.outcome import Round as Sent
    from dropmon.alerts.rule import Plan
    from dropmon.checks.targets import Wanted
    from dropmon.flows.cycle import Pass
    from dropmon.flows.judge import Judged
    from dropmon.flows.tick import Ticked
    from dropmon.rules import Rules
    from dropmon.sources.run import Round
    from dropmon.sources.source import Given
    from dropmon.storage import Store

CHECKS, SOURCES = 0.7, 0.85  # the shares of a deadline at which checks and sources are over: the rest is for telling
T = TypeVar("T")


@dataclass(slots=True)
class Turn:
    """What one turn brought. Times in seconds since 1970."""

    began: float
    passed: Pass | None = None
    collected: Round | None = None
    resting: int = 0  # sources that are not due yet
    planned: Plan | None = None
    judged: Judged | None = None
    ticked: Ticked | None = None
    sent: Sent | None = None
    remembered: bool = True  # nothing of it was lost
    problems: list[DropmonError] = field(default_factory=list)

    def trying(self, work: Callable[[], T]) -> T | None:
        """What `work` returns; None when it fails, which is then a problem of this turn."""
        try:
            return work()
        except DropmonError as error:
            self.problems.append(error)
        except Exception as error:
            self.problems.append(
                DropmonError(f"an unexpected error: {type(error).__name__}: {error}", "probably a bug: report it")
            )
        return None


def turn(
    rules: Rules,
    place: str | None,
    wanted: Wanted | None,
    given: Callable[[], Sequence[Given]],
    deadline: float,
    clock: Callable[[], float],
    seen: Callable[[Pass], None] = lambda _: None,
    before: Pass | None = None,
    telling: Callable[[Sequence[Notification]], Sequence[Notification]] = lambda all_: all_,
) -> Turn:
    """Checks what is wanted, asks the sources, judges every alert and sends what is due, in `deadline` seconds.

    `seen` hears of the checks as soon as they are over. When nothing can be remembered, every alert is judged by this
    turn alone, and those that `telling` lets through are sent at once.
    """
    done, end = Turn(clock()), time.monotonic() + deadline
    with opened(rules, place, done) as store:
        if wanted is not None:
            done.passed = done.trying(
                lambda: cycle.check(rules, wanted, Limits(50, CHECKS * deadline, clock), store, True, before=before)
            )
        if done.passed:
            done.problems += done.passed.warnings
            seen(done.passed)
            if done.passed.interrupted:
                return done
        limits = Limits(deadline=max(1.0, end - time.monotonic() - (1 - SOURCES) * deadline), clock=clock)
        if sources := done.trying(given):
            _collect(rules, sources, store, done, limits)
        if store and "oncall" in rules.given:
            done.trying(lambda: _remember(rules, store, clock()))
        _judge(rules, place, store, done, clock)
        if store and done.remembered:
            _tick(rules, store, done, clock())
        quiet = _quiet(store, done, clock)
    if not quiet:
        _tell(rules, place, done, clock, max(1.0, 0.6 * (end - time.monotonic())), telling)
    return done


def _collect(rules: Rules, sources: Sequence[Given], store: Store | None, done: Turn, limits: Limits) -> None:
    """Asks the sources that are due, if there is one."""
    due = done.trying(lambda: cycle.due(sources, store, limits.clock()))
    done.resting = len(sources) - len(due or ())
    if due:
        done.collected = done.trying(lambda: cycle.collect(rules, due, limits, store))
        done.problems += done.collected.warnings if done.collected else ()


@contextmanager
def opened(rules: Rules, place: str | None, done: Turn) -> Iterator[Store | None]:
    """The store; None, which is a problem of the turn, when it cannot be opened."""
    from dropmon.storage import open_for

    try:
        store = open_for(rules, place)
    except StorageError as error:
        done.problems.append(error)
        yield None
        return
    with store:
        yield store


def _judge(
    rules: Rules, place: str | None, store: Store | None, done: Turn, clock: Callable[[], float]
) -> None:  # fmt: skip
    """Judges every alert by the history; without one that can be written, by this turn alone."""
    from dropmon.flows.aside import aside_of
    from dropmon.flows.judge import history, resumed
    from dropmon.flows.planning import plan

    done.planned = planned = done.trying(lambda: plan(rules))
    if planned is None:
        return
    aside = aside_of(rules, place)
    done.problems += done.trying(lambda: list(mute(rules, planned, place, clock()))) or []
    if store:
        at, lost = clock(), any(isinstance(each, StorageError) for each in done.problems)
        past = partial(unkept.overlaid, rules, store, done, at) if lost else partial(history, rules, store)
        done.judged = done.trying(lambda: resumed(rules, planned, store, past(), at, aside))
    done.remembered = bool(done.judged and not done.judged.problem)
    if done.remembered:
        return
    if done.judged and done.judged.problem:
        done.problems.append(done.judged.problem)
    done.judged = done.trying(lambda: unkept.judged(rules, planned, store, done, clock(), aside.read())) or done.judged


def _tick(rules: Rules, store: Store, done: Turn, at: float) -> None:
    """Lets alerts open and resolve incidents, and what is overdue be told."""
    from dropmon.storage.incidents import incidents_of

    def ticked(planned: Plan) -> Ticked | None:
        if incidents_of(store).quiet("incidents" in rules.given, at):  # as nearly always: nothing is imported for it
            return None
        from dropmon.flows.tick import tick

        return tick(rules, planned, store, at)

    if planned := done.planned:
        done.ticked = done.trying(lambda: ticked(planned))


def mute(rules: Rules, planned: Plan, place: str | None, at: float) -> Iterator[DropmonError]:
    """The channels that are told something and that cannot be used: said while nothing burns. Raises RulesError."""
    used = {name for rule in planned.rules if rule.enabled for name in rule.channels}
    try:
        used.update(paged(rules))
    except RulesError as error:
        yield error
    with suppress(RulesError):  # which the report says itself
        used.update(mailed(rules))
    for name, one in _channels(rules, place, at).items():
        if name in used and one.problem:
            yield DropmonError(f"the channel {name} cannot be used: {one.problem}", f"dropmon alert test {name}")


def paged(rules: Rules) -> Iterator[str]:
    """The channels that incidents are told through, tickets among them."""
    if "incidents" not in rules.given:
        return
    from dropmon.flows.desk import policies

    for one in policies(rules).values():
        yield from (*one.notify, one.ticket)
        if "oncall" in rules.given:
            yield from (f"oncall.{name}" for name in (one.chain if one.escalate is not None else ()))
            yield from ("oncall.backup",) if one.acknowledge is not None and "oncall" in one.notify else ()


def mailed(rules: Rules) -> Iterator[str]:
    """The channels that reports are sent through."""
    if "report" in rules.given and rules.report.weekly:
        yield rules.report.weekly.channel


def _channels(rules: Rules, place: str | None, at: float) -> Mapping[str, Channel]:
    """Every channel, with those that are people where the rules name some."""
    if "oncall" in rules.given:
        from dropmon.flows.paging import every

        return every(rules, place, at)
    from dropmon.rules.sections.channels import given

    return given(rules)


def _remember(rules: Rules, store: Store, at: float) -> None:
    """Writes down who holds the pager."""
    from dropmon.flows.paging import remember

    remember(rules, store, at)


def _quiet(store: Store | None, done: Turn, clock: Callable[[], float]) -> bool:
    """Whether nothing is to be told, as nearly always: the store is not opened a second time to learn that."""
    from dropmon.alerts.outcome import Round
    from dropmon.storage.alerts import alerts_of

    with suppress(StorageError):
        if store and done.remembered and not alerts_of(store).waiting(clock()):
            done.sent = Round(())
    return done.sent is not None


def _tell(
    rules: Rules, place: str | None, done: Turn, clock: Callable[[], float], budget: float,
    letting: Callable[[Sequence[Notification]], Sequence[Notification]],
) -> None:  # fmt: skip
    """Sends what is due, and at once what could not be put into the outbox."""
    from dropmon.flows import telling
    from dropmon.flows.aside import aside_of

    if not done.remembered and done.judged:
        messages = letting(done.judged.step.notifications)
        done.sent = done.trying(lambda: telling.say_at_once(rules, messages, clock, place))
        unkept.keep(aside_of(rules, place), done.judged, done.sent)
    if sent := done.trying(lambda: telling.tell(rules, place, clock, budget)):
        done.sent = sent._replace(tried=(*(done.sent.tried if done.sent else ()), *sent.tried))
        done.problems += sent.warnings
