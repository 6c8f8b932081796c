"""The past is what was served, whatever the rules say by now."""

from __future__ import annotations

from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from dropmon.oncall.roster import ROLES, Override, Roster
from dropmon.oncall.schedule import duty, shifts
from dropmon.oncall.served import Served, past, serving
from dropmon.oncall.served import told as shown
from tests.oncall.rosters import DAY, FIRST, overrides, rosters

START = FIRST + 15 * 365 * DAY


class Book:
    """What is written down, turn by turn."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, float], Served] = {}

    def turn(self, roster: Roster, made: list[Override], at: float) -> None:
        last = [max(own, key=lambda row: row.start) for role in ROLES if (own := self.of(role))]
        looked = min((row.seen for row in last if row.seen <= at), default=at)
        for row in serving(last, shifts(roster, made, looked, at + 0.001), at):
            self.rows[row.role, row.start] = row

    def of(self, role: str) -> list[Served]:
        return sorted((row for row in self.rows.values() if row.role == role), key=lambda row: row.start)


@given(st.data(), st.lists(rosters(), min_size=1, max_size=3))
def test_who_was_told_then_is_who_was_on_call_for_ever(data: st.DataObject, known: list[Roster]) -> None:
    book, at, told = Book(), START, []
    for _ in range(data.draw(st.integers(1, 12))):
        roster, made = data.draw(st.sampled_from(known)), data.draw(overrides(at, 3))
        at += data.draw(st.sampled_from((0.0, 300.0, 3600.0, DAY, 9 * DAY)))
        book.turn(roster, made, at)
        told.append((at, duty(roster, made, at)))

    latest = dict(told)  # of several at one moment the last that was told
    for at, found in latest.items():
        seen = past(book.rows.values(), known[0], at)
        assert seen
        assert [seen.primary, seen.backup] == [found.primary, found.backup]
    for role in ROLES:
        own = book.of(role)
        assert own[-1].seen == at
        for one, other in pairwise(own):
            assert one.start < one.until == other.start


def test_nothing_is_written_down_for_a_time_before_the_last_look() -> None:
    roster = Roster(ZoneInfo("Europe/Paris"))
    book = Book()
    book.turn(roster, [], START)
    before = dict(book.rows)
    book.turn(roster, [], START - DAY)
    assert book.rows == before


@given(st.data(), rosters())
def test_what_was_served_and_what_comes_leave_no_gap(data: st.DataObject, roster: Roster) -> None:
    book, at = Book(), START
    for _ in range(data.draw(st.integers(0, 6))):
        book.turn(roster, data.draw(overrides(at, 3)), at)
        at += data.draw(st.sampled_from((300.0, DAY, 9 * DAY)))

    coming = [*shifts(roster, (), START - 10 * DAY, at + 30 * DAY)]
    found = [*shown([*book.rows.values()], coming, roster)]
    assert (found[0].start, found[-1].end) == (coming[0].start, coming[-1].end)
    for one, other in pairwise(found):
        assert one.start < one.end == other.start
