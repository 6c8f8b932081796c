"""What stands behind a period's numbers: incidents, deployments, databases, promises, who was on call.

Each is read from its own room's store, and made into the records of `dropmon.reports`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from dropmon.errors import DropmonError
from dropmon.flows.tallied import averaged, edges, grown
from dropmon.incidents import measure
from dropmon.incidents.incident import Incident, State, unpacked
from dropmon.incidents.policy import Level as Severity
from dropmon.reports.report import Base, Deployment, Duty, Level, Promise, Trouble
from dropmon.reports.spans import within
from dropmon.storage.events import events_of
from dropmon.storage.incidents import incidents_of

if TYPE_CHECKING:
    from datetime import tzinfo
    from fractions import Fraction

    from dropmon.alerts.maintenance import Window
    from dropmon.flows.tallied import Span
    from dropmon.model import Event
    from dropmon.rules import Rules
    from dropmon.slo.standing import Standing
    from dropmon.storage import Store
    from dropmon.storage.reports import ReportStore

DAY = 86400.0  # seconds without a word: a source that says nothing for so long is missing
HOUR = 3600.0  # seconds after a deployment in which it may have caused an incident
SOURCE, TOLD = "source", "told"  # what the store knows of a source that told something
DEPLOYING = frozenset({"vercel"})  # sources that tell of deployments
LIVE = frozenset({"ready", "rolled back"})  # what users got, though it was taken back later
FIELD = frozenset({"beacons", "crux", "pagespeed", "vercel"})  # who tells web vitals of people; a lab has none
VITALS = {"lcp": 2.5, "inp": 0.2, "cls": 0.1}  # good up to here: web.dev/articles/vitals
NIGHT = (22, 7)  # o'clock: when an alert wakes somebody up


def incidents(store: Store, since: float) -> list[Incident]:
    """Every incident that was opened, changed or open since then; not those that became part of another."""
    own = incidents_of(store)
    found = {each.number: each for each in map(unpacked, [*own.bodies(), *own.since(since - 1)])}
    return [each for each in found.values() if each.state is not State.MERGED]


def began(found: Iterable[Incident], span: Span) -> list[Incident]:
    """Those that were opened in a span, in order."""
    return sorted((each for each in found if span[0] <= each.opened < span[1]), key=lambda each: each.opened)


def lasting(found: Iterable[Incident], span: Span) -> list[Incident]:
    """Those that were opened before a span, and open in it."""
    return [each for each in found if each.opened < span[0] and (each.resolved is None or each.resolved > span[0])]


def still(found: Iterable[Incident], span: Span) -> list[Incident]:
    """Those that were opened before a span, and open at its end."""
    return [each for each in lasting(found, span) if each.resolved is None or each.resolved >= span[1]]


def troubles(found: Sequence[Incident], span: Span) -> tuple[Trouble, ...]:
    """The incidents of a span, also those from before that were open in it, one by one, the worst first."""
    own = sorted([*began(found, span), *lasting(found, span)], key=lambda each: (each.level.rank, each.opened))
    return tuple(
        Trouble(
            each.number, each.level.value, each.title, each.opened, measure.to_acknowledge(each),
            measure.to_resolve(each), each.open, each.opened < span[0],
        )
        for each in own
    )  # fmt: skip


def levels(found: Sequence[Incident], span: Span, earlier: Span | None) -> tuple[Level, ...]:
    """The incidents of each level, and how many there were in the span before, if anybody watched."""
    now, then = began(found, span), began(found, earlier) if earlier else None
    return tuple(
        Level(
            level.value, len(own := [each for each in now if each.level is level]),
            measure.mean(map(measure.to_acknowledge, own)), measure.mean(map(measure.to_resolve, own)),
            None if then is None else float(sum(each.level is level for each in then)),
        )
        for level in Severity
    )  # fmt: skip


def disturbed(found: Iterable[Incident], span: Span) -> float:
    """Seconds of a span in which at least one incident was open."""
    start, end = span
    return within(((each.opened, end if each.resolved is None else each.resolved) for each in found), start, end)


def deployed(store: Store, span: Span, heard: bool = True) -> list[Event] | None:
    """The deployments of a span; None when nobody tells of any, or who does was not heard."""
    own = events_of(store)
    found = own.between(*span, "deployment")
    if found or not heard:
        return found or None
    known = any(name in DEPLOYING and state.verdict == TOLD for (_, name), state in store.states([SOURCE]).items())
    return [] if known or own.between(0.0, span[1], "deployment") else None


def deployments(events: Iterable[Event], found: Sequence[Incident]) -> tuple[Deployment, ...]:
    """Each deployment, with the incidents that were opened within the hour after it went live."""
    return tuple(Deployment(each.at, each.title, each.state, len(after([each], found))) for each in events)


def after(events: Iterable[Event], found: Sequence[Incident]) -> set[int]:
    """The incidents that were opened within the hour after one of the deployments that went live."""
    live = [each.at for each in events if each.state in LIVE]
    return {each.number for at in live for each in began(found, (at, at + HOUR))}


def databases(store: Store, span: Span) -> tuple[Base, ...]:
    """The health and the growth of every database that was looked into."""
    names = {_database(dict(each.labels)) for each in store.series("pg_database_bytes")}
    names |= {_database(dict(each.labels)) for each in store.series("pg_connections_used")}
    return tuple(_base(store, name, span) for name in sorted(names))


def _database(labels: Mapping[str, str]) -> str:
    return labels.get("database") or labels.get("instance", "")


def _base(store: Store, name: str, span: Span) -> Base:
    def own(labels: Mapping[str, str]) -> bool:
        return _database(labels) == name

    size, before = (_size(store, name, at, span[0] if at == span[1] else at - 7 * 86400) for at in (span[1], span[0]))
    hits, reads = (grown(store, f"pg_blocks_{what}_total", own, span)[0] for what in ("hit", "read"))
    used, most = (_most(store, f"pg_{what}", name, span) for what in ("connections_used", "max_connections"))
    return Base(
        name, size, None if size is None or before is None else size - before,
        None if used is None or not most else used / most,
        None if hits is None or reads is None or not hits + reads else hits / (hits + reads),
        grown(store, "pg_deadlocks_total", own, span)[0],
    )  # fmt: skip


def _size(store: Store, name: str, at: float, since: float) -> float | None:
    """Bytes of all databases of a server, as they were last measured before a time, and not long ago."""
    found = store.latest("pg_database_bytes", at - 0.001)
    own = [value for labels, (when, value) in found.items() if _database(dict(labels)) == name and when >= since]
    return sum(own) if own else None


def _most(store: Store, metric: str, name: str, span: Span) -> float | None:
    ids = [each.id for each in store.series(metric) if _database(dict(each.labels)) == name]
    return max((fold.max for fold in store.folds(ids, *edges(span)).values()), default=None)


def duties(
    rules: Rules, place: str | None, reports: ReportStore, span: Span, zone: tzinfo
) -> tuple[tuple[Duty, ...], tuple[str, ...]]:
    """What everybody carried who was on call, who carried most first; and what is not known of it."""
    from dropmon.flows import paging
    from dropmon.oncall.fairness import spans
    from dropmon.oncall.schedule import shifts

    seen = paging.known(rules, place, span)
    held = [*spans(seen.served, shifts(seen.roster, seen.overrides, *span), *span)]
    fired = reports.fired(*span)
    people = sorted({one.person for one in held if one.person})

    def duty(person: str) -> Duty:
        first, second = (
            [(one.start, one.end) for one in held if (one.person, one.role) == (person, role)]
            for role in ("primary", "backup")
        )
        who = seen.roster.once(person)
        return Duty(who.name if who else person, _hours(first), _hours(second), *_loud(fired, first, zone))

    found = [duty(person) for person in people]
    return tuple(sorted(found, key=lambda one: (-one.primary, -one.backup, one.person))), seen.warnings


def _hours(watch: Iterable[Span]) -> float:
    return sum(end - start for start, end in watch) / 3600


def _loud(fired: Iterable[tuple[float, str]], watch: Sequence[Span], zone: tzinfo) -> tuple[int, int]:
    """How many alerts began on somebody's watch, and how many of them at night."""
    own = [at for at, _ in fired if any(start <= at < end for start, end in watch)]
    hours = [datetime.fromtimestamp(at, UTC).astimezone(zone).hour for at in own]
    return len(own), sum(hour >= NIGHT[0] or hour < NIGHT[1] for hour in hours)


