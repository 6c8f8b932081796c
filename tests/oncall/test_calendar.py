"""The calendar says what a look-up says, keeps its ids, and tells what is off."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from dropmon.oncall.calendar import Event, events, published, text, uid, window
from dropmon.oncall.fairness import spans
from dropmon.oncall.roster import ROLES, Override, Person, Roster, Rotation, Row
from dropmon.oncall.schedule import duty, shifts
from tests.oncall.rosters import DAY, instants, overrides, rosters
from tests.oncall.test_schedule import PARIS, at, replaced


def made(roster: Roster, overriding: list[Override], start: float, end: float) -> list[Event]:
    span = window(roster, start, end)
    return [*events("Shop", spans((), shifts(roster, overriding, *span), *span), roster)]


def read(content: bytes) -> list[tuple[str, float, float, str]]:
    """Role, start, end and summary of each event that is not cancelled, as another program understands them."""
    entries: list[Any] = [*Calendar.from_ical(content).walk("VEVENT")]
    return [
        (
            str(one["CATEGORIES"].cats[0]),
            one["DTSTART"].dt.timestamp(),
            one["DTEND"].dt.timestamp(),
            str(one["SUMMARY"]),
        )
        for one in entries
        if one["STATUS"] != "CANCELLED"
    ]


@pytest.mark.slow
@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(st.data(), rosters(), instants.map(float.__floor__).map(float))
def test_the_calendar_says_what_a_lookup_says(data: st.DataObject, roster: Roster, now: float) -> None:
    overriding = data.draw(overrides(now))
    content = text(made(roster, overriding, now, now + 40 * DAY), roster, "Shop", "en")
    entries = read(content)
    for _ in range(8):
        moment = now + data.draw(st.integers(0, 40 * 86400 - 1))
        seen = duty(roster, overriding, moment)
        for role, person in zip(ROLES, (seen.primary, seen.backup), strict=True):
            own = [summary for own, start, end, summary in entries if own == role and start <= moment < end]
            assert person
            assert [summary.partition(": ")[2] for summary in own] == [person.name]


def test_an_id_is_that_of_the_schedule_the_role_the_start_and_the_person() -> None:
    start, end = at("2026-01-05 09:00"), at("2026-02-02 09:00")
    whole = made(PARIS, [], start, end)
    assert [each.uid for each in made(PARIS, [], start + 3 * DAY, end)] == [each.uid for each in whole]
    assert len({each.uid for each in whole}) == len(whole) == 8
    changed = made(PARIS, [replaced("ann", "dan")], start, end)
    assert {each.uid for each in whole} <= {each.uid for each in changed}  # the first piece keeps its id


def test_who_has_two_weeks_after_each_other_has_two_shifts_that_begin_where_theirs_would() -> None:
    """So that each keeps its id, wherever the calendar begins."""
    start = at("2026-01-05 09:00")
    alone = PARIS._replace(rotations=(Rotation(date(2026, 1, 5), (Row("ann", "bob"), Row("ann", "carol"))),))
    whole = made(alone, [], start, start + 28 * DAY)
    assert [one.start for one in whole if one.role == "primary"] == [start + week * 7 * DAY for week in range(4)]
    assert {one.uid for one in made(alone, [], start + 7 * DAY, start + 28 * DAY)} < {one.uid for one in whole}


def test_no_two_shifts_share_an_id_however_their_names_are_cut() -> None:
    assert uid("Shop\\nprimary", "backup", 0.0, "ann") != uid("Shop", "primary\\nbackup", 0.0, "ann")


def test_a_shift_that_is_off_is_told_as_cancelled_and_one_that_is_on_again_is_not() -> None:
    span = at("2026-01-05 09:00"), at("2026-01-19 09:00")
    plain, changed = made(PARIS, [], *span), made(PARIS, [replaced("ann", "dan")], *span)
    first = published({}, plain, span, 1.0)
    second = published({one.uid: one for one in first}, changed, span, 2.0)
    third = published({one.uid: one for one in second}, plain, span, 3.0)
    again = published({one.uid: one for one in third}, plain, span, 4.0)

    assert not any(one.cancelled or one.sequence for one in first)
    assert [one.sequence for one in second if one.person == "ann" and one.start == span[0]] == [1]  # it ends earlier
    assert sorted({one.person for one in third if one.cancelled}) == ["ann", "dan"]
    assert again == third


def test_the_file_is_as_the_rfc_wants_it() -> None:
    people = {**PARIS.people, "ann": Person("ann", "Ann; R&D, the " + "very " * 20 + "long name")}
    content = text(made(PARIS._replace(people=people), [], at("2026-03-23"), at("2026-04-06")), PARIS._replace(people=people), "Shop", "fr")  # fmt: skip # noqa: E501

    assert content.replace(b"\r\n", b"").find(b"\n") == -1
    assert max(map(len, content.split(b"\r\n"))) <= 75
    assert b"&amp;" not in content
    assert b"Astreinte : Ann\\; R&D\\, the very" in content.replace(b"\r\n ", b"")
    assert set(re.findall(rb"(?:DTSTART|DTEND):(\S+)", content)) >= {b"20260330T070000Z", b"20260323T080000Z"}
    assert b"TZID" not in content
    assert datetime.fromisoformat("2026-03-30T09:00+02:00").timestamp() in {start for _, start, *_ in read(content)}


@pytest.mark.slow
def test_without_the_library_one_is_told_how_to_install_it() -> None:
    script = (
        "import sys; sys.modules['icalendar'] = None\n"
        "from dropmon.errors import UsageError\nfrom dropmon.oncall.calendar import text\n"
        "try:\n    text((), None, '', 'en')\nexcept UsageError as error:\n    print(error.what, error.hint)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert "not installed pip install 'dropmon[calendar]'" in done.stdout
