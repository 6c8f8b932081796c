"""How long it took, and how often it comes. Pure. None where there is nothing to measure, never 0."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta, tzinfo

from dropmon.incidents.incident import Incident, State

MONTH = 30 * 86400.0  # seconds within which the same trouble is recurrent


def to_acknowledge(incident: Incident) -> float | None:
    """Seconds until somebody took it."""
    return None if incident.acknowledged is None else incident.acknowledged - incident.opened


def to_resolve(incident: Incident) -> float | None:
    """Seconds until it was over."""
    return None if incident.resolved is None else incident.resolved - incident.opened


def mean(times: Iterable[float | None]) -> float | None:
    """
    >>> mean([60.0, None, 120.0]), mean([None])
    (90.0, None)
    """
    known = [each for each in times if each is not None]
    return sum(known) / len(known) if known else None


def earlier(incident: Incident, others: Iterable[Incident]) -> list[int]:
    """The numbers of those that were the same trouble, and began within the 30 days before it."""
    return [
        each.number
        for each in others
        if incident.fingerprint
        and each.fingerprint == incident.fingerprint
        and each.number != incident.number
        and each.state is not State.MERGED
        and 0 <= incident.opened - each.opened <= MONTH
    ]


def recurring(incidents: Sequence[Incident], at: float) -> dict[str, list[int]]:
    """What came twice or more within the 30 days before a time: which trouble, and the incidents."""
    found: dict[str, list[int]] = {}
    for each in incidents:
        if each.fingerprint and each.state is not State.MERGED and 0 <= at - each.opened <= MONTH:
            found.setdefault(each.fingerprint, []).append(each.number)
    return {fingerprint: sorted(numbers) for fingerprint, numbers in found.items() if len(numbers) > 1}


def working(at: float, days: int, zone: tzinfo | None = None) -> float:
    """The same time of day so many working days later, by the wall clock of a zone; holidays count as work.

    >>> working(1795428000.0, 5) - 1795428000.0 == 7 * 86400  # from a Monday
    True
    """
    when = datetime.fromtimestamp(at, zone or UTC)
    while days:
        when += timedelta(days=1)
        days -= when.weekday() < 5
    return when.timestamp()
