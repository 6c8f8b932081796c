/*
summary = "Who holds the server's connections, and how many are left"
help = """
Usable are max_connections less those reserved for superusers (and, since 16, for pg_use_reserved_connections); only
client backends take one. Behind a pooler the server sees the pooler's connections, not its clients.
"""
headline = "{used} of {usable} usable connections are taken ({used_ratio})"
hidden = "sessions of other roles, with their state,"
watched = true

[options.warn]
kind = "percent"
default = "80%"
rules = "connections"
help = "Warning from this share of the usable connections on."
[options.critical]
kind = "percent"
default = "95%"
help = "Critical from this share on."
[options.idle]
kind = "duration"
default = "1m"
help = "List sessions idle in a transaction for longer than this."
[options.long]
kind = "duration"
default = "5m"
rules = "long_query"
help = "List sessions whose statement has run for longer than this."
[options.limit]
kind = "count"
default = 20
help = "At most so many lines of each kind; 0 for all."

[facts]
used = "client backends of every database, this one not counted"
usable = "max_connections less the reserved ones"
used_ratio = "used / usable"
max_connections = "setting of the server"
reserved = "connections only privileged roles may take"
pooled = "whether sessions seem to come through a pooler"

[columns]
by = "by"
value = "value"
sessions = "sessions"
share_ratio = "share"
longest_seconds = "for"
pid = "pid"
status = {title = "status", human = false}
statement = {title = "last statement", detail = true}
hint = {title = "what to do", detail = true, mark = "→ "}

[samples.pg_connections]
value = "sessions"
labels = {state = "value"}
where = {by = "state"}
[samples.pg_connections_used]
value = "used"
[samples.pg_max_connections]
value = "max_connections"
[samples.pg_usable_connections]
value = "usable"
*/
with settings as (
  select current_setting('max_connections')::int as max_connections,
    current_setting('superuser_reserved_connections')::int
      + coalesce(current_setting('reserved_connections', true)::int, 0) as reserved
), sessions as materialized (
  select a.pid, a.datname, a.usename, a.application_name, a.client_addr, a.state, a.query,
    case when a.wait_event_type is not null and a.state = 'active' then a.wait_event_type || ': ' || a.wait_event end
      as wait,
    extract(epoch from clock_timestamp() - a.xact_start)::float8 as transaction_seconds,
    extract(epoch from clock_timestamp() - case when a.state = 'active' then a.query_start else a.state_change end)::float8
      as state_seconds
  from pg_stat_activity as a
  where a.pid <> pg_backend_pid()
    and a.backend_type = 'client backend' -- when monitor
    and a.datname is not null -- when not monitor
), counted as (
  select count(*)::int as used from sessions -- when monitor
  select greatest(sum(numbackends) - 1, 0)::int as used from pg_stat_database -- when not monitor
), facts as (
  select used, max_connections - reserved as usable,
    used::float8 / nullif(max_connections - reserved, 0) as used_ratio, max_connections, reserved,
    exists (select from sessions where application_name ~* 'pgbouncer|supavisor|pgcat|odyssey') as pooled,
    0 as hidden, -- when monitor
    used as hidden, -- when not monitor
    case when used >= :critical * (max_connections - reserved) then 'critical'
      when used >= :warn * (max_connections - reserved) then 'warning' else 'ok' end as verdict
  from counted, settings
), groups as (
  select v.ordinal, v.by, v.value, count(*)::int as sessions, max(v.seconds) as longest_seconds,
    row_number() over (partition by v.by order by count(*) desc, v.value) as place
  from sessions as s
  cross join lateral (values
    (1, 'state', coalesce(s.state, 'hidden'), case when s.state <> 'idle' then s.transaction_seconds end), -- when monitor
    (2, 'role', coalesce(s.usename, '(none)'), null), (3, 'database', coalesce(s.datname, '(none)'), null),
    (4, 'application', coalesce(nullif(s.application_name, ''), '(no name)'), null), (5, 'wait', s.wait, s.state_seconds)
  ) as v (ordinal, by, value, seconds)
  where v.value is not null
  group by v.ordinal, v.by, v.value
  union all -- when monitor
  select 1, 'state', u.value, 0, null, 9 -- when monitor
  from unnest(array['active', 'idle', 'idle in transaction']) as u (value) -- when monitor
  where not exists (select from sessions as s where s.state = u.value) -- when monitor
), held as (
  select 0 as ordinal, 'session' as by,
    concat_ws(' ', s.state, 'as', s.usename, 'in', nullif(s.application_name, '')) as value, null::int as sessions,
    s.state_seconds as longest_seconds, s.pid, left(s.query, 1000) as statement,
    case when s.state = 'active' then 'dropmon db cancel ' else 'dropmon db terminate ' end || s.pid as hint,
    row_number() over (order by s.state_seconds desc) as place
  from sessions as s
  where (s.state like 'idle in transaction%' and s.state_seconds > :idle)
    or (s.state = 'active' and s.state_seconds > :long)
), found as (
  select ordinal, place, by, value, sessions, longest_seconds, pid, 'warning' as status, statement, hint from held
  union all
  select ordinal, place, by, value, sessions, longest_seconds, null, null, null, null from groups
)
select facts.*, found.*, found.sessions::float8 / nullif(facts.used, 0) as share_ratio
from facts left join found on :limit = 0 or found.place <= :limit
order by found.ordinal, found.place
