"""Where incidents are worked on: the store, the rules and the outbox, within one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from dropmon.errors import UsageError
from dropmon.flows import summons
from dropmon.flows.reaching import once
from dropmon.incidents import measure
from dropmon.incidents.incident import Event, Incident, State, packed, unpacked
from dropmon.incidents.lifecycle import apply, opened
from dropmon.incidents.policy import Level, Policy, next_due
from dropmon.storage.incidents import IncidentStore, Noted, incidents_of

if TYPE_CHECKING:
    from dropmon.alerts.notification import Notification
    from dropmon.rules import Rules

TRACKERS = ("github", "gitlab")  # channels that open tickets, where `incidents.tickets` names none


class Desk:
    """Where incidents are worked on, within one transaction. Times in seconds since 1970."""

    def __init__(self, store: IncidentStore, rules: Rules, at: float, recorded: float) -> None:
        self.store, self.rules, self.at, self.recorded = store, rules, at, recorded
        self.speaker = speaker(rules)
        self.told: list[Notification] = []
        self.log: list[tuple[Incident, Event]] = []
        self._known: dict[int, Incident] = {}
        self._seen: set[str] = set()

    def incident(self, number: int) -> Incident:
        """Raises UsageError for one that does not exist."""
        if number not in self._known:
            found = self.store.bodies(number)
            if not found:
                raise UsageError(f"there is no incident {number}", "dropmon incident list --all")
            self._known[number] = unpacked(found[0])
        return self._known[number]

    def open(self) -> list[Incident]:
        """Those that are open, as they are now."""
        self._read("open", self.store.bodies)
        return [each for each in self._known.values() if each.open]

    def closed(self) -> list[Incident]:
        """Those of the last while that are not open, as they are now."""
        self._read("closed", lambda: self.store.since(self.at - measure.MONTH))
        return [each for each in self._known.values() if not each.open]

    def ringing(self) -> list[Incident]:
        """Those that were resolved while an alert of theirs fired, of which nobody has heard yet that it is over."""
        self._read("ringing", self.store.ringing)
        return [each for each in self._known.values() if each.state is State.RESOLVED and each.firing]

    def _read(self, which: str, bodies: Callable[[], list[str]]) -> None:
        """Reads them once: within this transaction nobody else changes any."""
        if which not in self._seen:
            self._seen.add(which)
            self._known = {each.number: each for each in map(unpacked, bodies())} | self._known

    def begin(self, event: Event) -> Incident:
        """A new incident."""
        event = legible(event)
        return self._keep(opened(self.store.number(), event), event)

    def happens(self, incident: Incident, event: Event) -> Incident:
        """The incident after an event. Raises UsageError where the event cannot come."""
        event = legible(event)
        return self._keep(apply(incident, event), event)

    def _keep(self, incident: Incident, event: Event) -> Incident:
        self._known[incident.number] = incident
        kind, at, author, text, body = event
        self.store.note(Noted(incident.number, at, self.recorded, kind.value, author, text, dict(body)))
        due = coming.due if (coming := next_due(incident.asked)) else None
        self.store.keep(
            incident.number, incident.state, incident.opened, incident.changed, packed(incident), due,
            len(incident.firing),
        )  # fmt: skip
        self.log.append((incident, event))
        return incident

    def tell(self, incident: Incident, call: summons.Call) -> None:
        """Puts what is said into the outbox."""
        from dropmon.alerts.packing import packed as laid
        from dropmon.storage.outbox import Row

        channels = once(self.rules, self.store.alerts, call.channels, self.at)
        found = summons.notifications(incident, call._replace(channels=channels), self.at, self.speaker)
        self.store.alerts.tell((Row(one.id, one.channel, laid(one), one.at) for one in found), self.recorded)
        self.told += found


def legible(event: Event) -> Event:
    """An event whose words can be written down: not every command line is UTF-8."""
    author, text = (each.encode(errors="replace").decode() for each in (event.author, event.text))
    return event._replace(author=author, text=text)


@contextmanager
def desk(rules: Rules, place: str | None, at: float, recorded: float) -> Iterator[Desk]:
    """The incidents of the store, for one act that nobody else comes between. Raises StorageError."""
    from dropmon.storage import open_for

    with open_for(rules, place) as store:
        incidents = incidents_of(store)
        with incidents.writing():
            yield Desk(incidents, rules, at, recorded)


def speaker(rules: Rules) -> summons.Speaker:
    """How this platform speaks, and whether it has anybody on call."""
    from dropmon.flows.telling import voice

    return summons.Speaker(rules.platform.name, voice(rules), "oncall" in rules.given)


def policies(rules: Rules) -> dict[Level, Policy]:
    """What each level asks."""
    found, tickets = rules.incidents, ticketing(rules)
    return {level: _policy(level, getattr(found, level.value), tickets, found.auto_resolve) for level in Level}


def _policy(level: Level, own: Any, tickets: str, auto: bool) -> Policy:
    return Policy(
        level, own.acknowledge, own.investigate, own.communicate, own.update, own.escalate, own.due,
        tuple(own.escalation), tuple(own.notify), own.postmortem, tickets if own.ticket else "", auto,
    )  # fmt: skip


def ticketing(rules: Rules) -> str:
    """The channel that opens tickets: the one that is named, or the first that can; '' when there is none."""
    from dropmon.rules.doubts import kinds

    if rules.incidents.tickets:
        return str(rules.incidents.tickets)
    return next((name for name, kind in kinds(rules).items() if kind in TRACKERS), "")
