"""How a recorded statement would be run: its generic plan, asked for without running it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from dropmon.db.names import pasteable, quoted
from dropmon.db.plan import Relation, Step, findings, steps, walked
from dropmon.db.report import Column, load
from dropmon.db.run import UNREADABLE, fit
from dropmon.db.statement import veiled
from dropmon.db.table import shown
from dropmon.db.variant import placed, variant
from dropmon.errors import DatabaseError, UsageError
from dropmon.output import Column as Shown
from dropmon.output import Table
from dropmon.postgres import ask, told

if TYPE_CHECKING:
    from psycopg import Connection

    from dropmon.db.session import Session

LONGEST = 5000  # characters of a statement that people read here
PREPARED = "dropmon_explain"
NOBODY = re.compile(r'"\$user"\s*,?')  # in the search path of a role that was dropped

# The setting of a role for this database goes before the role's, that before the database's, and last the server's.
FIND = """
select s.query as statement, s.queryid::text as queryid, coalesce(r.rolname, '') as role, s.calls,
  s.total_exec_time / 1000 as total_seconds, -- when statements >= 1.8
  s.total_time / 1000 as total_seconds, -- when statements < 1.8
  r.rolname <> current_user and pg_has_role(r.oid, 'set') as may, -- when server >= 16
  r.rolname <> current_user and pg_has_role(r.oid, 'member') as may, -- when server < 16
  coalesce((
    select substr(c, 13) from pg_db_role_setting as p cross join unnest(p.setconfig) as c
    where p.setdatabase in (0, s.dbid) and p.setrole in (0, s.userid) and c like 'search\\_path=%'
    order by p.setrole <> 0 desc, p.setdatabase <> 0 desc limit 1
  ), (select p.reset_val from pg_settings as p where p.name = 'search_path')) as path
from @statements.pg_stat_statements as s left join pg_roles as r on r.oid = s.userid
where s.dbid = (select d.oid from pg_database as d where d.datname = current_database()) and s.queryid = :queryid
order by total_seconds desc limit 1
"""
MASKED = "select count(*)::int as masked from @statements.pg_stat_statements where queryid is null"
BECOME = """
select pg_catalog.set_config('role', %(role)s, true), pg_catalog.set_config('search_path', %(path)s, true),
  pg_catalog.set_config('plan_cache_mode', 'force_generic_plan', true)
"""
PLACES = """
select coalesce(pg_catalog.cardinality(p.parameter_types), 0) as places
from pg_catalog.pg_prepared_statements as p where p.name operator(pg_catalog.=) 'dropmon_explain'
"""
TABLES = """
select n.nspname as schema, c.relname as name, c.reltuples::float8 as rows, c.relpages as pages,
  pg_catalog.format('%%I.%%I', n.nspname, c.relname) as quoted
from pg_catalog.pg_class as c join pg_catalog.pg_namespace as n on n.oid operator(pg_catalog.=) c.relnamespace
where n.nspname operator(pg_catalog.=) any (%(schemas)s::pg_catalog.name[])
  and c.relname operator(pg_catalog.=) any (%(names)s::pg_catalog.name[])
