"""Whom to check, where a query or a file says it: the rules, their databases and the targets, introduced."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from dropmon.errors import DropmonError

if TYPE_CHECKING:
    from dropmon.checks.targets import Rows
    from dropmon.rules import Entry, Rules
    from dropmon.rules.sections.databases import Database


def rows(rules: Rules, entry: Entry, within: float) -> Rows:
    """The rows of an entry with `targets:`: its file as it is read, or the query to run, within so many seconds.

    All of a query, the connection too, ends with the `timeout` of its database.
    """
    where = entry.template["targets"] if entry.template else {}
    if "sql" not in where:
        from dropmon.rules.rows import read_rows

        return read_rows(rules.path.parent / where["file"])
    database = rules.databases.get(name := where.get("database", "main"))
    if database is None:
        raise DropmonError(f"{entry.place}: there is no database {name!r}", "add it under `databases:`")
    from dropmon import postgres  # now: what is being timed by then would have to wait for the driver

    limit = min(patience(rules, database), within)
    return partial(asked, database.url.get_secret_value(), where["sql"], limit, postgres.rows)


def patience(rules: Rules, database: Database) -> float:
    """Seconds that a database has: its own `timeout`, or that of `defaults:`."""
    own = "timeout" in database.model_fields_set or "timeout" not in rules.defaults.model_fields_set
    return database.timeout if own else rules.defaults.timeout


def asked(
    url: str, sql: str, within: float, query: Callable[[str, str, float], list[dict[str, str]]]
) -> Iterable[Mapping[str, str]]:
    """The rows of a query, whatever hangs: a name that does not resolve, a connection, the query itself."""
    from dropmon.checks.threads import within as in_time

    try:
        return in_time(within, lambda: query(url, sql, within))
    except TimeoutError:
        raise DropmonError(
            f"the query of the targets gave no answer in {within:.3g} s", "is the database up? or raise its `timeout`"
        ) from None
