"""At every instant exactly one primary and one backup; no gap and no overlap at any hand-off."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dropmon.errors import UsageError
from dropmon.flows.paging import Known
from dropmon.flows.rota import swapped
from dropmon.oncall.roster import Override, Person, Roster, Rotation, Row
from dropmon.oncall.schedule import Shift, duty, handoff, shifts
from tests.oncall.rosters import DAY, FIRST, NAMES, PEOPLE, by_hand, instants, overrides, rosters

GUIDE = (Row("ann", "bob"), Row("bob", "carol"), Row("carol", "ann"))
PARIS = Roster(ZoneInfo("Europe/Paris"), 0, time(9), PEOPLE, (Rotation(date(2026, 1, 5), GUIDE),))


def at(text: str) -> float:
    when = datetime.fromisoformat(text)
    return (when if when.tzinfo else when.replace(tzinfo=ZoneInfo("Europe/Paris"))).timestamp()


def who(roster: Roster, made: list[Override], moment: float) -> tuple[str, str]:
    found = duty(roster, made, moment)
    assert found.primary
    assert found.backup
    return found.primary.id, found.backup.id


@pytest.mark.slow
@given(st.data(), rosters(), instants)
def test_there_is_one_primary_and_one_backup_at_every_instant(data: st.DataObject, roster: Roster, now: float) -> None:
    made = data.draw(overrides(now))
    assert who(roster, made, now) == by_hand(roster, made, now)


@pytest.mark.slow
@given(st.data(), rosters(), instants)
def test_shifts_leave_no_gap_and_do_not_overlap(data: st.DataObject, roster: Roster, now: float) -> None:
    made = data.draw(overrides(now))
    found = list(shifts(roster, made, now, now + 60 * DAY))

    assert found[0].start <= now < found[0].end
    assert found[-1].start < now + 60 * DAY <= found[-1].end
    for one, other in pairwise(found):
        assert one.start < one.end == other.start
    for shift in found:
        for moment in (shift.start, (shift.start + shift.end) / 2, shift.end - 0.001):
            seen = duty(roster, made, moment)
            assert (seen.start, seen.end, seen.primary, seen.backup) == shift[:4]


@pytest.mark.slow
@given(st.data(), rosters(), instants)
def test_overrides_never_move_the_rotation(data: st.DataObject, roster: Roster, now: float) -> None:
    made = data.draw(overrides(now))
    spans = [(one.start, one.end) for one in made]
    for shift in islice(shifts(roster, made, now, now + 60 * DAY), 20):
        if not any(start < shift.end and shift.start < end for start, end in spans):
            assert who(roster, made, shift.start) == who(roster, [], shift.start)


@pytest.mark.parametrize(
    ("zone", "local", "utc"),
    [
        ("America/Chicago", "2020-03-08 02:30", "2020-03-08T08:30Z"),  # skipped
        ("America/Chicago", "2020-11-01 01:30", "2020-11-01T06:30Z"),  # twice: the first
        ("Europe/London", "2026-03-29 01:30", "2026-03-29T01:30Z"),
        ("Australia/Lord_Howe", "2020-10-04 02:15", "2020-10-03T15:45Z"),  # half an hour is skipped
        ("Pacific/Apia", "2011-12-30 09:00", "2011-12-30T19:00Z"),  # a day that Samoa did not have
    ],
)
def test_a_handoff_that_the_clock_skips_or_repeats_is_as_rfc_5545_says(zone: str, local: str, utc: str) -> None:
    when = datetime.fromisoformat(local)
    roster = Roster(ZoneInfo(zone), when.weekday(), when.time(), PEOPLE, (Rotation(when.date(), GUIDE),))

    assert handoff(roster, when.date()) == at(utc)
    assert duty(roster, [], at(utc)).start == at(utc)
    assert duty(roster, [], at(utc) - 0.001).end == at(utc)


def test_a_week_has_167_168_or_169_hours() -> None:
    found = shifts(PARIS, [], at("2026-01-05 09:00"), at("2027-01-04 09:00"))
    hours = [(shift.end - shift.start) / 3600 for shift in found]

    assert len(hours) == 52
    assert {each: hours.count(each) for each in set(hours)} == {167: 1, 168: 50, 169: 1}


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("2026-01-05 09:00", ("ann", "bob")),  # the incoming person has the moment itself
        ("2026-01-12 08:59", ("ann", "bob")),
        ("2026-01-12 09:00", ("bob", "carol")),
        ("2026-01-19 09:00", ("carol", "ann")),
        ("2026-01-05 08:59", ("carol", "ann")),  # before the anchor
        ("2025-12-22 09:00", ("bob", "carol")),
        ("2026-12-28 09:00", ("ann", "bob")),  # ISO week 53 …
        ("2027-01-04 09:00", ("bob", "carol")),  # … is followed by week 1, and by the next row
    ],
)
def test_the_table_of_the_guide(when: str, expected: tuple[str, str]) -> None:
    assert who(PARIS, [], at(when)) == expected


def test_a_later_rotation_is_counted_from_its_own_week() -> None:
    later = Rotation(date(2026, 1, 26), (Row("dan", "eve"), Row("eve", "dan")))
    roster = PARIS._replace(rotations=(*PARIS.rotations, later))

    found = [shift.primary.id for shift in shifts(roster, [], at("2026-01-19"), at("2026-02-09")) if shift.primary]
    assert found == ["bob", "carol", "dan", "eve"]


def replaced(gone: str, person: str, id: str = "x", **more: float) -> Override:
    return Override(id, person, at("2026-01-06"), at("2026-01-08"), gone, None, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        ([replaced("ann", "dan")], ("dan", "bob")),
        ([replaced("bob", "dan")], ("ann", "dan")),
        ([replaced("carol", "dan")], ("ann", "bob")),  # not on duty
        ([replaced("ann", "bob"), replaced("bob", "ann")], ("bob", "ann")),  # one level: they change roles
        ([replaced("ann", "dan", created=2), replaced("ann", "eve", created=1)], ("dan", "bob")),  # the latest
        ([Override("x", "dan", at("2026-01-06"), at("2026-01-08"), role="backup")], ("ann", "dan")),
    ],
)
def test_an_override_takes_what_it_means(made: list[Override], expected: tuple[str, str]) -> None:
    assert who(PARIS, made, at("2026-01-07")) == expected
    assert who(PARIS, made, at("2026-01-08")) == ("ann", "bob")  # its end is not in it


@pytest.mark.parametrize(
    ("made", "warnings"),
    [
        ([], ()),
        ([replaced("ann", "bob")], ("Bob holds both roles: there is no second line",)),
        (
            [replaced("ann", "dan", "a"), replaced("ann", "eve", "b")],
            ("overrides overlap for primary (a, b): the latest wins, which is b",),
        ),
    ],
)
def test_what_is_not_well_is_said(made: list[Override], warnings: tuple[str, ...]) -> None:
    assert duty(PARIS, made, at("2026-01-07")).warnings == warnings


def test_nobody_is_on_call_where_nobody_is() -> None:
    found = duty(PARIS._replace(rotations=()), [], at("2026-01-07"))
    assert (found.primary, found.backup) == (None, None)
    assert found.warnings == ("nobody is on call", "nobody is backup: there is no second line")


@pytest.mark.parametrize("moment", [float("inf"), -1e12, 1e15, datetime(1, 1, 1, tzinfo=UTC).timestamp()])
def test_a_time_beyond_calendars_is_refused(moment: float) -> None:
    with pytest.raises(UsageError, match="beyond what calendars know"):
        duty(PARIS, [], moment)


def week_of(who: Person, seen: Known, now: float) -> list[Shift]:
    """The first whole week of somebody as primary, week by week from a moment."""
    end = duty(seen.roster, [], now).end if duty(seen.roster, [], now).start < now else now
    while True:
        start, end = end, duty(seen.roster, [], end).end
        found = [*shifts(seen.roster, seen.overrides, start, end)]
        if all(each.primary == who for each in found):
            return found


@pytest.mark.slow
@settings(deadline=None, max_examples=60)
@given(st.data(), rosters())
def test_a_swap_gives_each_what_the_other_had_and_takes_nothing_else(data: st.DataObject, roster: Roster) -> None:
    now = FIRST + 15 * 365 * DAY
    seen = Known(roster, tuple(data.draw(overrides(now, 4))))
    one, other = (PEOPLE[name] for name in data.draw(st.permutations(NAMES))[:2])
    try:
        made = swapped(seen, one, other, now)
    except UsageError:
        return
    before = {who: week_of(who, seen, now) for who in (one, other)}
    after = [*seen.overrides, *made]
    for had, instead in ((one, other), (other, one)):
        for shift in before[had]:
            found = duty(roster, after, shift.start)
            assert found.primary == instead
            assert found.backup == (had if shift.backup == instead else shift.backup)
    spans = [(week[0].start, week[-1].end) for week in before.values()]
    for _ in range(5):
        moment = now + data.draw(st.integers(0, 200 * 24)) * 3600.0
        if not any(start <= moment < end for start, end in spans):
            assert who(roster, after, moment) == who(roster, list(seen.overrides), moment)
