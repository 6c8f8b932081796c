"""One exchange with a stand-in: what was asked, what is answered."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from email.message import Message


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked. Header names are matched without case; `path` has no query."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Message
    body: bytes = b""

    def header(self, name: str) -> str:
        return str(self.headers.get(name, ""))

    @property
    def bearer(self) -> str:
        return self.header("Authorization").removeprefix("Bearer ")


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said back."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


def page(html: str, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    return Answer(status, html.encode(), {"Content-Type": "text/html; charset=utf-8", **(headers or {})})


def reply(value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    """A value as JSON.

    >>> reply({"ok": True}).body
    b'{"ok": true}'
    """
    kind = {"Content-Type": "application/json; charset=utf-8"}
    return Answer(status, json.dumps(value).encode(), {**kind, **(headers or {})})
