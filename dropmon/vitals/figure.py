"""What is known of one vital: the number, who told it, of which visits; and a page as all that is known of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple
from urllib.parse import urlsplit

from dropmon.model import Status
from dropmon.vitals.beacons import template
from dropmon.vitals.reading import origin, shown
from dropmon.vitals.vital import CORE, METRIC, VITALS, Limits, Rating, rating

Labels = tuple[tuple[str, str], ...]  # sorted by key
INSTANT = {"back-forward-cache", "prerender", "soft-navigation"}  # nobody waited there: they say nothing of a load
USERLESS = "a lab run has no user who clicks; `crux`, `pagespeed` or `beacons` under `sources:` tell it"
LABS = {"lab", "lighthouse"}  # nobody of those who visit the page
PAINTLESS = "the page painted nothing that counts: no text, no image; is it empty, or drawn by a script that failed?"
UNTOLD = "dropmon source collect asks others; dropmon check web --vitals measures here"


class Figure(NamedTuple):
    """One vital as one source tells it of one kind of visit, or why it does not. Seconds; CLS: a ratio."""

    vital: str  # empty when a whole run failed
    value: float | None
    source: str
    form_factor: str = ""
    page: str = ""
    check: str = ""
    navigation: str = ""
    project: str = ""  # of Vercel, which may have several pages
    visits: int | None = None  # or runs, in a lab
    at: float | None = None  # when it was told, seconds since 1970
    error: str = ""
    hint: str = ""


class Passing(StrEnum):
    """Whether a page passes Google's assessment: LCP, INP and CLS are good."""

    PASSES = "passes"
    FAILS = "fails"
    UNKNOWN = "not known"


class Page(NamedTuple):
    """A page, its limits, and what is known of it."""

    name: str
    limits: Mapping[str, Limits]
    figures: Sequence[Figure]
    wanted: tuple[str, ...] = CORE  # what must not be missing in silence

    def rated(self, figure: Figure) -> Rating | None:
        """How good it is; None when there is no number."""
        return None if figure.value is None else rating(figure.value, self.limits[figure.vital])

    def all(self) -> list[Figure]:
        """What is known, and for each wanted vital that nobody tells that there is no data. The worst first."""
        every = [*self.figures, *self._missing()]
        order = {name: place for place, name in enumerate(VITALS)}

        def place(each: Figure) -> tuple[int, int, bool]:
            return -self.status_of(each).badness, order.get(each.vital, -1), each.navigation in INSTANT

        return sorted(every, key=place)

    def _missing(self) -> Iterator[Figure]:
        told = {each.vital for each in self.figures if each.value is not None}
        if not told and any(each.error for each in self.figures):
            return  # why nothing is known has been said
        lab = bool(told) and {each.source for each in self.figures} == {"lab"}
        hint = PAINTLESS if lab else UNTOLD
        for name in self.wanted:
            if name not in told:
                yield Figure(name, None, "", error="no data", hint=USERLESS if name == "inp" and lab else hint)
                hint = ""  # once is enough
        for device, names in self.lacking.items():
            yield from (Figure(name, None, "", device, error="no data") for name in names if name in told)

    def status_of(self, figure: Figure) -> Status:
        """Of one row: no data is a state of its own."""
        rated = self.rated(figure)
        return rated.status if rated else Status.UNKNOWN

    @property
    def core(self) -> list[Figure]:
        """What Google's assessment looks at."""
        told = [each for each in self.figures if each.vital in CORE and each.value is not None]
        return [each for each in told if each.navigation not in INSTANT]

    @property
    def lacking(self) -> Mapping[str, Sequence[str]]:
        """For each kind of device that visitors had, the core vitals that none of its sources tells with the others.

        Numbers of several devices, or of several sources, are of different visits: they never add up to a page.
        """
        told: dict[tuple[str, str], set[str]] = {}
        for each in self.core:
            if each.source not in LABS:
                told.setdefault((each.form_factor, each.source), set()).add(each.vital)
        found: dict[str, list[str]] = {}
        for (device, _), names in told.items():
            lacks = [name for name in CORE if name not in names]
            found[device] = min(found.get(device, lacks), lacks, key=len)
        return {device: lacks for device, lacks in found.items() if lacks}

    @property
    def passing(self) -> Passing:
        """What Google would say on each kind of device; where one lacks a vital, it is not known to pass."""
        if any(self.rated(each) is not Rating.GOOD for each in self.core):
            return Passing.FAILS
        visited = any(each.source not in LABS for each in self.core)
        return Passing.PASSES if visited and not self.lacking else Passing.UNKNOWN

    def status(self, lab: bool) -> Status:
        """The worst of what is known. A page of which a core vital is not known is UNKNOWN, but for INP in a `lab`."""
        if any(each.error for each in self.figures):
            return Status.worst([Status.UNKNOWN, *map(self.status_of, self.figures)])
        told = {each.vital for each in self.figures}
        found = [self.status_of(each) for each in self.figures]
        unknown = set(CORE) - told - {"inp"} if lab else self.passing is Passing.UNKNOWN
        return Status.worst([*found, *([Status.UNKNOWN] if unknown else [])])


def figure(labels: Labels, value: float, at: float, count: float | None) -> Figure | None:
    """A sample of a history as a figure; None when it is no p75 of a vital.

    >>> figure((("name", "lcp"), ("quantile", "0.75"), ("source", "crux")), 2.1, 0.0, None).source
    'crux'
    """
    have = dict(labels)
    if have.get("name") not in VITALS or have.get("quantile", "0.75") != "0.75":
        return None
    named = {key: have.get(key, "") for key in ("source", "form_factor", "page", "check", "navigation", "project")}
    return Figure(have["name"], value, **named, visits=None if count is None else int(count), at=at)


def of_page(figure: Figure, check: str, url: str, only: bool = False) -> bool:
    """Whether a figure is of the page of a check: by its name, its address, its origin, or as the only check there is.

    >>> of_page(Figure("lcp", 2.1, "crux", page="https://shop.example"), "storefront", "https://shop.example/a")
    True
    >>> of_page(Figure("lcp", 2.1, "vercel", project="docs"), "storefront", "https://shop.example/a")
    False
    """
    if figure.check:
        return figure.check == check
    if not figure.page:
        return only
    if figure.source == "beacons" and "/:id" in figure.page:
        return figure.page == origin(url) + template(urlsplit(url).path)
    return figure.page in {shown(url), shown(url).rstrip("/"), origin(url)}


def counted_as(labels: Labels) -> Labels:
    """The labels of the series that counts the visits of another."""
    return tuple(pair for pair in labels if pair[0] != "quantile")


__all__ = ["METRIC", "Figure", "Page", "Passing", "counted_as", "figure", "of_page"]
