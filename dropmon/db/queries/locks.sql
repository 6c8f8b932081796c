/*
summary = "Which locks are waited for, and which strong ones are held on tables"
help = """
First what is waited for, the longest wait on top; then held locks that keep others out: access exclusive (not even
reading is possible), exclusive, share row exclusive (no writing), share update exclusive (no change of the table, no
second vacuum). Ordinary locks of reading and writing are left out, and those on indexes. The age of a held lock is that
of its transaction. Who waits for whom: dropmon db blocking.
"""
headline = "locks waited for: {waiting}; strong ones held on tables: {strong}"
none = "no lock is waited for, and no strong one is held on a table"
hidden = "sessions that hold these locks, what they do and since when,"

[options.warn]
kind = "duration"
default = "5s"
help = "Warning when a lock is waited for longer than this."
[options.critical]
kind = "duration"
default = "1m"
help = "Critical when a lock is waited for longer than this."
[options.limit]
kind = "count"
default = 20
help = "At most so many lines; 0 for all."

[facts]
waiting = "locks that are waited for"
strong = "strong locks that are held on tables"

[columns]
lock = "lock"
target = "on"
granted = "granted"
age_seconds = "for"
session = "session"
pid = "pid"
statement = {title = "statement", detail = true}
hint = {title = "what to do", detail = true}
status = {title = "status", human = false}
mode = {title = "mode", human = false}
lock_type = {title = "lock type", human = false}
relation = {title = "relation", human = false}
database = {title = "database", human = false}
role = {title = "role", human = false}
application = {title = "application", human = false}
state = {title = "state", human = false}
gid = {title = "prepared transaction", human = false}
*/
with locks as materialized (
  select l.* from pg_locks as l where l.pid is distinct from pg_backend_pid()
), activity as materialized (
  select a.* from pg_stat_activity as a
), strength (mode, strength) as (values
  ('AccessExclusiveLock', 4), ('ExclusiveLock', 3), ('ShareRowExclusiveLock', 2), ('ShareUpdateExclusiveLock', 1)
), wanted as materialized (
  select l.*, s.strength, c.oid as known, n.nspname || '.' || c.relname as relname, d.datname,
    p.gid, p.owner, p.prepared
  from locks as l
  left join strength as s on s.mode = l.mode
  left join pg_database as d on d.oid = l.database
  left join pg_class as c on c.oid = l.relation and (l.database = 0 or d.datname = current_database())
  left join pg_namespace as n on n.oid = c.relnamespace
  left join locks as x on l.pid is null and x.pid is null and x.locktype = 'transactionid'
    and x.virtualtransaction = l.virtualtransaction
  left join pg_prepared_xacts as p on p.transaction = x.transactionid
  where not l.granted
    or (l.locktype = 'relation' and s.strength > 0 and coalesce(c.relkind in ('r', 'p', 'm', 'v', 'f', 'S'), true))
), facts as (
  select (count(*) filter (where not w.granted))::int as waiting, (count(*) filter (where w.granted))::int as strong,
    (count(distinct a.pid) filter (where a.backend_type is null))::int as hidden
  from wanted as w left join activity as a on a.pid = w.pid
), aged as (
  select w.mode, w.locktype as lock_type, w.granted, w.relname as relation, w.datname::text as database, w.pid, w.gid,
    a.usename::text as role, nullif(a.application_name, '') as application, a.state, a.backend_type, w.strength,
    case when a.backend_type is not null then left(a.query, 1000) end as statement,
    case when w.locktype <> 'advisory' then null when w.objsubid = 1 then (w.classid::int8 << 32 | w.objid::int8)::text
      else w.classid || ', ' || w.objid end as advisory,
    w.relation::int8 as oid,
    extract(epoch from clock_timestamp() - case when w.granted then coalesce(a.xact_start, w.prepared)
      else w.waitstart -- when server >= 14
      else a.query_start -- when server < 14
      end)::float8 as age_seconds
  from wanted as w left join activity as a on a.pid = w.pid
), found as (
  select mode, lock_type, granted, relation, database, pid, gid, role, application, state, statement, age_seconds,
    lower(regexp_replace(regexp_replace(mode, 'Lock$', ''), '(?<=[a-z])(?=[A-Z])', ' ', 'g')) as lock,
    case when relation is not null then case lock_type when 'tuple' then 'a row of ' else '' end || relation
      when oid is not null then 'a relation of ' || coalesce(database, 'every database')
      when lock_type = 'advisory' then 'advisory ' || advisory
      when lock_type = 'transactionid' then 'a row, until its transaction ends'
      when lock_type = 'virtualxid' then 'a transaction, until it ends'
      else lock_type end as target,
    coalesce('prepared ' || quote_literal(gid), application, role, backend_type, 'hidden') as session,
    case when granted then 'ok' when age_seconds > :critical then 'critical' when age_seconds > :warn then 'warning'
      else 'ok' end as status,
    case when not granted then 'dropmon db blocking' end as hint,
    row_number() over (order by granted, case when not granted then age_seconds end desc nulls last, strength desc,
      age_seconds desc nulls last, relation, pid) as place
  from aged
)
select facts.*, found.*
from facts left join found on :limit = 0 or found.place <= :limit
order by found.place
