"""Sources that are asked over HTTP: one way to ask, and to say why there was no answer."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple, Self
from urllib.parse import parse_qsl, urlsplit

from pydantic import Field

from dropmon.errors import DropmonError, TransportError
from dropmon.rules.types import Duration
from dropmon.secrets import mask
from dropmon.sources.parts import Part, together, told
from dropmon.sources.source import Clock, Reading, Server, Source, Told
from dropmon.sources.values import measured, merged
from dropmon.transport import Answer, Request, exchange

LARGEST = 32 << 20  # bytes of an answer
UNREACHED = "is it up, and reachable from here? if it is only slow, raise its `timeout`"
WRONG = "is the address right? a login page or a proxy may have answered"

__all__ = ["Page", "RefusedError", "Web", "bearer", "inside", "listed", "measured", "merged"]


class Page(NamedTuple):
    """One answer, read."""

    body: Any
    answer: Answer


class RefusedError(DropmonError):
    """A server answered, and not with what was asked for; it wants to be left alone until `retry_at`."""

    status = 200
    retry_at: float | None = None  # seconds since 1970


class Web(Source):
    """A source that answers over HTTP."""

    timeout: Duration = Field(20.0, description="Of each request.")

    @classmethod
    def told(cls, lane: Sequence[Self], servers: Mapping[str, Server], clock: Clock) -> Iterator[Iterable[Told]]:
        for source in lane:
            yield told(source.part(partial(source.tell, clock())))

    def tell(self, at: float) -> Iterable[Told]:
        """What it tells at a time (seconds since 1970). Raises DropmonError when it tells nothing."""
        raise NotImplementedError

    def part(self, ask: Callable[[], Iterable[Told]], metric: str = "", **labels: str) -> Part:
        """One question of several; when it fails it is missed as `metric`, or else as the source as a whole."""
        return Part(ask, Reading(metric or self.known_as(), merged(self.labels, labels)))

    def apart(self, *parts: Part | Callable[[], Iterable[Told]]) -> Iterator[Told]:
        """What several questions bring, asked side by side: each fails alone; what stops them all is said once."""
        said = list(together([each if isinstance(each, Part) else self.part(each) for each in parts]))
        blank = self.failed("")
        same = {each._replace(metric=blank.metric, labels=blank.labels) for each in said if isinstance(each, Reading)}
        if len(same) == 1 and len(said) > 1 and all(isinstance(each, Reading) and each.value is None for each in said):
            said = [*same]
        yield from said

    def answer(self, request: Request, at: float) -> Answer:
        """What is answered. Raises DropmonError for whatever is no success."""
        try:
            answer = exchange(request._replace(follow=False), self.timeout, LARGEST)  # or else a key would go elsewhere
        except TransportError as error:
            raise TransportError(mask(error.what, hidden(request.url)), error.hint or UNREACHED) from None
        if not answer.ok:
            raise refused(self.known_as(), answer, at, hidden(request.url))
        return answer

    def ask(self, request: Request, at: float) -> Page:
        """The JSON that is answered. Raises DropmonError for whatever is no answer."""
        answer = self.answer(request, at)
        try:
            return Page(json.loads(answer.body), answer)
        except (ValueError, RecursionError):
            what = f"{self.known_as()} answered {answer.said} with something that is no JSON"
            raise RefusedError(what, WRONG) from None

    def objects(self, page: Page, *path: str) -> list[Mapping[str, Any]]:
        """The objects of the list at a path of an answer. Raises DropmonError when there is none."""
        found = page.body
        for key in path:
            found = found.get(key) if isinstance(found, Mapping) else None
        if not isinstance(found, list):
            raise self.without(page, ".".join(path) or "list")
        return listed({"": found}, "")

    def without(self, page: Page, what: str) -> RefusedError:
        """Why a success does not hold what was asked for, in the server's own words if it has any."""
        said = reason(page.answer)
        if said:
            return RefusedError(f"{self.known_as()} answered {page.answer.said}, and an error: {said}", self.advice)
        return RefusedError(f"{self.known_as()} told no {what}", self.advice)

    @property
    def advice(self) -> str:
        """What to do about an answer that is none."""
        return f"is `url` right? dropmon source test {self.known_as()}"

    def reading(self, metric: str, value: object, **labels: str) -> Reading:
        """A number with the entry's own labels; null, and what is no number, says so."""
        return measured(metric, merged(self.labels, labels), value)


def hidden(url: str) -> tuple[str, ...]:
    """What of an address is not said when it fails: its password, and the values in its query, which may be tokens.

    >>> hidden("https://me:s3cret@a.example/x?token=abc%20d&page=")
    ('s3cret', 'abc d')
    """
    found = urlsplit(url)
    return *filter(None, [found.password]), *(value for _, value in parse_qsl(found.query))


def refused(name: str, answer: Answer, at: float, hide: tuple[str, ...] = ()) -> RefusedError:
    """Why an answer is none, and what to do, without what is to be hidden. `at` in seconds since 1970."""
    said = reason(answer)
    wait = answer.retry(at)
    what = f"{name} answered {answer.said}" + (f": {said}" if said else "")
    error = RefusedError(mask(what, hide), mask(_hint(name, answer, wait), hide))
    error.status = answer.status
    error.retry_at = at + wait if wait else None
    return error


def _hint(name: str, answer: Answer, wait: float | None) -> str:
    if wait is not None:
        return f"it wants to be asked again in {wait:.0f} s" if wait else "it will be asked again"
    if 300 <= answer.status < 400:
        return f"it has moved: write the `url` it names, {answer.headers.get('location', '')[:200]!r}"
    known = {
        401: "the token is wrong or has expired: make a new one, and set its variable",
        402: "the token lacks a permission, or the plan has no such API",
        403: "the token lacks a permission, or the plan has no such API",
        404: "is the name in the rules right, and does the token's account see it?",
    }
    return known.get(answer.status, f"dropmon source test {name}")


def reason(answer: Answer) -> str:
    """The server's own words, from where APIs put them.

    >>> reason(Answer(403, {}, b'{"error":{"code":"forbidden","message":"Not authorized"}}'))
    'Not authorized'
    >>> reason(Answer(200, {}, b'{"stat":"fail","error":{"type":"invalid_parameter"}}'))
    'invalid_parameter'
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
            inner = next(filter(None, map(inner.get, ("message", "detail", "code", "type"))), None)
        if isinstance(inner, str) and inner:
            return " ".join(inner.split())[:200]
    return ""


def inside(found: object, key: str) -> Mapping[str, Any]:
    """The object under a key; an empty one when there is none.

    >>> inside({"meta": {"a": 1}}, "meta"), inside({"meta": None}, "meta"), inside([], "meta")
    ({'a': 1}, {}, {})
    """
    inner = found.get(key) if isinstance(found, Mapping) else None
    return inner if isinstance(inner, Mapping) else {}


def listed(found: object, key: str) -> list[Mapping[str, Any]]:
    """The objects of the list under a key; none when there is none.

    >>> listed({"a": [{"b": 1}, 2]}, "a"), listed({"a": None}, "a")
    ([{'b': 1}], [])
    """
    inner = found.get(key) if isinstance(found, Mapping) else None
    return [each for each in inner if isinstance(each, Mapping)] if isinstance(inner, list) else []


def bearer(token: str) -> tuple[str, str]:
    """The header that carries a token."""
    return "Authorization", f"Bearer {token}"
