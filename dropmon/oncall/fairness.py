"""Whether the load is even: hours, weekends and nights of each person. Pure. Times in seconds since 1970."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, time, timedelta, tzinfo
from itertools import combinations
from typing import NamedTuple

from dropmon.model import Status
from dropmon.oncall.roster import Role, Roster
from dropmon.oncall.schedule import Shift
from dropmon.oncall.served import Served
from dropmon.output.table import Column, Table

EVEN = 95.0  # percent: nearer nobody can plan
NIGHT, NOON = time(3), time(12)  # who holds it then had the night, or the day


class Span(NamedTuple):
    """Somebody held a role. `end` is not in it."""

    role: str
    person: str
    start: float
    end: float
    served: bool = False  # it was so; else the rules say so


class Load(NamedTuple):
    """What one person carries, in hours and in counts; `over` is by how many percent it is more than the mean."""

    person: str
    primary: float
    backup: float
    weekends: float  # of primary; a day of two is a half
    nights: int
    over: float


def spans(rows: Iterable[Served], shifts: Iterable[Shift], start: float, end: float) -> Iterator[Span]:
    """Who held what, in `start <= at < end`: as it was served, and where nobody looked as the rules say."""
    known: dict[str, list[Span]] = {}
    for one in sorted(rows, key=lambda row: row.start):
        clipped = Span(one.role, one.person, max(one.start, start), min(one.until, end), True)
        if clipped.start < clipped.end:
            known.setdefault(one.role, []).append(clipped)
    for own in known.values():
        yield from own
    for shift in shifts:
        for role, person, _ in shift.roles:
            whole = Span(role, person.id if person else "", max(shift.start, start), min(shift.end, end))
            yield from _rest(whole, known.get(role, ()))


def _rest(whole: Span, taken: Sequence[Span]) -> Iterator[Span]:
    """What of a span is in none of others, which are in order."""
    start = whole.start
    for one in taken:
        if one.end <= start or one.start >= whole.end:
            continue
        if start < one.start:
            yield whole._replace(start=start, end=one.start)
        start = max(start, one.end)
    if start < whole.end:
        yield whole._replace(start=start)


def loads(found: Iterable[Span], roster: Roster) -> list[Load]:
    """What each person carries, who carries most first; those who carry nothing are in it."""
    hours: dict[tuple[str, str], float] = {}
    nights, days = dict.fromkeys(roster.people, 0), dict.fromkeys(roster.people, 0.0)
    for span in found:
        if not span.person:
            continue
        key = span.person, span.role
        hours[key] = hours.get(key, 0.0) + (span.end - span.start) / 3600
        if span.role == PRIMARY:
            nights[span.person] = nights.get(span.person, 0) + _count(span, NIGHT, range(7), roster.zone)
            days[span.person] = days.get(span.person, 0.0) + _count(span, NOON, (5, 6), roster.zone) / 2
    people = list(dict.fromkeys([*roster.people, *(person for person, _ in hours)]))
    mean = sum(hours.get((one, PRIMARY), 0.0) for one in people) / max(1, len(people))
    all_ = [
        Load(one, own := hours.get((one, PRIMARY), 0.0), hours.get((one, "backup"), 0.0), days.get(one, 0.0),
             nights.get(one, 0), 100 * (own / mean - 1) if mean else 0.0)
        for one in people
    ]  # fmt: skip
    return sorted(all_, key=lambda one: (-one.primary, one.person))


def balance(hours: Sequence[float]) -> float:
    """How even it is, in percent: the mean over all pairs of the less by the more (as Grafana OnCall counts it).

    >>> balance([100, 100, 100]), balance([100, 50]), balance([100, 96]), balance([0, 0]), balance([7])
    (100.0, 50.0, 100.0, 100.0, 100.0)
    """
    pairs = [100 * min(pair) / max(pair) if max(pair) else 100.0 for pair in combinations(hours, 2)]
    mean = sum(pairs) / len(pairs) if pairs else 100.0
    return 100.0 if mean >= EVEN else mean


def table(found: Sequence[Load], roster: Roster, title: str, notes: Sequence[str] = ()) -> Table:
    """The loads, and how even they are."""
    even = balance([one.primary for one in found])
    rows = [
        {
            "person": one.person, "name": who.name if (who := roster.once(one.person)) else one.person,
            "primary_hours": round(one.primary, 2), "backup_hours": round(one.backup, 2), "weekends": one.weekends,
            "nights": one.nights, "over_percent": round(one.over, 1),
            "status": Status.WARNING.value if even < EVEN and one.over > 0 else None,
        }
        for one in found
    ]  # fmt: skip
    status = Status.OK if even >= EVEN else Status.WARNING
    facts = {"balance_percent": round(even, 1)}
    return Table("people", COLUMNS, rows, f"balance {even:.0f} %, {title}", status, tuple(notes), facts)


def _count(span: Span, at: time, weekdays: Sequence[int], zone: tzinfo) -> int:
    """How often a time on the wall's clock is in a span, on some days of the week."""
    day = datetime.fromtimestamp(span.start, UTC).astimezone(zone).date() - timedelta(days=1)
    last = datetime.fromtimestamp(span.end, UTC).astimezone(zone).date()
    count = 0
    while (day := day + timedelta(days=1)) <= last:
        if day.weekday() in weekdays:
            count += span.start <= datetime.combine(day, at, zone).timestamp() < span.end
    return count


PRIMARY: Role = "primary"
COLUMNS = (
    Column("person", "Id", human=False), Column("name", "Person"),
    Column("primary_hours", "Hours", lambda row: f"{row['primary_hours']:.0f}", right=True),
    Column("over_percent", "To the mean", lambda row: f"{row['over_percent']:+.0f} %", right=True),
    Column("weekends", "Weekends", lambda row: f"{row['weekends']:g}", right=True),
    Column("nights", "Nights", right=True),
    Column("backup_hours", "As backup", lambda row: f"{row['backup_hours']:.0f}", right=True),
)  # fmt: skip
