"""`oncall:` who holds the pager, week by week."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, tzinfo
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self, TypeVar, cast

from pydantic import AfterValidator, Field, model_validator

from dropmon.oncall import roster as known
from dropmon.rules.addresses import Email, Phone
from dropmon.rules.calendar import Date, Moment, Weekly, WeeklyTime, Zone, in_order
from dropmon.rules.types import Section, Written
from dropmon.rules.variables import Pending

if TYPE_CHECKING:
    from dropmon.rules.checked import Checked
    from dropmon.rules.file import Rules


Day = TypeVar("Day", bound=date)


def member(text: str) -> str:
    """A member's id in Slack.

    >>> member("U01ABC")
    'U01ABC'
    """
    if not re.fullmatch(r"[UW][A-Z0-9]{1,30}", text):
        raise ValueError(f"{text!r} is no member id: in Slack's profile, 'Copy member ID' (U01…)")
    return text


def _nameable(names: dict[str, Any]) -> dict[str, Any]:
    for name in names:
        if name in RESERVED:
            raise ValueError(f"nobody can be called {name!r}: the channel oncall.{name} means somebody else")
    return names


def _near(day: Day) -> Day:
    if not 1900 <= day.year <= 9990:
        raise ValueError(f"{day} is a time at which nobody is on call")
    return day


WAYS = ("phone", "email", "slack")
RESERVED = ("backup", "everyone")  # what stands after `oncall.` where no person does
Member = Annotated[str, Written(member, str, "U01", wants="a member id")]
Anchor = Annotated[Date, AfterValidator(_near)]
When = Annotated[Moment, AfterValidator(_near)]


class Person(Section):
    """Somebody who can be called."""

    name: str = Field(min_length=1)
    phone: Phone | None = None
    email: Email | None = None
    slack: Member | None = Field(None, description="Member id: U01…")
    timezone: Zone | None = Field(None, description="Where they live: of the times that are shown to them.")


class Row(Section):
    """One week of the rotation."""

    primary: str
    backup: str | None = None


class Rotation(Section):
    """The rotation from some week on."""

    from_: Anchor = Field(alias="from", description="A day in the week of the first row.")
    rotation: tuple[Row, ...] = Field(min_length=1, description="One row a week, over and over.")


class Override(Section):
    """Somebody stands in for somebody else, or takes a role."""

    replace: str | None = Field(None, description="Whom; it does nothing while they are not on duty.")
    take: Literal["primary", "backup"] | None = Field(None, description="Instead of `replace`: from whoever holds it.")
    with_: str = Field(alias="with")
    from_: When = Field(alias="from")
    until: When
    role: Literal["primary", "backup"] | None = Field(None, description="Default: whichever they hold.")
    reason: str = ""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.replace is None) == (self.take is None):
            raise ValueError("an override says either 'replace' (somebody) or 'take' (a role)")
        if self.take and self.role:
            raise ValueError("'role' goes with 'replace': 'take' names the role already")
        if self.replace == self.with_:
            raise ValueError(f"'with' must be somebody else than 'replace' ({self.replace})")
        return self

    @model_validator(mode="after")
    def _some_time(self) -> Self:
        if not in_order(self.from_, self.until):
            raise ValueError("'until' must come after 'from'")
        return self


class Oncall(Section):
    """Who holds the pager, week by week, from a hand-off by the wall clock to the next."""

    timezone: Zone | None = Field(None, description="Default: the platform's.")
    start: Anchor | None = Field(None, description="A day in the week of the first row.")
    handoff: Weekly = WeeklyTime(0, time(9))
    people: Annotated[dict[str, Person], AfterValidator(_nameable)] = Field({}, description="Short name to person.")
    rotation: tuple[Row, ...] = Field((), description="One row a week, over and over.")
    rotations: tuple[Rotation, ...] = Field((), description="What `rotation` becomes later, each from some week on.")
    overrides: tuple[Override, ...] = ()

    @model_validator(mode="after")
    def _anchored(self) -> Self:
        if self.rotation and self.start is None:
            raise ValueError("'start' is missing: a rotation needs the week of its first row")
        return self

    @model_validator(mode="after")
    def _ascending(self) -> Self:
        first = [self.start] if self.rotation and self.start else []
        days = [known.handed(day, self.handoff.weekday) for day in (*first, *(one.from_ for one in self.rotations))]
        if any(one >= other for one, other in pairwise(days)):
            raise ValueError("each of 'rotations' must begin in a later week than the one before it")
        return self


SHAPE = Oncall
empty = Oncall.model_construct


def roster(rules: Rules) -> known.Roster:
    """The people and the rotations. Raises RulesError for every mistake in them."""
    section = checked(rules)
    days: list[tuple[date, tuple[Row, ...]]] = [(one.from_, one.rotation) for one in section.rotations]
    if section.rotation and section.start:
        days.insert(0, (section.start, section.rotation))
    return known.Roster(
        zone=zone(rules),
        weekday=section.handoff.weekday,
        at=section.handoff.at,
        people={name: _person(name, one) for name, one in section.people.items()},
        rotations=tuple(_rotation(day, section.handoff.weekday, rows) for day, rows in days),
    )


def _rotation(day: date, weekday: int, rows: tuple[Row, ...]) -> known.Rotation:
    return known.Rotation(known.handed(day, weekday), tuple(known.Row(one.primary, one.backup) for one in rows))


def overrides(rules: Rules) -> tuple[known.Override, ...]:
    """Those of the file, in its order. Raises RulesError."""
    local = zone(rules)
    return tuple(
        known.Override(
            f"rules:{number}", one.with_, instant(one.from_, local), instant(one.until, local), one.replace,
            one.take or one.role, one.reason, "rules",
        )
        for number, one in enumerate(checked(rules).overrides, 1)
    )  # fmt: skip


def checked(rules: Rules) -> Oncall:
    """The section, with every name in it somebody's; ways to people that wait for a variable are not there.

    Raises RulesError.
    """
    from dropmon.errors import RulesError
    from dropmon.rules.nodes import walk
    from dropmon.rules.references import Written as Whole
    from dropmon.rules.references import people

    found = rules.checked("oncall")
    named = people(Whole((), {"oncall": found.written}))
    unknown = [rules.whole.problem(walk(rules.root, one.path)[0], one.what, one.hint) for one in named]
    if problems := (*found.problems, *unknown):
        raise RulesError(tuple(sorted(problems)))
    return _reachable(found) if found.unset else rules.oncall


def _reachable(found: Checked) -> Oncall:
    """The section without what only this environment lacks, when that is phones, mails and Slack's ids at most."""
    section: Oncall | None = found.value
    lost = {
        name: [way for way in WAYS if isinstance(own.get(way), Pending)]
        for name, own in found.written.get("people", {}).items()
    }
    if section is None or len(found.unset) > sum(map(len, lost.values())):
        return cast(Oncall, found.use())  # raises
    people = {
        name: one.model_copy(update=dict.fromkeys(lost[name])) for name, one in section.people.items()
    }  # fmt: skip
    return section.model_copy(update={"people": people})


def zone(rules: Rules) -> tzinfo:
    """Of hand-offs and overrides: the section's own, else the platform's, else UTC."""
    return checked(rules).timezone or rules.platform.timezone or UTC


def instant(written: datetime, zone: tzinfo) -> float:
    """Seconds since 1970 of a moment, which is local when it has no offset."""
    return (written if written.tzinfo else written.replace(tzinfo=zone)).timestamp()


def _person(name: str, one: Person) -> known.Person:
    return known.Person(name, one.name, one.phone, one.email, one.slack, one.timezone)