"""
EXPLAINED = re.compile(
    r"(?>\s|\(|/\*.*?\*/|--[^\n]*\n)*+(select|insert|update|delete|merge|values|with|table)\b", re.I | re.S
)
HINTS = {  # by SQLSTATE; others have the one of `postgres`
    "42P01": "its tables are looked for in {path}: name their schema with --schema",
    "42883": "its functions are looked for in {path}: name their schema with --schema",
    "42704": "its types are looked for in {path}: name their schema with --schema",
    "42601": "such a text is no longer what was run: explain the statement itself, with values, in psql",
    "42P18": "the type of a value is not known: explain the statement itself, with values, in psql",
    "42501": "ask as a role that may read its tables, or is a member of {role}",
    "25006": "a standby plans no statement that writes: ask the primary",
}  # fmt: skip


class Found(NamedTuple):
    """A statement as it was recorded; `path` is the search_path of its role."""

    statement: str
    queryid: str
    role: str
    calls: int
    total_seconds: float
    may: bool  # whether we may plan as its role
    path: str


class Explained(NamedTuple):
    """A statement, its plan, and at which step something is to be looked at."""

    found: Found
    planner: str  # the role that it was planned as
    steps: tuple[Step, ...]
    text: tuple[str, ...]  # the plan as the server writes it
    findings: Mapping[int, str]  # by the step's number


def explain(session: Session, queryid: str, schema: str = "", trust: bool = False) -> Explained:
    """The generic plan of the statement of that id. Raises DatabaseError and UsageError."""
    found = find(session, queryid)
    us = session.server.role
    if not trust and (session.server.superuser or found.role != us):
        who = "a superuser" if session.server.superuser else f"not {found.role or 'its role, which was dropped'}"
        raise DatabaseError(
            f"planning a statement may call functions that it names, with the rights of {us}, which is {who}",
            "--trust if you trust who wrote it; or ask as the role that ran it",
        )
    if not EXPLAINED.match(found.statement):
        raise DatabaseError(
            f"a statement such as {veiled(found.statement)[:40]!r} has no plan",
            "only SELECT, INSERT, UPDATE, DELETE, MERGE, VALUES and WITH have one",
        )
    path = searched(found, schema)
    role = found.role if found.may else us
    found = found._replace(path=path)
    try:
        ask(session.connection, BECOME, {"role": role, "path": path})
        tree, text = plans(session.connection, found.statement, session.server.number)
    except DatabaseError as error:
        hint = HINTS.get(error.state, error.hint).format(path=path, role=found.role or "its owner")
        raise DatabaseError(f"it cannot be planned: {error.what}", hint, error.state) from None
    nodes = list(walked(tree))
    return Explained(
        found, role, tuple(steps(text)), tuple(text), findings(nodes, relations(session.connection, nodes))
    )


def find(session: Session, queryid: str) -> Found:
    """The statement as recorded: of several roles' the one that took longest. Raises DatabaseError and UsageError."""
    if not re.fullmatch(r"-?\d{1,19}", queryid):
        raise UsageError(f"{queryid!r} is no queryid", "dropmon db slow-queries shows them")
    fit(session.server, load("slow-queries"))
    sql = placed(variant(FIND, session.server.facts))
    for row in texts(session.connection, sql, {"queryid": int(queryid)}):
        if row["statement"] is None:
            raise DatabaseError(f"the text of {queryid} is lost", "run the statement again, and ask again")
        return Found(**{**row, "may": bool(row["may"])})
    what = f"no statement {queryid} is recorded in the database {session.server.database}"
    (hidden,) = ask(session.connection, variant(MASKED, session.server.facts), {})
    if hidden["masked"]:
        what += f", among those that {session.server.role} may see"
        raise DatabaseError(what, pasteable("grant pg_monitor to {};", session.server.role))
    raise DatabaseError(what, "dropmon db slow-queries --min 0s --limit 0 lists all; rare ones are forgotten")


def texts(connection: Connection[Any], sql: str, values: Mapping[str, object]) -> list[dict[str, Any]]:
    """The rows of a query that reads the texts of statements. Raises DatabaseError."""
    try:
        return ask(connection, sql, values)
    except DatabaseError as error:
        if error.state not in UNREADABLE:
            raise
        hint = "dropmon db slow-queries says of which database they are, and how to forget them"
        raise DatabaseError("some statements are in another encoding than this database", hint, error.state) from None


def plans(connection: Connection[Any], statement: str, server: int) -> tuple[Mapping[str, Any], list[str]]:
    """The generic plan as a tree and as text. Raises DatabaseError.

    A PREPARE, in the protocol that knows no second statement, proves that the text is one and can be planned. It is
    gone before the transaction ends, so that it stays in no pooler's session.
    """
    with told(), connection.transaction():
        connection.cursor().execute(f"prepare {PREPARED} as {statement}".encode(), binary=True)
    try:
        options, what = "generic_plan, ", statement
        if server < 160000:  # the values are null: a generic plan does not look at them, but for partitions
            (row,) = ask(connection, PLACES, {})
            options, what = (
                "",
                f"execute {PREPARED}" + (f"({', '.join(['null'] * row['places'])})" if row["places"] else ""),
            )
        (tree,) = ask(connection, f"explain ({options}verbose, format json) {what}", {})
        text = ask(connection, f"explain ({options}costs) {what}", {})
        return tree["QUERY PLAN"][0]["Plan"], [line["QUERY PLAN"] for line in text]
    finally:
        with told():
            connection.execute(f"deallocate {PREPARED}".encode())


