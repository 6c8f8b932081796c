"""Issues of GitHub (https://docs.github.com/en/rest/issues/issues, version 2022-11-28)."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from dropmon.alerts.delivery import Delivery, later
from dropmon.alerts.escape import cut, plain
from dropmon.alerts.payload import iso
from dropmon.alerts.ticket import Found, Note, Tracker
from dropmon.rules.addresses import Url
from dropmon.transport import Answer, Request

LARGEST = 60_000  # characters of a body; GitHub takes 65536


class GitHub(Tracker):
    """GitHub: an issue for each alert or incident, closed when it is over."""

    type: Literal["github"] = "github"
    repository: str = Field(pattern=r"^[\w.-]+/[\w.-]+$", description="OWNER/NAME.")
    api: Url = "https://api.github.com"

    def known_to(self) -> str:
        return self.repository

    def judge(self, answer: Answer, at: float) -> Delivery:
        """Too many requests are 403 here, too (docs.github.com: rate limits for the REST API)."""
        limited = "retry-after" in answer.headers or answer.headers.get("x-ratelimit-remaining") == "0"
        if answer.status == 403 and limited:
            return later(answer.said, answer._replace(status=429).retry(at) or 60.0)
        return super().judge(answer, at)

    def authorized(self) -> tuple[tuple[str, str], ...]:
        version = ("X-GitHub-Api-Version", "2022-11-28")
        bearer = ("Authorization", f"Bearer {self.token.get_secret_value()}")
        return bearer, ("Accept", "application/vnd.github+json"), version

    def opened(self, note: Note) -> Request:
        body = {"title": plain(note.title, 250), "body": cut(note.body, LARGEST), "labels": [*self.labels]}
        return self.ask("POST", self._issues(), body)

    def commented(self, number: str, note: Note) -> Request:
        return self.ask("POST", f"{self._issues()}/{number}/comments", {"body": cut(note.body, LARGEST)})

    def closed(self, number: str) -> Request:
        return self.ask("PATCH", f"{self._issues()}/{number}", {"state": "closed", "state_reason": "completed"})

    def searched(self, note: Note, since: float | None) -> Request:
        """The list, not the search: that lags behind by minutes."""
        some = (("state", "all"), ("sort", "created"), ("direction", "desc"), ("per_page", "100"))
        return self.ask("GET", self._issues(), None, (*some, *((("since", iso(since)),) if since else ())))

    def comments(self, number: str) -> Request:
        return self.ask("GET", f"{self._issues()}/{number}/comments", None, (("per_page", "100"),))

    def text(self, ticket: dict[str, Any]) -> str:
        return str(ticket.get("body") or "")

    def found(self, ticket: dict[str, Any]) -> Found:
        return Found(str(ticket["number"]), ticket.get("state") == "open")

    def _issues(self) -> str:
        return f"{self.api.rstrip('/')}/repos/{self.repository}/issues"
