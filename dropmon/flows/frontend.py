"""Is the page fast? The one place where a browser, the checks of the rules and the history meet."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from dropmon.browser import chromium, lab
from dropmon.browser.devtools import BrowserError, Devtools
from dropmon.checks.probes.web import LIMITS, Web
from dropmon.checks.targets import Aim, Wanted, waited
from dropmon.flows.rows import rows
from dropmon.model import Sample
from dropmon.rules.intervals import interval
from dropmon.vitals.figure import Figure, Page, counted_as, figure, of_page
from dropmon.vitals.reading import numbers, shown
from dropmon.vitals.told import Told
from dropmon.vitals.vital import COUNT, METRIC, VITALS, nearest_rank

if TYPE_CHECKING:
    from dropmon.checks.targets import Rows
    from dropmon.rules import Entry, Rules
    from dropmon.storage import Store

ELSEWHERE = "measured at {}, where the address leads: a login page is not the one behind it; write the address you mean"
STANDS = 2.5  # intervals that a sample stands for, as in every condition


class Lab(NamedTuple):
    """How to measure: on what, how often, with which browser, within how many seconds in all."""

    device: lab.Device = lab.DEVICES["desktop"]
    runs: int = 3
    browser: str = ""
    deadline: float = 240.0
    clock: Callable[[], float] = time.time


class Measured(NamedTuple):
    """What a lab run found of one check; a check that could not be aimed at has no probe."""

    name: str
    probe: Web | None
    figures: Sequence[Figure]


def measure(
    rules: Rules, names: Sequence[str], tags: frozenset[str], how: Lab, seen: Callable[[], None] = lambda: None
) -> list[Measured]:
    """Opens the pages of the checks of these names, or else of all with `vitals:`. Ctrl-C leaves the rest out.

    Raises BrowserError when there is no browser, UsageError for a name that no check has.
    """
    probes, lost = wanted(rules, names, tags, how)
    path = chromium.find(how.browser) if probes else ""
    done: list[Measured] = []
    why = ("", "")
    try:
        if probes:
            with chromium.opened(path, time.monotonic() + how.deadline) as browser:
                for probe in probes:
                    figures = visited(browser, probe, how, seen)
                    done.append(Measured(probe.name, probe, figures))
    except KeyboardInterrupt:
        why = "not measured: interrupted", "run it again"
    except BrowserError as error:
        why = error.what, error.hint
    left = probes[len(done) :]
    return [*done, *(Measured(each.name, each, [failed(each, how, *why)]) for each in left), *lost]


def wanted(rules: Rules, names: Sequence[str], tags: frozenset[str], how: Lab) -> tuple[list[Web], list[Measured]]:
    """The checks that are meant, and those that cannot be aimed at."""
    aim = Aim(Wanted(("web",), tuple(names), tags), partial(query, rules, how.deadline), rules.build, how.clock())
    entries = [entry for entry in rules.entries("web") if names or has_vitals(entry)]
    probes = [target.probe for target in waited(aim.chosen(entries) if names else aim.coming(entries))]
    found = [probe for probe in probes if isinstance(probe, Web) and (names or probe.vitals)]
    lost = [Figure("", None, "lab", check=each.name, error=each.error, hint=each.hint) for each in aim.failed]
    return found, [Measured(each.check, None, [each]) for each in lost]


def has_vitals(entry: Entry) -> bool:
    """Whether `vitals:` stands in it, be it one that lacks a variable."""
    return entry.part is not None and "vitals" in getattr(entry.part.node, "pairs", {})


def query(rules: Rules, within: float, entry: Entry) -> Rows:
    """The rows of an entry with `targets:`, or the query to run for them."""
    return rows(rules, entry, within)


def visited(browser: Devtools, probe: Web, how: Lab, seen: Callable[[], None]) -> list[Figure]:
    """The p75 of so many runs, or why there is none: one run that fails fails them all."""
    timeout = max(probe.timeout, 10.0) * (3 if how.device.mobile else 1)
    runs: list[lab.Run] = []
    at = how.clock()
    for _ in range(how.runs):
        run = lab.measure(browser, probe.url, how.device, timeout)
        seen()
        if run.error:
            return [failed(probe, how, run.error, run.hint)]
        runs.append(run)
    return [each._replace(at=at) for each in judged(probe, how, runs)]


def judged(probe: Web, how: Lab, runs: Sequence[lab.Run]) -> Iterator[Figure]:
    """The p75s, of the page where the runs have ended: a login page is not the one behind it."""
    where = shown(runs[-1].url)
    for name, vital in VITALS.items():
        values = [run.vitals[name] for run in runs if name in run.vitals]
        if values:
            p75 = nearest_rank(values) * (1.0 if vital.unit == "ratio" else 0.001)
            yield Figure(name, round(p75, 6), "lab", how.device.name, where, probe.name, visits=len(values))


def failed(probe: Web, how: Lab, error: str, hint: str) -> Figure:
    return Figure("", None, "lab", how.device.name, shown(probe.url), probe.name, error=error, hint=hint)


def samples(measured: Sequence[Measured]) -> Iterator[Sample]:
    """What goes into the history."""
    for one in measured:
        for each in one.figures:
            if each.value is not None and each.at is not None:
                labels = {**(one.probe.labels if one.probe else {}), "source": each.source, "check": each.check}
                labels |= {"form_factor": each.form_factor, "page": each.page}
                for number in numbers(Told(each.vital, each.value), each.visits, **labels):
                    yield Sample(number.metric, tuple(sorted(number.labels.items())), each.at, number.value)


def known(rules: Rules, store: Store | None, at: float) -> list[Figure]:
    """What the history knows at a time (seconds since 1970), and is not too old. Raises StorageError."""
    if store is None:
        return []
    of = interval(rules)
    counts = {labels: value for labels, (_, value) in store.latest(COUNT, at).items()}
    fresh = {
        labels: point
        for labels, point in store.latest(METRIC, at).items()
        if at - point[0] <= max(300.0, STANDS * of(dict(labels)))
    }
    made = (figure(labels, value, time, counts.get(counted_as(labels))) for labels, (time, value) in fresh.items())
    return [each for each in made if each]


def only(rules: Rules, told: Sequence[Figure]) -> bool:
    """Whether what names no page can be of one alone: there is one check, and one project at the most."""
    entries = rules.entries("web")
    projects = {each.project for each in told if not each.page and not each.check and each.project}
    return len(entries) == 1 and entries[0].template is None and len(projects) <= 1


def pages(measured: Sequence[Measured], told: Sequence[Figure], alone: bool = False) -> list[Page]:
    """The pages that were measured just now, with what is known of them beside it."""
    now = {(each.check, each.form_factor) for one in measured for each in one.figures}
    before = [each for each in told if each.source != "lab" or (each.check, each.form_factor) not in now]
    return [
        page(each.probe, [*each.figures, *before], alone) if each.probe else Page(each.name, LIMITS, each.figures)
        for each in measured
    ]


def all_pages(rules: Rules, names: Sequence[str], told: Sequence[Figure], at: float) -> list[Page]:
    """The pages of the checks, and every other that somebody has told something of."""
    probes, lost = wanted(rules, names, frozenset(), Lab(clock=lambda: at))
    alone = only(rules, told)
    found = [*(page(probe, told, alone) for probe in probes), *(Page(each.name, LIMITS, each.figures) for each in lost)]
    kept = {each._replace(hint="") for one in found for each in one.figures}  # what is said beside one is no other
    others: dict[str, list[Figure]] = {}
    for each in told:
        if each not in kept and not names:
            others.setdefault(each.check or each.page or f"{each.source} {each.project}".strip(), []).append(each)
    return [*found, *(Page(name, LIMITS, figures) for name, figures in others.items())]


def page(probe: Web, figures: Sequence[Figure], alone: bool = False) -> Page:
    """A check with what is known of its page."""
    own = tuple(dict.fromkeys((*Page._field_defaults["wanted"], *probe.judged())))
    of = [each for each in figures if of_page(each, probe.name, probe.url, alone)]
    return Page(probe.name, probe.limits(), led_away(of, probe.url), own)


def led_away(figures: Sequence[Figure], url: str) -> list[Figure]:
    """Says beside the first number of a lab run that it is of another page: the address leads there."""
    told: set[str] = set()
    found: list[Figure] = []
    for each in sorted(figures, key=lambda each: [*VITALS].index(each.vital) if each.value is not None else -1):
        away = each.source == "lab" and each.page and each.page.rstrip("/") != shown(url).rstrip("/")
        if away and each.value is not None and each.page not in told:
            told.add(each.page)
            each = each._replace(hint=ELSEWHERE.format(each.page))
        found.append(each)
    return found
