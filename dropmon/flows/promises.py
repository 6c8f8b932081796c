"""Promises: what the rules say of SLOs, counted in the history, without maintenance; and the alerts that follow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from dropmon.model import Sample
from dropmon.slo import alerting, burn, standing
from dropmon.slo.exclusion import Exclusion
from dropmon.slo.promise import Promise, Slices
from dropmon.slo.standing import Standing
from dropmon.slo.window import Span, Window
from dropmon.zone import HERE

if TYPE_CHECKING:
    from datetime import tzinfo

    from dropmon.alerts.rule import Plan, Rule
    from dropmon.flows.counting import Counting
    from dropmon.history.promql import Select
    from dropmon.rules import Rules
    from dropmon.rules.sections.slos import Slo
    from dropmon.storage import Store

QUIET = 3600.0  # seconds without a burn rate, after which that is said: a check of every 15m leaves most of 5m empty


def promises(rules: Rules) -> list[Promise]:
    """The SLOs of the rules. Raises RulesError for mistakes in them."""
    zone = rules.platform.timezone or HERE
    return [promise(slo, zone, rules.defaults.every) for slo in rules.slos]


def promise(slo: Slo, zone: tzinfo, every: float) -> Promise:
    """An entry of `slos:`."""
    slices = Slices(slo.slice or 300.0, slo.slice_target or slo.target) if slo.budgeting == "timeslices" else None
    return Promise(
        slo.name, slo.target, slo.indicator, Window(slo.seconds, slo.calendar, zone), slices, slo.min_events,
        slo.min_bad_events, tuple(dict.fromkeys(slo.channels)), slo.runbook, slo.description, every,
        slo.exclude_maintenance,
    )  # fmt: skip


class Excluding(NamedTuple):
    """What the rules take out of the budgets."""

    rules: Rules

    def of(self, promise: Promise, span: Span) -> list[Exclusion]:
        """What does not count of one promise in a span."""
        found = [*self._agreed(promise, span), *(self._maintenance(span) if promise.exclude_maintenance else ())]
        return [each for each in found if each.spans]

    def _maintenance(self, span: Span) -> Iterable[Exclusion]:
        from dropmon.alerts.plan import window

        for entry in self.rules.maintenance:
            one = window(entry, self.rules.platform.timezone or HERE)
            yield Exclusion(one.name, tuple(Span(*each) for each in one.spans(*span)), one.matchers)

    def _agreed(self, promise: Promise, span: Span) -> Iterable[Exclusion]:
        zone = self.rules.platform.timezone or HERE
        for entry in self.rules.exclusions:
            start, end = (
                (each if each.tzinfo else each.replace(tzinfo=zone)).timestamp() for each in (entry.from_, entry.until)
            )
            if promise.name in entry.slo and start < span.end and end > span.start:
                yield Exclusion(entry.reason, (Span(start, end),))


def stand(
    rules: Rules, store: Store, select: Select, at: float, wanted: Sequence[Promise] | None = None
) -> list[Standing]:  # fmt: skip
    """How every promise stands, or each of those wanted. Raises RulesError, StorageError, PromqlError."""
    counting, out = counter(rules, store, select), Excluding(rules)
    return [one(counting, out, each, at) for each in (promises(rules) if wanted is None else wanted)]


def one(counting: Counting, excluding: Excluding, promise: Promise, at: float) -> Standing:
    """How one promise stands."""
    cuts = standing.edges(promise, at)
    out = excluding.of(promise, Span(cuts[0] / 1000, at))
    tallies = counting.tallies(promise, cuts, out)
    within = promise.window.until(at)
    gone = [(each.reason, sum(min(s.end, at) - max(s.start, within.start) for s in each.spans if s.end > within.start))
            for each in out if counting.touches(promise, each)]  # fmt: skip
    counts = [each.reason for each in out if each.spans[-1].end > within.start and counting.stays(promise, each, at)]
    found = standing.standing(
        promise, at, cuts, tallies, [each for each in gone if each[1] > 0], counting.late(promise, within.start)
    )
    return found._replace(left_in=list(dict.fromkeys(counts)))


def counter(rules: Rules, store: Store, select: Select) -> Counting:
    """What counts in a store."""
    from dropmon.flows.counting import Counting
    from dropmon.rules.intervals import interval

    return Counting(store, interval(rules), select)


# ---- alerts


def generated(rules: Rules) -> tuple[Rule, ...]:
    """The alerts of every promise that names channels."""
    if "slos" not in rules.given:
        return ()
    return tuple(
        rule(each, rules)
        for slo in promises(rules)
        if slo.channels
        for each in alerting.alerts(slo, rules.platform.language)
    )


def rule(alert: alerting.Burning, rules: Rules) -> Rule:
    """An alert about a budget, as it is judged."""
    from dropmon.alerts.notification import Severity
    from dropmon.alerts.rule import Rule

    slo = alert.promise
    return Rule(
        alert.id, alert.condition, Severity[alert.severity.upper()], slo.channels, alert.name, alert.description,
        unknown_after=QUIET, depends_on=alert.depends_on, runbook=slo.runbook or rules.defaults.runbook,
        every=rules.defaults.every,
    )  # fmt: skip


class Burned(NamedTuple):
    """What the budgets say at one moment: numbers for the history, and what the alerts say beside their titles."""

    samples: Sequence[Sample] = ()
    said: Mapping[str, str] = {}
    failed: Mapping[str, str] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """What is worked out anew at each moment, and stands for no longer."""
        return alerting.RECORDED

    def plan(self, plan: Plan) -> Plan:
        """The plan with what its alerts say now."""
        rules = (each._replace(description=self.said.get(each.id, each.description)) for each in plan.rules)
        return plan._replace(rules=tuple(rules)) if self.said else plan


def burned(rules: Rules, store: Store, select: Select, at: float) -> Burned:
    """The burn rates of every promise that has alerts; how long a budget lasts is worked out where one burns.

    What keeps a promise from being counted is told of it, and keeps no other from it. Raises StorageError.
    """
    from dropmon.errors import DropmonError, RulesError

    try:
        told = [slo for slo in promises(rules) if slo.channels]
    except RulesError as error:
        return Burned(failed={"slos": str(error)})
    samples: list[Sample] = []
    said: dict[str, str] = {}
    failed: dict[str, str] = {}
    counting, excluding = counter(rules, store, select), Excluding(rules)
    for slo in told:
        try:
            found = rates(counting, excluding, slo, at)
            samples += alerting.samples(slo, found, at)
            if burn.burning(found.burns, slo.window.nominal):
                said |= alerting.said(one(counting, excluding, slo, at), rules.platform.language)
        except DropmonError as error:
            failed[f"slos.{slo.name}"] = error.what
    return Burned(samples, said, failed)


def rates(counting: Counting, excluding: Excluding, slo: Promise, at: float) -> alerting.Rates:
    """The burn rates of one promise, and what was bad in each window."""
    cuts = sorted({round(1000 * (at - length)) for length in (0, *burn.WINDOWS.values())})
    tallies = counting.tallies(slo, cuts, excluding.of(slo, Span(cuts[0] / 1000, at)))
    return alerting.rates(slo, cuts, tallies, at)
