"""What a file may say and probably does not mean, each at its place: who is on call, what incidents ask. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import TYPE_CHECKING

from dropmon.rules.expectations import incidents
from dropmon.rules.nodes import MapNode, Scalar, walk
from dropmon.rules.references import Complaint

if TYPE_CHECKING:
    from dropmon.errors import Problem
    from dropmon.oncall.roster import Override
    from dropmon.rules.file import Rules
    from dropmon.rules.sections.oncall import Oncall, Row

NIGHT = 4  # o'clock: clocks change before it
FAR = 3660 * 86400.0  # seconds that an override is looked at
LATER = "hand over later: monday 09:00"
SECOND = "name somebody else as backup"
OTHER = "dropmon oncall schedule shows whose weeks they are"


def doubts(rules: Rules) -> tuple[Problem, ...]:
    """All of them, in the file's order; none about a section that is wrong."""
    found: list[Complaint] = []
    if _whole(rules, "oncall"):
        found += [*oncall(rules.oncall), *_effects(rules), *_zone(rules)]
    if _whole(rules, "incidents"):
        found += incidents(rules.incidents, kinds(rules))
    return tuple(sorted({rules.whole.problem(walk(rules.root, one.path)[0], one.what, one.hint) for one in found}))


def _whole(rules: Rules, key: str) -> bool:
    """Whether a section is there, and nothing in it is wrong."""
    checked = rules.checked(key)
    return key in rules.given and not (checked.problems or checked.unset)


def kinds(rules: Rules) -> dict[str, str]:
    """The type of each entry of `channels:`, as it is written."""
    top = rules.part("channels").node if "channels" in rules.given else None
    entries = top.pairs.items() if isinstance(top, MapNode) else ()
    said = {name: node.pairs.get("type") for name, (_, node) in entries if isinstance(node, MapNode)}
    return {name: pair[1].text if pair and isinstance(pair[1], Scalar) else name for name, pair in said.items()}


def oncall(section: Oncall) -> Iterator[Complaint]:
    """What is doubtful about who is on call."""
    if not (section.rotation or section.rotations):
        yield Complaint(("oncall",), "nobody is on call: there is no rotation", "rotation: [{primary: …, backup: …}]")
    if section.handoff.at.hour < NIGHT:
        what = f"clocks change at night: the hand-off at {section.handoff.at:%H:%M} is skipped or repeated then"
        yield Complaint(("oncall", "handoff"), what, LATER)
    for path, row in _rows(section):
        yield from _second(path, row)
    yield from _unreachable(section)
    yield from _overlaps(section)


def _rows(section: Oncall) -> Iterator[tuple[tuple[str | int, ...], Row]]:
    for index, row in enumerate(section.rotation):
        yield ("oncall", "rotation", index), row
    for which, later in enumerate(section.rotations):
        for index, row in enumerate(later.rotation):
            yield ("oncall", "rotations", which, "rotation", index), row


def _second(path: tuple[str | int, ...], row: Row) -> Iterator[Complaint]:
    if row.backup is None:
        yield Complaint(path, "nobody is backup in this week: there is no second line", SECOND)
    elif row.backup == row.primary:
        yield Complaint(path, f"{row.primary!r} holds both roles in this week: there is no second line", SECOND)


def _unreachable(section: Oncall) -> Iterator[Complaint]:
    """People in it whom nobody can wake, or reach at all."""
    named = {name for _, row in _rows(section) for name in (row.primary, row.backup)}
    named |= {one.with_ for one in section.overrides}
    for name, person in section.people.items():
        if name not in named:
            continue
        if not (person.phone or person.email or person.slack):
            yield Complaint(("oncall", "people", name), f"nothing reaches {name!r}", "add `phone:`, `email:`, `slack:`")
        elif not person.phone:
            yield Complaint(("oncall", "people", name), f"{name!r} has no phone: no SMS reaches them", 'phone: "+33…"')


def _overlaps(section: Oncall) -> Iterator[Complaint]:
    """Overrides that take the same role at the same time: the later in the file wins."""
    for (first, one), (second, other) in combinations(enumerate(section.overrides), 2):
        roles = {one.take or one.role, other.take or other.role}
        same = one.replace is None or other.replace is None or one.replace == other.replace
        apart = len(roles - {None}) > 1
        if same and not apart and one.with_ != other.with_ and _meet(one.from_, one.until, other.from_, other.until):
            what = f"overlaps with override {first + 1}: this one wins, and {other.with_!r} has it"
            yield Complaint(("oncall", "overrides", second), what, "end one where the other begins")


def _meet(*times: object) -> bool:
    from dropmon.rules.calendar import in_order

    start, end, other_start, other_end = times
    return in_order(start, other_end) and in_order(other_start, end)  # type: ignore[arg-type]


def _effects(rules: Rules) -> Iterator[Complaint]:
    """Overrides that change nothing, and those that leave one person in both roles."""
    from dropmon.errors import RulesError
    from dropmon.oncall.schedule import shifts
    from dropmon.rules.sections.oncall import overrides, roster

    try:
        known, own = roster(rules), overrides(rules)
    except RulesError:
        return
    for index, one in enumerate(own):
        found = [shift for shift in shifts(known, own, one.start, min(one.end, one.start + FAR)) if one in shift.by]
        path = ("oncall", "overrides", index)
        if known.rotations and not found:
            yield Complaint(path, _nothing(one), OTHER)
        for shift in found:
            if shift.primary and shift.primary == shift.backup:
                yield Complaint(path, f"{one.person!r} holds both roles then: there is no second line", SECOND)


def _nothing(one: Override) -> str:
    return f"{one.replaces!r} is not on duty then, or a later override wins: this one changes nothing"


def _zone(rules: Rules) -> Iterator[Complaint]:
    platform = rules.checked("platform")
    if rules.oncall.timezone is None and platform.value is not None and platform.value.timezone is None:
        yield Complaint(("oncall",), "no time zone is written: hand-offs are in UTC", "timezone: Europe/Paris")
