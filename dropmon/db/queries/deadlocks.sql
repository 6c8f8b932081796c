/*
summary = "How many deadlocks there were in the last day, by database"
help = """
The server only counts: since its statistics were reset, or since it crashed, which sets them to 0 and leaves the time
of the last reset as it was. A rate needs earlier numbers; `dropmon check database` keeps them, or --record here. With
them a database is judged by what came in the last day, and is well again when that day has passed. A rate of less than
an hour of them is not known.

Who was in a deadlock stands in the server's log alone. Conflicts are queries that a standby cancelled to go on with its
recovery.
"""
headline = "{rate_per_day} deadlocks a day, {counted} counted by the server"
watched = true
history = "deadlocks"

[options.warn]
kind = "rate"
default = "0/day"
rules = "deadlocks"
help = "Warning above so many."
[options.limit]
kind = "count"
default = 0
help = "At most so many databases, those first that have most; each that is listed is judged. 0 for all."

[facts]
rate_per_day = "deadlocks a day in all databases, as far back as the rows say; unknown without earlier samples"
counted = "deadlocks that the server has counted in all databases"
databases = "databases, without templates"
started_at = "when the server started"

[columns]
database = "database"
per_day = "a day"
window_seconds = "judged over"
deadlocks = "counted"
conflicts = "conflicts"
since_at = "counted since"
status = {title = "status", human = false}
hint = {title = "what to do", detail = true}

[samples.pg_deadlocks_total]
value = "deadlocks"
labels = {datname = "database"}
[samples.pg_conflicts_total]
value = "conflicts"
labels = {datname = "database"}
*/
with found as (
  select s.datname::text as database, s.deadlocks, s.conflicts, extract(epoch from s.stats_reset)::float8 as since_at,
    row_number() over (order by s.deadlocks desc, s.conflicts desc, s.datname = current_database() desc, s.datname) as place
  from pg_stat_database as s
  join pg_database as d on d.oid = s.datid and not d.datistemplate
), facts as (
  select null::float8 as rate_per_day, coalesce(sum(deadlocks), 0)::int8 as counted, count(*) as databases,
    extract(epoch from pg_postmaster_start_time())::float8 as started_at,
    array['the counters are those since the last reset or crash; the server runs since '
      || to_char(pg_postmaster_start_time() at time zone 'UTC', 'YYYY-MM-DD HH24:MI "UTC"')] as notes
  from found
)
select facts.*, found.database, found.deadlocks, found.conflicts,
  found.since_at, null::float8 as per_day, null::float8 as window_seconds,
  case when found.deadlocks = 0 then 'ok' else 'unknown' end as status, null::text as hint
from facts left join found on :limit = 0 or found.place <= :limit
order by found.place
