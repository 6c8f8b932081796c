/*
summary = "Statements whose mean time is above a limit"
help = """
From pg_stat_statements: times of execution alone, without planning, over every call since the counters began; for
what became slow lately ask `dropmon db diff`. Only this database, all its roles. The share is of the execution time
of all statements of this database, the ones not listed too. BEGIN, COMMIT, SET and the like are left out and counted
in a note; --all lists them. What dropmon itself asks is left out, where its text is not hidden.

`p95 est` is no measured percentile: mean + 1.645 standard deviations, as for a normal distribution, at least the mean
and at most the longest call. It is withheld below 20 calls, and where the deviation is more than twice the mean.

pg_stat_statements does not know applications. --app keeps the statements whose text carries a comment such as
application='NAME' or app:NAME (sqlcommenter, marginalia; one before the statement is lost on newer servers), and on PostgreSQL 14 and later those that a session of that
application_name is running now or ran last. Its other statements are missing.
"""
headline = "{slow} of {tracked} statements take {min} or more on average"
none = "none of {tracked} statements takes {min} or more on average"
needs = "statements"
hidden = "statements of other roles (their text, not their times)"
recorded = {min = "0s", sort = "total", limit = 200}

[options.min]
kind = "duration"
default = "100ms"
rules = "slow_query"
help = "Only statements that take so long on average; 0s lists all and judges none."
[options.sort]
default = "mean"
choices = ["mean", "total", "max", "calls", "io"]
help = "What comes first."
[options.app]
default = ""
help = "Only statements known to come from this application: see above."
[options.role]
default = ""
help = "Only statements run by this role."
[options.all]
kind = "flag"
default = false
help = "Also BEGIN, COMMIT, SET, SHOW, DEALLOCATE, DISCARD and the like."
[options.limit]
kind = "count"
default = 20
help = "At most so many statements; 0 for all."

[facts]
slow = "statements with such a mean, as filtered"
tracked = "statements of this database that the extension knows"
tracked_seconds = "their execution time together"
since_at = "when the counters began; unknown before version 1.9 of the extension"
evictions = "how often statements were forgotten for want of room; unknown before version 1.9 of the extension"

[columns]
mean_seconds = "mean"
p95_est_seconds = "p95 est"
max_seconds = {title = "max", human = false}
stddev_seconds = {title = "stddev", human = false}
calls = "calls"
total_seconds = "total"
share_ratio = "share"
io_seconds = {title = "read and write", human = false}
rows_per_call = {title = "rows a call", human = false}
hit_ratio = {title = "found in shared buffers", human = false}
role = "role"
queryid = "queryid"
counted_at = {title = "counted since", human = false}
visible = {title = "text visible", human = false}
status = {title = "status", human = false}
statement = {title = "statement", detail = true}

[samples.pg_statement_mean_seconds]
value = "mean_seconds"
labels = {queryid = "queryid", role = "role"}
where = {visible = true}
[samples.pg_statement_p95_est_seconds]
value = "p95_est_seconds"
labels = {queryid = "queryid", role = "role"}
where = {visible = true}
[samples.pg_statement_calls_total]
value = "calls"
labels = {queryid = "queryid", role = "role"}
where = {visible = true}
[samples.pg_statement_seconds_total]
value = "total_seconds"
labels = {queryid = "queryid", role = "role"}
where = {visible = true}
*/
with sessions as materialized (
  select distinct a.query_id from pg_stat_activity as a where :app <> '' and a.application_name = :app -- when server >= 14
  select null::int8 as query_id where false -- when server < 14
), entries as materialized (
  select s.userid, s.queryid, s.calls, s.rows, left(s.query, 1000) as statement, s.shared_blks_hit, s.shared_blks_read,
    case when s.queryid is null then row_number() over () end as masked, -- these cannot be told apart otherwise
    s.total_exec_time as total, s.mean_exec_time as mean, s.stddev_exec_time as stddev, s.max_exec_time as longest, -- when statements >= 1.8
    s.total_time as total, s.mean_time as mean, s.stddev_time as stddev, s.max_time as longest, -- when statements < 1.8
    s.blk_read_time + s.blk_write_time -- when statements < 1.11
      + s.temp_blk_read_time + s.temp_blk_write_time -- when statements >= 1.10
      + s.shared_blk_read_time + s.shared_blk_write_time + s.local_blk_read_time + s.local_blk_write_time -- when statements >= 1.11
      as io,
    s.stats_since as since, s.minmax_stats_since <= s.stats_since as whole, -- when statements >= 1.11
    null::timestamptz as since, true as whole, -- when statements < 1.11
    :app = '' or s.queryid in (select query_id from sessions)
      or s.query ~* ('/\*[^*]*\m(application|app)\s*[:=]\s*''?' || regexp_replace(:app, '(\W)', '\\\1', 'g')
        || '''?\s*(,[^*]*)?\*/') as wanted,
    left(s.query, 1000) ~* ('^(\s|/\*.*?\*/|--[^\n]*\n)*(begin|start|commit|end|rollback|abort|savepoint|release|set|reset'
      || '|show|deallocate|discard|prepare transaction|listen|unlisten|close)\M') as utility
  from @statements.pg_stat_statements as s -- when texts
  from @statements.pg_stat_statements(false) as s -- when not texts
  where s.dbid = (select d.oid from pg_database as d where d.datname = current_database())
    and coalesce(s.query not like '%/* dropmon */', true)
), statements as materialized (
  select e.userid, e.queryid, min(e.statement collate "C") as statement, sum(e.calls)::int8 as calls,
    sum(e.total) / 1000 as total_seconds, sum(e.total) / nullif(sum(e.calls), 0)::float8 / 1000 as mean_seconds,
    case when count(*) = 1 then min(e.stddev) -- else of a statement that functions call too: both entries together
      else sqrt(greatest(sum(e.calls * (e.stddev ^ 2 + e.mean ^ 2)) / nullif(sum(e.calls), 0)::float8
        - (sum(e.total) / nullif(sum(e.calls), 0)::float8) ^ 2, 0)) end / 1000 as stddev_seconds,
    nullif(max(e.longest), 0) / 1000 as max_seconds, max(e.longest) filter (where e.whole) / 1000 as cap_seconds,
    sum(e.io) / 1000 as io_seconds, sum(e.rows)::float8 / nullif(sum(e.calls), 0)::float8 as rows_per_call,
    sum(e.shared_blks_hit)::float8 / nullif(sum(e.shared_blks_hit + e.shared_blks_read), 0)::float8 as hit_ratio,
    extract(epoch from min(e.since))::float8 as counted_at, bool_or(e.wanted) as wanted, coalesce(bool_and(e.utility), false) as utility
  from entries as e
  group by e.userid, e.queryid, e.masked
), slow as materialized (
  select s.*, coalesce(r.rolname::text, 'dropped role ' || s.userid) as role
  from statements as s
  left join pg_roles as r on r.oid = s.userid
  where s.mean_seconds >= :min and s.wanted and (:role = '' or r.rolname = :role)
), counted as (
  select count(*)::int as tracked, sum(total_seconds) as tracked_seconds, count(*) filter (where queryid is null) as hidden
  from statements
), other as ( -- when not texts
  select distinct s.dbid, coalesce(quote_ident(d.datname) || ' (' || pg_encoding_to_char(d.encoding) || ')', 'a dropped one') as name -- when not texts
  from @statements.pg_stat_statements(false) as s left join pg_database as d on d.oid = s.dbid -- when not texts
  where d.encoding is distinct from (select e.encoding from pg_database as e where e.datname = current_database()) -- when not texts
), unread as ( -- when not texts
  select format('no text could be read: of %s there are statements in another encoding than that of this database; -> ' -- when not texts
      || 'select pg_stat_statements_reset(0, d, 0) from unnest(''%s''::oid[]) as d forgets them', -- when not texts
    coalesce(string_agg(o.name, ', ' order by o.name), 'another'), array_agg(o.dbid)) as note from other as o -- when not texts
), state as (
  select stats_reset, dealloc as evictions from @statements.pg_stat_statements_info -- when statements >= 1.9
  select null::timestamptz as stats_reset, null::int8 as evictions -- when statements < 1.9
), facts as (
  select case when :role <> '' and not exists (select from pg_roles as r where r.rolname = :role)
      then format('there is no role %I; -> dropmon db roles --all lists them', :role)
      when :app <> '' and not exists (select from statements as s where s.wanted)
        and not exists (select from pg_stat_activity as a where a.application_name = :app)
      then format('no comment and no session tells of an application %s; -> dropmon db connections lists who is here', :app) -- when texts
      then format('no session tells of an application %s, and whether a comment does is not known: ', :app) || (select u.note from unread as u) -- when not texts
      end as refusal,
    (select count(*) from slow where :all or not utility) as slow, c.tracked, c.tracked_seconds,
    extract(epoch from i.stats_reset)::float8 as since_at, i.evictions, c.hidden,
    array_remove(array[
      (select u.note from unread as u), -- when not texts
      coalesce('counted since ' || to_char(i.stats_reset at time zone 'UTC', 'YYYY-MM-DD HH24:MI "UTC"'),
        'since when is not known: this version of pg_stat_statements does not tell'),
      case when i.evictions > 0 then format('statements were forgotten for want of room %s times, so some are missing or '
        || 'began again; -> raise pg_stat_statements.max (%s)', i.evictions, current_setting('pg_stat_statements.max', true)) end,
      case when not current_setting('track_io_timing')::bool
        then 'how long reading and writing took is not known; -> set track_io_timing = on' end,
      (select format('%s more are BEGIN, COMMIT, SET and the like; -> --all lists them', count(*))
        from slow where utility and not :all having count(*) > 0),
      case when :app <> '' then format('of %s only what a comment or a session of that name tells', :app) end,
      case when exists (select from slow where not utility and queryid is not null)
        then '-> dropmon db explain QUERYID shows how one is run' end
    ], null) as notes
  from counted as c, state as i
), found as (
  select s.mean_seconds, s.max_seconds, s.stddev_seconds, s.calls, s.total_seconds,
    case when s.calls >= 20 and s.stddev_seconds <= 2 * s.mean_seconds
      then greatest(s.mean_seconds, least(s.cap_seconds, s.mean_seconds + 1.645 * s.stddev_seconds)) end as p95_est_seconds,
    case when s.io_seconds > 0 or current_setting('track_io_timing')::bool then s.io_seconds end as io_seconds,
    s.rows_per_call, s.hit_ratio, s.role, s.queryid::text as queryid, s.counted_at, s.queryid is not null as visible,
    case when :min > 0 then 'warning' end as status, s.statement,
    row_number() over (order by case :sort when 'mean' then s.mean_seconds when 'total' then s.total_seconds
      when 'max' then s.max_seconds when 'calls' then s.calls else s.io_seconds end desc nulls last,
      s.total_seconds desc, s.queryid, s.role) as place
  from slow as s
  where :all or not s.utility
)
select facts.*, found.*, found.total_seconds / nullif(facts.tracked_seconds, 0) as share_ratio
from facts left join found on :limit = 0 or found.place <= :limit
order by found.place
