"""Scouts: each looks at one room for a triage, and brings what it saw as plain facts. None of them writes anything."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from dropmon.checks.line import ERROR as LINE
from dropmon.errors import DropmonError
from dropmon.model import Event, Outcome, Status
from dropmon.triage.facts import Failing, Firing

if TYPE_CHECKING:
    from dropmon.rules import Entry, Rules
    from dropmon.sources.source import Given
    from dropmon.storage import Store

HOUR, DAY = 3600.0, 86400.0
WEB = (443, 80)  # ports
DEPLOYMENT = "deployment"


class Scene(NamedTuple):
    """What a scout needs: the rules, the store, the moment, and until when it must be back."""

    rules: Rules
    place: str | None
    at: float  # seconds since 1970
    until: float  # monotonic seconds

    @property
    def left(self) -> float:
        return max(0.5, self.until - time.monotonic())


class Checked(NamedTuple):
    """What the checks said."""

    failing: tuple[Failing, ...]
    number: int


@contextmanager
def store(scene: Scene) -> Iterator[Store | None]:
    """The history, if there is one: a triage makes none."""
    from dropmon.storage import open_for, place_of

    if not place_of(scene.rules, scene.place).exists():
        yield None
        return
    with open_for(scene.rules, scene.place) as found:
        yield found


def checks(scene: Scene) -> Checked:
    """Every check, asked now."""
    from dropmon.checks.probes import registry
    from dropmon.checks.run import Limits
    from dropmon.checks.targets import Wanted
    from dropmon.flows import cycle

    sections = (*registry(), "database")
    with store(scene) as kept:
        limits = Limits(deadline=scene.left, clock=lambda: scene.at)
        done = cycle.check(scene.rules, Wanted(sections), limits, kept, keep=False)
    entries = {(each.section, each.name): each for each in scene.rules.entries(*sections)}
    wrong = [each for each in done.outcomes if each.status is not Status.OK]
    since = {key: state.since for key, state in done.states.items()}
    return Checked(tuple(failing(each, entries, since) for each in wrong), len(done.outcomes))


def failing(
    outcome: Outcome, entries: Mapping[tuple[str, str], Entry], since: Mapping[tuple[str, str], float]
) -> Failing:
    """A check that is not well, with what its entry knows."""
    key = (outcome.kind, outcome.name)
    probe: Any = entries[key].probe if key in entries else None
    said, _, rest = outcome.hint.partition("; ")
    vendor = said if said.startswith(("their ", "not theirs")) else ""
    began = since.get(key)
    return Failing(
        outcome.kind, outcome.name, outcome.verdict, outcome.error, rest if vendor else outcome.hint,
        outcome.at if began is None else began, host(probe), outcome.certificate_expires, vendor,
        getattr(probe, "runbook", None) or "", outcome.error == LINE,
    )  # fmt: skip


def host(probe: Any) -> str:
    """The host that a probe asks, with its port where that is not the usual one of HTTPS or HTTP."""
    url = getattr(probe, "url", None)
    text = url.get_secret_value() if url is not None and hasattr(url, "get_secret_value") else url
    found = urlsplit(str(text)).netloc.rpartition("@")[2] if text else str(getattr(probe, "host", None) or "")
    port = None if text else getattr(probe, "port", None)
    return f"{found}:{port}" if port and port not in WEB else found.removesuffix(":443").removesuffix(":80")


def vendors(scene: Scene) -> tuple[tuple[str, str], ...]:
    """What every provider's status page says, also of those whose check is well."""
    from dropmon.checks import status_page
    from dropmon.checks.probes import registry

    pages: dict[str, str] = {}
    for entry in scene.rules.entries(*registry()):
        page = getattr(entry.probe, "status_page", None)
        if page:
            pages.setdefault(str(page), entry.name)
    said = status_page.ask(pages, min(status_page.PATIENCE, scene.left)) if pages else {}
    return tuple((name, said[page]) for page, name in pages.items())


def alerts(scene: Scene) -> tuple[Firing, ...]:
    """What fires, or is not known, as the last evaluation left it."""
    from dropmon.alerts.group import alert
    from dropmon.alerts.state import unpacked
    from dropmon.flows.planning import plan
    from dropmon.storage.alerts import alerts_of

    rules = {rule.id: rule for rule in plan(scene.rules).rules}
    with store(scene) as kept:
        states = [unpacked(one.body) for one in alerts_of(kept).states()] if kept else []
    found = []
    for state in states:
        if state.rule in rules and (state.active or state.unknown is not None):
            told = alert(rules[state.rule], state, scene.at)
            since = state.fired if state.unknown is None else state.unknown
            found.append(
                Firing(told.key, told.name, told.severity.word, since, told.runbook or "",
                       state.ack.author if state.ack else "", state.unknown is None)
            )  # fmt: skip
    return tuple(found)


def deployments(scene: Scene) -> tuple[Event, ...]:
    """What was deployed in the last day, as it is kept."""
    from dropmon.storage.events import events_of

    with store(scene) as kept:
        return tuple(events_of(kept).between(scene.at - DAY, scene.at + 1, DEPLOYMENT)) if kept else ()


def telling(scene: Scene, source: Given) -> tuple[Event, ...]:
    """What one source tells now of the deployments of the last day. Raises DropmonError when it tells nothing."""
    from dropmon.sources import run

    done = run.collect([source], {}, scene.left, lambda: scene.at)
    silent = [reading for answer in done.answers for reading in answer.readings if reading.value is None]
    found = tuple(each for each in done.events() if each.kind == DEPLOYMENT and scene.at - DAY <= each.at <= scene.at)
    if silent and not found:
        raise DropmonError(silent[0].error, silent[0].hint)
    return found


def duty(scene: Scene) -> tuple[str, ...]:
    """Who is on call, a line each, with how to reach them."""
    from dropmon.flows import paging

    if "oncall" not in scene.rules.given:
        return ()
    found = paging.on_duty(scene.rules, scene.place, scene.at)
    named = [
        f"{role} {person.name} {' '.join(filter(None, (person.phone, person.email)))}".strip()
        for role, person in (("primary", found.primary), ("backup", found.backup))
        if person
    ]
    return ", ".join(named) or "nobody", *found.warnings
