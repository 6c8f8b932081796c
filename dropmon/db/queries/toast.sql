/*
summary = "Which tables keep much out of line, in TOAST"
help = """
Values that do not fit into a row (about 2 KiB) are cut into chunks and stored in the table's TOAST. Its size has its
index in it. Dead chunks are those of rows that were changed or deleted: VACUUM lets them be used again. Chunks are
counted by the server's statistics, which a crash sets back to 0.
"""
headline = "{tables} tables keep values in TOAST; those listed {listed_bytes}"
none = "no table keeps anything out of line"

[options.limit]
kind = "count"
default = 20
help = "At most so many tables; 0 for all."

[facts]
tables = "tables with something in TOAST, the system's own too"
listed_bytes = "what those listed keep there"

[columns]
name = "table"
heap_bytes = "heap"
toast_bytes = "TOAST"
share_ratio = "share"
live = "chunks"
dead = "dead"
hint = {title = "what to do", detail = true}
dead_ratio = {title = "dead share", human = false}
*/
with sizes as materialized (
  select c.oid, c.relnamespace, c.relname, c.reltoastrelid, pg_relation_size(c.reltoastrelid) as bytes
  from pg_class as c where c.reltoastrelid <> 0 and not c.relisshared and c.oid <> all (:locked::oid[])
), listed as materialized (
  select oid, relnamespace, relname, reltoastrelid from sizes where bytes > 0
  order by bytes desc, oid limit nullif(:limit, 0)
), found as materialized (
  select n.nspname || '.' || l.relname as name, format('%I.%I', n.nspname, l.relname) as quoted,
    pg_relation_size(l.oid) as heap_bytes, pg_total_relation_size(l.reltoastrelid) as toast_bytes,
    pg_stat_get_live_tuples(l.reltoastrelid) as live, pg_stat_get_dead_tuples(l.reltoastrelid) as dead
  from listed as l join pg_namespace as n on n.oid = l.relnamespace
), facts as (
  select (select count(*)::int from sizes where bytes > 0) as tables,
    (select sum(toast_bytes)::int8 from found) as listed_bytes
), told as (
  select name, heap_bytes, toast_bytes, toast_bytes::float8 / (heap_bytes + toast_bytes) as share_ratio, live, dead,
    dead::float8 / nullif(live + dead, 0) as dead_ratio,
    case when dead > live and toast_bytes > 10485760 then format('vacuum (verbose) %s;', quoted) end as hint
  from found
)
select facts.tables, facts.listed_bytes, told.*
from facts left join told on true order by told.toast_bytes desc, told.name
