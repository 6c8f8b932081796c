/*
summary = "Which tables and indexes take more room than their rows need: an estimate"
help = """
Rows, pages and widths of the last ANALYZE say how small a table or B-tree index would be if it were written anew; what
is above that is wasted: dead rows, and room that they have left, which new rows may use again. It is an estimate of
the heap, not of TOAST, and only as fresh as the last ANALYZE. Nothing is read or locked for it, and what takes no more
than eight pages is left out. Widths are shown to who may SELECT (or has pg_read_all_data, since 14), unless row
security is in force.
"""
headline = "{bloated} tables and indexes waste more than {warn} and {size}; all together about {all_wasted_bytes}"
none = "nothing to speak of is wasted in {tables} tables and {indexes} indexes"
hidden = "tables, with the widths of their columns,"
grant = "pg_read_all_data"

[options.warn]
kind = "percent"
default = "50%"
help = "Warning when a larger share is wasted, and more than the size."
[options.size]
kind = "size"
default = "10MiB"
help = "Less is not worth a warning."
[options.limit]
kind = "count"
default = 20
help = "At most so many lines; 0 for all."

[facts]
tables = "tables that could be judged"
indexes = "B-tree indexes that could be judged"
bloated = "those past both limits"
all_wasted_bytes = "what they waste together, by this estimate"
unknown = "tables that were never analyzed"

[columns]
name = "table or index"
size_bytes = "size"
wasted_bytes = "wasted"
wasted_ratio = "share"
dead = "dead rows"
hint = {title = "what to do", detail = true}
kind = {title = "kind", human = false}
basis = {title = "basis", human = false}
status = {title = "status", human = false}
*/
-- The idea is that of github.com/ioguix/pgsql-bloat-estimation; what rows take follows storage/page_layout and nbtree.
with block as (
  select current_setting('block_size')::int as size
), tables as materialized (
  select c.oid, n.nspname, c.relname, c.relpages,
    case when c.reltuples = 0 and c.relpages = 0 and pg_stat_get_last_analyze_time(c.oid) is null and pg_stat_get_last_autoanalyze_time(c.oid) is null then -1 else c.reltuples end::float8 as rows, -- when server < 14
    c.reltuples::float8 as rows, -- when server >= 14
    c.reloptions, -- and after many changes since ANALYZE, what the counters say is alive
    case when pg_stat_get_mod_since_analyze(c.oid) > c.reltuples / 10 then nullif(pg_stat_get_live_tuples(c.oid), 0) end as alive,
    has_table_privilege(c.oid, 'select') and not row_security_active(c.oid) as seen
  from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
  where c.relkind in ('r', 'm') and not c.relisshared and c.relpersistence <> 't'
    and c.oid <> 'pg_statistic'::regclass -- has no statistics of its own
), trees as materialized (
  select c.oid, n.nspname, c.relname, c.relpages, c.reltuples::float8 as rows, c.reloptions, i.indrelid, i.indkey,
    not i.indisunique and i.indnatts = i.indnkeyatts as merges -- equal keys stand once (since 13)
  from pg_index as i join pg_class as c on c.oid = i.indexrelid join pg_am as m on m.oid = c.relam and m.amname = 'btree'
  join pg_namespace as n on n.oid = c.relnamespace
  where c.relkind = 'i' and c.relpages > 8 and i.indisvalid and i.indrelid in (select oid from tables where seen)
), widths as materialized ( -- table by table: pg_stats as a whole asks for the privilege on every column there is
  select r.oid, w.attname, w.null_frac, (1 - w.null_frac) * w.avg_width as width, w.n_distinct
  from (
    select oid, nspname, relname from tables where seen and (relpages > 8 or oid in (select indrelid from trees))
    union all select oid, nspname, relname from trees where 0 = any(indkey::int2[]) -- expressions have their own
  ) as r cross join lateral (
    select attname, null_frac, avg_width, n_distinct from pg_stats
    where schemaname = r.nspname and tablename = r.relname and not inherited offset 0
  ) as w
), measured as (
  select t.oid, count(*) = count(w.attname) as known, sum(w.width) as data,
    ((23 + case when max(w.null_frac) > 0 then (count(*) + 7) / 8 else 0 end + 7) / 8) * 8 as header
  from tables as t join pg_attribute as a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
    and a.attgenerated <> 'v'
  left join widths as w on w.oid = t.oid and w.attname = a.attname
  where t.seen and t.relpages > 8 group by t.oid
), heaps as (
  select t.*, case when t.rows = 0 and t.relpages > 0 then 0 when t.rows > 0 and m.known then
    ceil(least(t.rows, t.alive) * (4 + m.header + ceil(m.data / 8) * 8) / ((b.size - 24)
      * coalesce((select option_value from pg_options_to_table(t.reloptions) where option_name = 'fillfactor'), '100')::int / 100))
    end as needed
  from tables as t left join measured as m on m.oid = t.oid cross join block as b where t.seen and (t.relpages > 8 or t.rows < 0)
), keys as (
  select x.oid, max(x.rows) as rows, count(*) = count(w.attname) as known, sum(w.width) as data,
    8 + case when max(w.null_frac) > 0 then 8 else 0 end as header,
    exp(least(sum(ln(greatest(1, case when w.n_distinct < 0 then -w.n_distinct * x.rows else w.n_distinct end))), 60)) as keys,
    bool_and(x.merges and (a.atttypid in (16, 17, 18, 19, 20, 21, 23, 25, 26, 1042, 1043, 1082, 1083, 1114, 1184, 2950)
      or y.typtype = 'e')) as merges
  from trees as x cross join unnest(x.indkey) with ordinality as k (attnum, place)
  join pg_attribute as a on a.attrelid = x.oid and a.attnum = k.place join pg_type as y on y.oid = a.atttypid
  left join pg_attribute as o on o.attrelid = x.indrelid and o.attnum = k.attnum and k.attnum > 0
  left join widths as w on w.oid = case when k.attnum > 0 then x.indrelid else x.oid end
    and w.attname = coalesce(o.attname, a.attname)
  group by x.oid
), entries as (
  select oid, known, rows, least(keys, rows) as keys, rows / greatest(least(keys, rows), 1) as each,
    header + ceil(data / 8) * 8 as width, merges
  from keys
), indexes as (
  select x.*, case when e.known and e.rows > 0 then 2 + ceil(1.01 * case
      when e.merges and e.each >= 2 then e.keys * (ceil(e.each / (800 / 6)) * (4 + e.width) + 6 * e.each)
      else e.rows * (4 + e.width) end / ((b.size - 40)
      * coalesce((select option_value from pg_options_to_table(x.reloptions) where option_name = 'fillfactor'), '90')::int / 100))
    end as needed
  from trees as x join entries as e on e.oid = x.oid cross join block as b
), estimates as materialized (
  select 'table' as kind, nspname, relname, rows, relpages, needed, pg_stat_get_dead_tuples(oid) as dead from heaps
  union all
  select 'index', nspname, relname, rows, relpages, needed, null from indexes
), judged as materialized (
  select kind, e.nspname || '.' || e.relname as name, format('%I.%I', e.nspname, e.relname) as quoted,
    e.nspname in ('pg_catalog', 'information_schema') as system, e.dead, e.rows,
    case when e.rows >= 0 or e.relpages > 0 then e.relpages::int8 * b.size end as size_bytes, -- else nobody has looked
    case when e.needed is not null then greatest(0, e.relpages - e.needed)::int8 * b.size end as wasted_bytes,
    case when e.needed is not null then greatest(0, e.relpages - e.needed) / nullif(e.relpages, 0) end as wasted_ratio,
    case when e.needed is null then 'never analyzed' else 'estimate' end as basis
  from estimates as e cross join block as b
), found as (
  select name, size_bytes, wasted_bytes, wasted_ratio, dead, kind, basis,
    case when wasted_bytes is not null then
      case when wasted_ratio > :warn and wasted_bytes > :size then 'warning' else 'ok' end end as status,
    case when kind = 'index' and not system then format('reindex index concurrently %s;', quoted)
      when kind = 'index' then format('reindex index %s; -- locks its table', quoted)
      when dead > rows * 0.2 then format('vacuum (analyze) %s; -- rows are dead: then look again', quoted)
      when system then format('vacuum (full, analyze) %s; -- locks it for all until it is done', quoted)
      else format('pg_repack, or vacuum (full, analyze) %s; -- locks it for all until it is done', quoted) end as hint
  from judged where (wasted_bytes > 0 or wasted_bytes is null)
), facts as (
  select (count(*) filter (where kind = 'table' and wasted_bytes is not null))::int as tables,
    (count(*) filter (where kind = 'index' and wasted_bytes is not null))::int as indexes,
    (count(*) filter (where wasted_ratio > :warn and wasted_bytes > :size))::int as bloated,
    coalesce(sum(wasted_bytes), 0)::int8 as all_wasted_bytes,
    (count(*) filter (where kind = 'table' and basis = 'never analyzed'))::int as unknown,
    (select count(*)::int from tables where not seen and oid >= 16384) as hidden
  from judged
), told as (
  select f.*, case when hidden > 0 and not exists (select from tables where seen and oid >= 16384) then 'unknown' end
      as verdict, -- all but the system's own are hidden
    case when unknown > 0 then array[format('%s tables were never analyzed, so nothing can be said of them; -> analyze;', unknown)]
      end as notes
  from facts as f
)
select told.*, found.name, found.size_bytes, found.wasted_bytes, found.wasted_ratio, found.dead, found.kind, found.basis,
  found.status, case when found.status = 'warning' then found.hint end as hint
from told left join found on true
order by found.status is distinct from 'warning', found.wasted_bytes desc nulls last, found.name
limit nullif(:limit, 0)
