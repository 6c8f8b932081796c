"""The rota, changed and shown: overrides, swaps, next turns, fairness, calendars. The schedule and the store, met."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from itertools import groupby, takewhile
from typing import TYPE_CHECKING

from dropmon.errors import StorageError, UsageError
from dropmon.flows.paging import Known, known, of
from dropmon.oncall.roster import ROLES, Override, Person, Role, Roster
from dropmon.oncall.schedule import Shift, day_of, handoff, pieces, rotated, shifts
from dropmon.storage import place_of

if TYPE_CHECKING:
    from dropmon.oncall.calendar import Event
    from dropmon.oncall.fairness import Span
    from dropmon.output import Table
    from dropmon.rules import Rules
    from dropmon.storage.oncall import OncallStore

FAR = 530  # weeks in which a turn is looked for
BACK = 15 * 86400.0  # seconds that a calendar goes back
KEPT = 180 * 86400.0  # seconds for which a calendar's past is remembered


def after(roster: Roster, start: float, weeks: int) -> float:
    """The hand-off that ends so many weeks, the first of which is on at `start`. Raises UsageError."""
    from datetime import timedelta

    try:
        return handoff(roster, day_of(roster, start) + timedelta(weeks=weeks))
    except OverflowError:
        raise UsageError("the time is beyond what calendars know", "ask for fewer weeks") from None


def schedule(rules: Rules, place: str | None, at: float, weeks: int) -> Table:
    """The shifts of some weeks: those that are over as they were served."""
    from dropmon.oncall import said
    from dropmon.oncall.served import told

    roster = known(rules, place).roster
    start, end = at, after(roster, at, weeks)
    seen = known(rules, place, (start, end))
    found = told(seen.served, shifts(roster, seen.overrides, start, end), roster)
    return said.schedule((one for one in found if one.end > start), roster.zone, seen.warnings)


def turns(seen: Known, who: Person, at: float, count: int) -> list[Shift]:
    """The shifts of somebody that have not ended: at most so many, in about ten years."""
    found: list[Shift] = []
    for shift in shifts(seen.roster, seen.overrides, at, after(seen.roster, at, FAR)):
        if who in (shift.primary, shift.backup):
            found.append(shift)
            if len(found) == count:
                break
    return found


def override(rules: Rules, place: str | None, given: Sequence[Override]) -> None:
    """Keeps overrides. Raises StorageError."""
    from dropmon.storage.oncall import Stand, open_oncall

    with open_oncall(place_of(rules, place)) as store:
        store.add(
            Stand(one.id, one.role, one.replaces, one.person, one.start, one.end, one.reason, one.author, one.created)
            for one in given
        )


def made(rules: Rules, place: str | None) -> list[tuple[Override, bool]]:
    """Every override, of the rules and of the store, and whether it was taken back."""
    from dropmon.rules.sections.oncall import overrides
    from dropmon.storage.oncall import open_oncall

    own = [(one, False) for one in overrides(rules)]
    if not place_of(rules, place).exists():
        return own
    with open_oncall(place_of(rules, place)) as store:
        return [*own, *((of(one), one.removed is not None) for one in store.overrides())]


def taken_back(rules: Rules, place: str | None, id: str, at: float) -> Override:
    """Takes an override back, whose id begins so. Raises UsageError when none does, or several do."""
    from dropmon.storage.oncall import open_oncall

    found = [one for one, gone in made(rules, place) if id and one.id.startswith(id) and not gone]
    if len(found) != 1:
        what = f"{len(found)} overrides begin" if found else "no override begins"
        raise UsageError(f"{what} with {id!r}", "dropmon oncall override list --all")
    if found[0].created == 0:
        raise UsageError(f"{found[0].id} stands in {rules.path}", "take it out of `oncall: overrides:` there")
    with open_oncall(place_of(rules, place)) as store:
        store.remove(found[0].id, at)
    return found[0]._replace(end=max(found[0].start, min(found[0].end, at)))


def doubtful(seen: Known, one: Override, beside: Sequence[Override] = ()) -> tuple[str, ...]:
    """What is doubtful about an override that is added, with others `beside` it.

    It does nothing, leaves nobody in the second line, or takes away what was agreed on before.
    """
    end, given = min(one.end, after(seen.roster, one.start, FAR)), [*seen.overrides, *beside, one]
    with_it = [piece for piece in pieces(seen.roster, given, one.start, end) if one in piece.by]
    if not with_it:
        alone = any(one in piece.by for piece in pieces(seen.roster, [one], one.start, end))
        why = "what was made later wins" if alone else f"{one.replaces} is not on duty then"
        return (f"{why}: it changes nothing",)
    names = [piece.primary.name for piece in with_it if piece.primary and piece.primary == piece.backup]
    both = [f"{names[0]} holds both roles then: there is no second line"] if names else []
    return (*both, *_overlapping(seen, one, with_it))


def doubts(seen: Known, made: Sequence[Override]) -> tuple[str, ...]:
    """What is doubtful about overrides that are added together."""
    found = [each for one in made for each in doubtful(seen, one, [other for other in made if other != one])]
    return tuple(dict.fromkeys(found))


def _overlapping(seen: Known, one: Override, with_it: Sequence[Shift]) -> Iterator[str]:
    for other in seen.overrides:
        if one.person != other.person and any(_lost(seen.roster, other, one, piece) for piece in with_it):
            whom = f"{other.person} for {other.replaces}" if other.replaces else f"{other.person} as {other.role}"
            yield f"it overlaps {other.id} ({whom}), and wins: it was made later"


def _lost(roster: Roster, other: Override, one: Override, piece: Shift) -> bool:
    """Whether an override means a role in a piece which another one gives."""
    if not other.start <= piece.start < other.end:
        return False
    holders = rotated(roster, day_of(roster, piece.start))
    roles = zip(piece.by, ROLES, holders, strict=True)
    return any(by == one and other.means(role, holder) for by, role, holder in roles)


def swapped(seen: Known, one: Person, other: Person, at: float) -> list[Override]:
    """The overrides by which two people change their next weeks as primary, and their roles where both hold one.

    A week is what they really have, with the overrides there are: nobody loses what they took over.
    Raises UsageError when one of them has no such week, or they are the same.
    """
    if one == other:
        raise UsageError(f"{one.name} cannot swap with themselves", "name two people")
    found: list[Override] = []
    for who, instead in ((one, other), (other, one)):
        week = next((own for own, whole in _weeks(seen, who, at) if whole), None)
        if week is None:
            raise UsageError(f"{who.name} has no whole week as primary to swap", f"dropmon oncall next {who.id}")
        found += [one for shift in week for one in _swap(shift, who, instead, at)]
    return found


def unequal(seen: Known, made: Sequence[Override], at: float) -> tuple[str, ...]:
    """What is doubtful about a swap, and what was not swapped before it: a part of a week is no fair change for one."""
    people = filter(None, (seen.roster.person(name) for name in dict.fromkeys(one.person for one in made)))
    return (*(said for who in people for said in _kept(seen, who, at)), *doubts(seen, made))


def _kept(seen: Known, who: Person, at: float) -> Iterator[str]:
    from dropmon.oncall.said import local

    for own, _ in takewhile(lambda each: not each[1], _weeks(seen, who, at)):
        for shift in own:
            start, end = (local(each, seen.roster.zone) for each in (shift.start, shift.end))
            yield f"{who.name} keeps {start} to {end}: it is no whole week"


def _weeks(seen: Known, who: Person, at: float) -> Iterator[tuple[list[Shift], bool]]:
    """What somebody has of each week as primary that is still to begin, and whether that is all of it."""
    coming = shifts(seen.roster, seen.overrides, at, after(seen.roster, at, FAR))
    for day, week in groupby(coming, key=lambda shift: day_of(seen.roster, shift.start)):
        every = [*week]
        own = [shift for shift in every if shift.primary == who and shift.start >= at]
        yield own, own == every and own[0].start == handoff(seen.roster, day)


def _swap(shift: Shift, who: Person, instead: Person, at: float) -> Iterator[Override]:
    roles: list[tuple[Role, Person, Person]] = [("primary", who, instead)]
    roles += [("backup", instead, who)] if shift.backup == instead else []
    for (role, gone, person), by in zip(roles, shift.by, strict=False):
        whole = Override(secrets.token_hex(4), person.id, shift.start, shift.end, created=at)
        yield whole._replace(role=role) if by else whole._replace(replaces=gone.id)


def fairness(rules: Rules, place: str | None, at: float, past: int, weeks: int) -> Table:
    """What each person carries from some weeks ago to some weeks ahead."""
    from dropmon.oncall.fairness import loads, table
    from dropmon.oncall.said import local

    people = known(rules, place).roster
    start, end = after(people, at, -past), after(people, at, weeks)
    seen, found = spans(rules, place, start, end)
    since = min((one.start for one in found if one.served), default=None)
    notes = [f"as it was served since {local(since, people.zone)}" if since else "nothing was served so far"]
    title = f"{local(start, people.zone)} to {local(end, people.zone)}"
    return table(loads(found, people), people, title, [*notes, *(f"warning: {each}" for each in seen.warnings)])


def spans(rules: Rules, place: str | None, start: float, end: float) -> tuple[Known, list[Span]]:
    """Who holds what between two times: as it was served, else as the rules say."""
    from dropmon.oncall.fairness import spans

    seen = known(rules, place, (start, end))
    return seen, [*spans(seen.served, shifts(seen.roster, seen.overrides, start, end), start, end)]


def calendar(rules: Rules, place: str | None, at: float, weeks: int, who: Person | None) -> bytes:
    """The shifts as a calendar, which remembers what it was given before. Raises UsageError without icalendar."""
    from dropmon.oncall.calendar import events, text, window

    roster = known(rules, place).roster
    span = window(roster, at - BACK, after(roster, at, weeks))
    seen, found = spans(rules, place, *span)
    name = rules.platform.name or "dropmon"
    given = _published(rules, place, [*events(name, found, seen.roster)], span, at)
    own = [one for one in given if who is None or one.person == who.id]
    return text(own, seen.roster, f"{name}: {who.name if who else 'on-call'}", rules.platform.language)


def _published(
    rules: Rules, place: str | None, now: Sequence[Event], span: tuple[float, float], at: float
) -> list[Event]:  # fmt: skip
    """What the calendar is given; told as it is, with a warning, where nothing can be remembered of it."""
    from dropmon.output import warn
    from dropmon.storage.oncall import open_oncall

    try:
        with open_oncall(place_of(rules, place)) as store:
            return _remembered(store, now, span, at)
    except StorageError as error:
        warn(f"warning: shifts that are off are not in it: {error.what}", error.hint)
        return [one._replace(changed=at) for one in now]


def _remembered(store: OncallStore, now: Sequence[Event], span: tuple[float, float], at: float) -> list[Event]:
    from dropmon.oncall.calendar import Event, published
    from dropmon.storage.oncall import Published

    with store.writing():
        before = {one.uid: Event(*one) for one in store.published()}
        found = published(before, now, span, at)
        store.publish((Published(*one) for one in found if before.get(one.uid) != one), at, KEPT)
    return found
