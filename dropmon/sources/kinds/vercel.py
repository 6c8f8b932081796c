"""Vercel: what was deployed, when, by whom, and with what outcome; who came, and how fast the pages were for them.

Source: https://vercel.com/docs/rest-api (list deployments, web analytics, observability)
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any, ClassVar
from urllib.parse import quote

from pydantic import Field

from dropmon.model import Event
from dropmon.rules.addresses import Url
from dropmon.rules.types import Duration, Listed, Secret
from dropmon.sources.parts import together
from dropmon.sources.source import Reading, Told
from dropmon.sources.web import Web, bearer, inside, listed, measured, merged
from dropmon.transport import Request

PAGE = 100
PAGES = 20  # that are read at the most
# https://vercel.com/docs/rest-api: BLOCKED BUILDING CANCELED DELETED ERROR INITIALIZING QUEUED READY
STATES = {"READY": "ready", "ERROR": "failed", "CANCELED": "canceled", "BLOCKED": "blocked", "DELETED": "deleted"}


VITALS = {"lcp": ("lcp_ms", 0.001), "inp": ("inp_ms", 0.001), "cls": ("cls", 1.0), "ttfb": ("ttfb_ms", 0.001),
          "fcp": ("fcp_ms", 0.001)}  # fmt: skip
UNSEEN = "is Speed Insights on for this project, and did anybody visit it?"


class Vercel(Web):
    """Deployments: how many, with what outcome, how long they took to build; and each of them as an event."""

    happenings: ClassVar[bool] = True

    project: Listed[str]
    token: Secret
    team: str | None = Field(None, description="Its id (team_…) or its slug.")
    target: str = Field("production", description="Only these: production, preview, or an environment of your own.")
    window: Duration = Field(86400.0, description="How far back deployments and visits are looked at.")
    analytics: bool = Field(False, description="Whether to ask Web Analytics for page views and visitors.")
    vitals: bool = Field(False, description="Whether to ask Speed Insights for the Core Web Vitals.")
    url: Url = "https://api.vercel.com"

    def asks(self) -> str:
        also = [name for name, on in (("visits", self.analytics), ("web vitals", self.vitals)) if on]
        return ", ".join([f"{self.target} deployments", *also]) + f" of {', '.join(self.project)}"

    def tell(self, at: float) -> Iterable[Told]:
        asked = {"deployments": self.deployed, "page_views": self.visits, "web_vital": self.felt}
        wanted = ["deployments", *(["page_views"] if self.analytics else ()), *(["web_vital"] if self.vitals else ())]
        return self.apart(*(
            self.part(partial(asked[name], project, at), name, project=project)
            for project in self.project for name in wanted
        ))  # fmt: skip

    def deployed(self, project: str, at: float) -> Iterator[Told]:
        """The deployments of a project, one by one and counted."""
        found, whole = self.deployments(project, at)
        events = back(self.event(project, each) for each in found)
        yield from events
        if not whole:
            missed = Reading("deployments", merged(self.labels, {"project": project}))
            yield missed._replace(error=f"more than {PAGE * PAGES:,} deployments", hint="look less far back: `window`")
            return
        counts = Counter(event.state for event in events)
        for state in ("ready", "failed", *sorted(counts.keys() - {"ready", "failed"})):
            yield self.reading("deployments", counts[state], project=project, state=state)
        built = [
            (start, end) for each in found if (start := seconds(each, "buildingAt")) and (end := seconds(each, "ready"))
        ]
        for start, end in built[:1]:
            yield self.reading("deployment_build_seconds", end - start, project=project)

    def deployments(self, project: str, at: float) -> tuple[list[Mapping[str, Any]], bool]:
        """The deployments of the last while, the latest first, each once; and whether these are all."""
        found: dict[str, Mapping[str, Any]] = {}
        until = ""
        for _ in range(PAGES):
            page = self.ask(self.request("/v6/deployments", projectId=project, target=self.target, limit=str(PAGE),
                                         until=until, since=f"{(at - self.window) * 1000:.0f}"), at)  # fmt: skip
            before = len(found)
            for each in self.objects(page, "deployments"):
                found.setdefault(str(each.get("uid", "")), each)
            until = str(inside(page.body, "pagination").get("next") or "")
            if not until or len(found) == before:  # a page that is told again has no end
                return list(found.values()), True
        return list(found.values()), False

    def visits(self, project: str, at: float) -> Iterator[Reading]:
        """Page views and visitors of the window, as Web Analytics counts them."""
        since, until = (f"{moment * 1000:.0f}" for moment in (at - self.window, at))
        page = self.ask(
            self.request("/v1/query/web-analytics/visits/count", projectId=project, since=since, until=until), at
        )
        told = inside(page.body, "data")
        if not told:
            raise self.without(page, "visits")
        yield self.reading("page_views", told.get("pageviews"), project=project)
        yield self.reading("visitors", told.get("visitors"), project=project)

    def felt(self, project: str, at: float) -> Iterator[Told]:
        """The Core Web Vitals of the window at the 75th percentile."""
        page = self.ask(self.request(f"/v9/projects/{quote(project, safe='')}"), at)
        known = inside({"": page.body}, "")
        if not known.get("id"):
            raise self.without(page, f"project {project}")
        scope = {"type": "project", "ownerId": known.get("accountId"), "projectIds": [known["id"]]}
        labels = {"project": project, "source": "vercel", "quantile": "0.75"}
        return together([
            self.part(partial(self.vital, scope, at, name, labels), "web_vital", name=name, **labels) for name in VITALS
        ])  # fmt: skip

    def vital(self, scope: Mapping[str, Any], at: float, name: str, labels: Mapping[str, str]) -> Iterator[Reading]:
        start, end = (datetime.fromtimestamp(moment, UTC).isoformat() for moment in (at - self.window, at))
        metric, scale = VITALS[name]
        asked = {
            "metric": f"vercel.speed_insights.{metric}", "scope": scope, "aggregation": "p75", "startTime": start,
            "endTime": end, "filter": f"environment eq '{self.target}'",
        }  # fmt: skip
        request = self.request("/v2/observability/query")._replace(method="POST", body=json.dumps(asked).encode())
        page = self.ask(request._replace(headers=(*request.headers, ("Content-Type", "application/json"))), at)
        if not isinstance(page.body, dict) or not {"summary", "data"} & page.body.keys():
            raise self.without(page, name.upper())
        yield measured("web_vital", merged(self.labels, {"name": name, **labels}), rollup(page.body), scale, UNSEEN)

    def request(self, path: str, **given: str) -> Request:
        team = {"teamId" if (self.team or "").startswith("team_") else "slug": self.team or ""}
        pairs = tuple((name, text) for name, text in {**given, **team}.items() if text)
        return Request(f"{self.url}{path}", pairs, (bearer(self.token.get_secret_value()),))

    def event(self, project: str, found: Mapping[str, Any]) -> Event:
        """One deployment. Its time is when it was ready, or else when it was made."""
        meta = inside(found, "meta")
        commit = str(meta.get("githubCommitSha") or meta.get("gitlabCommitSha") or meta.get("bitbucketCommitSha") or "")
        message = str(meta.get("githubCommitMessage") or meta.get("gitlabCommitMessage") or "").partition("\n")[0]
        state = str(found.get("readyState") or found.get("state") or "")
        labels = {
            "project": project,
            "commit": commit[:12],
            "branch": str(meta.get("githubCommitRef") or meta.get("gitlabCommitRef") or ""),
            "author": str(inside(found, "creator").get("username") or ""),
            "target": str(found.get("target") or "preview"),
            "promoted": "yes" if found.get("readySubstate") == "PROMOTED" else "",
        }
        return Event(
            "deployment", self.known_as(), str(found.get("uid", "")),
            seconds(found, "ready") or seconds(found, "createdAt") or seconds(found, "created") or 0.0,
            message or str(found.get("name") or project), STATES.get(state, state.lower()),
            str(found.get("inspectorUrl") or ""), merged({}, labels),
        )  # fmt: skip


def seconds(found: Mapping[str, Any], key: str) -> float | None:
    """A time that is told in milliseconds since 1970; None when there is none.

    >>> seconds({"ready": 1795420000000}, "ready"), seconds({"ready": None}, "ready")
    (1795420000.0, None)
    """
    value = found.get(key)
    return value / 1000 if isinstance(value, int | float) else None


def rollup(body: Mapping[str, Any]) -> object:
    """The one number of an answer, under whatever name; None when there is none, or nobody knows which.

    >>> rollup({"summary": [{"vercel_speed_insights_lcp_ms_p75": 2198}], "data": []})
    2198
    >>> rollup({"data": [{"timestamp": "2026-11-23T00:00:00Z", "value": 0.04}]}), rollup({"data": []})
    (0.04, None)
    """
    rows = listed(body, "summary") or listed(body, "data")
    numbers = {key: value for row in rows[:1] for key, value in row.items() if type(value) in {int, float}}
    named = {key: value for key, value in numbers.items() if "p75" in key} or numbers
    return next(iter(named.values())) if len(rows) == 1 and len(named) == 1 else None


def back(events: Iterable[Event]) -> list[Event]:
    """The events, oldest first; one that deploys again what stood before its predecessor is a way back.

    >>> made = [Event("deployment", "vercel", id, at, "", "ready", labels=(("commit", commit),))
    ...         for id, at, commit in (("a", 1, "c1"), ("b", 2, "c2"), ("c", 3, "c1"))]
    >>> [event.state for event in back(made)]
    ['ready', 'ready', 'rolled back']
    """
    told: list[Event] = []
    seen: list[str] = []
    for event in sorted(events, key=lambda each: each.at):
        commit = dict(event.labels).get("commit", "")
        again = event.state == "ready" and commit in seen[:-1] and commit != seen[-1]
        told.append(event._replace(state="rolled back") if again else event)
        if event.state == "ready" and commit:
            seen.append(commit)
    return told
