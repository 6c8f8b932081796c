"""Whom a report is asked of: version, rights, extension, and what is locked at this moment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from dropmon.postgres import ask

if TYPE_CHECKING:
    from psycopg import Connection

    from dropmon.db.variant import Facts

# The search path ends with our transaction; with it no function of the users' can take the place of a server's own.
# Compiling a question (jit) takes seconds, and answering it milliseconds. A database in SQL_ASCII holds any bytes, and
# hands out those that are no UTF-8 only to whoever asks for no encoding.
WHO = """
select pg_catalog.current_setting('server_version_num')::int as number,
  pg_catalog.split_part(pg_catalog.current_setting('server_version'), ' ', 1) as version,
  pg_catalog.current_database() as database, current_user as role, pg_catalog.pg_is_in_recovery() as standby,
  pg_catalog.pg_has_role(current_user, 'pg_read_all_stats', 'usage') as monitor,
  coalesce(e.extversion, '') as extension, pg_catalog.set_config('jit', 'off', true) as jit,
  case when pg_catalog.has_schema_privilege(n.oid, 'usage') is false then n.nspname else '' end as closed,
  pg_catalog.current_setting('is_superuser') = 'on' as superuser,
  coalesce(pg_catalog.quote_ident(n.nspname), '') as schema,
  pg_catalog.set_config('search_path', 'pg_catalog', true) as path,
  case when pg_catalog.current_setting('server_encoding') = 'SQL_ASCII'
    then pg_catalog.set_config('client_encoding', 'SQL_ASCII', true) end as bytes
from (select 1) as one
left join pg_catalog.pg_extension as e on e.extname = 'pg_stat_statements'
left join pg_catalog.pg_namespace as n on n.oid = e.extnamespace
"""

# A size or a definition of these would wait: the lock manager serves whoever asks for the strongest lock first.
# Indexes and TOAST tables share the fate of their tables, and the other way round.
LOCKED = """
with recursive held as (
  select l.relation as oid, min(l.pid) as pid from pg_locks as l
  where l.locktype = 'relation' and l.mode = 'AccessExclusiveLock' and l.pid is distinct from pg_backend_pid()
    and l.database = (select d.oid from pg_database as d where d.datname = current_database())
  group by l.relation
), edges as (
  select i.indrelid as one, i.indexrelid as other from pg_index as i where exists (select from held)
  union all select c.oid, c.reltoastrelid from pg_class as c where c.reltoastrelid <> 0 and exists (select from held)
), reached as (
  select oid, pid from held
  union select case when e.one = r.oid then e.other else e.one end, r.pid
  from reached as r join edges as e on r.oid in (e.one, e.other)
)
select r.oid::int8 as oid, case when c.relkind in ('r', 'p', 'm') and n.nspname <> 'pg_toast'
  then format('%I.%I', n.nspname, c.relname) end as name, r.pid
from reached as r left join pg_class as c on c.oid = r.oid left join pg_namespace as n on n.oid = c.relnamespace
"""

# Schemas that a platform or an extension keeps: what is in them is not the user's to change. `:managed` in a report.
MANAGED = (
    "^(pg_.*|information_schema|auth|storage|_?realtime|vault|extensions|graphql|graphql_public|supabase_functions"
    "|supabase_migrations|cron|net|pgmq|pgsodium|pgsodium_masks|pgbouncer|_timescaledb.*)$"
)


class Server(NamedTuple):
    """One database on one server, as this role sees it."""

    number: int  # 170010
    version: str  # 17.10
    database: str
    role: str
    standby: bool
    monitor: bool  # sees what other roles do
    extension: str  # version of pg_stat_statements, empty without it
    superuser: bool
    schema: str  # of pg_stat_statements, as SQL writes it
    closed: str  # its schema, where this role may not use it

    @property
    def facts(self) -> Facts:
        """What the lines of a report's SQL ask for."""
        statements = tuple(map(int, self.extension.split("."))) if self.extension else ()
        return {
            "server": (self.number // 10000, self.number % 10000), "statements": statements,
            "monitor": self.monitor, "standby": self.standby, "schema": self.schema, "texts": True,
        }  # fmt: skip


class Lock(NamedTuple):
    """A relation that somebody locks whole, or waits to. `name` is empty for an index and the like."""

    oid: int
    name: str | None
    pid: int


def meet(connection: Connection[Any]) -> Server:
    """Who answers here. Sets the transaction's search path. Raises DatabaseError."""
    (row,) = ask(connection, WHO, {})
    return Server(**{name: row[name] for name in Server._fields})


def locked(connection: Connection[Any]) -> list[Lock]:
    """What would make a question wait at this moment. Raises DatabaseError."""
    return [Lock(**row) for row in ask(connection, LOCKED, {})]
