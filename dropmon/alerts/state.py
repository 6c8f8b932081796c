"""What is remembered of one series of one rule between two evaluations. Times in seconds since 1970."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from dropmon.alerts.notification import Phase, Severity
from dropmon.alerts.rule import Labels

CLOSED = {  # why what fired is over, when it is not because it is well
    "given_up": "nothing has been known of it for 7 days", "off": "it is switched off", "gone": "no rule speaks of it",
}  # fmt: skip
Key = tuple[str, Labels]  # the rule's id, the series


class Earlier(NamedTuple):
    """A notification before the last, by which a channel may know of what is not over."""

    id: str
    severity: Severity  # as it was told
    unknown: bool = False  # it said that nothing is known


class Told(NamedTuple):
    """What one channel knows."""

    channel: str
    at: float = float("-inf")  # when it was last told that it fires: the throttle counts from here
    reminded: float = float("-inf")  # when it was last told anything of it that fires: the reminder counts from here
    severity: Severity = Severity.LOW  # as it was told last
    id: str = ""  # of the notification that said so
    open: bool = False  # it has been told that it fires, and not that it is over
    unknown: bool = False  # it has been told that nothing is known
    unknown_id: str = ""  # of the notification that said so
    unclear: Severity = Severity.LOW  # as it was told then
    earlier: tuple[Earlier, ...] = ()  # than these two


def ids(states: Iterable[State]) -> set[str]:
    """The notifications by which channels know what they know."""
    known = (told for state in states for told in state.told)
    return {id_ for told in known for id_ in (told.id, told.unknown_id, *(one.id for one in told.earlier)) if id_}


class Ack(NamedTuple):
    """Somebody has it: no reminders until then."""

    author: str
    at: float
    until: float | None = None  # None: until it is over
    comment: str = ""


class State(NamedTuple):
    """One series of one rule. That nothing is known of it stands beside its phase, which waits meanwhile."""

    rule: str
    labels: Labels
    phase: Phase = Phase.RESOLVED
    at: float = 0.0  # when it was judged last
    since: float = 0.0  # when this phase began
    held: float = 0.0  # watched seconds in which it went on towards the next phase
    streak: int = 0  # evaluations in a row that went there
    counted: float = 0.0  # when the last of these was
    sample: float | None = None  # when the newest number was measured that it saw
    side: int | None = None  # which side of an `or` gave it last
    pause: float | None = None  # seconds between the last two evaluations
    severity: Severity = Severity.LOW
    value: float | None = None
    fired: float = 0.0  # when it began to fire
    ended: float | None = None
    unknown: float | None = None  # since when nothing is known
    unseen: float = 0.0  # watched seconds of that
    why: str = ""  # what kept it from being known
    begun: tuple[float, ...] = ()  # when it began to fire, each time within the last while
    told: tuple[Told, ...] = ()
    ack: Ack | None = None
    sent: int = 0  # notices of it so far

    @property
    def key(self) -> Key:
        return self.rule, self.labels

    @property
    def active(self) -> bool:
        """Whether it fires, be it that it seems to recover."""
        return self.phase in {Phase.FIRING, Phase.RECOVERING}

    @property
    def shown(self) -> Phase:
        """The phase as people are told it."""
        return Phase.UNKNOWN if self.unknown is not None else self.phase

    def of(self, channel: str) -> Told:
        """What that channel knows."""
        return next((told for told in self.told if told.channel == channel), Told(channel))

    def telling(self, told: Told) -> State:
        """The state after a channel knows that."""
        others = tuple(each for each in self.told if each.channel != told.channel)
        return self._replace(told=tuple(sorted((*others, told), key=lambda each: each.channel)))


def told_instead(states: Mapping[Key, State], others: Iterable[tuple[str, str, str]]) -> dict[Key, State]:
    """The states, where a channel that was told in the place of another (message, channel, message) knows what it said.

    >>> first = Told("slack", 5.0, id="1", open=True)
    >>> state = State("r", (), told=(first,))
    >>> told_instead({state.key: state}, [("1", "pager", "1.pager")])[state.key].of("pager").open
    True
    """
    found: dict[str, list[tuple[str, str]]] = {}
    for message, channel, id_ in others:
        found.setdefault(message, []).append((channel, id_))
    return {key: _with(state, found) for key, state in states.items()} if found else dict(states)


def _with(state: State, others: Mapping[str, list[tuple[str, str]]]) -> State:
    for told in state.told:
        for channel, id_ in others.get(told.id, ()) if told.open else ():
            if not state.of(channel).open:
                known = state.of(channel).unknown, state.of(channel).unknown_id
                state = state.telling(Told(channel, told.at, told.reminded, told.severity, id_, True, *known))
        for channel, id_ in others.get(told.unknown_id, ()) if told.unknown else ():
            state = state.telling(state.of(channel)._replace(unknown=True, unknown_id=id_))
    return state


def not_after(state: State, at: float) -> State:
    """The state with no time after `at`: the clock was set back, and what lies ahead of it would block for long.

    >>> not_after(State("r", (), at=900.0, since=50.0, begun=(40.0, 900.0)), 100.0).begun
    (40.0, 100.0)
    """

    def earlier(time: float | None) -> Any:
        return None if time is None else min(time, at)

    told = tuple(t._replace(at=earlier(t.at), reminded=earlier(t.reminded)) for t in state.told)
    return state._replace(
        at=earlier(state.at), since=earlier(state.since), counted=earlier(state.counted), fired=earlier(state.fired),
        sample=earlier(state.sample), ended=earlier(state.ended),
        unknown=earlier(state.unknown), begun=tuple(map(earlier, state.begun)), told=told,
    )  # fmt: skip


def packed(state: State) -> str:
    """The state as JSON."""
    told = [each._asdict() for each in state.told]
    return json.dumps({**state._asdict(), "told": told, "ack": state.ack and state.ack._asdict()})


def unpacked(text: str) -> State:
    """The state of such a text. Keys that a newer version wrote are passed over.

    >>> told = Told("slack", 5.0, earlier=(Earlier("1", Severity.HIGH),))
    >>> state = State("r", (("a", "b"),), Phase.FIRING, told=(told,), ack=Ack("me", 1.0))
    >>> unpacked(packed(state)) == state
    True
    """
    found = json.loads(text)
    found["labels"] = tuple((name, value) for name, value in found["labels"])
    found["told"] = tuple(_known(Told, _told(each)) for each in found["told"])
    found["ack"] = _known(Ack, found["ack"]) if found["ack"] else None
    found |= {"phase": Phase(found["phase"]), "severity": Severity(found["severity"]), "begun": tuple(found["begun"])}
    state: State = _known(State, found)
    return state


def _told(found: Mapping[str, Any]) -> dict[str, Any]:
    levels = {name: Severity(found[name]) for name in ("severity", "unclear") if name in found}
    earlier = tuple(Earlier(id_, Severity(level), unknown) for id_, level, unknown in found.get("earlier", ()))
    return {**found, **levels, "earlier": earlier}


def _known(kind: Any, found: dict[str, Any]) -> Any:
    return kind(**{key: value for key, value in found.items() if key in kind._fields})
