"""The past is what was served, whatever the rules say by now."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from math import inf
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dropmon.flows import paging
from dropmon.flows.paging import Known
from dropmon.oncall.roster import ROLES, Override, Roster
from dropmon.oncall.schedule import duty, shifts
from dropmon.oncall.served import Served
from dropmon.oncall.served import told as shown
from dropmon.storage.oncall import OncallStore, open_oncall
from tests.oncall.rosters import DAY, FIRST, overrides, rosters

START = FIRST + 15 * 365 * DAY


class Book:
    """What is written down, turn by turn, in a file."""

    def __init__(self, kept: OncallStore) -> None:
        self.kept = kept

    def turn(self, roster: Roster, made: list[Override], at: float) -> None:
        paging.write_down(self.kept, roster, made, at)

    @property
    def rows(self) -> list[Served]:
        return [Served(*row) for row in self.kept.served(-inf, inf)]

    def of(self, role: str) -> list[Served]:
        return [row for row in self.rows if row.role == role]

    def who(self, roster: Roster, made: list[Override], at: float) -> list[str | None]:
        found = paging.duty(Known(roster, tuple(made), tuple(self.rows)), at)
        return [one and one.id for one in (found.primary, found.backup)]


@contextmanager
def opened() -> Iterator[Book]:
    with tempfile.TemporaryDirectory() as folder, open_oncall(Path(folder) / "h.db") as kept:
        yield Book(kept)


def told(roster: Roster, made: list[Override], at: float) -> list[str | None]:
    found = duty(roster, made, at)
    return [one and one.id for one in (found.primary, found.backup)]


@pytest.mark.slow
@settings(deadline=None, max_examples=60)
@given(st.data(), st.lists(rosters(), min_size=1, max_size=3))
def test_who_was_told_then_is_who_was_on_call_for_ever(data: st.DataObject, known: list[Roster]) -> None:
    at, found = START, {}
    with opened() as book:
        for _ in range(data.draw(st.integers(1, 12))):
            roster, made = data.draw(st.sampled_from(known)), data.draw(overrides(at, 3))
            at += data.draw(st.sampled_from((0.0, 300.0, 3600.0, DAY, 9 * DAY)))
            book.turn(roster, made, at)
            found[at] = told(roster, made, at)  # of several at one moment the last that was told

        assert {at: book.who(known[0], [], at) for at in found} == found
        for role in ROLES:
            own = book.of(role)
            assert own[-1].seen == at
            for one, other in pairwise(own):
                assert one.start < one.until == other.start


@pytest.mark.slow
@settings(deadline=None, max_examples=60)
@given(st.data(), rosters(), st.sampled_from((60.0, 3600.0, 3 * DAY, 40 * DAY, 4 * 365 * DAY)))
def test_a_clock_that_ran_ahead_decides_nothing(data: st.DataObject, roster: Roster, ahead: float) -> None:
    with opened() as book:
        if data.draw(st.booleans()):
            book.turn(roster, [], START - data.draw(st.sampled_from((60.0, 10 * DAY))))
        book.turn(roster, data.draw(overrides(START)), START + ahead)
        at, found = START, {}
        for _ in range(data.draw(st.integers(1, 8))):  # until it is as late as it once was said to be, and later
            made = data.draw(overrides(at, 3))
            book.turn(roster, made, at)
            found[at] = told(roster, made, at)
            assert book.who(roster, made, at) == found[at]
            later = at + data.draw(st.sampled_from((1.0, 3600.0, 30 * DAY)))
            if ahead <= 3 * DAY:
                assert book.who(roster, made, later) == told(roster, made, later)
            at += data.draw(st.sampled_from((60.0, 3600.0, 6 * DAY)))
        assert {at: book.who(roster, [], at) for at in found} == found


@pytest.mark.slow
@settings(deadline=None, max_examples=30)
@given(rosters())
def test_a_clock_that_begins_in_1970_costs_nothing_of_the_past(roster: Roster) -> None:
    with opened() as book:
        for day in range(0, 40, 3):
            book.turn(roster, [], START + day * DAY)
        before = book.rows
        for minute in (0, 5, 10):
            book.turn(roster, [], minute * 60.0)
        assert [row for row in book.rows if row.start > DAY * 30] == before


@pytest.mark.slow
@settings(deadline=None, max_examples=60)
@given(st.data(), rosters())
def test_what_was_served_and_what_comes_leave_no_gap(data: st.DataObject, roster: Roster) -> None:
    at = START
    with opened() as book:
        for _ in range(data.draw(st.integers(0, 6))):
            book.turn(roster, data.draw(overrides(at, 3)), at)
            at += data.draw(st.sampled_from((300.0, DAY, 9 * DAY)))
        rows = book.rows

    coming = [*shifts(roster, (), START - 10 * DAY, at + 30 * DAY)]
    found = [*shown(rows, coming, roster)]
    assert (found[0].start, found[-1].end) == (coming[0].start, coming[-1].end)
    for one, other in pairwise(found):
        assert one.start < one.end == other.start
