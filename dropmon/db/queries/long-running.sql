/*
summary = "Which transactions and statements have been running for long"
help = """
`transaction` is the age of the open transaction, `for` how long the session has been in its state: at its statement, or
idle since the last one. An idle session is shown with its last statement. Autovacuum stands apart, at the end; a
prepared transaction has no session, and stays until somebody commits it or rolls it back.
As long as the oldest of them lasts, no vacuum removes what has been deleted since.
"""
headline = "{open} transactions are open, the longest for {longest_seconds}; too long: {long_statements} active, {idle_transactions} idle"
none = "no transaction is seen that has been open for more than {min}"
hidden = "sessions of other roles, with their state and age,"

[options.long]
kind = "duration"
default = "5m"
rules = "long_query"
help = "Warning when one statement runs for longer than this, or a prepared transaction stays."
[options.idle]
kind = "duration"
default = "1m"
help = "Warning when a session idles in a transaction for longer than this."
[options.transaction]
kind = "duration"
default = "5m"
rules = "long_query"
help = "Warning when a transaction is open for longer than this, whatever its session does at the moment."
[options.min]
kind = "duration"
default = "1s"
help = "Only transactions older than this."
[options.limit]
kind = "count"
default = 20
help = "At most so many lines; 0 for all."

[facts]
open = "transactions of sessions that are open, this one not counted"
longest_seconds = "age of the oldest of them; 0 when there is none"
long_statements = "sessions at work whose statement takes longer than `long`, or their transaction than `transaction`"
idle_transactions = "sessions that idle in a transaction for longer than `idle`, or are in it for longer than `transaction`"
horizon_age = "transactions since the oldest one that some session, slot or prepared transaction still needs"
horizon_holder = "who needs it"

[columns]
session = "session"
pid = "pid"
state = "state"
state_seconds = "for"
transaction_seconds = "transaction"
wait = "waits for"
statement = {title = "statement", detail = true}
hint = {title = "what to do", detail = true}
status = {title = "status", human = false}
kind = {title = "kind", human = false}
role = {title = "role", human = false}
application = {title = "application", human = false}
database = {title = "database", human = false}
client = {title = "client", human = false}
gid = {title = "prepared transaction", human = false}
xmin_age = {title = "holds vacuum back by", human = false}

[samples.pg_longest_transaction_seconds]
value = "longest_seconds"
*/
with activity as materialized (
  select a.* from pg_stat_activity as a where a.pid <> pg_backend_pid()
), open as materialized (
  select case a.backend_type when 'client backend' then 'session' when 'autovacuum worker' then 'autovacuum'
      else 'background' end as kind, a.pid, a.usename::text as role, nullif(a.application_name, '') as application,
    a.datname::text as database, host(a.client_addr) as client, null::text as gid, a.state, left(a.query, 1000) as statement,
    case when a.state = 'active' then a.wait_event_type || ': ' || a.wait_event end as wait,
    extract(epoch from clock_timestamp() - a.xact_start)::float8 as transaction_seconds,
    extract(epoch from clock_timestamp() - case when a.state = 'active' then a.query_start else a.state_change end)::float8
      as state_seconds,
    greatest(age(a.backend_xmin), age(a.backend_xid)) as xmin_age
  from activity as a
  where a.xact_start is not null and (
    a.backend_type in ('client backend', 'autovacuum worker')
    or (a.usename is not null and a.backend_type not in ('walsender', 'parallel worker')
      and a.backend_type not like 'logical replication%')
  )
  union all
  select 'prepared', null, p.owner::text, null, p.database::text, null, p.gid, 'prepared', null, null,
    extract(epoch from clock_timestamp() - p.prepared)::float8,
    extract(epoch from clock_timestamp() - p.prepared)::float8, age(p.transaction)
  from pg_prepared_xacts as p
), judged as (
  select o.*, case when o.kind = 'autovacuum' then false
      when o.kind <> 'prepared' and o.transaction_seconds > :transaction then true
      when o.state like 'idle in transaction%' then o.state_seconds > :idle else o.state_seconds > :long end as late
  from open as o
), horizon as (
  select h.age, h.holder, h.seconds
  from (
    select o.xmin_age, coalesce('prepared transaction ' || quote_literal(o.gid),
      concat_ws(' ', 'pid ' || o.pid, '(' || coalesce(o.application, o.role, o.kind) || ', ' || o.state || ')')),
      o.transaction_seconds
    from open as o
    union all
    select age(a.backend_xmin), concat_ws(' ', 'standby', a.application_name, 'pid ' || a.pid), null
    from activity as a where a.backend_type = 'walsender'
    union all
    select greatest(age(s.xmin), age(s.catalog_xmin)), 'replication slot ' || s.slot_name, null
    from pg_replication_slots as s
  ) as h (age, holder, seconds)
  where h.age is not null
  order by h.age desc, h.seconds desc nulls last limit 1
), facts as (
  select c.open, c.longest_seconds, c.long_statements, c.idle_transactions, c.hidden, h.age as horizon_age,
    h.holder as horizon_holder, case when c.hidden > 0 then 'unknown' else 'ok' end as verdict,
    array_remove(array[
      case when h.age >= 10000 or h.seconds > :long then format('vacuum can remove nothing of the last %s transactions: '
        'the oldest that is still needed is held by %s', h.age, h.holder) end,
      case when exists (select from open as o where o.statement like '%(to prevent wraparound)') then 'an autovacuum '
        'to prevent wraparound gives way to nobody, and must not be stopped' end
    ], null) as notes
  from (
    select n.hidden, -- who is hidden may have the longest
      case when n.hidden = 0 then (count(*) filter (where j.kind in ('session', 'background')))::int end as open,
      case when n.hidden = 0 then coalesce(max(j.transaction_seconds) filter (where j.kind in ('session', 'background')), 0)
        end as longest_seconds,
      case when n.hidden = 0 then (count(*) filter (where j.late and j.state = 'active'))::int end as long_statements,
      case when n.hidden = 0 then (count(*) filter (where j.late and j.state like 'idle in transaction%'))::int
        end as idle_transactions
    from (
      select count(*)::int as hidden from activity as a where a.backend_type is null
        and a.usename is not null and a.datname is not null and a.pid not in (select r.pid from pg_stat_replication as r)
    ) as n left join judged as j on true
    group by n.hidden
  ) as c left join horizon as h on true
), found as (
  select j.kind, j.pid, j.role, j.application, j.database, j.client, j.gid, j.statement, j.wait, j.transaction_seconds,
    j.state_seconds, j.xmin_age,
    coalesce('prepared ' || quote_literal(j.gid), j.application, j.role, j.kind) as session,
    case when j.kind <> 'autovacuum' then j.state
      when j.statement like '%(to prevent wraparound)' then 'to prevent wraparound' else 'autovacuum' end as state,
    case when j.late then 'warning' else 'ok' end as status,
    case when not j.late then null
      when j.gid is not null then format('in database %I: rollback prepared %L', j.database, j.gid)
      when j.kind <> 'session' then null
      when j.wait like 'Lock:%' then 'dropmon db blocking'
      when j.state = 'active' then 'dropmon db cancel ' || j.pid else 'dropmon db terminate ' || j.pid end as hint,
    row_number() over (order by j.kind = 'autovacuum', j.late desc, j.transaction_seconds desc, j.pid) as place
  from judged as j where j.transaction_seconds > :min
)
select facts.*, found.*
from facts left join found on :limit = 0 or found.place <= :limit
order by found.place
