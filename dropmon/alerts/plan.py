"""What the rules file says of alerts, with every default filled in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime, tzinfo
from types import MappingProxyType
from typing import TYPE_CHECKING

from dropmon.alerts.notification import Severity
from dropmon.alerts.rule import Channel, Pace, Plan, Rule
from dropmon.units import duration
from dropmon.zone import HERE

if TYPE_CHECKING:
    from dropmon.alerts.maintenance import Window
    from dropmon.rules import Rules
    from dropmon.rules.nodes import Node
    from dropmon.rules.sections.alerts import Alert, Streak
    from dropmon.rules.sections.defaults import Defaults
    from dropmon.rules.sections.maintenance import Maintenance

CHECKED = "probe_success"  # a condition on it counts verdicts of checks; every other one has averaged already
PACED = {"name", "every", "fail_after", "recover_after", "runbook"}


def plan(rules: Rules, generated: Iterable[Rule] = ()) -> Plan:
    """The alerts, channels and maintenance windows of the rules, with alerts that come from elsewhere.

    Raises RulesError for mistakes in them.
    """
    zone = rules.platform.timezone or HERE
    own, pages = paces(rules), runbooks(rules)
    return Plan(
        rules=(*(rule(alert, rules.defaults, own, pages) for alert in rules.alerts), *generated),
        channels=channels(rules),
        windows=tuple(window(each, zone) for each in rules.maintenance) if "maintenance" in rules.given else (),
        platform=rules.platform.name,
    )


def paces(rules: Rules) -> dict[str, Pace]:
    """The checks that say how often they run, or how often they must fail, as they are written: no entry is built."""
    usual, found = rules.defaults, {}
    for own in _entries(rules):
        with suppress(ValueError):  # said by the loader, when the check is loaded
            if "name" in own and own.keys() - {"name", "runbook"}:
                found[own["name"]] = Pace(
                    duration(own["every"]) if "every" in own else usual.every,
                    int(own.get("fail_after", usual.fail_after)),
                    int(own.get("recover_after", usual.recover_after)),
                )
    return found


def runbooks(rules: Rules) -> dict[str, str]:
    """The runbooks of checks and databases, by their names; alerts that name none lead to them."""
    from dropmon.rules.nodes import MapNode

    usual, found = rules.defaults.runbook, {}
    for own in _entries(rules):
        page = own.get("runbook", usual)
        if page and "name" in own:
            found[own["name"]] = page
    top = rules.part("databases").node if "databases" in rules.given else None
    for name, (_, node) in top.pairs.items() if isinstance(top, MapNode) else ():
        said = _words(node.pairs if isinstance(node, MapNode) else {}, "runbook")
        if said or usual:
            found[name] = [*said, usual or ""][0]
    return found


def _entries(rules: Rules) -> Iterator[dict[str, str]]:
    """What each entry under `checks:` says of its pace. `every` of a heartbeat is that of the job."""
    from dropmon.rules.nodes import ListNode, MapNode, Scalar

    top = rules.part("checks").node if "checks" in rules.given else None
    for section, (_, kind) in top.pairs.items() if isinstance(top, MapNode) else ():
        for entry in kind.items if isinstance(kind, ListNode) else ():
            pairs = entry.pairs.items() if isinstance(entry, MapNode) else ()
            said = {key: node.text for key, (_, node) in pairs if key in PACED and isinstance(node, Scalar)}
            yield {key: text for key, text in said.items() if key != "every" or section != "heartbeats"}


def rule(alert: Alert, defaults: Defaults, paces: Mapping[str, Pace], pages: Mapping[str, str] = {}) -> Rule:
    """An entry of `alerts:`. What it says itself goes before what its checks say, and that before the defaults."""
    checked = counted(alert.condition)
    usual = defaults.fail_after if checked else 1
    steady = alert.recover_after
    own = {name: _stated(pace, alert.fail_after, steady) for name, pace in paces.items()} if checked else {}
    return Rule(
        id=alert.id,
        condition=alert.condition,
        severity=Severity[alert.severity.upper()],
        channels=tuple(dict.fromkeys(alert.channels)),
        name=alert.name or alert.id,
        description=alert.description or "",
        wait=alert.for_,
        fail_after=usual if alert.fail_after is None else alert.fail_after,
        calm=steady.seconds if steady else 0.0,
        recover_after=steady.times if steady else defaults.recover_after if checked else 1,
        unknown_after=alert.unknown_after,
        throttle=alert.throttle,
        remind_every=alert.remind_every,
        depends_on=alert.depends_on,
        labels=MappingProxyType(alert.labels),
        runbook=alert.runbook,
        enabled=alert.enabled,
        every=defaults.every,
        paces=MappingProxyType(own),
        pages=MappingProxyType(dict(pages)),
    )


def counted(condition: str) -> bool:
    """Whether a condition is on verdicts of checks.

    >>> counted('probe_success{check="a"} == 0'), counted("sum(probe_success) < 2"), counted("up{a='probe_success'}")
    (True, True, False)
    """
    from dropmon.rules.promql import metrics

    return condition.startswith(CHECKED + "{") or (CHECKED in condition and CHECKED in metrics(condition))


def _stated(pace: Pace, fail_after: int | None, steady: Streak | None) -> Pace:
    return pace._replace(
        fail_after=pace.fail_after if fail_after is None else fail_after,
        recover_after=steady.times if steady else pace.recover_after,
    )


class Entries(Mapping[str, Channel]):
    """Channels by their names, each read when it is asked for: mostly nothing fires, and their classes take 10 ms."""

    def __init__(self, written: Mapping[str, Mapping[str, tuple[Node, Node]]]) -> None:
        self._written = written
        self._read: dict[str, Channel] = {}

    def __getitem__(self, name: str) -> Channel:
        if name not in self._read:
            self._read[name] = channel(name, self._written[name])
        return self._read[name]

    def __contains__(self, name: object) -> bool:
        return name in self._written

    def __iter__(self) -> Iterator[str]:
        return iter(self._written)

    def __len__(self) -> int:
        return len(self._written)


def channels(rules: Rules) -> Mapping[str, Channel]:
    """The entries of `channels:` as they are written. Whether one can be used here is seen when something is sent."""
    from dropmon.rules.nodes import MapNode

    top = rules.part("channels").node if "channels" in rules.given else None
    entries = top.pairs.items() if isinstance(top, MapNode) else ()
    return Entries({name: node.pairs if isinstance(node, MapNode) else {} for name, (_, node) in entries})


def channel(name: str, pairs: Mapping[str, tuple[Node, Node]]) -> Channel:
    """An entry of `channels:`; what it does not say its class says. An SMS is for what is critical."""
    from dropmon.alerts.channel import Channel as Every
    from dropmon.alerts.channels import kind

    own = (kind([*_words(pairs, "type"), name][0]) or Every).model_fields
    words = _words(pairs, "severities") or own["severities"].default
    known = {severity.word: severity for severity in Severity}
    severities = frozenset(known[word] for word in words if word in known) or frozenset(Severity)
    fallback = next(iter(_words(pairs, "fallback")), None)
    return Channel(name, severities, _truth(_words(pairs, "resolved"), own["resolved"].default), fallback)


def _truth(words: list[str], otherwise: bool) -> bool:
    """A yes or no as it is read everywhere in the rules; a mistake is said by who loads the channel."""
    from pydantic import TypeAdapter, ValidationError

    try:
        return TypeAdapter(bool).validate_python(words[0]) if words else otherwise
    except ValidationError:
        return otherwise


def _words(pairs: Mapping[str, tuple[Node, Node]], key: str) -> list[str]:
    """What is written there, as one word or as a list of them."""
    from dropmon.rules.nodes import ListNode, Scalar

    node = pairs[key][1] if key in pairs else None
    return [each.text for each in (node.items if isinstance(node, ListNode) else [node]) if isinstance(each, Scalar)]


def window(entry: Maintenance, zone: tzinfo) -> Window:
    """An entry of `maintenance:`, in its own time zone or else the platform's."""
    from dropmon.alerts.maintenance import Window, days

    zone = entry.timezone or zone
    matchers: Mapping[str, tuple[str, ...]] = MappingProxyType(entry.matchers)
    if entry.from_ and entry.until:
        start, end = _moment(entry.from_, zone), _moment(entry.until, zone)
        return Window(entry.name, zone, start=start, end=end, matchers=matchers)
    assert entry.at is not None
    return Window(entry.name, zone, days(entry.every), entry.at, entry.duration or 0.0, matchers=matchers)


def _moment(written: datetime, zone: tzinfo) -> float:
    return (written if written.tzinfo else written.replace(tzinfo=zone)).timestamp()
