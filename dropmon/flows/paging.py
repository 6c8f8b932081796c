"""Who holds the pager, and how they are reached: the rules, the store, the schedule and the channels, introduced."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from dropmon.errors import DropmonError, RulesError, StorageError
from dropmon.oncall import schedule
from dropmon.oncall.roster import ROLES, Override, Person, Role, Roster
from dropmon.oncall.schedule import Duty, Shift
from dropmon.oncall.served import Served, past, serving, told
from dropmon.storage import place_of

if TYPE_CHECKING:
    from dropmon.alerts.channel import Channel, Given
    from dropmon.alerts.pager import Way
    from dropmon.rules import Rules
    from dropmon.storage import Store
    from dropmon.storage.oncall import OncallStore, Stand

SOON = 0.001  # seconds: a shift that begins at the moment itself is also told
NOBODY = {"en": "{} cannot be reached", "fr": "{} est injoignable"}
EMPTY = {"en": "nobody is on call", "fr": "personne n'est d'astreinte"}


class Known(NamedTuple):
    """All that is known of who is on call."""

    roster: Roster
    overrides: tuple[Override, ...]  # in the order in which they were made
    served: tuple[Served, ...] = ()  # in the span that was asked for
    warnings: tuple[str, ...] = ()


def on_duty(rules: Rules, place: str | None, at: float) -> Duty:
    """Who holds the pager at a moment: as it was served, where that was written down, else as the rules say.

    A store that does not exist is not made, and one that cannot be read is a warning. Raises RulesError.
    """
    return duty(known(rules, place, (at, at)), at)


def duty(seen: Known, at: float) -> Duty:
    """Who holds the pager at a moment of the span of which it is known what was served."""
    found = past(seen.served, seen.roster, at) or schedule.duty(seen.roster, seen.overrides, at)
    return found._replace(warnings=(*found.warnings, *seen.warnings))


def then(seen: Known, now: Duty) -> Shift | None:
    """What follows: as it was served, as far as that is known, else as the rules say."""
    found = told(seen.served, schedule.shifts(seen.roster, seen.overrides, now.at, now.end + SOON), seen.roster)
    return next((shift for shift in found if shift.end > now.end), None)


def known(rules: Rules, place: str | None, span: tuple[float, float] | None = None) -> Known:
    """The roster, the overrides of the rules and of the store, and what was served in a span. Raises RulesError."""
    from dropmon.rules.sections.oncall import overrides, roster

    people, own = roster(rules), overrides(rules)
    unset = tuple(f"{one.place.rpartition('/')[2]}: {one.what}" for one in rules.checked("oncall").unset)
    try:
        if not place_of(rules, place).exists():
            return Known(people, own, warnings=unset)
        from dropmon.storage.oncall import open_oncall

        with open_oncall(place_of(rules, place)) as store:
            made = store.overrides()
            rows = store.served(*span) if span else []
    except StorageError as error:
        told = f"what was changed from the command line is not known: {error.what}"
        return Known(people, own, warnings=(*unset, told))
    later = tuple(of(one) for one in made if one.removed is None or one.removed > one.start)
    lost = [one for one in later if one.person not in people.people]
    strangers = (f"override {one.id} names {one.person!r}, whom the rules do not know" for one in lost)
    valid = tuple(one for one in later if one not in lost)
    return Known(people, (*own, *valid), tuple(Served(*row) for row in rows), (*unset, *strangers))


def of(one: Stand) -> Override:
    """An override as it holds: one that was taken back ended then."""
    end = one.end if one.removed is None else min(one.end, one.removed)
    role: Role | None = "primary" if one.role == "primary" else "backup" if one.role else None
    return Override(one.id, one.person, one.start, end, one.replaces, role, one.reason, one.author, one.created)


def remember(rules: Rules, store: Store, at: float) -> None:
    """Writes down who holds the pager, once a turn: what the rules say later does not change it.

    Raises StorageError, and RulesError.
    """
    if "oncall" not in rules.given:
        return
    from dropmon.rules.sections.oncall import overrides, roster
    from dropmon.storage.oncall import oncall_of

    write_down(oncall_of(store), roster(rules), overrides(rules), at)


def write_down(kept: OncallStore, people: Roster, own: Sequence[Override], at: float) -> None:
    """Writes down who holds the pager now, by a roster and overrides, with those of the store. Raises StorageError."""
    from dropmon.storage.oncall import Held

    with kept.writing():
        given = (*own, *(of(one) for one in kept.overrides() if one.person in people.people))
        kept.unsee(at)
        rows = [Served(*row) for row in kept.last(at)]
        looked = min((row.seen for row in rows), default=at)
        found = serving(rows, schedule.shifts(people, given, looked, at + SOON), at)
        kept.serve(Held(*row) for row in found)


def channels(rules: Rules, place: str | None, at: float, given: Mapping[str, Given] | None = None) -> dict[str, Given]:
    """The channels that are people: `oncall` (primary), `oncall.backup`, `oncall.everyone`, `oncall.NAME`.

    Each is whoever that is at the moment of sending, by their own phone, mail and Slack, with the credentials that the
    `channels:` of the rules have. Who cannot be reached is stood in for by the next in line, which the message says.
    """
    from dropmon.alerts.channel import Given

    if "oncall" not in rules.given:
        return {}
    try:
        seen = known(rules, place, (at, at))
    except RulesError as error:
        return {name: Given(name, problem=error) for name in ("oncall", "oncall.backup", "oncall.everyone")}
    if given is None:
        from dropmon.rules.sections.channels import given as read

        given = read(rules)
    now = duty(seen, at)
    before = schedule.duty(seen.roster, seen.overrides, now.start - SOON)
    return dict(_channels(now, before, seen.roster.people, given, rules.platform.language))


def every(rules: Rules, place: str | None, at: float) -> dict[str, Given]:
    """Every channel of the rules, with those that are people."""
    from dropmon.rules.sections.channels import given

    own = given(rules)
    return {**own, **channels(rules, place, at, own)}


def _channels(
    now: Duty, before: Duty, people: Mapping[str, Person], given: Mapping[str, Given], language: str
) -> Iterator[tuple[str, Given]]:
    from dropmon.alerts.pager import ways

    own = {one.id: ways(one, given) for one in people.values()}
    for one in (now.primary, now.backup):  # of the past, perhaps
        if one:
            own.setdefault(one.id, ways(one, given))
    everyone = [way for one in people for way in own[one]]
    first, second = ([*own[one.id]] if one else [] for one in (now.primary, now.backup))
    why = _why(now.primary, language)
    begun = [_begun(now, before, role, own) for role in ROLES]
    yield "oncall", _given("oncall", [first, second, everyone], why, "oncall.backup", begun[0])
    why = _why(now.backup, language)
    yield "oncall.backup", _given("oncall.backup", [second, everyone], why, "oncall.everyone", begun[1])
    yield "oncall.everyone", _given("oncall.everyone", [everyone], "", None)
    for name, found in own.items():
        yield f"oncall.{name}", _given(f"oncall.{name}", [found], "", "oncall")


def _begun(now: Duty, before: Duty, role: Role, own: Mapping[str, Sequence[Way]]) -> float:
    """When the phone of somebody else was no longer called; 0 when it is the same one, or they had none."""
    last = getattr(before, role)
    other = last and last != getattr(now, role) and any(way.kind == "phone" for way in own.get(last.id, ()))
    return now.start if other else 0.0


def _why(person: Person | None, language: str) -> str:
    """Why somebody else is told."""
    return NOBODY[language].format(person.name) if person else EMPTY[language]


def _given(
    name: str, lines: Sequence[Sequence[Way]], why: str, fallback: str | None, begun: float = 0.0
) -> Given:  # fmt: skip
    """A channel to the first of some lines that has a way."""
    from dropmon.alerts.channel import Given
    from dropmon.alerts.pager import pager

    if not any(lines):
        hint = "give them phone, email or slack, and `channels:` one of type sms, smtp or slack"
        return Given(name, problem=DropmonError("none of them can be reached", hint), fallback=fallback)
    channel: Channel = pager(name, lines, why, begun)
    return Given(name, channel, fallback=fallback)
