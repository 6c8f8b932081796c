"""How a week or a day was: history, alerts, incidents, on-call, databases, events and promises, introduced to a report.

What cannot be read is named in the report, which goes out all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

from dropmon.errors import DropmonError, UsageError
from dropmon.flows import behind
from dropmon.flows.tallied import KINDS, Key, Probed, Probes, Span, grown, total
from dropmon.flows.weeks import Mean, Week, compared, counts, share
from dropmon.reports.comparison import Amount, Unit, change
from dropmon.reports.period import BASE, Period
from dropmon.reports.report import Check, Day, Duty, Figure, Lack, Report
from dropmon.reports.spans import rest
from dropmon.storage.reports import ReportStore, reports_of

if TYPE_CHECKING:
    from datetime import tzinfo

    from dropmon.alerts.maintenance import Window
    from dropmon.incidents.incident import Incident
    from dropmon.rules import Rules
    from dropmon.rules.sections.report import WeeklyReport
    from dropmon.storage import Store

T = TypeVar("T")
NOTHING: Mapping[str, object] = MappingProxyType({})
OUTBOX = 30 * 86400.0  # seconds for which the outbox knows what it sent
SATISFYING = 0.5  # seconds that satisfy, when the rules say nothing else


class Gathering:
    """All that a report on a period asks, each once."""

    def __init__(self, rules: Rules, place: str | None, store: Store, period: Period, made: float) -> None:
        self.rules, self.place, self.store, self.period, self.made = rules, place, store, period, made
        self.missing: list[Lack] = []
        self.reports: ReportStore = reports_of(store)
        wanted = weekly(rules)
        self.satisfying = wanted.apdex if wanted else SATISFYING
        self.excluding = wanted is not None and wanted.maintenance == "excluded"
        self.probes = Probes(store, self.reports, self.satisfying, self.out)

    @property
    def span(self) -> Span:
        return self.period.start, min(self.period.end, self.made)

    def out(self, labels: Mapping[str, str], span: Span) -> list[Span]:
        """The maintenance of a check, where the rules take it out."""
        return [each for window in self.windows if window.covers(labels) for each in window.spans(*span)]

    @cached_property
    def windows(self) -> list[Window]:
        return self.safely("maintenance", [], lambda: behind.maintenance(self.rules)) if self.excluding else []

    def safely(self, what: str, usual: Any, work: Callable[[], T]) -> T:
        """What the work brings; when it fails the report says so, and goes on."""
        try:
            return work()
        except DropmonError as error:
            self.missing.append(Lack("failed", what, error.what))
        except Exception as error:
            why = f"an unexpected error, probably a bug: {type(error).__name__}: {error}"
            self.missing.append(Lack("failed", what, why))
        found: T = usual
        return found

    @cached_property
    def incidents(self) -> list[Incident] | None:
        return self.safely("incidents", None, lambda: behind.incidents(self.store, self.period.back(BASE).start))

    def week(self, count: int) -> Week:
        """The period so many before this one."""
        period = self.period.back(count)
        span = period.start, min(period.end, self.made)
        probed = self.safely("checks", {}, lambda: self.probes.probed(span))
        whole = total(probed.values())
        found = self.incidents
        began = None if found is None else float(len(behind.began(found, span)))
        return Week(
            probed, whole, self.safely("errors", {}, lambda: self.errors(span)),
            began if whole.probes or began or behind.lasting(found or (), span) else None,
            self.deployed(span, count == 0) if whole.probes or not count else None,
            self.safely("checks", 0.0, lambda: share(self.probes.watched(span), span[1] - span[0])),
        )  # fmt: skip

    def errors(self, span: Span) -> dict[str, Mean]:
        def grave(labels: Mapping[str, str]) -> bool:
            return labels.get("level") in {"error", "fatal"}

        def failed(labels: Mapping[str, str]) -> bool:
            return labels.get("status") == "error"

        return {
            "log_entries": grown(self.store, "log_entries_total", grave, span),
            "failed_requests": grown(self.store, "function_requests_total", failed, span),
        }

    def deployed(self, span: Span, now: bool) -> float | None:
        heard = not (now and behind.DEPLOYING & self.silent.keys())
        found = self.safely("deployments", None, lambda: behind.deployed(self.store, span, heard))
        return None if found is None else float(len(found))

    @cached_property
    def silent(self) -> dict[str, float | None]:
        return self.safely("sources", {}, lambda: behind.silent(self.rules, self.store, self.span, self.made))

    @cached_property
    def weeks(self) -> list[Week]:
        """This one, the one before, and so on."""
        return compared([self.week(count) for count in range(BASE + 1)])

    def figures(self) -> tuple[Figure, ...]:
        now, before, *_ = self.weeks
        base = total(week.all for week in self.weeks[1:])
        three = now.all, before.all, base

        def of(key: str, unit: Unit, take: Callable[[Probed], float | None], better: int, size: str) -> Figure:
            amounts = [Amount(take(each), getattr(each, size)) for each in three]
            return figure(key, unit, amounts, better, key)

        return (
            of("uptime", Unit.RATIO, lambda each: each.uptime, 1, "probes"),
            of("mean", Unit.SECONDS, lambda each: each.mean, -1, "durations"),
            of("p95", Unit.SECONDS, lambda each: each.timed.p95(), -1, "durations"),
            self.error_figure(), self.counted("deployments", 0), self.incident_figure(),
            self.satisfaction(three),
        )  # fmt: skip

    def error_figure(self) -> Figure:
        """Errors, as the best source knows them: log lines, requests of functions, or else probes."""
        for name in ("log_entries", "failed_requests"):
            found = [week.errors.get(name, (None, 0))[0] for week in self.weeks]
            if found[0] is not None:
                return figure("errors", Unit.COUNT, counts(found), -1, name)
        probes = [float(week.all.failed) if week.all.probes and week.counts else None for week in self.weeks]
        return figure("errors", Unit.COUNT, counts(probes), -1, "failed_probes")

    def counted(self, key: str, better: int) -> Figure:
        found = [getattr(week, key) for week in self.weeks]
        return figure(key, Unit.COUNT, counts(found), better, key)

    def incident_figure(self) -> Figure:
        """Incidents that were opened; nothing is better where one from before was open."""
        found = self.incidents or ()
        earlier, open_ = len(behind.lasting(found, self.span)), len(behind.still(found, self.span))
        about = {"from_before": earlier, "still_open": open_} if earlier else NOTHING
        return self.counted("incidents", -1)._replace(about=about)

    def satisfaction(self, three: Sequence[Probed]) -> Figure:
        """How content users are: the metric that the rules name, else Web Vitals, else Apdex."""
        wanted = weekly(self.rules)
        first, last = self.period.back(BASE).start, self.period.start
        spans = [self.span, (self.period.back().start, last), (first, last)]
        if wanted and wanted.satisfaction:
            name = wanted.satisfaction
            told = self.each(spans, lambda store, span: behind.satisfaction(store, name, span))
            amounts = [Amount(*each) for each in told]
            if amounts[0].value is None:
                self.missing.append(Lack("metric", name))
            amounts = [each._replace(samples=None) for each in amounts]  # a survey is asked seldom: few are many
            return figure("satisfaction", Unit.SCORE, amounts, 1, "metric", {"name": name})
        for method, work in (("visits", behind.visits), ("vitals", behind.vitals)):
            found = [Amount(*each) for each in self.each(spans, work)]
            if found[0].value is not None:
                return figure("satisfaction", Unit.RATIO, found, 1, method)
        amounts = [Amount(each.apdex, each.probes) for each in three]
        return figure("satisfaction", Unit.SCORE, amounts, 1, "apdex", {"seconds": self.satisfying})

    def each(self, spans: Sequence[Span], work: Callable[[Store, Span], Mean]) -> list[Mean]:
        """What the work brings for each span; all of nothing when it fails."""
        return self.safely(
            "satisfaction", [(None, 0) for _ in spans], lambda: [work(self.store, span) for span in spans]
        )

    def checks(self) -> tuple[Check, ...]:
        now, before = self.weeks[0].probed, self.weeks[1].probed
        return tuple(self.check(key, one, before.get(key, Probed())) for key, one in sorted(now.items()))

    def check(self, key: Key, one: Probed, before: Probed) -> Check:
        p95, then = one.timed.p95(), before.timed.p95()
        since = change(Amount(p95, one.durations), Amount(then, before.durations), Unit.SECONDS)
        expected = self.expected(key, self.span)
        return Check(
            key[1], key[0], one.probes, one.failed, one.mean, p95, then, min(1.0, one.probes / expected), since
        )  # fmt: skip

    def expected(self, key: Key, span: Span) -> float:
        """How many probes of a check there should have been in a span."""
        labels = {"kind": key[0], "check": key[1]}
        length = sum(end - start for start, end in rest(span, self.out(labels, span)))
        return max(1.0, length / self.interval(labels))

    @cached_property
    def interval(self) -> Callable[[Mapping[str, str]], float]:
        from dropmon.rules.intervals import interval

        return interval(self.rules)

    def days(self) -> tuple[Day, ...]:
        return tuple(self.day(Period("daily", day, self.period.zone)) for day in self.period.days)

    def day(self, period: Period) -> Day:
        counted = self.probes.counted((period.start, period.end)).values()
        probes, good = sum(size for size, _ in counted), sum(good for _, good in counted)
        return Day(period.first, good / probes if probes else None, probes)

    def coverage(self, checks: Sequence[Check], unseen: int) -> float | None:
        """The share of the probes that should have been, of all checks."""
        wanted = [self.expected((each.kind, each.name), self.span) for each in checks]
        if not wanted:
            return None if not unseen else 0.0
        known = sum(each.coverage * size for each, size in zip(checks, wanted, strict=True))
        return known / (sum(wanted) + unseen * max(wanted))


def figure(
    key: str, unit: Unit, three: Sequence[Amount], better: int, method: str, about: Mapping[str, object] = NOTHING
) -> Figure:
    """A number of this period, of the one before, and of the four before."""
    now, before, base = three
    return Figure(key, unit, now, before, base, better, method, about)


def report(rules: Rules, place: str | None, period: Period, made: float) -> Report:
    """All that is known of a period. `made` in seconds since 1970. Raises StorageError, and UsageError."""
    from dropmon.storage import open_for

    if period.start >= made:
        raise UsageError(f"{period.name} has not begun", "name one that has")
    with open_for(rules, place) as store:
        return gathered(Gathering(rules, place, store, period, made))


def gathered(own: Gathering) -> Report:
    """The report of what was gathered."""
    span, store, rules = own.span, own.store, own.rules
    checks = own.safely("checks", (), own.checks)
    unseen = own.safely("checks", [], lambda: behind.unseen(rules, ((each.kind, each.name) for each in checks), KINDS))
    own.missing += [Lack("check", name) for name in unseen]
    events = own.safely(
        "deployments", None, lambda: behind.deployed(store, span, not behind.DEPLOYING & own.silent.keys())
    )
    watched, found = own.weeks[1].incidents is not None, own.incidents or []
    earlier = own.period.back().start, span[0]
    duties = own.safely("oncall", ((), ()), lambda: on_call(own)) if "oncall" in rules.given else ((), ())
    promised, failed = own.safely("slos", ((), []), lambda: behind.promised(rules, store, span[1], own.period.zone))
    own.missing += [Lack("failed", name, why) for name, why in failed]
    own.missing += [Lack("source", name, since=last) for name, last in own.silent.items()]
    return Report(
        own.period, own.made, rules.platform.name, own.figures(), own.safely("days", (), own.days), checks,
        behind.troubles(found, span),
        () if own.weeks[0].incidents is None else behind.levels(found, span, earlier if watched else None),
        None if own.incidents is None else behind.disturbed(found, span),
        None if events is None else behind.deployments(events, found),
        promised,
        own.safely("databases", (), lambda: behind.databases(store, span)),
        duties[0],
        own.safely("pages", None, lambda: own.reports.paged(*span)) if own.made - span[0] < OUTBOX else None,
        own.coverage(checks, len(unseen)),
        tuple(dict.fromkeys([*own.missing, *(Lack("failed", "oncall", each) for each in duties[1])])),
        {"hourly": any(week.all.timed.bins for week in own.weeks), "excluding": own.excluding},
        len(behind.after(events or (), found)),
    )  # fmt: skip


def on_call(own: Gathering) -> tuple[tuple[Duty, ...], tuple[str, ...]]:
    return behind.duties(own.rules, own.place, own.reports, own.span, own.period.zone)


def weekly(rules: Rules) -> WeeklyReport | None:
    """What the rules say of the weekly report. Raises RulesError."""
    return rules.report.weekly


def zone(rules: Rules) -> tzinfo:
    """The zone by whose clock a week begins."""
    from dropmon.zone import HERE

    wanted = weekly(rules)
    return (wanted.timezone if wanted else None) or rules.platform.timezone or HERE


def language(rules: Rules) -> str:
    wanted = weekly(rules)
    return (wanted.language if wanted else None) or rules.platform.language
