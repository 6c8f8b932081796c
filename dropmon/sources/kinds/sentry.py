"""Sentry: errors of the application, sessions without a crash, releases.

Source: https://docs.sentry.io/api/ (explore, organizations/stats_v2, releases/sessions, releases), pagination.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from functools import partial
from typing import Any, ClassVar
from urllib.parse import quote

from pydantic import Field

from dropmon.model import Event
from dropmon.rules.addresses import Url
from dropmon.rules.types import Duration, Listed, Secret
from dropmon.sources.source import Reading, Told
from dropmon.sources.values import merged
from dropmon.sources.web import Page, Web, bearer, inside, listed
from dropmon.transport import Request

PAGE = 100
PAGES = 10  # that are read at the most
WEEK = 7 * 86400.0  # seconds for which releases are looked at
DAY = "24h"  # of sessions
RATES = {"sessions": "crash_free_rate(session)", "users": "crash_free_rate(user)"}
NONE = "no sessions of {} in the last day"
QUIET = "does the application send sessions? if not: sessions: false"


class Sentry(Web):
    """Errors by project and release, what was dropped, crash-free sessions and users; each release as an event."""

    happenings: ClassVar[bool] = True

    organization: str
    project: Listed[str] = Field(description="The slug of a project, or several.")
    token: Secret = Field(description="With org:read, project:read and event:read.")
    url: Url = Field("https://sentry.io", description="Or https://de.sentry.io, or your own.")
    environment: str | None = Field(None, description="Only this one: production.")
    window: Duration = Field(3600.0, ge=60, description="How far back errors are counted.")
    sessions: bool = Field(True, description="Whether the crash-free rate of the last day is asked for.")

    def asks(self) -> str:
        return f"errors, crash-free rate and releases of {', '.join(self.project)} in {self.organization}"

    def tell(self, at: float) -> Iterable[Told]:
        known = self.known(at)
        ids = {str(known[slug]): slug for slug in self.project if slug in known}
        for slug in self.project:
            if slug not in known:
                hint = f"this token sees {', '.join(sorted(known)) or 'none'}"
                yield self.failed(f"there is no project {slug!r} in {self.organization}", hint)
        if ids:
            asked: dict[str, Callable[[Mapping[str, str], float], Iterable[Told]]]
            asked = {"sentry_errors": self.errors, "sentry_events": self.outcomes, "releases": self.releases}
            asked |= {"sentry_crash_free_ratio": self.crashes} if self.sessions else {}
            yield from self.apart(*(self.part(partial(ask, ids, at), name) for name, ask in asked.items()))

    def known(self, at: float) -> dict[str, Any]:
        """The number of each project that the token sees, by its slug."""
        pages = self.pages("projects/", (), at)
        return {str(each.get("slug")): each.get("id") for page in pages for each in self.objects(page)}

    def errors(self, ids: Mapping[str, str], at: float) -> Iterator[Reading]:
        """How many errors in the window, by project and release; a project without any has none: 0."""
        asked = (
            ("dataset", "errors"), ("field", "project"), ("field", "release"), ("field", "count()"),
            ("sort", "-count()"), ("statsPeriod", f"{math.ceil(self.window / 60)}m"), *self.only(ids),
        )  # fmt: skip
        silent = set(ids.values())
        for page in self.pages("events/", asked, at):
            for row in self.objects(page, "data"):
                project = str(row.get("project") or row.get("project.name") or "")
                silent.discard(project)
                release = str(row.get("release") or "")
                yield self.reading("sentry_errors", row.get("count()"), project=project, release=release)
        for project in sorted(silent):
            yield self.reading("sentry_errors", 0, project=project)

    def outcomes(self, ids: Mapping[str, str], at: float) -> Iterator[Reading]:
        """What became of the errors that were sent: what is rate-limited or filtered is missing above."""
        asked = (
            ("field", "sum(quantity)"), ("groupBy", "outcome"), ("groupBy", "project"), ("category", "error"),
            ("statsPeriod", f"{math.ceil(self.window / 3600)}h"), ("interval", "1h"), *self.only(ids)[: len(ids)],
        )  # fmt: skip
        for by, totals in self.groups("stats_v2/", asked, at):
            project = ids.get(str(by.get("project")), "")
            count = totals.get("sum(quantity)")
            yield self.reading("sentry_events", count, project=project, outcome=str(by.get("outcome") or ""))

    def crashes(self, ids: Mapping[str, str], at: float) -> Iterator[Reading]:
        """The share of the last day's sessions, and of its users, that saw no crash."""
        silent = set(ids.values())
        for by, totals in self.groups("sessions/", self.health(ids, "project"), at):
            project = ids.get(str(by.get("project")), "")
            if totals.get(RATES["sessions"]) is not None:
                silent.discard(project)
                yield self.reading("sentry_sessions", totals.get("sum(session)"), project=project)
                yield from self.rates("sentry_crash_free_ratio", totals, project=project)
        for project in sorted(silent):
            missed = Reading("sentry_crash_free_ratio", merged(self.labels, {"project": project}))
            yield missed._replace(error=NONE.format(project), hint=QUIET)
        for by, totals in self.groups("sessions/", self.health(ids, "project", "release"), at):
            labels = {"project": ids.get(str(by.get("project")), ""), "release": str(by.get("release") or "")}
            yield from self.rates("sentry_release_crash_free_ratio", totals, **labels)

    def rates(self, metric: str, totals: Mapping[str, Any], **labels: str) -> Iterator[Reading]:
        """A group of nobody has no rate, and is not told."""
        for of, field in RATES.items():
            if totals.get(field) is not None:
                yield self.reading(metric, totals[field], of=of, **labels)

    def health(self, ids: Mapping[str, str], *groups: str) -> tuple[tuple[str, str], ...]:
        fields = (("field", "sum(session)"), *(("field", field) for field in RATES.values()))
        by = (("groupBy", group) for group in groups)
        return *fields, *by, ("statsPeriod", DAY), ("interval", "1d"), *self.only(ids)

    def only(self, ids: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
        """Which projects, and after them which environment."""
        return *(("project", each) for each in ids), *([("environment", self.environment)] if self.environment else ())

    def releases(self, ids: Mapping[str, str], at: float) -> Iterator[Event]:
        """The releases of the last week."""
        for page in self.pages("releases/", self.only(ids), at):
            for found in self.objects(page):
                made = moment(found.get("dateReleased")) or moment(found.get("dateCreated"))
                if made is None:
                    continue
                if made < at - WEEK:
                    return
                yield self.event(found, made)

    def event(self, found: Mapping[str, Any], made: float) -> Event:
        version = str(found.get("version") or "")
        projects = [str(each.get("slug")) for each in listed(found, "projects")]
        labels = {
            "project": ", ".join(projects), "commit": str(inside(found, "lastCommit").get("id") or "")[:12],
            "environment": str(inside(found, "lastDeploy").get("environment") or ""),
            "issues": str(found.get("newGroups") or ""),
        }  # fmt: skip
        link = f"{self.url}/organizations/{quote(self.organization)}/releases/{quote(version, safe='')}/"
        state = "released" if found.get("dateReleased") else "created"
        return Event("release", self.known_as(), version, made, version, state, link, merged({}, labels))

    def groups(
        self, path: str, params: tuple[tuple[str, str], ...], at: float
    ) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:  # fmt: skip
        """What each group of an answer is by, and its totals."""
        for found in self.objects(self.page(path, params, at), "groups"):
            yield inside(found, "by"), inside(found, "totals")

    def pages(self, path: str, params: tuple[tuple[str, str], ...], at: float) -> Iterator[Page]:
        cursor = ""
        for _ in range(PAGES):
            page = self.page(path, (*params, ("per_page", str(PAGE)), *([("cursor", cursor)] if cursor else ())), at)
            yield page
            cursor = following(page.answer.headers.get("link", ""))
            if not cursor:
                return

    def page(self, path: str, params: tuple[tuple[str, str], ...], at: float) -> Page:
        address = f"{self.url}/api/0/organizations/{quote(self.organization)}/{path}"
        return self.ask(Request(address, params, (bearer(self.token.get_secret_value()),)), at)


def following(link: str) -> str:
    """The cursor of the next page; none, although one is named, when it would hold no results.

    >>> following('<http://x/?&cursor=0:100:0>; rel="next"; results="true"; cursor="0:100:0"')
    '0:100:0'
    >>> following('<http://x/?&cursor=0:100:0>; rel="next"; results="false"; cursor="0:100:0"')
    ''
    """
    for each in re.findall(r"<[^>]*>([^<]*)", link):
        told = dict(re.findall(r'(\w+)="([^"]*)"', each))
        if told.get("rel") == "next" and told.get("results") == "true":
            return str(told.get("cursor", ""))
    return ""


def moment(text: object) -> float | None:
    """Seconds since 1970 of what an API writes as ISO 8601; None when it is none.

    >>> moment("2026-11-23T08:10:02Z"), moment(None), moment("soon")
    (1795421402.0, None, None)
    """
    try:
        found = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return found.timestamp() if found and found.tzinfo else None
