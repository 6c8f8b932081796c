/*
summary = "How many of the blocks that are asked for are found in shared buffers"
help = """
The ratio that is judged is blks_hit / (blks_hit + blks_read) of pg_stat_database, for this database. A block that is
not found may still come from the operating system's memory: a miss need not be a read from disk.

The server counts since its statistics began, which hides what is wrong now. With a history (--record, or
`dropmon check database`) the last hour is judged, or the last day or week when little was asked for; without one
everything since then.

Other tools define it otherwise and show other numbers: they stand below with their names. Index, heap and TOAST are of
the users' tables (pg_statio_user_tables); client backends are of the whole server (pg_stat_io, PostgreSQL 16 and later).
"""
headline = "{judged_ratio} of the blocks asked for were in shared buffers, {window}"
watched = true
history = "cache"

[options.warn]
kind = "percent"
default = "95%"
rules = "cache_hit"
help = "Warning below this share."
[options.limit]
kind = "count"
default = 20
help = "At most so many tables, those first that read most; 0 for all."

[facts]
judged_ratio = "hits / (hits + reads) over the window; unknown below 1,000 blocks"
window = "the time that is judged"
cache_hit_ratio = "the same since the statistics began"
blocks_hit = "blocks of this database that were found in shared buffers since then"
blocks_read = "blocks of this database that were not"
since_at = "when the statistics were last reset; unknown if never, or if a crash has done it"
tables = "tables whose blocks were read"

[columns]
part = "part"
name = "name"
hit_ratio = "found"
hits = "hits"
reads = "reads"
read_bytes = "read"

[samples.pg_blocks_hit_total]
value = "blocks_hit"
[samples.pg_blocks_read_total]
value = "blocks_read"
[samples.pg_cache_hit_ratio]
value = "cache_hit_ratio"
*/
with base as (
  select d.blks_hit, d.blks_read, d.stats_reset, d.blks_hit::float8 / nullif(d.blks_hit + d.blks_read, 0) as ratio,
    d.blks_hit + d.blks_read >= 1000 as enough
  from pg_stat_database as d where d.datname = current_database()
), tables as materialized (
  select t.relid, t.schemaname || '.' || t.relname as name,
    coalesce(t.heap_blks_hit, 0) as heap_hit, coalesce(t.heap_blks_read, 0) as heap_read,
    coalesce(t.idx_blks_hit, 0) as idx_hit, coalesce(t.idx_blks_read, 0) as idx_read,
    coalesce(t.toast_blks_hit, 0) + coalesce(t.tidx_blks_hit, 0) as toast_hit,
    coalesce(t.toast_blks_read, 0) + coalesce(t.tidx_blks_read, 0) as toast_read
  from pg_statio_user_tables as t
), parts as (
  select 1 as ordinal, 'database' as part, current_database()::text as name, b.blks_hit as hits, b.blks_read as reads from base as b
  union all
  select v.ordinal, v.part, 'tables of users', v.hits, v.reads
  from (
    select sum(heap_hit) as hh, sum(heap_read) as hr, sum(idx_hit) as ih, sum(idx_read) as ir, sum(toast_hit) as th,
      sum(toast_read) as tr
    from tables
  ) as s
  cross join lateral (values
    (2, 'heap', s.hh, s.hr), (3, 'index', s.ih, s.ir), (4, 'TOAST', s.th, s.tr), (5, 'all three', s.hh + s.ih + s.th, s.hr + s.ir + s.tr)
  ) as v (ordinal, part, hits, reads)
  union all -- when server >= 16
  select 6, 'client backends', 'whole server', sum(i.hits)::int8, -- when server >= 16
    sum(coalesce((to_jsonb(i) ->> 'read_bytes')::numeric / current_setting('block_size')::int, i.reads))::int8 -- when server >= 16
  from pg_stat_io as i -- when server >= 16
  where i.object = 'relation' and i.context = 'normal' and i.backend_type = 'client backend' -- when server >= 16
), worst as (
  select 'table' as part, t.name, t.heap_hit + t.idx_hit + t.toast_hit as hits, t.heap_read + t.idx_read + t.toast_read as reads,
    row_number() over (order by t.heap_read + t.idx_read + t.toast_read desc, t.name) as place
  from tables as t
  where t.heap_read + t.idx_read + t.toast_read > 0
), found as (
  select p.ordinal, p.part, p.name, p.hits::int8 as hits, p.reads::int8 as reads, 0 as place from parts as p
  union all
  select 7, w.part, w.name, w.hits::int8, w.reads::int8, w.place from worst as w where :limit = 0 or w.place <= :limit
), facts as (
  select case when b.enough then b.ratio end as judged_ratio,
    coalesce('since ' || to_char(b.stats_reset at time zone 'UTC', 'YYYY-MM-DD HH24:MI "UTC"'), 'since the statistics began') as window,
    b.ratio as cache_hit_ratio, b.blks_hit as blocks_hit, b.blks_read as blocks_read,
    extract(epoch from b.stats_reset)::float8 as since_at, (select count(*) from worst) as tables,
    case when not b.enough then 'unknown' when b.ratio < :warn then 'warning' else 'ok' end as verdict,
    array_remove(array[
      case when not b.enough then 'too little was asked for to judge: fewer than 1,000 blocks' end
    ], null) as notes
  from base as b
)
select facts.*, found.part, found.name, found.hits, found.reads,
  found.hits::float8 / nullif(found.hits + found.reads, 0) as hit_ratio,
  found.reads * current_setting('block_size')::int8 as read_bytes
from facts left join found on true
order by found.ordinal, found.place
