"""Whom the channels that are people reach now: the rules, the store and the schedule, introduced."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from dropmon.errors import RulesError, StorageError

if TYPE_CHECKING:
    from dropmon.oncall.roster import Person
    from dropmon.rules import Rules
    from dropmon.storage.alerts import AlertStore

ONCALL = "oncall"


def once(rules: Rules, store: AlertStore, channels: Iterable[str], at: float) -> tuple[str, ...]:
    """The channels without those that would tell the same people once more, at a time in seconds since 1970."""
    names = tuple(dict.fromkeys(channels))
    if "oncall" not in rules.given or sum(each.partition(".")[0] == ONCALL for each in names) < 2:
        return names
    try:
        return fewest(names, reached(rules, store, at))
    except (RulesError, StorageError):  # better twice than not at all
        return names


def fewest(names: tuple[str, ...], reached: Mapping[str, frozenset[str]]) -> tuple[str, ...]:
    """
    >>> reached = {"oncall": frozenset("a"), "oncall.backup": frozenset("b"), "oncall.everyone": frozenset("abc")}
    >>> fewest(("oncall", "slack", "oncall.everyone", "oncall.backup"), reached)
    ('slack', 'oncall.everyone')
    >>> fewest(("oncall", "oncall.backup"), reached)
    ('oncall', 'oncall.backup')
    """
    heard: set[str] = set()
    kept = {name for name in names if not reached.get(name)}  # whoever cannot be reached is stood in for
    for name in sorted((name for name in names if name not in kept), key=lambda name: -len(reached[name])):
        if not reached[name] <= heard:
            kept.add(name)
            heard |= reached[name]
    return tuple(name for name in names if name in kept)


def reached(rules: Rules, store: AlertStore, at: float) -> dict[str, frozenset[str]]:
    """The phones, mails and Slack members behind each channel of people. Raises RulesError, StorageError."""
    from dropmon.flows import paging
    from dropmon.oncall import schedule
    from dropmon.rules.sections.oncall import overrides, roster
    from dropmon.storage.oncall import OncallStore

    people = roster(rules)
    made = [paging.of(one) for one in OncallStore(store._database, store.place).overrides()]
    known = [one for one in made if one.person in people.people and one.start < one.end]
    duty = schedule.duty(people, (*overrides(rules), *known), at)
    own = {name: addresses(person) for name, person in people.people.items()}
    return {
        ONCALL: addresses(duty.primary), f"{ONCALL}.backup": addresses(duty.backup),
        f"{ONCALL}.everyone": frozenset().union(*own.values()), **{f"{ONCALL}.{name}": own[name] for name in own},
    }  # fmt: skip


def addresses(person: Person | None) -> frozenset[str]:
    """How somebody is reached."""
    return frozenset(filter(None, (person.phone, person.email, person.slack))) if person else frozenset()
