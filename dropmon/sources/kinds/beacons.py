"""Web vitals of your own visitors, from a table in your own PostgreSQL: `dropmon vitals sql` makes it.

Source: https://github.com/GoogleChrome/web-vitals, of which the last value of an id is the one that counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import Field

from dropmon.errors import DatabaseError
from dropmon.rules.addresses import Url
from dropmon.rules.types import Duration, Listed, Written
from dropmon.sources.source import Clock, Reading, Server, Source
from dropmon.sources.values import measured, merged
from dropmon.vitals import beacons
from dropmon.vitals.reading import numbers, shown
from dropmon.vitals.told import Told
from dropmon.vitals.vital import EVERY, METRIC

if TYPE_CHECKING:
    from psycopg import Connection

TableName = Annotated[str, Written(beacons.table_name, str, "public.web_vitals", wants="the name of a table")]


class Beacons(Source):
    """Core Web Vitals of your own visitors, by device and kind of navigation: the last value of each page view."""

    database: str = Field("main", description="An entry of `databases:`.")
    table: TableName = Field(beacons.TABLE, description="As `dropmon vitals sql` makes it.")
    window: Duration = Field(604800.0, description="How far back visits count.")
    min_samples: int = Field(20, ge=1, description="Fewer visits of one kind prove nothing, and leave no number.")
    page: Url | None = Field(None, description="Where the visitors were, as a label: https://shop.example.")
    paths: Listed[str] = Field((), description="Each of these pages by itself, too: /, /product/:id.")
    every: Duration = EVERY["beacons"]
    timeout: Duration = Field(10.0, description="Of each query.")

    def asks(self) -> str:
        return f"{self.database}: web vitals in {self.table}"

    @classmethod
    def told(cls, lane: Sequence[Self], servers: Mapping[str, Server], clock: Clock) -> Iterator[list[Reading]]:
        from dropmon import postgres

        for source in lane:
            server = source.server(servers)
            with postgres.opened(server.url, source.timeout, server.timeout) as connection:
                yield [each for path in ("", *source.paths) for each in source.read(connection, path)]

    def server(self, servers: Mapping[str, Server]) -> Server:
        """The database that is asked. Raises DropmonError when there is none, or a variable of it is unset."""
        found = servers.get(self.database)
        if found is None:
            raise DatabaseError(f"there is no database {self.database!r}", "add it under `databases:`")
        if found.problem:
            raise found.problem
        return found

    def read(self, connection: Connection[Any], path: str) -> list[Reading]:
        """What lies in the table, of all pages or of one."""
        from dropmon import postgres

        try:
            with postgres.reading(connection, self.timeout):
                given = {"seconds": self.window, "path": beacons.template(path)}
                rows = postgres.ask(connection, beacons.query(self.table), given)
                hidden = (
                    not rows and postgres.ask(connection, HIDDEN, {"table": beacons.quoted(self.table)})[0]["hidden"]
                )
        except DatabaseError as error:
            own = "" if self.table == beacons.TABLE else f" --table {self.table}"
            return [self.lost(path, error.what, HINTS.get(error.state, error.hint).replace(MAKES, MAKES + own))]
        return self.readings(list(beacons.read(rows)), path, hidden)

    def readings(self, seen: Sequence[beacons.Seen], path: str, hidden: bool = False) -> list[Reading]:
        """The numbers of what enough visitors did. Pure."""
        found = [each for each in seen if each.visits >= self.min_samples]
        if not found:
            return [self.lost(path, *self._nothing(seen, hidden))]
        return [
            measured(number.metric, merged(self.labels, number.labels), number.value)
            for each in found
            for number in numbers(
                Told(each.vital, each.p75, each.shares), each.visits, **self.where(path),
                form_factor=each.form_factor, navigation=each.navigation,
            )
        ]  # fmt: skip

    def _nothing(self, seen: Sequence[beacons.Seen], hidden: bool) -> tuple[str, str]:
        if hidden:
            what = f"no data: row level security hides the rows of {self.table} from this role"
            return what, "the last lines of `dropmon vitals sql` say how it may read them"
        most = max((each.visits for each in seen), default=0)
        what = (
            f"no data: {most} visits of one kind at the most, fewer than {self.min_samples}"
            if most
            else "no data: no visit"
        )
        return (
            what,
            "is the script of `dropmon vitals snippet` in the page? or a longer `window`, a lower `min_samples`",
        )

    def where(self, path: str) -> dict[str, str]:
        """The labels that say which pages."""
        return {"source": "beacons", "page": (shown(self.page).rstrip("/") if self.page else "") + path}

    def lost(self, path: str, what: str, hint: str) -> Reading:
        """Why nothing is known."""
        return Reading(METRIC, merged(self.labels, self.where(path)), error=what, hint=hint)


MAKES = "dropmon vitals sql"
HINTS = {  # by SQLSTATE
    "42501": f"the last lines of {MAKES} say how it may read them",
    "42P01": f"{MAKES} | psql makes it",
    "42703": f"{MAKES} makes a table with all columns",
    "57014": "a million rows take some seconds: a shorter `window`, or a longer `timeout`",
}
HIDDEN = "select pg_catalog.row_security_active(%(table)s::regclass) as hidden"