def searched(found: Found, schema: str) -> str:
    """Where the names of its text are looked for: as its role does, after `schema` when one is named."""
    own = found.path.replace('"$user"', quoted(found.role)) if found.role else NOBODY.sub("", found.path).strip(", ")
    return ", ".join(each for each in (quoted(schema) if schema else "", own) if each)


def relations(connection: Connection[Any], nodes: Sequence[Mapping[str, Any]]) -> dict[tuple[str, str], Relation]:
    """The tables that a plan reads, by schema and name."""
    wanted = {(node["Schema"], node["Relation Name"]) for node in nodes if "Schema" in node and "Relation Name" in node}
    values = {"schemas": [schema for schema, _ in wanted], "names": [name for _, name in wanted]}
    found = {
        (row["schema"], row["name"]): Relation(row["quoted"], row["rows"], row["pages"])
        for row in ask(connection, TABLES, values)
    }
    return {key: found[key] for key in wanted if key in found}


COLUMNS = (
    Column("step", "step"), Column("rows", "rows"), Column("cost", "cost"),
    Column("status", "status", human=False), Column("said", "conditions", detail=True),
    Column("hint", "what to look at", detail=True, mark="→ "),
)  # fmt: skip


def table(explained: Explained, database: str) -> Table:
    """The statement, then its plan step by step, with what to look at where it is."""
    found = explained.found._replace(statement=veiled(explained.found.statement))
    rows: list[dict[str, Any]] = [
        {"step": "statement", "rows": None, "cost": None, "status": None, "said": found.statement, "hint": None}
    ]
    rows += [row(step, explained.findings.get(number)) for number, step in enumerate(explained.steps)]
    count = len(explained.findings)
    looked = {0: "nothing stands out", 1: "one thing to look at"}.get(count, f"{count} things to look at")
    return Table(
        "rows", tuple(told_whole(column, rows) for column in COLUMNS), rows,
        f"the plan of {found.queryid}: {looked}  ({database})", None,
        tuple(notes(explained)),
        {
            "report": "explain", "database": database, "queryid": found.queryid, "role": found.role,
            "calls": found.calls, "total_seconds": found.total_seconds, "planned_as": explained.planner,
            "search_path": found.path, "statement": found.statement, "plan": list(explained.text),
        },
    )  # fmt: skip


def notes(explained: Explained) -> Iterator[str]:
    """What the reader should know of the plan."""
    yield (
        "it was not run: rows and costs are the planner's estimates, for values that it does not know;"
        " for rare or frequent ones another plan may be chosen"
    )
    yield f"planned as {explained.planner}, with search_path {explained.found.path}"
    if any("Subplans Removed" in line for line in explained.text):
        yield "partitions are missing: before PostgreSQL 16 they are left out when their values are not known"


def told_whole(column: Column, rows: Sequence[Mapping[str, Any]]) -> Shown:
    """A column for people; a statement is shown whole here, within reason."""
    if column.key != "said":
        return shown(column, rows)
    return Shown(column.key, column.title, lambda row: str(row["said"] or "")[:LONGEST], detail=True)


def row(step: Step, hint: str | None) -> dict[str, Any]:
    """A step for programs; its depth shows, as in `dropmon db blocking`."""
    branch = "└" + "─" * (2 * step.depth - 1) + " " if step.depth else ""
    return {
        "step": branch + step.title, "rows": step.rows, "cost": round(step.cost),
        "status": "warning" if hint else None, "said": "; ".join(step.conditions) or None, "hint": hint,
    }  # fmt: skip
