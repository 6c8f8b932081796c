/*
summary = "How much each table is read through its indexes, or each index is used"
help = """
By table: the share of its scans that went through an index, and of index pages found in shared buffers. A low share is
well for small tables: reading them whole is cheaper. One query may count as several scans. By index: its scans, and
since PostgreSQL 16 when it was last used. Partitions are counted with their table. Worst first: rows not reached by an
index; with --by index, size for few scans.
"""
headline = "{used_ratio} of scans used an index, {memory_ratio} of index pages were in memory (counted for {window_seconds})"
none = "there is no {by} to look at"

[options.by]
default = "table"
choices = ["table", "index"]
help = "What a line stands for."
[options.limit]
kind = "count"
default = 20
help = "At most so many lines; 0 for all."

[facts]
lines = "tables, or indexes, in all"
used_ratio = "index scans / all scans"
memory_ratio = "index pages found in shared buffers / asked for"
window_since_at = "when counting began"
window_seconds = "for how long it has gone on"

[columns]
size_bytes = "size"
name = "name"
live_rows = "rows"
index_scans = "index scans"
seq_scans = "seq scans"
index_ratio = "by index"
hit_ratio = "in memory"
last_used_at = {title = "last used", human = false}
table = {title = "table", human = false}
schema = {title = "schema", human = false}
*/
with recursive observed as (
  select greatest(d.stats_reset, w.stats_reset, pg_postmaster_start_time()) as since -- the writer's moves on a crash
  from pg_stat_database as d, pg_stat_bgwriter as w where d.datname = current_database()
), members as ( -- what is partitioned has no counters: its partitions have
  select c.oid as root, c.oid, c.reltuples, c.relpages, c.relkind as kind, c.relkind in ('i', 'I') as index
  from pg_class as c
  where c.relkind in ('r', 'm', 'p', 'i', 'I') and c.relpersistence <> 't' and not c.relispartition
    and c.relnamespace in (select n.oid from pg_namespace as n where n.nspname !~ :managed)
  union all select m.root, h.inhrelid, c.reltuples, c.relpages, c.relkind, m.index
  from members as m join pg_inherits as h on h.inhparent = m.oid
  join pg_class as c on c.oid = h.inhrelid and c.relispartition
), scanned as materialized (
  select m.root, i.indexrelid, pg_stat_get_numscans(i.indexrelid) as scans,
    pg_stat_get_lastscan(i.indexrelid) as last_used, -- when server >= 16
    null::timestamptz as last_used, -- when server < 16
    pg_stat_get_blocks_fetched(i.indexrelid) as fetched, pg_stat_get_blocks_hit(i.indexrelid) as hit
  from members as m join pg_index as i on i.indrelid = m.oid where not m.index
), counted as ( -- gathered, not joined: the planner cannot know how many these are
  select 'table' as by, s.root, s.scans, s.fetched, s.hit, s.last_used,
    null::int8 as seq_scans, null::int8 as live_rows, null::int8 as pages from scanned as s
  union all
  select 'table', m.root, 0, 0, 0, null, pg_stat_get_numscans(m.oid),
    case when m.reltuples > 0 then m.reltuples -- a load before its ANALYZE is told counts twice as alive
      else coalesce(nullif(pg_stat_get_live_tuples(m.oid), 0), nullif(m.reltuples, -1)) end, m.relpages
  from members as m where not m.index and m.kind <> 'p' -- an ANALYZE counts its partitions' rows there, too
  union all
  select 'index', m.root, s.scans, s.fetched, s.hit, s.last_used, null, null, m.relpages
  from members as m join scanned as s on s.indexrelid = m.oid where m.index and :by = 'index'
), lines as materialized (
  select c.by, c.root, sum(c.scans)::int8 as index_scans, sum(c.seq_scans)::int8 as seq_scans,
    sum(c.live_rows)::int8 as live_rows, sum(c.pages)::float8 as pages, max(c.last_used) as last_used,
    sum(c.scans)::float8 / nullif(sum(c.scans) + sum(c.seq_scans), 0) as index_ratio,
    sum(c.hit)::float8 / nullif(sum(c.fetched), 0) as hit_ratio, sum(c.hit) as hit, sum(c.fetched) as fetched
  from counted as c group by c.by, c.root
), total as (
  select sum(l.index_scans)::float8 / nullif(sum(l.index_scans) + sum(l.seq_scans), 0) as used_ratio,
    sum(l.hit)::float8 / nullif(sum(l.fetched), 0) as memory_ratio
  from lines as l where l.by = 'table'
), facts as (
  select t.*, (select count(*) from lines as l where l.by = :by)::int8 as lines,
    extract(epoch from o.since)::float8 as window_since_at,
    extract(epoch from clock_timestamp() - o.since)::float8 as window_seconds
  from total as t, observed as o
), placed as (
  select l.*, row_number() over (order by case l.by when 'table' then (1 - l.index_ratio) * l.live_rows
    else l.pages / (1 + l.index_scans) end desc nulls last, l.pages desc nulls last, l.root) as place
  from lines as l where l.by = :by
), shown as (
  select p.place, n.nspname || '.' || c.relname as name, n.nspname::text as schema, p.index_scans, p.seq_scans, p.live_rows,
    p.index_ratio, p.hit_ratio, extract(epoch from p.last_used)::float8 as last_used_at,
    (select t.relname::text from pg_index as i join pg_class as t on t.oid = i.indrelid where i.indexrelid = p.root) as table,
    case when c.relkind not in ('p', 'I') then case when c.oid <> all (:locked::oid[]) then pg_relation_size(c.oid) end
      else (select sum(pg_relation_size(m.oid)) from members as m where m.root = c.oid and m.oid <> all (:locked::oid[]))
      end::int8 as size_bytes
  from placed as p join pg_class as c on c.oid = p.root join pg_namespace as n on n.oid = c.relnamespace
  where :limit = 0 or p.place <= :limit
)
select facts.*, shown.* from facts left join shown on true order by shown.place
