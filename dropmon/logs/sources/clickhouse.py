"""The questions to Supabase's log API, in its ClickHouse dialect. Pure.

Source: supabase.com/docs/guides/telemetry/logs; the requests of the CLI 3.1.0, whose columns and levels these are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from dropmon.logs.query import Query

STREAMS = (
    "edge_logs", "postgres_logs", "postgrest_logs", "auth_logs", "auth_audit_logs", "storage_logs", "realtime_logs",
    "function_edge_logs", "function_logs", "supavisor_logs", "pgbouncer_logs", "pg_upgrade_logs", "workflow_run_logs",
)  # fmt: skip
ALIASES = {"functions": "function", "rest": "postgrest", "api": "edge", "db": "postgres", "pooler": "supavisor"}


class Cursor(NamedTuple):
    """The last row that was read: `ms` since 1970, and its id."""

    ms: int
    id: str


def stream(service: str) -> str | None:
    """The stream that a service logs to, by its name there, in the CLI or in the dashboard.

    >>> stream("functions"), stream("function-edge"), stream("edge_logs"), stream("drop-api")
    ('function_logs', 'function_edge_logs', 'edge_logs', None)
    """
    name = service.lower().replace("-", "_").removesuffix("_logs")
    found = f"{ALIASES.get(name, name)}_logs"
    return found if found in STREAMS else None


def service(stream: str) -> str:
    """What the CLI calls the service of a stream.

    >>> service("function_logs"), service("function_edge_logs"), service("else")
    ('functions', 'function-edge', '')
    """
    if not stream.endswith("_logs"):
        return ""
    return "functions" if stream == "function_logs" else stream.removesuffix("_logs").replace("_", "-")


def literal(text: str) -> str:
    r"""A string as ClickHouse reads it.

    >>> print(literal("it's \\d"))
    'it\'s \\d'
    """
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def listed(texts: Sequence[str]) -> str:
    return ", ".join(map(literal, texts))


def attribute(name: str) -> str:
    return f"log_attributes[{literal(name)}]"


def status(name: str) -> str:
    """The level of an HTTP status."""
    code = f"toInt32OrZero({attribute(name)})"
    return f"multiIf({code} >= 500, 'error', {code} >= 400, 'warn', {code} >= 100, 'info', '')"


def level(column: str) -> str:
    """The platform's level of a row; the console's method, for functions."""
    severity, named = attribute("parsed.error_severity"), f"lower({attribute('level')})"
    code = f"toInt32OrZero({attribute('status')})"
    return (
        f"multiIf({column} = 'postgres_logs', multiIf(upper({severity}) in ('ERROR', 'FATAL', 'PANIC'), 'error',"
        f" upper({severity}) = 'WARNING', 'warn', lower({severity})),"
        f" {column} in ('edge_logs', 'function_edge_logs'), {status('response.status_code')},"
        f" {column} = 'auth_logs', multiIf({named} in ('error', 'fatal') or {code} >= 500, 'error',"
        f" {named} in ('warn', 'warning') or {code} >= 400, 'warn', {named}),"
        f" {column} = 'function_logs', multiIf({named} in ('error', 'fatal'), 'error',"
        f" {named} in ('warn', 'warning'), 'warn', {named}), {named})"
    )


def conditions(want: Query, column: str, streams: Sequence[str], ids: Sequence[str]) -> list[str]:
    """What must be true of every row that may be wanted. `ids`: those of the functions wanted."""
    from dropmon.logs.sources.wide import safe, threshold, wide  # reads every format's words: not for the rules alone

    found = [f"{column} in ({listed(streams)})"] if streams else []
    if least := threshold(want):
        texts = ["event_message", "severity_text", level(column), attribute("level"), attribute("event_type")]
        found.append(f"match(concat({', '.join(_spaced(texts))}), {literal(wide(least))})")
    if want.functions and ids and safe(want.functions):
        found.append(f"({attribute('function_id')} in ({listed(ids)}) or {somewhere(want.functions)})")
    found += [somewhere(names) for names in (want.requests, want.users) if safe(names)]
    if want.services and all(map(stream, want.services)):
        own = sorted({name for each in want.services if (name := stream(each))})
        named = f" or {somewhere(want.services)}" if safe(want.services) else ""
        found.append(f"({column} in ({listed(own)}){named})")
    return found


def somewhere(texts: Sequence[str]) -> str:
    """Rows in which one of these stands: in what was said, where a letter may be escaped, or beside it."""
    said = [f"position(event_message, {literal(text)}) > 0" for text in texts]
    beside = [f"position(toString(log_attributes), {literal(text)}) > 0" for text in texts]
    return f"({' or '.join((*said, *beside))} or position(event_message, {literal(chr(92) + 'u00')}) > 0)"


def question(column: str, told: Sequence[str], first: int, end: int, after: Cursor | None, limit: int) -> str:
    """The next page of the rows from `first` until before `end` (ms since 1970), in their order."""
    name = column if column == "source" else f"{column} as source"
    where = [*told, f"ts_ms >= {first}", f"ts_ms < {end}"]
    if after:
        where.append(f"(ts_ms > {after.ms} or (ts_ms = {after.ms} and id > {literal(after.id)}))")
    columns = f"{name}, severity_text, {level(column)} as level, event_message, log_attributes"
    asked = f"select id, toUnixTimestamp64Milli(timestamp) as ts_ms, {columns} from logs"  # noqa: S608 all is quoted
    return f"{asked} where {' and '.join(where)} order by ts_ms asc, id asc limit {limit}"


def _spaced(texts: Sequence[str]) -> list[str]:
    return [each for text in texts for each in (text, "' '")][:-1]
