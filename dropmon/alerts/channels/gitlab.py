"""Issues of GitLab (https://docs.gitlab.com/api/issues)."""

from __future__ import annotations

from typing import Any, Literal
from urllib.parse import quote

from pydantic import Field

from dropmon.alerts.escape import cut, plain
from dropmon.alerts.payload import iso
from dropmon.alerts.ticket import Found, Note, Tracker
from dropmon.rules.addresses import Url
from dropmon.transport import Request

LARGEST = 100_000  # characters of a description; GitLab takes 1048576


class GitLab(Tracker):
    """GitLab: an issue for each alert or incident, closed when it is over."""

    type: Literal["gitlab"] = "gitlab"
    project: str = Field(min_length=1, description="GROUP/NAME, or its number.")
    url: Url = "https://gitlab.com"

    def known_to(self) -> str:
        return self.project

    def authorized(self) -> tuple[tuple[str, str], ...]:
        return (("PRIVATE-TOKEN", self.token.get_secret_value()),)

    def opened(self, note: Note) -> Request:
        labels = {"labels": ",".join(self.labels)} if self.labels else {}
        body = {"title": plain(note.title, 250), "description": cut(note.body, LARGEST), **labels}
        return self.ask("POST", self._issues(), body)

    def commented(self, number: str, note: Note) -> Request:
        return self.ask("POST", f"{self._issues()}/{number}/notes", {"body": cut(note.body, LARGEST)})

    def closed(self, number: str) -> Request:
        return self.ask("PUT", f"{self._issues()}/{number}", {"state_event": "close"})

    def searched(self, note: Note, since: float | None) -> Request:
        some = (("search", note.mark), ("in", "description"), ("order_by", "created_at"), ("per_page", "100"))
        return self.ask("GET", self._issues(), None, (*some, *((("created_after", iso(since)),) if since else ())))

    def comments(self, number: str) -> Request:
        return self.ask("GET", f"{self._issues()}/{number}/notes", None, (("per_page", "100"),))

    def text(self, ticket: dict[str, Any]) -> str:
        return str(ticket.get("description") or "")

    def found(self, ticket: dict[str, Any]) -> Found:
        return Found(str(ticket["iid"]), ticket.get("state") == "opened")

    def _issues(self) -> str:
        return f"{self.url.rstrip('/')}/api/v4/projects/{quote(self.project, safe='')}/issues"
