/*
summary = "Who holds the server's connections, and how many are left"
help = """
Usable are max_connections less those reserved for superusers (and, since 16, for pg_use_reserved_connections); only
client backends take one: no replication, no background work. A role or a database may have a tighter limit of its own.
`for` is the age of the transaction; what a session is doing has an age of its own.
Behind a pooler the server sees the pooler's connections, not its clients.
"""
headline = "{used} of {usable} usable connections are taken ({used_ratio})"
hidden = "sessions of other roles, with their state,"
watched = true

[options.warn]
kind = "percent"
default = "80%"
rules = "connections"
help = "Warning from this share of the usable connections on, or of a role's or database's own limit."
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
[options.transaction]
kind = "duration"
default = "5m"
rules = "long_query"
help = "List sessions whose transaction is open for longer than this, whatever they do at the moment."
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
idle_in_transaction = "sessions that idle in a transaction"
pooled = "whether sessions come through a pooler, as far as can be seen"

[columns]
by = "by"
value = "value"
sessions = "sessions"
share_ratio = "share"
most = "limit"
longest_seconds = "for"
pid = "pid"
status = {title = "status", human = false}
doing = {title = "doing", detail = true}
statement = {title = "last statement", detail = true}
hint = {title = "what to do", detail = true}

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
  select s.max_connections, s.reserved, s.max_connections - s.reserved as usable
  from (
    select current_setting('max_connections')::int as max_connections,
      current_setting('superuser_reserved_connections')::int
        + coalesce(current_setting('reserved_connections', true)::int, 0) as reserved
  ) as s
), activity as materialized (
  select a.* from pg_stat_activity as a
), sessions as materialized (
  select a.pid, a.datname, a.usename, a.application_name, a.state, a.query, a.backend_type is null as masked,
    case when a.wait_event_type is not null and a.state = 'active' then a.wait_event_type || ': ' || a.wait_event end
      as wait,
    extract(epoch from clock_timestamp() - a.xact_start)::float8 as transaction_seconds,
    extract(epoch from clock_timestamp() - case when a.state = 'active' then a.query_start else a.state_change end)::float8
      as state_seconds
  from activity as a
  where a.pid <> pg_backend_pid()
    and a.backend_type = 'client backend' -- when monitor
    and a.datname is not null and a.usename is not null -- when not monitor
    and a.pid not in (select r.pid from pg_stat_replication as r) -- when not monitor
), counted as (
  select count(*)::int as used from sessions -- when monitor
  select greatest(sum(d.numbackends) - 1, 0)::int as used from pg_stat_database as d -- when not monitor
), caps as (
  select 'role' as by, s.usename::text as value, r.rolconnlimit as most, count(*)::int as taken
  from sessions as s join pg_roles as r on r.rolname = s.usename
  where r.rolconnlimit >= 0 and not r.rolsuper group by 2, 3
  union all
  select 'database', s.datname::text, d.datconnlimit, count(*)::int
  from sessions as s join pg_database as d on d.datname = s.datname
  where d.datconnlimit >= 0 group by 2, 3
), tightest as (
  select c.*, c.taken::float8 / nullif(c.most, 0) as ratio from caps as c order by ratio desc nulls first limit 1
), facts as (
  select c.used, s.usable, c.used::float8 / nullif(s.usable, 0) as used_ratio, s.max_connections, s.reserved, p.pooled,
    (select count(*) from sessions as x where x.state like 'idle in transaction%')::int as idle_in_transaction, -- when monitor
    null::int as idle_in_transaction, -- when not monitor
    (select count(*) from sessions as x where x.masked)::int as hidden,
    case when c.used >= :critical * s.usable then 'critical' when c.used >= :warn * s.usable then 'warning' else 'ok' end
      as verdict,
    array_remove(array[
      'counted by database, background processes among them', -- when not monitor
      case when p.pooled then 'these are the connections of a pooler, which alone knows its clients (SHOW POOLS)' end,
      case when t.most = 0 or t.ratio > c.used::float8 / nullif(s.usable, 0)
        then format('the tightest limit is that of %s %s: %s of %s', t.by, t.value, t.taken, t.most) end
    ], null) as notes
  from counted as c cross join settings as s left join tightest as t on true
  cross join lateral (
    select exists (select from sessions as x where x.application_name ~* 'pgbouncer|supavisor|pgcat|odyssey')
      or exists ( -- a session older than our transaction was somebody else's before
        select from activity as a where a.pid = pg_backend_pid() and a.xact_start - a.backend_start > interval '30 s'
      ) as pooled
  ) as p
), groups as (
  select v.ordinal, v.by, v.value, count(*)::int as sessions, max(v.seconds) as longest_seconds,
    row_number() over (partition by v.by order by count(*) desc, v.value) as place
  from sessions as s
  cross join lateral (values
    (3, 'state', coalesce(s.state, 'hidden'), case when s.state <> 'idle' then s.transaction_seconds end), -- when monitor
    (4, 'role', coalesce(s.usename, '(none)')::text, null), (5, 'database', coalesce(s.datname, '(none)')::text, null),
    (6, 'application', coalesce(nullif(s.application_name, ''), '(no name)'), null), (7, 'wait', s.wait, s.state_seconds)
  ) as v (ordinal, by, value, seconds)
  where v.value is not null
  group by v.ordinal, v.by, v.value
  union all -- when monitor
  select 3, 'state', u.value, 0, null, 9 -- when monitor
  from unnest(array['active', 'idle', 'idle in transaction']) as u (value) -- when monitor
  where not exists (select from sessions as s where s.state = u.value) -- when monitor
), held as (
  select coalesce(nullif(s.application_name, ''), s.usename)::text as value, s.pid, left(s.query, 1000) as statement,
    greatest(s.state_seconds, s.transaction_seconds) as seconds,
    format('%s for %s, as %s in %s', s.state, make_interval(secs => round(s.state_seconds)), s.usename, s.datname) as doing,
    case when s.state = 'active' then 'dropmon db cancel ' else 'dropmon db terminate ' end || s.pid as hint,
    row_number() over (order by greatest(s.state_seconds, s.transaction_seconds) desc) as place
  from sessions as s
  where (s.state like 'idle in transaction%' and s.state_seconds > :idle)
    or (s.state = 'active' and s.state_seconds > :long) or s.transaction_seconds > :transaction
), found as (
  select 1 as ordinal, row_number() over (order by c.taken::float8 / nullif(c.most, 0) desc nulls first) as place,
    'limit' as by, c.by || ' ' || c.value as value, c.taken as sessions, c.most, null::float8 as longest_seconds,
    null::int as pid, case when c.taken >= :critical * c.most then 'critical' else 'warning' end as status,
    null as doing, null as statement, format('alter %s %I connection limit %s; or let it hold fewer', c.by, c.value,
      greatest(2 * c.most, 1)) as hint
  from caps as c where c.taken >= :warn * c.most
  union all
  select 2, h.place, 'session', h.value, null, null, h.seconds, h.pid, 'warning', h.doing, h.statement, h.hint
  from held as h
  union all
  select g.ordinal, g.place, g.by, g.value, g.sessions, c.most, g.longest_seconds, null, null, null, null, null
  from groups as g left join caps as c on c.by = g.by and c.value = g.value
)
select facts.*, found.*, found.sessions::float8 / nullif(coalesce(found.most, facts.used), 0) as share_ratio
from facts left join found on :limit = 0 or found.place <= :limit or found.by = 'state'
order by found.ordinal, found.place
