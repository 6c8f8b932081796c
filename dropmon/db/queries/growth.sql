/*
summary = "Which tables grow too fast, and how large they will be"
help = """
Compares with the sizes that were recorded: dropmon check database does that, and dropmon db sizes --record. Growth is
the slope of a straight line through the samples; a week's is a share of the size at their beginning. After a fall by
more than half (TRUNCATE, a rewrite) it begins anew. With less than a tenth of the window, or a day, nothing is said.
"""
headline = "{growing} tables grow by more than {warn_ratio} a week"
none = "no table"
watched = true
history = "growth"

[options.warn]
kind = "rate"
default = "20%/week"
rules = "table_growth"
help = "Warning when a table grows faster."
[options.size]
kind = "size"
default = "64MiB"
rules = "table_size"
help = "Smaller tables may grow as they like."
[options.window]
kind = "duration"
default = "7d"
help = "Look so far back."
[options.limit]
kind = "count"
default = 20
help = "At most so many lines; 0 for all."

[facts]
growing = "tables that grow faster than that, and are large enough to matter"
compared = "tables that have enough samples"
tables = "tables, the system's own too; a partitioned one counts once. The 500 largest are looked at"
warn_ratio = "growth a week from which on a table is a warning"

[columns]
name = "table"
total_bytes = "now"
week_bytes = "a week"
week_ratio = "growth"
month_bytes = "in 30 days"
doubling_seconds = "doubles in"
hint = {title = "what to do", detail = true}
change_bytes = {title = "change", human = false}
span_seconds = {title = "samples span", human = false}
by = {title = "by", human = false}
datname = {title = "database", human = false}
status = {title = "status", human = false}
*/
with recursive leaves (oid, root) as ( -- each partition counts for its root
  select oid, oid from pg_class where relkind in ('r', 'p', 'm') and not relispartition and not relisshared
  union all
  select i.inhrelid, l.root from leaves as l join pg_inherits as i on i.inhparent = l.oid
  join pg_class as c on c.oid = i.inhrelid where c.relispartition
), indexed as (
  select i.indrelid, sum(c.relpages) as pages from pg_index as i join pg_class as c on c.oid = i.indexrelid group by 1
), counted as (
  select l.root, c.relkind, c.reltuples, c.relpages + coalesce(t.relpages, 0) + coalesce(i.pages, 0) as pages,
    pg_stat_get_live_tuples(c.oid) + pg_stat_get_dead_tuples(c.oid) as rows
  from leaves as l join pg_class as c on c.oid = l.oid
  left join pg_class as t on t.oid = c.reltoastrelid left join indexed as i on i.indrelid = c.oid
), guessed as ( -- to measure a table the server must open it and its indexes: of thousands that takes seconds
  select root, sum(case when relkind = 'p' then 0 when reltuples > 0 then pages * greatest(1, rows / reltuples)
    when rows > 0 then rows / 8.0
    when reltuples = 0 then 0 -- when server >= 14
    else 'infinity'::float8 end) as pages -- never analysed, and its counters are lost: it must be measured
  from counted group by root
), placed as (
  select root, pages, row_number() over (order by pages = 'infinity', pages desc) as place from guessed
), chosen as materialized (
  select l.oid, l.root from leaves as l join placed as g on g.root = l.root
  where g.pages = 'infinity' or g.place <= 500 -- as many as sizes records
), sizes as materialized (
  select c.oid, pg_total_relation_size(c.oid) as bytes
  from chosen as s join pg_class as c on c.oid = s.oid where c.relkind in ('r', 'm') and c.oid <> all (:locked::oid[])
), totals as (
  select s.root, sum(z.bytes)::int8 as bytes, bool_and(c.relkind = 'p' or z.oid is not null) as known
  from chosen as s join pg_class as c on c.oid = s.oid left join sizes as z on z.oid = s.oid
  group by s.root
), found as (
  select n.nspname || '.' || c.relname as name, 'table' as by, coalesce(t.bytes, 0) as total_bytes, null::text as datname
  from totals as t join pg_class as c on c.oid = t.root join pg_namespace as n on n.oid = c.relnamespace
  where t.known and c.relpersistence <> 't'
  union all
  select 'database ' || datname, 'database', pg_database_size(oid), datname from pg_database where datname = current_database()
)
select null::int as growing, null::int as compared, (select count(*)::int from guessed) as tables,
  :warn * 604800 as warn_ratio, found.*, -- what follows, the recorded samples tell
  null::float8 as week_bytes, null::float8 as week_ratio, null::float8 as month_bytes, null::float8 as doubling_seconds,
  null::float8 as change_bytes, null::float8 as span_seconds, null as status, null as hint
from found order by total_bytes desc, name
