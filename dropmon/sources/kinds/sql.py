"""Queries of the user's own."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from itertools import islice
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from pydantic import Field, ValidationInfo, field_validator

from dropmon.errors import DatabaseError, DropmonError
from dropmon.rules.promql import MetricName
from dropmon.rules.types import Duration
from dropmon.sources.source import Clock, Reading, Server, Source, label
from dropmon.sources.values import LONGEST, MOST, number

if TYPE_CHECKING:
    from psycopg import Connection

    from dropmon.postgres import Pairs

VALUE = "value"


class Sql(Source):
    """A query of your own: the column `value`, or else the last one, is the number; the others are its labels."""

    distinct_by: ClassVar[str] = "metric"

    metric: MetricName
    query: str = Field(
        min_length=1, description="Read only. A row is a sample: `value` or the last column is its value."
    )
    database: str = Field("main", description="An entry of `databases:`.")
    timeout: Duration | None = Field(None, description="Of the query. Default: that of the database.")
    type: Literal["gauge", "counter"] = Field("gauge", description="A counter only grows, and is named …_total.")

    @field_validator("type")
    @classmethod
    def _named(cls, kind: str, info: ValidationInfo) -> str:
        name = info.data.get("metric", "_total")
        if kind == "counter" and not name.endswith("_total"):
            raise ValueError(f"the name of a counter ends in _total: write metric: {name}_total")
        return kind

    def asks(self) -> str:
        return f"{self.database}: {' '.join(self.query.split())}"

    def lane(self) -> str:
        return self.database

    @classmethod
    def told(cls, lane: Sequence[Self], servers: Mapping[str, Server], clock: Clock) -> Iterator[list[Reading]]:
        """Asks over one connection, each query in a transaction of its own; a connection that breaks is made anew."""
        from dropmon import postgres

        server = reachable(lane[0].database, servers)
        waiting = deque(lane)
        while waiting:
            with postgres.opened(server.url, server.timeout, server.timeout) as connection:
                while waiting and not connection.closed:
                    source = waiting.popleft()
                    yield source.read(connection, source.timeout or server.timeout)

    def read(self, connection: Connection[Any], timeout: float) -> list[Reading]:
        """What the query says within so many seconds. Never raises for what the server refuses."""
        from dropmon import postgres

        try:
            with postgres.reading(connection, timeout), closing(postgres.texts(connection, self.query)) as rows:
                return self.readings(list(islice(rows, MOST + 1)))
        except DatabaseError as error:
            if connection.info.transaction_status:  # still within something
                connection.close()
            return [self.failed(error.what, error.hint)]

    def readings(self, rows: Sequence[Pairs]) -> list[Reading]:
        """What the rows of the query mean. Pure."""
        if not rows:
            return [self.failed("no data: the query returned no row", "write coalesce(…, 0) if none means 0")]
        if len(rows) > MOST:
            return [self.failed(f"more than {MOST:,} rows", "group by fewer columns, or keep the largest: limit 100")]
        names = [name for name, _ in rows[0]]
        if problem := unfit(names, self.labels):
            return [self.failed(*problem)]
        at = names.index(VALUE) if VALUE in names else len(names) - 1
        return [self._reading(row[at][1], row[:at] + row[at + 1 :]) for row in rows]

    def _reading(self, value: str | None, columns: Pairs) -> Reading:
        own = {name: text for name, text in columns if text}  # to Prometheus an empty label is none
        if any(len(text) > LONGEST for text in own.values()):
            return self.failed(f"a label longer than {LONGEST:,} characters", "select less: left(…, 100)")
        reading = Reading(self.metric, tuple(sorted({**own, **self.labels}.items())))
        if value is None:
            return reading._replace(error="no data: the value is null", hint="write coalesce(…, 0) if null means 0")
        try:
            found = number(value)
        except ValueError as error:
            hint = f"name the column of the number `{VALUE}`, or put it last; cast what is no number"
            return reading._replace(error=str(error), hint=hint)
        if found < 0 and self.type == "counter":
            return reading._replace(error=f"a counter of {value}", hint="one that may fall is a gauge: type: gauge")
        return reading._replace(value=found)


def reachable(name: str, servers: Mapping[str, Server]) -> Server:
    """The database of that name. Raises DropmonError when there is none, or a variable of it is unset."""
    server = servers.get(name)
    if server is None:
        raise DropmonError(f"there is no database {name!r}", "add it under `databases:`")
    if server.problem:
        raise server.problem
    return server


def unfit(names: Sequence[str], labels: Mapping[str, str]) -> tuple[str, str] | None:
    """Why columns of these names make no sample beside the configured labels, and what to do.

    >>> unfit(["status", "count"], {}), unfit(["count", "count"], {})
    (None, ("two columns are named 'count'", 'give one another name: select … as …'))
    """
    if not names:
        return "the query returns no column", "select a number"
    others = [name for name in names if name != VALUE] if VALUE in names else names[:-1]
    for name in others:
        if name in labels:
            return f"the column {name!r} is also one of `labels:`", "take one of them out"
        try:
            label(name)
        except ValueError as error:
            return str(error), "give the column a name: select … as …"
    for name in names:
        if names.count(name) > 1:
            return f"two columns are named {name!r}", "give one another name: select … as …"
    return None
