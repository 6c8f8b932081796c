"""What a level asks of people, as it was when the incident was opened: a later change of the rules changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Any, NamedTuple


class Level(StrEnum):
    """How bad it is, the worst first."""

    CRITICAL = "critical"
    MAJOR = "major"
    MINOR = "minor"

    @property
    def rank(self) -> int:
        """0 is the worst."""
        return [*Level].index(self)


class Asked(StrEnum):
    """What may be asked by a time."""

    ACKNOWLEDGE = "acknowledge"  # somebody has taken it
    INVESTIGATE = "investigate"  # somebody has written down what was found
    COMMUNICATE = "communicate"  # users have been told
    UPDATE = "update"  # users have been told again
    ESCALATE = "escalate"  # it is resolved, or else the next in line is called
    CLOSE = "close"  # it is resolved
    POSTMORTEM = "postmortem"  # the post-mortem is written


class Obligation(NamedTuple):
    """Something that is asked. Times in seconds since 1970. It waits until it is fired, met or dropped."""

    kind: Asked
    due: float
    step: int = 0  # of the escalation, from 1
    round: int = 0  # counts up when the incident becomes worse or comes back: its messages have ids of their own
    target: str = ""  # of the escalation: backup, everyone, a person
    fired: float | None = None  # when somebody was told that it is overdue
    met: float | None = None  # when it was done
    dropped: float | None = None  # when it ceased to matter

    @property
    def pending(self) -> bool:
        return self.fired is None and self.met is None and self.dropped is None

    @property
    def name(self) -> str:
        """As it stands in ids and in the timeline.

        >>> Obligation(Asked.ESCALATE, 0.0, 2, 1).name, Obligation(Asked.CLOSE, 0.0).name
        ('escalate-2.1', 'close')
        """
        return self.kind.value + (f"-{self.step}" if self.step else "") + (f".{self.round}" if self.round else "")


class Policy(NamedTuple):
    """What one level asks. Durations in seconds; None asks nothing."""

    level: Level
    acknowledge: float | None = None
    investigate: float | None = None
    communicate: float | None = None
    update: float | None = None  # between two updates for users
    escalate: float | None = None
    due: float | None = None
    chain: tuple[str, ...] = ("backup", "everyone")
    notify: tuple[str, ...] = ()
    postmortem: str = "no"  # required, if-recurrent, no
    ticket: str = ""  # the channel that opens one
    auto_resolve: bool = True


def policy(found: Mapping[str, Any]) -> Policy:
    """A policy that was written down with an incident; keys of a newer version are passed over."""
    known: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in found.items()}
    known["level"] = Level(known["level"])
    return Policy(**{key: value for key, value in known.items() if key in Policy._fields})


def obligations(policy: Policy, at: float, round: int = 0) -> Iterator[Obligation]:
    """What a policy asks of an incident that begins at a time, seconds since 1970.

    >>> [(each.name, each.due) for each in obligations(Policy(Level.CRITICAL, acknowledge=300.0, escalate=900.0), 0.0)]
    [('acknowledge', 300.0), ('escalate-1', 900.0), ('escalate-2', 1800.0)]
    """
    asked = {
        Asked.ACKNOWLEDGE: policy.acknowledge, Asked.INVESTIGATE: policy.investigate,
        Asked.COMMUNICATE: policy.communicate, Asked.CLOSE: policy.due,
    }  # fmt: skip
    yield from (Obligation(kind, at + wait, round=round) for kind, wait in asked.items() if wait is not None)
    for step, target in enumerate(policy.chain if policy.escalate is not None else (), 1):
        yield Obligation(Asked.ESCALATE, at + step * (policy.escalate or 0.0), step, round, target)


def again(policy: Policy, asked: Iterable[Obligation], at: float) -> Iterator[Obligation]:
    """That users who were told already hear more, where the policy wants that.

    >>> level, told = Policy(Level.CRITICAL, update=60.0), [Obligation(Asked.UPDATE, 5.0)]
    >>> [(each.name, each.due) for each in again(level, told, 7.0)]
    [('update.1', 67.0)]
    """
    if policy.update is not None:
        yield Obligation(Asked.UPDATE, at + policy.update, round=following(asked, Asked.UPDATE))


def following(asked: Iterable[Obligation], kind: Asked) -> int:
    """The round of what is asked next of a kind that has rounds of its own."""
    return max((each.round + 1 for each in asked if each.kind is kind), default=0)


def raised(before: Iterable[Obligation], new: Iterable[Obligation]) -> tuple[Obligation, ...]:
    """Both together when it became worse: of the same thing asked twice the earlier stays, with the new target.

    >>> old, new = Obligation(Asked.CLOSE, 50.0), Obligation(Asked.CLOSE, 80.0, round=1)
    >>> [each.due for each in raised([old], [new])], [each.due for each in raised([old._replace(fired=60.0)], [new])]
    ([50.0], [50.0, 80.0])
    >>> old, new = Obligation(Asked.ESCALATE, 50.0, 1, target="backup"), Obligation(Asked.ESCALATE, 80.0, 1, 1, "bob")
    >>> [(each.name, each.due, each.target) for each in raised([old], [new])]
    [('escalate-1', 50.0, 'bob')]
    """
    found = [*before]
    for one in new:
        same = next((each for each in found if each.pending and (each.kind, each.step) == (one.kind, one.step)), None)
        if same is None:
            found.append(one)
        else:
            found[found.index(same)] = one if one.due < same.due else same._replace(target=one.target)
    return tuple(found)


def overdue(found: Iterable[Obligation], at: float) -> list[Obligation]:
    """What is to be fired now, in due order: each once, and of the escalation one step at most.

    >>> steps = [Obligation(Asked.ESCALATE, 60.0, 2), Obligation(Asked.ESCALATE, 30.0, 1)]
    >>> steps.append(Obligation(Asked.CLOSE, 40.0))
    >>> [each.name for each in overdue(steps, 100.0)], [each.name for each in overdue(steps, 35.0)]
    (['escalate-1', 'close'], ['escalate-1'])
    """
    late = sorted((each for each in found if each.pending and each.due <= at), key=lambda each: (each.due, each.name))
    steps = [each for each in late if each.kind is Asked.ESCALATE]
    return [each for each in late if each not in steps[1:]]


def next_due(found: Iterable[Obligation]) -> Obligation | None:
    """What is asked next."""
    return min((each for each in found if each.pending), key=lambda each: each.due, default=None)
