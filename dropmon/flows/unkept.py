"""A turn that the store cannot remember: judged by itself, told at once, and what was told is kept aside."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from dropmon.errors import StorageError

if TYPE_CHECKING:
    from dropmon.alerts.notification import Notification
    from dropmon.alerts.outcome import Round
    from dropmon.alerts.rule import Plan
    from dropmon.alerts.state import Key, State
    from dropmon.flows.aside import Aside
    from dropmon.flows.judge import Judged
    from dropmon.flows.turn import Turn
    from dropmon.history.overlay import Overlay
    from dropmon.model import Sample
    from dropmon.rules import Rules
    from dropmon.storage import Store

NEVER = 1 << 62  # milliseconds


def keep(aside: Aside, judged: Judged, came: Round | None) -> None:
    """Keeps aside what was decided, so that the next turn neither tells it again nor forgets to say that it is over.

    Of what was not sent, or did not arrive, nothing is kept: the next turn tells it again.
    """
    from dropmon.alerts.outcome import End

    ended = [each.id for each in came.tried if each.end is not End.DEAD] if came else []
    arrived = {id_.partition(".")[0] for id_ in ended}  # what stands in for a message goes on from its id
    failed = [one for one in judged.step.notifications if one.id not in arrived]
    aside.keep(settled(judged.before, judged.step.states, failed, judged.at))


def settled(
    before: Mapping[Key, State], after: Mapping[Key, State], failed: Iterable[Notification], at: float
) -> Iterable[State]:
    """The states after a turn, those that are forgotten as well; whom a message did not reach knows what it knew.

    >>> from dropmon.alerts.state import State, Told
    >>> told = State("r", (), told=(Told("slack", open=True),))
    >>> (ended,) = settled({told.key: told}, {}, (), 7.0)
    >>> ended.phase.value, ended.at, ended.told
    ('resolved', 7.0, ())
    """
    found = {key: over(state, at) for key, state in before.items()} | dict(after)  # or else the store's would count
    for one in failed:
        series = {(alert.rule, frozenset((alert.own or {}).items())) for alert in one.alerts}
        for key in found:
            if (key[0], frozenset(key[1])) in series:
                found[key] = unheard(found[key], before.get(key), one.channel)
    return found.values()


def over(state: State, at: float) -> State:
    """A state that nothing matters of any more."""
    from dropmon.alerts.notification import Phase

    ended = state._replace(phase=Phase.RESOLVED, at=at, since=at, ended=at, unknown=None, unseen=0.0, told=(), ack=None)
    return ended._replace(held=0.0, streak=0)


def unheard(state: State, before: State | None, channel: str) -> State:
    """The state, of which a channel knows no more than it did."""
    others = [told for told in state.told if told.channel != channel]
    same = [told for told in (before.told if before else ()) if told.channel == channel]
    return state._replace(told=tuple(sorted((*others, *same), key=lambda told: told.channel)))


def judged(
    rules: Rules, planned: Plan, store: Store | None, done: Turn, at: float, aside: Mapping[Key, State]
) -> Judged:  # fmt: skip
    """What this turn says by itself: at once, for nobody remembers how often or how long it has been so."""
    from dropmon.flows.judge import history, judge

    soon = planned._replace(rules=tuple(one._replace(wait=0.0, fail_after=1, paces={}) for one in planned.rules))
    if store:
        try:
            return judge(rules, soon, store, overlaid(rules, store, done, at), at, keep=False, aside=aside)
        except StorageError as error:
            done.problems.append(error)
    with spare() as store:
        store.record(measured(done))
        return judge(rules, soon, store, history(rules, store), at, keep=False, aside=aside)


def overlaid(rules: Rules, store: Store, done: Turn, at: float) -> Overlay:
    """The history with what this turn measured, whether or not it could be written."""
    from dropmon.flows.judge import history
    from dropmon.history.overlay import Overlay

    seen = measured(done)
    found = Overlay(history(rules, store), {each.name for each in seen}, NEVER)  # what is not measured now stands
    found.add(each._replace(time=at) for each in seen)
    return found


def measured(done: Turn) -> list[Sample]:
    """Every number of this turn."""
    from dropmon.checks.samples import samples

    own = [sample for outcome in (done.passed.outcomes if done.passed else ()) for sample in samples(outcome)]
    return [*own, *(done.collected.samples() if done.collected else ())]


@contextmanager
def spare() -> Iterator[Store]:
    """An empty store that nobody keeps, in memory where the machine has a place for that."""
    from tempfile import TemporaryDirectory

    from dropmon.storage import open_store

    memory = Path("/dev/shm")  # noqa: S108
    with (
        TemporaryDirectory(prefix="dropmon-", dir=memory if memory.is_dir() else None) as folder,
        open_store(f"{folder}/spare.db") as store,
    ):
        yield store
