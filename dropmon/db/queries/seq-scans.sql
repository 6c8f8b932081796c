/*
summary = "Big tables that are mostly read from end to end"
help = """
Candidates for an index: many rows, most scans sequential, each over many rows. Not every one is at fault: backups and
monthly sums read whole tables, and should. The counters begin at their last reset, at a crash, or at the server's
start. Partitions are counted with their table. Worst first: rows read for nothing an index could have found.
"""
headline = "tables of more than {min_rows} rows mostly read from end to end: {candidates} (counted for {window_seconds})"
none = "no table of more than {min_rows} rows is mostly read from end to end (counted for {window_seconds})"

[options.min_rows]
kind = "count"
default = 10000
help = "Only tables with more rows, and more rows read by each scan."
[options.min_scans]
kind = "count"
default = 10
help = "Only tables with at least so many sequential scans."
[options.limit]
kind = "count"
default = 20
help = "At most so many tables; 0 for all."

[facts]
candidates = "tables read so"
window_since_at = "when counting began"
window_seconds = "for how long it has gone on"

[columns]
size_bytes = "size"
table = "table"
live_rows = "rows"
seq_scans = "seq scans"
rows_per_scan = "rows each"
index_scans = "index scans"
rows_read = {title = "rows read", human = false}
last_seq_scan_at = {title = "last", human = false}
schema = {title = "schema", human = false}
status = {title = "status", human = false}
*/
with recursive observed as (
  select greatest(d.stats_reset, w.stats_reset, pg_postmaster_start_time()) as since -- the writer's moves on a crash
  from pg_stat_database as d, pg_stat_bgwriter as w where d.datname = current_database()
), members as ( -- a partitioned table has no counters: its partitions have
  select c.oid as root, c.oid, c.reltuples, c.relkind as kind from pg_class as c
  where c.relkind in ('r', 'm', 'p') and c.relpersistence <> 't' and not c.relispartition
    and c.relnamespace in (select n.oid from pg_namespace as n where n.nspname !~ :managed)
  union all select m.root, h.inhrelid, c.reltuples, c.relkind from members as m join pg_inherits as h on h.inhparent = m.oid
    join pg_class as c on c.oid = h.inhrelid and c.relispartition
), counted as (
  select m.root as oid, sum(pg_stat_get_numscans(m.oid))::int8 as seq_scans,
    sum(pg_stat_get_tuples_returned(m.oid))::int8 as rows_read,
    max(pg_stat_get_lastscan(m.oid)) as last_scan, -- when server >= 16
    null::timestamptz as last_scan, -- when server < 16
    sum(case when m.reltuples > 0 then greatest(m.reltuples, least(pg_stat_get_live_tuples(m.oid), -- grown since ANALYZE
        coalesce(pg_stat_get_tuples_returned(m.oid) / nullif(pg_stat_get_numscans(m.oid), 0), 0))) -- or counted twice
      else pg_stat_get_live_tuples(m.oid) end)::int8 as live_rows
  from members as m where m.kind <> 'p' group by m.root -- an ANALYZE counts the partitions' rows there, too
), big as materialized (
  select c.* from counted as c
  where c.live_rows > :min_rows and c.seq_scans >= greatest(:min_scans, 1) and c.rows_read / c.seq_scans > :min_rows
), found as materialized (
  select b.*, coalesce(i.scans, 0)::int8 as index_scans, row_number() over (order by b.rows_read desc, b.oid) as place
  from big as b
  cross join lateral (
    select sum(pg_stat_get_numscans(x.indexrelid)) as scans
    from members as m join pg_index as x on x.indrelid = m.oid where m.root = b.oid
  ) as i
  where b.seq_scans > coalesce(i.scans, 0)
), facts as (
  select (select count(*) from found)::int8 as candidates, extract(epoch from o.since)::float8 as window_since_at,
    extract(epoch from clock_timestamp() - o.since)::float8 as window_seconds,
    case when exists (select from found)
      then array['which statements read them: dropmon db slow-queries --sort io'] end as notes
  from observed as o
), shown as (
  select f.place, n.nspname || '.' || c.relname as table, n.nspname::text as schema, f.live_rows, f.seq_scans,
    f.rows_read / f.seq_scans as rows_per_scan, f.index_scans, f.rows_read,
    extract(epoch from f.last_scan)::float8 as last_seq_scan_at, 'warning' as status,
    (select sum(pg_relation_size(m.oid)) from members as m
      where m.root = f.oid and m.oid <> all (:locked::oid[]))::int8 as size_bytes
  from found as f join pg_class as c on c.oid = f.oid join pg_namespace as n on n.oid = c.relnamespace
  where :limit = 0 or f.place <= :limit
)
select facts.*, shown.* from facts left join shown on true order by shown.place
