/*
summary = "What the server is doing now, again and again"
headline = "{used} of {usable} connections, {active} active, {idle_in_transaction} idle in a transaction, {blocked} blocked"
hidden = "sessions of other roles"

[options.warn]
kind = "percent"
default = "80%"
rules = "connections"
help = "Warning from this share of the usable connections on."
[options.wait]
kind = "duration"
default = "5s"
help = "Warning when a session is blocked for longer than this."
[options.idle]
kind = "duration"
default = "1m"
help = "Warning when one is idle in a transaction for longer than this."
[options.long]
kind = "duration"
default = "5m"
rules = "long_query"
help = "Warning when a statement runs for longer than this."
[options.limit]
kind = "count"
default = 50
help = "At most so many sessions; 0 for all."

[facts]
used = "client backends of every database, this one not counted"
usable = "max_connections less the reserved ones"
active = "sessions at work, the blocked among them"
idle_in_transaction = "sessions idle in a transaction"
blocked = "sessions that wait for a lock"
longest_seconds = "age of the oldest transaction"
commits = "transactions of all databases since the statistics began, rolled back ones too"
blocks_hit = "blocks found in shared buffers"
blocks_read = "blocks that were not"
now_at = "the server's clock"

[columns]
pid = "pid"
role = "role"
application = "application"
database = {title = "database", human = false}
state = "state"
wait = "wait"
state_seconds = "for"
transaction_seconds = {title = "transaction", human = false}
blocked_by = {title = "blocked by", human = false}
status = {title = "status", human = false}
statement = {title = "statement", detail = true}
*/
with settings as (
  select current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
    - coalesce(current_setting('reserved_connections', true)::int, 0) as usable
), sessions as materialized (
  select a.pid, a.usename::text as role, nullif(a.application_name, '') as application, a.datname::text as database,
    a.state, left(a.query, 1000) as statement, a.backend_type is null as masked,
    a.state = 'active' and a.wait_event_type = 'Lock' as blocked,
    case when a.state = 'active' and a.wait_event_type is not null then a.wait_event_type || ':' || a.wait_event end as wait,
    extract(epoch from clock_timestamp() - a.xact_start)::float8 as transaction_seconds,
    extract(epoch from clock_timestamp() - case when a.state = 'active' then a.query_start else a.state_change end)::float8
      as state_seconds
  from pg_stat_activity as a
  where a.pid <> pg_backend_pid()
    and a.backend_type = 'client backend' -- when monitor
    and a.datname is not null and a.usename is not null -- when not monitor
), counters as (
  select sum(d.xact_commit + d.xact_rollback)::int8 as commits, sum(d.blks_hit)::int8 as blocks_hit,
    sum(d.blks_read)::int8 as blocks_read
  from pg_stat_database as d
), judged as (
  select s.*, case
      when s.blocked and s.state_seconds > :wait then 'warning'
      when s.state like 'idle in transaction%' and s.state_seconds > :idle then 'warning'
      when s.state = 'active' and s.state_seconds > :long then 'warning' else 'ok' end as status
  from sessions as s
), placed as (
  select j.*, row_number() over (order by j.calm, j.blocked desc, j.state like 'idle in transaction%' desc,
    j.state_seconds desc, j.pid) as place
  from (select j.*, j.status <> 'warning' as calm from judged as j where j.state <> 'idle') as j
), found as materialized (
  select p.* from placed as p where :limit = 0 or p.place <= :limit
), told as (
  select f.pid, f.role, f.application, f.database, f.wait, f.state_seconds, f.transaction_seconds, f.status, f.statement,
    f.place, array_to_string(b.pids, ', ') as blocked_by, case
      when f.blocked then 'blocked by ' || coalesce(nullif(nullif(array_to_string(b.pids, ', '), ''), '0'),
        'a prepared transaction')
      when f.state like 'idle in transaction%' then replace(f.state, 'idle in transaction', 'idle in tx')
      else f.state end as state
  from found as f left join lateral (
    select array(select distinct u.pid from unnest(pg_blocking_pids(f.pid)) as u (pid) order by 1) as pids
    where f.blocked and f.place <= 50 -- each looks at the locks of all
  ) as b on true
), facts as (
  select (select count(*) from sessions)::int as used, g.usable, c.commits, c.blocks_hit, c.blocks_read,
    (select count(*) from sessions as s where s.state = 'active')::int as active, -- when monitor
    (select count(*) from sessions as s where s.state like 'idle in transaction%')::int as idle_in_transaction, -- when monitor
    (select count(*) from sessions as s where s.blocked)::int as blocked, -- when monitor
    coalesce((select max(s.transaction_seconds) from sessions as s), 0) as longest_seconds, -- when monitor
    null::int as active, null::int as idle_in_transaction, null::int as blocked, null::float8 as longest_seconds, -- when not monitor
    (select count(*) from sessions as s where s.masked)::int as hidden,
    extract(epoch from clock_timestamp())::float8 as now_at,
    case when (select count(*) from sessions) >= :warn * g.usable then 'warning'
      when exists (select from sessions as s where s.masked) then 'unknown' else 'ok' end as verdict
  from settings as g cross join counters as c
)
select facts.*, told.*
from facts left join told on true
order by told.place
