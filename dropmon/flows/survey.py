"""Everything at once: all scouts are sent out together, and whoever is not back in time is named."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from dropmon.errors import DropmonError
from dropmon.flows import scouts, soundings
from dropmon.flows.scouts import Scene
from dropmon.triage.facts import Facts, Unreached

if TYPE_CHECKING:
    from dropmon.model import Event
    from dropmon.rules import Rules
    from dropmon.sources.source import Given

WITHIN = 8.0  # seconds: with the start and the screen a triage stays under ten
UNREAD = "their status page"  # what begins a page's answer that is none
SPARE = 0.5  # seconds before the end at which scouts should be back


class Errand(NamedTuple):
    """What one scout is sent for: its name for people, its work, and the command that looks by itself."""

    name: str
    work: Callable[[], Any]
    command: str


def survey(rules: Rules, place: str | None, at: float, within: float = WITHIN) -> Facts:
    """What can be seen of everything within so many seconds; nothing that hangs or fails stops the rest."""
    began = time.monotonic()
    scene = Scene(rules, place, at, began + within - SPARE)
    errands = errands_of(scene)
    back = sent(errands, began + within)
    got = {name: brought for name, brought in back.items() if not isinstance(brought, Exception)}
    read = [brought for name, brought in got.items() if name.startswith("logs ")]
    checked = got.get("checks", scouts.Checked((), 0))
    vendors: tuple[tuple[str, str], ...] = got.get("status pages", ())
    return Facts(
        at=at,
        failing=checked.failing,
        checked=checked.number,
        vendors=vendors,
        firing=got.get("alerts", ()),
        pressures=tuple(brought for name, brought in sorted(got.items()) if name.startswith("database ")),
        bursts=tuple(burst for each in read for burst in each.bursts),
        errors=sum(each.errors for each in read),
        changes=changes(got),
        duty=got.get("on-call", ()),
        unreached=(
            *(missing(each, back) for each in errands if each.name not in got),
            *shortened(errands, got),
            *(Unreached(f"status page of {name}", said) for name, said in vendors if said.startswith(UNREAD)),
        ),
        took=time.monotonic() - began,
    )


def changes(got: Mapping[str, Any]) -> tuple[Event, ...]:
    """The deployments that are kept, and those that sources tell now: oldest first, each once."""
    told = [event for name in sorted(got) if name.startswith("deployments") for event in got[name]]
    return tuple(sorted({(each.source, each.id): each for each in told}.values(), key=lambda each: each.at))


def shortened(errands: Sequence[Errand], got: Mapping[str, Any]) -> Iterator[Unreached]:
    """The logs that are too long to be read as far back as telling new from old takes."""
    for each in errands:
        if isinstance(told := got.get(each.name), soundings.Told) and not told.whole:
            yield Unreached(each.name, "too long: its end does not reach back two hours, so nothing is called new",
                            each.command)  # fmt: skip


def errands_of(scene: Scene) -> list[Errand]:
    """One scout a room; one a database and one a log source, for each may hang by itself."""
    found = [
        Errand("checks", partial(scouts.checks, scene), "dropmon check all"),
        Errand("status pages", partial(scouts.vendors, scene), "dropmon check apis"),
        Errand("alerts", partial(scouts.alerts, scene), "dropmon alert list"),
        Errand("deployments", partial(scouts.deployments, scene), "dropmon history info"),
        Errand("on-call", partial(scouts.duty, scene), "dropmon oncall"),
    ]
    found += [
        Errand(f"database {name}", partial(soundings.database, scene, name), f"dropmon db report --database {name}")
        for name in names(scene.rules, "databases")
    ]
    found += [
        Errand(f"deployments of {each.name}", partial(scouts.telling, scene, each), f"dropmon source test {each.name}")
        for each in sources(scene.rules)
    ]
    return [*found, *streams(scene)]


def sources(rules: Rules) -> list[Given]:
    """The sources that tell of deployments."""
    if "sources" not in rules.given:
        return []
    from dropmon.rules.sections import sources
    from dropmon.sources.kinds import registry

    return [each for each in sources.given(rules) if registry()[each.kind].happenings]


def streams(scene: Scene) -> Iterator[Errand]:
    """The log sources of the rules: platforms, and files."""
    if "logs" not in scene.rules.given:
        return
    from dropmon.logs.sources.kinds import registry

    given = names(scene.rules, "logs")
    for name in registry():
        if name in given:
            command = f"dropmon logs --source {name} --since 1h --level error"
            yield Errand(f"logs {name}", partial(soundings.platform, scene, name), command)
    section: Any = scene.rules.checked("logs").value if "files" in given else None
    for name, each in (section.files if section else {}).items():
        command = f"dropmon logs top {each.path} --since 1h"
        yield Errand(f"logs {name}", partial(soundings.files, scene, each.path), command)


def names(rules: Rules, section: str) -> list[str]:
    """The keys of a section, as it is written."""
    if section not in rules.given:
        return []
    return list(getattr(rules.part(section).node, "pairs", {}))


def sent(errands: list[Errand], until: float) -> dict[str, Any]:
    """What each brought, or the exception that stopped it; who is not back by `until` (monotonic) is missing."""
    told_: queue.SimpleQueue[tuple[str, Any]] = queue.SimpleQueue()

    def go(errand: Errand) -> None:
        try:
            told_.put((errand.name, errand.work()))
        except Exception as error:
            told_.put((errand.name, error))

    for each in errands:
        threading.Thread(target=go, args=(each,), name=f"dropmon-{each.name}", daemon=True).start()
    back: dict[str, Any] = {}
    while len(back) < len(errands):
        try:
            name, brought = told_.get(timeout=max(0.0, until - time.monotonic()))
        except queue.Empty:
            break
        back[name] = brought
    return back


def missing(errand: Errand, back: Mapping[str, Any]) -> Unreached:
    """Why a scout brought nothing, and what to type instead."""
    error = back.get(errand.name)
    if error is None:
        return Unreached(errand.name, "no answer in time", errand.command)
    if isinstance(error, DropmonError):
        return Unreached(errand.name, error.what, error.hint or errand.command)
    return Unreached(errand.name, f"{type(error).__name__}: {error}", errand.command)
