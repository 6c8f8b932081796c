"""Sources that are asked over HTTP: one way to ask, and to say why there was no answer."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Self

from pydantic import Field

from dropmon.errors import DropmonError
from dropmon.rules.types import Duration
from dropmon.sources.source import Clock, Labels, Reading, Server, Source, Told
from dropmon.transport import Answer, Request, exchange

LARGEST = 32 << 20  # bytes of an answer


class Web(Source):
    """A source that answers over HTTP."""

    timeout: Duration = Field(20.0, description="Of each request.")

    @classmethod
    def told(cls, lane: Sequence[Self], servers: Mapping[str, Server], clock: Clock) -> Iterator[Iterable[Told]]:
        for source in lane:
            yield source.tell(clock())

    def tell(self, at: float) -> Iterable[Told]:
        """What it tells at a time (seconds since 1970). Raises DropmonError when it tells nothing."""
        raise NotImplementedError

    def ask(self, request: Request, at: float) -> Page:
        """The JSON that is answered. Raises DropmonError for whatever is no answer."""
        answer = exchange(request, self.timeout, LARGEST)
        if not answer.ok:
            raise refused(self.known_as(), answer, at)
        try:
            return Page(json.loads(answer.body), answer)
        except (ValueError, RecursionError):
            hint = "is the address right? a login page or a proxy may have answered"
            raise DropmonError(
                f"{self.known_as()} answered {answer.said} with something that is no JSON", hint
            ) from None

    def reading(self, metric: str, value: float, **labels: str) -> Reading:
        """A number with the entry's own labels."""
        return Reading(metric, merged(self.labels, labels), float(value))


class Page(NamedTuple):
    """One answer, read."""

    body: Any
    answer: Answer


def merged(own: Mapping[str, str], labels: Mapping[str, str]) -> Labels:
    """Labels, without those that are empty: to Prometheus such a label is none.

    >>> merged({"team": "shop"}, {"project": "web", "release": ""})
    (('project', 'web'), ('team', 'shop'))
    """
    return tuple(sorted((name, text) for name, text in {**labels, **own}.items() if text))


def refused(name: str, answer: Answer, at: float) -> DropmonError:
    """Why an answer is none, and what to do. `at` in seconds since 1970."""
    said = reason(answer)
    what = f"{name} answered {answer.said}" + (f": {said}" if said else "")
    if answer.status == 401:
        return DropmonError(what, "the token is wrong or has expired: make a new one, and set its variable")
    if answer.status in (402, 403):
        return DropmonError(what, "the token lacks a permission, or the plan has no such API")
    if answer.status == 404:
        return DropmonError(what, "is the name in the rules right, and does the token's account see it?")
    if (wait := answer.retry(at)) is not None:
        return DropmonError(what, f"it wants to be asked again in {wait:.0f} s" if wait else "it will be asked again")
    return DropmonError(what, f"dropmon source test {name}")


def reason(answer: Answer) -> str:
    """The server's own words, from where APIs put them.

    >>> reason(Answer(403, {}, b'{"error":{"code":"forbidden","message":"Not authorized"}}'))
    'Not authorized'
    >>> reason(Answer(502, {}, b"<html>"))
    ''
    """
    try:
        found = json.loads(answer.body[:65536])
    except (ValueError, RecursionError):
        return ""
    for key in ("error", "message", "detail", "errors"):
        inner = found.get(key) if isinstance(found, dict) else None
        inner = inner[0] if isinstance(inner, list) and inner else inner
        if isinstance(inner, dict):
            inner = inner.get("message") or inner.get("detail") or inner.get("code")
        if isinstance(inner, str) and inner:
            return " ".join(inner.split())[:200]
    return ""


def bearer(token: str) -> tuple[str, str]:
    """The header that carries a token."""
    return "Authorization", f"Bearer {token}"