def satisfaction(store: Store, name: str, span: Span) -> tuple[float | None, int]:
    """The mean of what a metric said."""
    return averaged(store, name, lambda labels: True, span)


def visits(store: Store, span: Span) -> tuple[float | None, int]:
    """The share of visits whose Web Vitals were good, as people's browsers told it."""

    def good(labels: Mapping[str, str]) -> bool:
        return labels.get("rating") == "good" and labels.get("name") in VITALS and labels.get("source") in FIELD

    return averaged(store, "web_vital_share", good, span)


def vitals(store: Store, span: Span) -> tuple[float | None, int]:
    """The share of what people's browsers told of Web Vitals that was good at p75, where no shares are known."""
    told = {each.id: dict(each.labels) for each in store.series("web_vital")}
    names = {id_: labels.get("name", "") for id_, labels in told.items() if labels.get("source") in FIELD}
    wanted = [id_ for id_, name in names.items() if name in VITALS]
    runs = store.runs(wanted, *edges(span))
    good = [value <= VITALS[names[id_]] for id_, _, values in runs for value in values]
    return (sum(good) / len(good) if good else None), len(good)


def promised(
    rules: Rules, store: Store, at: float, zone: tzinfo
) -> tuple[tuple[Promise, ...] | None, list[tuple[str, str]]]:
    """The SLOs as they stood at a time, None when the rules have none; and what kept one from being counted."""
    from dropmon.flows import promises
    from dropmon.history.selection import Selection
    from dropmon.rules.intervals import interval

    if "slos" not in rules.given:
        return None, []
    counting = promises.counter(rules, store, Selection(store, interval(rules)))
    found, failed = [], []
    for each in promises.promises(rules):
        try:
            found.append(promise(promises.one(counting, promises.Excluding(rules), each, at), zone))
        except DropmonError as error:
            failed.append((each.name, error.what))
    return tuple(found), failed


