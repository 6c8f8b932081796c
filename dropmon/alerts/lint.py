"""What is allowed in the rules of alerts and probably not meant. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from dropmon.alerts.fresh import OPERATORS
from dropmon.alerts.labels import Known, window_doubts
from dropmon.alerts.notification import Severity
from dropmon.alerts.rule import Plan, Rule
from dropmon.alerts.template import HOLE
from dropmon.model import Status
from dropmon.output.table import Column, Table
from dropmon.storage.matcher import Matcher
from dropmon.units import human_duration

NOTHING: Known = MappingProxyType({})
Has = Callable[[str], bool]  # whether the history knows a metric of that name
Every = Callable[[str, Sequence[Matcher]], float | None]  # seconds between two samples; None: nobody can say
FIRM = {"+", "-", "*", "/", "%", "^", "atan2"}  # what is left of both sides
COMPARING = {"==", "!=", ">", "<", ">=", "<=", "and", "or", "unless"}
COMPARISONS = {"==", "!=", ">", "<", ">=", "<="}
PRESENT = {"absent", "absent_over_time"}


class Doubt(NamedTuple):
    """One thing that is probably not meant, and what to do."""

    rule: str
    what: str
    hint: str = ""


def nobody_knows(name: str, matchers: Sequence[Matcher]) -> None:
    """How often something is measured of which nothing is recorded."""


def doubts(
    plan: Plan, metrics: Mapping[str, str], has: Has, known: Known = NOTHING, every: Every = nobody_knows
) -> list[Doubt]:
    """Everything doubtful, rule by rule, and about the windows; `known` are labels that anything has."""
    windows = [(window, window_doubts(window, known)) for window in plan.windows if known]
    return [
        *(doubt for rule in plan.rules for doubt in _doubts(plan, metrics, has, rule, every)),
        *(Doubt(f"maintenance {window.name!r}", what, hint) for window, found in windows for what, hint in found),
    ]


def table(found: Iterable[Doubt], rules: int) -> Table:
    """The doubts, and a verdict: a warning when there is any."""
    rows = [{"status": Status.WARNING.value, **one._asdict()} for one in found]
    columns = (
        Column("status", "Status", human=False), Column("rule", "Alert", whole=True), Column("what", "Doubt"),
        Column("hint", "What to do", detail=True, mark="→ "),
    )  # fmt: skip
    headline = f"{len(rows)} doubt{'' if len(rows) == 1 else 's'} about {rules} alert{'' if rules == 1 else 's'}"
    return Table("doubts", columns, rows, headline, Status.WARNING if rows else Status.OK)


def _doubts(plan: Plan, metrics: Mapping[str, str], has: Has, rule: Rule, every: Every) -> Iterator[Doubt]:
    for part in (_listeners(plan, rule), _times(rule), _texts(rule), _expression(rule, metrics, has, every)):
        for what, hint in dict.fromkeys(part):
            yield Doubt(rule.id, what, hint)


def _listeners(plan: Plan, rule: Rule) -> Iterator[tuple[str, str]]:
    deaf = [name for name in rule.channels if rule.severity not in plan.channel(name).severities]
    if not rule.channels:
        yield "nobody is told: it has no channels", "add `channels:`"
    elif len(deaf) == len(rule.channels):
        yield f"nobody is told: no channel of it is for {rule.severity.word}", "add another, or raise the severity"
    elif rule.severity >= Severity.HIGH and len(rule.channels) - len(deaf) == 1:
        (only,) = set(rule.channels) - set(deaf)
        if only in plan.channels and not plan.channel(only).fallback:
            yield f"when {only} fails nobody whom you chose is told", "give it a `fallback:`, or the alert a channel"
    off = {other.id for other in plan.rules if not other.enabled}
    for name in rule.depends_on:
        if name in off:
            yield f"it depends on {name}, which is not enabled", "take it out of `depends_on`"


def _times(rule: Rule) -> Iterator[tuple[str, str]]:
    least = min([rule.every, *(pace.every for pace in rule.paces.values())])
    every = human_duration(least)
    if 0 < rule.wait < least:
        yield f"for {human_duration(rule.wait)} is as long as {every}: it is judged no more often", f"write {every}"
    if rule.remind_every and rule.remind_every < rule.throttle:
        yield "its reminders are throttled", "remind no more often than `throttle`"
    if rule.unknown_after is not None and rule.unknown_after < least:
        yield "one late run is told as missing data", f"let `unknown_after` be {every} or more"


def _texts(rule: Rule) -> Iterator[tuple[str, str]]:
    if rule.severity >= Severity.HIGH and not (rule.runbook or (rule.pages and "probe_" in rule.condition)):
        yield f"it is {rule.severity.word}, and no runbook says what to do", "name one: `runbook:`"
    if rule.name == rule.id:
        yield "its title is its id", "give it a `name:` for people"
    if HOLE.search(rule.id):
        yield "placeholders in an id are not filled in", ""


def _expression(rule: Rule, metrics: Mapping[str, str], has: Has, every: Every) -> Iterator[tuple[str, str]]:
    found = _nodes(rule.condition)
    words = {str(getattr(node, "op", "")).partition(" ")[0] for node in found}
    calls = {node.func.name for node in found if type(node).__name__ == "Call"}
    if not words & COMPARING and not calls & PRESENT:
        yield "it fires whenever there is a number, whatever it is", "compare it: … > 1"
    if any(" bool" in str(node) for node in found[:1]) and words & COMPARING:
        yield "with `bool` it fires for 0 as for 1", "take `bool` out"
    if not calls & PRESENT:
        yield from _numbers(found, metrics, has, lambda node: _paced(rule, every, node))
        yield from _vanishing(found, metrics)


def _paced(rule: Rule, every: Every, selector: Any) -> float:
    """Seconds between two samples of what is selected, or else between two evaluations."""
    operators: Mapping[str, Any] = OPERATORS
    wanted = selector.matchers.matchers
    matchers = [Matcher(one.name, operators[str(one.op).rpartition(".")[2]], one.value) for one in wanted]
    return every(selector.name or "", matchers) or rule.every


def _vanishing(nodes: Iterable[Any], metrics: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """A metric that has no number while all is well: that is nothing known, and not well."""
    for node in nodes:
        name: str = (getattr(node, "name", "") or "") if type(node).__name__ == "VectorSelector" else ""
        if name in metrics and _vanishes(whole := _nodes(metrics[name])[0]):
            says = type(whole).__name__ == "BinaryExpr" and str(whole.op) in COMPARISONS
            better = f"{whole.lhs} {whole.op} bool {whole.rhs}".replace("{}", "") if says else "… == bool 0, say"
            what = f"while {name} has no number nothing is known: it can never be known to be well"
            yield what, f"write {name}: {better} under `metrics:`, and {name} > 0 here"


def _vanishes(node: Any) -> bool:
    """Whether an expression has no number while what it compares does not hold."""
    kind = type(node).__name__
    if kind == "BinaryExpr":
        sides = [_vanishes(node.lhs), _vanishes(node.rhs)]
        if str(node.op) == "or":
            return all(sides)
        silent = str(node.op) not in FIRM and not (node.modifier and node.modifier.return_bool)
        return silent or any(sides)
    if kind in {"ParenExpr", "UnaryExpr", "AggregateExpr"}:
        return _vanishes(node.expr)
    return kind == "Call" and any(map(_vanishes, node.args))


def _numbers(
    nodes: Iterable[Any], metrics: Mapping[str, str], has: Has, paced: Callable[[Any], float]
) -> Iterator[tuple[str, str]]:  # fmt: skip
    """Doubts about what an expression reads, and what the metrics that it names read."""
    for node in nodes:
        if type(node).__name__ == "MatrixSelector":
            length, every = node.range.total_seconds(), paced(node.vector_selector)
            if length < 2 * every:
                each = human_duration(every)
                yield (
                    f"[{human_duration(length)}] often holds a single sample: there is one each {each}",
                    (f"look back {human_duration(3 * every)}"),
                )
        yield from _shares(node)
        name: str = (getattr(node, "name", "") or "") if type(node).__name__ == "VectorSelector" else ""
        if name in metrics:
            yield from _numbers(_nodes(metrics[name]), metrics, has, paced)
        elif name and not has(name):
            yield f"nothing is recorded as {name} so far", "dropmon history info tells whether anything is"


def _shares(node: Any) -> Iterator[tuple[str, str]]:
    """A share of something of which there may be nothing: then it is not 0, but unknown."""
    if type(node).__name__ != "BinaryExpr" or str(node.op) != "/":
        return
    above, below = _inside(node.lhs), _inside(node.rhs)
    if any(type(each).__name__ == "BinaryExpr" and str(each.op) == "or" for each in above):
        return
    whole = {each.name: len(each.matchers.matchers) for each in below if type(each).__name__ == "VectorSelector"}
    for each in above:
        if type(each).__name__ == "VectorSelector" and len(each.matchers.matchers) > whole.get(each.name, 99):
            yield f"while no {each.name} matches, nothing is known: it is not 0", "write (… or vector(0)) above the /"


def _nodes(expression: str) -> list[Any]:
    """Every part of an expression, the whole first."""
    from promql_parser import parse

    return _inside(parse(expression))


def _inside(node: Any) -> list[Any]:
    """A part of an expression, and every part of it."""
    from promql_parser import walk

    found: list[Any] = []

    def visit(node: Any) -> bool:
        found.append(node)
        return True

    walk(node, visit)
    return found
