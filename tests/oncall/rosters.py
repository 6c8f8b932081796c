"""Random rosters and overrides, in zones whose clocks are changed in every way; and a slower second opinion."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from dropmon.oncall.roster import ROLES, Override, Person, Roster, Rotation, Row, handed

ZONES = (
    "UTC", "Europe/Paris", "Europe/London", "America/Chicago", "America/St_Johns", "Australia/Lord_Howe",
    "Pacific/Apia", "Pacific/Kwajalein", "Asia/Kathmandu", "Africa/Casablanca", "Antarctica/Troll", "America/Caracas",
)  # fmt: skip
NAMES = ("ann", "bob", "carol", "dan", "eve")
PEOPLE = {name: Person(name, name.title()) for name in NAMES}
DAY = 86400.0
FIRST, LAST = datetime(1990, 1, 1, tzinfo=UTC).timestamp(), datetime(2032, 1, 1, tzinfo=UTC).timestamp()

instants = st.floats(FIRST, LAST) | st.integers(int(FIRST), int(LAST)).map(float)
names = st.sampled_from(NAMES)
rows = st.lists(st.permutations(NAMES).map(lambda two: Row(two[0], two[1])), min_size=1, max_size=5).map(tuple)
clocks = st.builds(time, st.integers(0, 23), st.sampled_from((0, 15, 30, 59)))


@st.composite
def rosters(draw: st.DrawFn) -> Roster:
    weekday = draw(st.integers(0, 6))
    days = draw(st.lists(st.dates(date(1990, 1, 1), date(2031, 1, 1)), min_size=1, max_size=3))
    weeks = sorted({handed(day, weekday) for day in days})
    rotations = tuple(Rotation(day, draw(rows)) for day in weeks)
    return Roster(ZoneInfo(draw(st.sampled_from(ZONES))), weekday, draw(clocks), PEOPLE, rotations)


@st.composite
def overrides(draw: st.DrawFn, near: float = FIRST + 15 * 365 * DAY, most: int = 6) -> list[Override]:
    """Some, within two months of a time, in the order in which they were made."""
    found = []
    for number in range(draw(st.integers(0, most))):
        start = near + draw(st.integers(-30 * 24, 30 * 24)) * 3600.0
        replaces = draw(st.none() | names)
        role = draw(st.sampled_from(ROLES) if replaces is None else st.none() | st.sampled_from(ROLES))
        person = draw(st.sampled_from([name for name in NAMES if name != replaces]))
        end = start + draw(st.integers(1, 20 * 24)) * 3600.0
        found.append(Override(f"o{number}", person, start, end, replaces, role, created=float(number)))
    return found


def begins(roster: Roster, day: date) -> float:
    """When the hand-off of a day is: the time on the wall less the offset that holds before a change."""
    naive = datetime.combine(day, roster.at)
    offset = naive.replace(tzinfo=roster.zone, fold=0).utcoffset()
    assert offset is not None
    return (naive - offset).replace(tzinfo=UTC).timestamp()


def by_hand(roster: Roster, made: list[Override], at: float) -> tuple[str, str]:
    """Who is primary and who is backup, counted week by week from the first anchor."""
    day = roster.rotations[0].day + timedelta(
        weeks=int((at - begins(roster, roster.rotations[0].day)) // (7 * DAY)) - 3
    )
    while begins(roster, day + timedelta(days=7)) <= at:
        day += timedelta(days=7)
    rotation = roster.rotations[0]
    for later in roster.rotations:
        rotation = later if later.day <= day else rotation
    row = rotation.rows[round((day - rotation.day).days / 7) % len(rotation.rows)]
    holders = {"primary": row.primary, "backup": row.backup or ""}
    found = dict(holders)
    for one in made:
        for role, holder in holders.items():
            if one.start <= at < one.end and one.role in (None, role) and one.replaces in (None, holder):
                found[role] = one.person
    return found["primary"], found["backup"]
