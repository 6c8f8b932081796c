/*
summary = "What takes the disk: tables with their indexes and TOAST, and databases"
help = """
Total is what a table takes on disk: its heap, its TOAST (values stored out of line) and its indexes, with their maps.
A partitioned table stands once, with the sum of its partitions; materialized views stand here, too.
Rows are the estimate of the last VACUUM or ANALYZE; where there was none, nothing is said. Of more than 1,000 tables
those are measured that were the largest then, or have had rows since.
"""
headline = "{database_name} takes {database_bytes}; {tables} tables, of which the {listed} largest take {listed_ratio}"
hidden = "databases without CONNECT, with their size,"

[options.limit]
kind = "count"
default = 20
help = "At most so many tables, and so many databases; 0 for all."

[facts]
database_name = "this database"
database_bytes = "its size on disk, with the system's own tables"
tables = "tables, partitioned tables and materialized views, the system's own too; partitions not counted"
listed = "how many of them stand here"
listed_ratio = "share of these in database_bytes"

[columns]
name = "table"
total_bytes = "total"
heap_bytes = "heap"
toast_bytes = "toast"
indexes_bytes = "indexes"
rows = "rows"
by = {title = "by", human = false}
kind = {title = "kind", human = false}
share_ratio = {title = "share", human = false}
datname = {title = "database", human = false}

[samples.pg_table_bytes]
value = "total_bytes"
labels = {table = "name"}
where = {by = "table"}
[samples.pg_database_bytes]
value = "total_bytes"
labels = {datname = "datname"}
where = {by = "database"}

[recorded]
limit = 500
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
  where :limit = 0 or g.pages = 'infinity' or g.place <= greatest(1000, 2 * :limit)
), sizes as materialized (
  select c.oid, s.root, c.reltoastrelid, c.reltuples, c.relpages, pg_total_relation_size(c.oid) as bytes
  from chosen as s join pg_class as c on c.oid = s.oid where c.relkind in ('r', 'm') and c.oid <> all (:locked::oid[])
), totals as (
  select s.root, sum(z.bytes)::int8 as bytes, bool_and(c.relkind = 'p' or z.oid is not null) as known
  from chosen as s join pg_class as c on c.oid = s.oid left join sizes as z on z.oid = s.oid
  group by s.root
), ranked as (
  select root, bytes, known, row_number() over (order by bytes desc nulls last, root) as place from totals
), listed as materialized (
  select * from ranked where (:limit = 0 or place <= :limit) and (bytes is not null or known) -- a note names the locked
), parts as materialized (
  select z.*, pg_table_size(z.oid) as with_toast, coalesce(pg_total_relation_size(nullif(z.reltoastrelid, 0)), 0) as toast
  from sizes as z where z.root in (select root from listed)
), split as (
  select root, sum(with_toast - toast)::int8 as heap, sum(toast)::int8 as toast,
    sum(bytes - with_toast)::int8 as indexes,
    case when bool_and(with_toast = toast or relpages > 0 or reltuples > 0) -- when server < 14
    case when bool_and(with_toast = toast or reltuples >= 0) -- when server >= 14
      then sum(greatest(reltuples, 0))::int8 end as rows
  from parts group by root
), bases as materialized (
  select datname, case when has_database_privilege(oid, 'connect')
    or pg_has_role(current_user, 'pg_read_all_stats', 'usage') then pg_database_size(oid) end as bytes
  from pg_database where not datistemplate or datname = current_database()
), facts as (
  select datname::text as database_name, bytes as database_bytes, (select count(*)::int from guessed) as tables,
    (select count(*)::int from listed) as listed,
    (select sum(bytes)::float8 from listed) / nullif(bytes, 0) as listed_ratio,
    (select count(*)::int from bases where bytes is null) as hidden
  from bases where datname = current_database()
), found as (
  select 1 as ordinal, l.place, n.nspname || '.' || c.relname as name,
    case when c.relpersistence = 't' then 'temporary' else 'table' end as by,
    case c.relkind when 'm' then 'materialized view' when 'p' then 'partitioned table' else 'table' end as kind,
    case when l.known then coalesce(l.bytes, 0) end as total_bytes, s.heap as heap_bytes, s.toast as toast_bytes,
    s.indexes as indexes_bytes, case when l.known then s.rows end as rows, null::text as datname
  from listed as l left join split as s on s.root = l.root
  join pg_class as c on c.oid = l.root join pg_namespace as n on n.oid = c.relnamespace
  union all
  select 2, row_number() over (order by bytes desc), 'database ' || datname, 'database', 'database', bytes,
    null, null, null, null, datname::text
  from bases where bytes is not null
)
select facts.*, found.*,
  case when found.ordinal = 1 then found.total_bytes::float8 / nullif(facts.database_bytes, 0) end as share_ratio
from facts left join found on :limit = 0 or found.place <= :limit
order by found.ordinal, found.place
