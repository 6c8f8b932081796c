"""PostgreSQL servers of `databases:`."""

from __future__ import annotations

import time

from dropmon.checks.finding import HEALTHY, Finding, of_time
from dropmon.checks.probe import ThreadProbe
from dropmon.errors import DatabaseError
from dropmon.hosts import local
from dropmon.model import Verdict
from dropmon.rules.types import Address, Duration


class Database(ThreadProbe):
    """PostgreSQL servers of `databases:`: do they accept a connection and answer?"""

    url: Address
    max_time: Duration | None = None

    def prepare(self) -> None:
        from dropmon import postgres  # noqa: F401

    def beyond(self) -> bool:
        from dropmon import postgres

        return not local(postgres.host_of(self.url.get_secret_value()))

    def measure(self) -> tuple[Finding, float | None]:
        from dropmon import postgres

        began = time.monotonic()
        try:
            with postgres.connected(self.url.get_secret_value(), self.timeout, self.timeout) as connection:
                connection.execute("select 1")
        except DatabaseError as error:
            refused = error.state.startswith("28")
            verdict = Verdict.AUTH_FAILED if refused else Verdict.DOWN
            unreached = not error.state and "refused" not in error.what
            return Finding(verdict, error.what, error.hint, unreached=unreached), time.monotonic() - began
        taken = time.monotonic() - began
        return of_time(taken, self.max_time) or HEALTHY, taken
