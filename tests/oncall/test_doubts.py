"""What is doubtful about an override is said where it is so, and nowhere else."""

from __future__ import annotations

import pytest

from dropmon.flows.paging import Known
from dropmon.flows.rota import doubts
from dropmon.oncall.roster import Override, Role
from tests.oncall.test_schedule import PARIS, at

HOUR, DAY = 3600.0, 86400.0
MONDAY = at("2026-01-05 09:00")  # ann is primary, bob is backup
BOTH = "{} holds both roles then: there is no second line"


def stands(
    person: str, gone: str | None, begins: float, lasts: float, role: Role | None = None, made: float = 1.0
) -> Override:
    return Override(f"{person}-{made:.0f}", person, MONDAY + begins, MONDAY + begins + lasts, gone, role, created=made)


@pytest.mark.parametrize(
    ("before", "one", "said"),
    [
        # for longer, and for the time after: it does what it says
        (stands("dan", "ann", 0, 2 * HOUR), stands("dan", "ann", HOUR, 6 * HOUR, made=2), ()),
        (stands("dan", None, 0, 2 * HOUR, "primary"), stands("dan", None, HOUR, 6 * HOUR, "primary", 2), ()),
        (stands("dan", "ann", 0, DAY), stands("dan", "ann", DAY, DAY, made=2), ()),
        # what is true all the same
        (stands("dan", "ann", 0, DAY), stands("dan", "carol", 0, DAY, made=2), ("carol is not on duty then",)),
        (
            stands("dan", None, 0, DAY, "primary", 2), stands("eve", None, 0, DAY, "primary"),
            ("what was made later wins",),
        ),
        (
            stands("bob", None, 0, DAY, "primary"),
            stands("bob", None, DAY, DAY, "primary", 2),
            (BOTH.format("Bob"),),
        ),
    ],
)  # fmt: skip
def test_that_it_changes_nothing_and_that_one_holds_both_roles(
    before: Override, one: Override, said: tuple[str, ...]
) -> None:
    found = doubts(Known(PARIS, (before,)), [one])
    assert tuple(each.removesuffix(": it changes nothing") for each in found) == said


@pytest.mark.parametrize(
    ("before", "one", "wins"),
    [
        (stands("dan", "ann", 0, DAY), stands("ann", None, 0, DAY, "backup", 2), False),  # another role
        (stands("dan", "ann", 0, DAY), stands("eve", None, 0, DAY, "primary", 2), True),
        (stands("dan", "ann", 0, DAY), stands("eve", "ann", HOUR, HOUR, made=2), True),
        (stands("dan", "ann", 0, DAY), stands("eve", "bob", 0, DAY, made=2), False),
        (stands("dan", "ann", 0, DAY), stands("eve", "ann", DAY, DAY, made=2), False),
        (stands("dan", "ann", -7 * DAY, 14 * DAY), stands("eve", None, 0, DAY, "backup", 2), False),
        (stands("dan", "ann", -7 * DAY, 14 * DAY), stands("eve", None, -DAY, DAY, "backup", 2), True),  # ann's before
    ],
)
def test_it_wins_over_what_means_the_same_role_at_the_same_time(before: Override, one: Override, wins: bool) -> None:
    told = f"it overlaps {before.id} (dan for ann), and wins: it was made later"
    assert doubts(Known(PARIS, (before,)), [one]) == ((told,) if wins else ())
