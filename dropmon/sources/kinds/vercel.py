"""Vercel: what was deployed, when, by whom, and with what outcome.

Source: https://vercel.com/docs/rest-api/reference/endpoints/deployments/list-deployments
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar

from pydantic import Field

from dropmon.errors import DropmonError
from dropmon.model import Event
from dropmon.rules.addresses import Url
from dropmon.rules.types import Duration, Listed, Secret
from dropmon.sources.source import Told
from dropmon.sources.web import Web, bearer, merged
from dropmon.transport import Request

PAGE = 100
PAGES = 20  # that are read at the most
# https://vercel.com/docs/rest-api: BLOCKED BUILDING CANCELED DELETED ERROR INITIALIZING QUEUED READY
STATES = {"READY": "ready", "ERROR": "failed", "CANCELED": "canceled", "BLOCKED": "blocked", "DELETED": "deleted"}


class Vercel(Web):
    """Deployments: how many, with what outcome, how long they took to build; and each of them as an event."""

    happenings: ClassVar[bool] = True

    project: Listed[str]
    token: Secret
    team: str | None = Field(None, description="Its id (team_…) or its slug.")
    target: str = Field("production", description="Only these: production, preview, or an environment of your own.")
    window: Duration = Field(86400.0, description="How far back deployments are looked at.")
    url: Url = "https://api.vercel.com"

    def known_as(self) -> str:
        return "vercel"

    def asks(self) -> str:
        return f"{self.target} deployments of {', '.join(self.project)}"

    def tell(self, at: float) -> Iterable[Told]:
        for project in self.project:
            found = list(self.deployments(project, at))
            events = back(self.event(project, each) for each in found)
            yield from events
            counts = Counter(event.state for event in events)
            for state in ("ready", "failed", *sorted(counts.keys() - {"ready", "failed"})):
                yield self.reading("deployments", counts[state], project=project, state=state)
            built = [each for each in found if each.get("buildingAt") and each.get("ready")]
            for each in built[:1]:
                seconds = (each["ready"] - each["buildingAt"]) / 1000
                yield self.reading("deployment_build_seconds", seconds, project=project)

    def deployments(self, project: str, at: float) -> Iterator[Mapping[str, Any]]:
        """The deployments of the last while, the latest first."""
        until = ""
        for _ in range(PAGES):
            page = self.ask(self.request(project, at, until), at).body
            if not isinstance(page, dict) or not isinstance(page.get("deployments"), list):
                raise DropmonError(f"vercel told no deployments of {project}", "is `url` Vercel's API?")
            yield from (each for each in page["deployments"] if isinstance(each, dict))
            until = str((page.get("pagination") or {}).get("next") or "")
            if not until:
                return

    def request(self, project: str, at: float, until: str) -> Request:
        team = {"teamId" if (self.team or "").startswith("team_") else "slug": self.team or ""}
        given = {
            "projectId": project, "target": self.target, "since": f"{(at - self.window) * 1000:.0f}",
            "limit": str(PAGE), "until": until, **team,
        }  # fmt: skip
        pairs = tuple((name, text) for name, text in given.items() if text)
        return Request(f"{self.url}/v6/deployments", pairs, (bearer(self.token.get_secret_value()),))

    def event(self, project: str, found: Mapping[str, Any]) -> Event:
        """One deployment. Its time is when it was ready, or else when it was made."""
        meta = found.get("meta") or {}
        commit = str(meta.get("githubCommitSha") or meta.get("gitlabCommitSha") or meta.get("bitbucketCommitSha") or "")
        message = str(meta.get("githubCommitMessage") or meta.get("gitlabCommitMessage") or "").partition("\n")[0]
        state = str(found.get("readyState") or found.get("state") or "")
        labels = {
            "project": project,
            "commit": commit[:12],
            "branch": str(meta.get("githubCommitRef") or meta.get("gitlabCommitRef") or ""),
            "author": str((found.get("creator") or {}).get("username") or ""),
            "target": str(found.get("target") or "preview"),
            "promoted": "yes" if found.get("readySubstate") == "PROMOTED" else "",
        }
        return Event(
            "deployment", self.known_as(), str(found.get("uid", "")),
            float(found.get("ready") or found.get("createdAt") or found.get("created") or 0) / 1000,
            message or str(found.get("name") or project), STATES.get(state, state.lower()),
            str(found.get("inspectorUrl") or ""), merged({}, labels),
        )  # fmt: skip


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
