"""The log API of a Supabase project."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Literal

from pydantic import Field, field_validator

from dropmon.errors import TransportError
from dropmon.logs.sources import clickhouse
from dropmon.logs.sources.asking import SHOWN, Speech, asked
from dropmon.logs.sources.source import Clock, Row, Say, Source, Span
from dropmon.model import moment
from dropmon.output import clean
from dropmon.rules.addresses import Url
from dropmon.rules.types import Listed, Secret
from dropmon.transport import Request, TooLargeError, exchange

if TYPE_CHECKING:
    from dropmon.logs.query import Query
    from dropmon.transport import Answer

MOST = 1000  # rows of a page: the API gives no more
MINUTE = 60.0  # the API rounds times to it, nobody says in which direction
NAMES = 60.0  # seconds that the names of the functions hold
STEP = 86400 - 4 * MINUTE  # seconds: with what is added for the rounding, the window may not pass 24 hours

SPEECH = Speech(
    "Supabase",
    {
        401: (
            "Supabase does not accept the token (401)",
            "make one at https://supabase.com/dashboard/account/tokens, and give it to `logs: {supabase: {token: …}}`",
        ),
        402: (
            "Supabase wants to be paid before it answers (402)",
            "the organisation is over its quota, or its plan has no logs: see its billing in the dashboard",
        ),
        403: (
            "the token may not read the logs of this project (403)",
            "it needs analytics_logs_read, and its owner must belong to the project's organisation",
        ),
        404: ("Supabase knows no such project (404)", "the reference is in the address of its dashboard"),
        410: (
            "Supabase has removed this log API (410)",
            "upgrade dropmon: a newer one asks the API that took its place",
        ),
        400: ("Supabase could not understand the question (400)", "report it"),
    },
    "https://status.supabase.com",
)


class Supabase(Source):
    """The project's log API: functions, database, auth, API gateway and the rest."""

    project: str = Field(description="The project's reference: 20 letters.", pattern=r"^[A-Za-z0-9_-]+$")
    token: Secret = Field(description="A personal access token (sbp_…) that may read logs.")
    api: Url = "https://api.supabase.com"
    services: Listed[str] = Field((), description="functions, function-edge, edge, postgres, auth …; default: all.")
    column: Literal["source", "source_name"] | None = Field(
        None, description="The column that names the service. Default: source, or else source_name."
    )

    @field_validator("services")
    @classmethod
    def _known(cls, services: tuple[str, ...]) -> tuple[str, ...]:
        for each in services:
            if not clickhouse.stream(each):
                known = ", ".join(name.removesuffix("_logs").replace("_", "-") for name in clickhouse.STREAMS)
                raise ValueError(f"{each!r} is no service of Supabase: write one of {known}")
        return services

    def asks(self) -> str:
        return f"{self.api}: {', '.join(self.services) or 'all services'} of {self.project}"

    def told(self, span: Span, want: Query, clock: Clock, say: Say) -> Iterator[Row]:
        return self.asker(want, clock, say)(span)

    def asker(self, want: Query, clock: Clock, say: Say) -> Callable[[Span], Iterator[Row]]:
        return Questions(self, want, clock, say).told

    def request(self, path: str, *params: tuple[str, str]) -> Request:
        headers = (("Authorization", f"Bearer {self.token.get_secret_value()}"), ("Accept", "application/json"))
        return Request(f"{self.api.rstrip('/')}/v1/projects/{self.project}/{path}", params, headers)

    def names(self) -> dict[str, str] | None:
        """The functions by the ids that rows have instead of their names; None when they may not be read."""
        if self.services and not any("function" in each for each in self.services):
            return {}
        try:
            answer = exchange(self.request("functions"), self.timeout)
            if answer.ok:
                return {str(each["id"]): str(each["slug"]) for each in json.loads(answer.body)}
        except (TransportError, ValueError, LookupError, TypeError):
            pass
        return None


class Questions:
    """The questions of one run, and what was learnt from their answers: the column's name, and how much is too much."""

    def __init__(self, source: Supabase, want: Query, clock: Clock, say: Say) -> None:
        self._source, self._want, self._clock, self._say = source, want, clock, say
        self._columns = [source.column] if source.column else ["source", "source_name"]
        self._streams = sorted({name for each in source.services if (name := clickhouse.stream(each))})
        self._names: dict[str, str] = {}
        self._named: float | None = None  # when they were asked for, in seconds since 1970
        self._complained = False
        self._limit = MOST

    def told(self, span: Span) -> Iterator[Row]:
        """The rows of a span."""
        for step in span.steps(STEP):
            self._learn()
            yield from self._rows(step)

    def _learn(self) -> None:
        """The names of the functions, now and then: one may be new. Who may not read them hears of it once."""
        now = self._clock()
        if self._named is not None and now - self._named < NAMES:
            return
        self._named, names = now, self._source.names()
        if names is None and not self._complained:
            self._complained = True
            self._say("the names of the functions cannot be read: rows that have only an id stay without one")
        self._names = self._names if names is None else names

    def _rows(self, step: Span) -> Iterator[Row]:
        """The rows of one step, page after page."""
        after = None
        while True:
            limit, page = self._page(step, after)
            yield from page
            if len(page) < limit:
                return
            last = clickhouse.Cursor(round(page[-1].at * 1000), page[-1].key)
            if last == after:
                raise SPEECH.unread("the same page again")
            after = last

    def _page(self, step: Span, after: clickhouse.Cursor | None) -> tuple[int, list[Row]]:
        """The next page, and how many rows it could have held."""
        from dropmon.logs.sources.rows import of_supabase

        while True:
            try:
                answer = self._asked(step, after)
            except TooLargeError:
                if self._limit == 1:
                    raise
                self._limit //= 2
                continue
            told = of_supabase(answer.body, SPEECH, self._names)
            if not told.said:
                return self._limit, told.rows
            self._despair(told.said)

    def _asked(self, step: Span, after: clickhouse.Cursor | None) -> Answer:
        ids = [id for id, name in self._names.items() if name in self._want.functions]
        told = clickhouse.conditions(self._want, self._columns[0], self._streams, ids)
        first, end = math.floor(step.since * 1000), math.ceil(step.until * 1000)
        sql = clickhouse.question(self._columns[0], told, first, end, after, self._limit)
        since, until = step.since // MINUTE * MINUTE - MINUTE, step.until // MINUTE * MINUTE + 2 * MINUTE
        params = (("sql", sql), ("iso_timestamp_start", moment(since)), ("iso_timestamp_end", moment(until)))
        request = self._source.request("analytics/endpoints/logs", *params)
        return asked(request, SPEECH, self._source.timeout, self._clock, self._say)

    def _despair(self, said: str) -> None:
        """Raises TransportError, unless another name of the column may help."""
        if len(self._columns) == 1 or "source" not in said:
            what = f"Supabase could not run the query: {clean(said)[:SHOWN]}"
            raise TransportError(what, "if it names a limit, ask for a shorter time; or else report it")
        self._columns.pop(0)