def promise(standing: Standing, zone: tzinfo) -> Promise:
    """How an SLO stands, in a line."""
    from dropmon.slo import words
    from dropmon.slo.target import shown

    left, tally = standing.remaining, standing.tally
    return Promise(
        standing.promise.name, shown(standing.promise.target), number(standing.sli), standing.state.name,
        number(standing.consumed), None if left is None else float(left * standing.minutes),
        words.reason(standing, zone), tally.coverage, float(tally.good), float(tally.bad), float(tally.total),
    )  # fmt: skip


def number(share: Fraction | None) -> float | None:
    return None if share is None else float(share)


def silent(rules: Rules, store: Store, span: Span, made: float) -> dict[str, float | None]:
    """The sources that fail, or had told nothing for a day at the end of a span; and when they told something last.

    Of a span that ended more than a week before it is looked at, failures of today say nothing.
    """
    from dropmon.rules.sections.sources import given

    states = {name: state for (_, name), state in store.states([SOURCE]).items()}
    found: dict[str, float | None] = {}
    for each in given(rules):
        state = states.get(each.key)
        patience = max(DAY, 2 * each.source.every) if each.source else DAY
        if state is None or (state.verdict != TOLD and made - span[1] < 7 * DAY):
            found[each.name] = None
        elif state.at < span[1] - patience:
            found[each.name] = state.at if state.verdict == TOLD else None
    return found


def maintenance(rules: Rules) -> list[Window]:
    """The windows of the rules. Raises RulesError."""
    from dropmon.alerts.plan import window
    from dropmon.zone import HERE

    zone = rules.platform.timezone or HERE
    return [window(each, zone) for each in rules.maintenance]


def unseen(rules: Rules, seen: Iterable[tuple[str, str]], kinds: Sequence[str]) -> list[str]:
    """The checks of the rules of which nothing is known: as they are written, whatever else is wrong with them."""
    from dropmon.rules.nodes import ListNode, MapNode, Scalar

    known = set(seen)
    top = rules.root.pairs["checks"][1] if "checks" in rules.given else None
    found = []
    for kind, (_, entries) in top.pairs.items() if isinstance(top, MapNode) else ():
        for item in entries.items if isinstance(entries, ListNode) and kind in kinds else ():
            name = item.pairs["name"][1] if isinstance(item, MapNode) and "name" in item.pairs else None
            several = isinstance(item, MapNode) and "targets" in item.pairs
            if isinstance(name, Scalar) and not several and (kind, name.text) not in known:
                found.append(name.text)
    return found
