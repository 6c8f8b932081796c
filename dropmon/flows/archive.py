"""Incidents and their timelines as they are kept, or as they were at another time: only read."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, NamedTuple

from dropmon import model
from dropmon.errors import UsageError
from dropmon.incidents.incident import Event, Incident, Kind, unpacked
from dropmon.incidents.lifecycle import folded
from dropmon.incidents.measure import MONTH
from dropmon.storage.events import events_of
from dropmon.storage.incidents import IncidentStore, incidents_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from dropmon.rules import Rules

BEFORE = 3600.0  # seconds before an incident in which a deployment may have caused it


class Story(NamedTuple):
    """An incident with all that is known of it."""

    incident: Incident
    events: tuple[tuple[Event, float], ...]  # and when each was written down
    deployed: tuple[model.Event, ...] = ()
    others: tuple[Incident, ...] = ()  # of the 30 days before


def stories(rules: Rules, place: str | None, at: float = inf, since: float | None = None) -> list[Incident]:
    """The incidents as they stood at a time: those that were open, or were opened or closed after `since`."""
    from dropmon.storage import open_for

    with open_for(rules, place) as store:
        incidents = incidents_of(store)
        if at == inf:  # as they are kept: no timeline is read
            kept = [*incidents.bodies(), *(incidents.since(since) if since is not None else ())]
            return [*{each.number: each for each in map(unpacked, kept)}.values()]
        found = [then(incidents, number, at) for number in incidents.numbers()]
    known = [each.incident for each in found if each]
    return [each for each in known if each.open or (since is not None and max(each.opened, each.changed) > since)]


def story(rules: Rules, place: str | None, number: int, at: float = inf) -> Story:
    """One incident as it stood at a time, with what was deployed shortly before. Raises UsageError."""
    from dropmon.storage import open_for

    with open_for(rules, place) as store:
        incidents = incidents_of(store)
        found = then(incidents, number, at)
        if found is None:
            known = incidents.bodies(number)
            when = "was not yet opened then" if known else "does not exist"
            raise UsageError(f"incident {number} {when}", "dropmon incident list --all")
        opened = found.incident.opened
        near = map(unpacked, incidents.since(opened - MONTH))
        others = [each for each in near if each.number != number and each.opened <= opened]
        deployed = events_of(store).between(opened - BEFORE, opened, "deployment")
        return found._replace(deployed=tuple(deployed), others=tuple(others))


def then(incidents: IncidentStore, number: int, at: float) -> Story | None:
    """An incident by its timeline up to a time; None when it did not exist yet."""
    found = [
        (Event(Kind(one.kind), one.at, one.author, one.text, one.body), one.recorded)
        for one in incidents.events(number)
        if one.at <= at
    ]
    if not found or found[0][0].kind is not Kind.OPENED:
        return None
    return Story(folded(number, (event for event, _ in found)), tuple(found))


def pager(rules: Rules, place: str | None, at: float) -> Callable[[Incident], str]:
    """Who has an incident, or who would be called for it."""
    on_call = _primary(rules, place, at) if "oncall" in rules.given else ""
    return lambda incident: incident.holder or (f"{on_call} (on call)" if on_call else "nobody")


def _primary(rules: Rules, place: str | None, at: float) -> str:
    from dropmon.flows import paging

    primary = paging.on_duty(rules, place, at).primary
    return primary.name or primary.id if primary else ""


def called(rules: Rules, place: str | None) -> Callable[[str, float], str]:
    """Who was behind a channel of people at a time; '' for any other, and for those that are many."""
    from functools import cache

    from dropmon.flows import paging

    if "oncall" not in rules.given:
        return lambda channel, at: ""
    from dropmon.rules.sections.oncall import roster

    people = {f"oncall.{name}": one for name, one in roster(rules).people.items()}

    @cache
    def who(channel: str, at: float) -> str:
        if channel in {"oncall", "oncall.backup"}:
            duty = paging.on_duty(rules, place, at)
            person = duty.primary if channel == "oncall" else duty.backup
        else:
            person = people.get(channel)
        return (person.name or person.id) if person else ""

    return who
