/*
summary = "Which collations have changed under the indexes that are sorted by them"
help = """
An index on text is sorted by rules of the operating system's C library or of ICU. When an upgrade of the system
changes these rules, the index is out of order: rows are not found, and unique is no longer unique. The server knows
the version that an index was built with (of a database's own collation since 15) and the version that it has now.
"""
headline = "{mismatches} of {checked} collations in use have changed since they were recorded"
none = "no collation in use has changed; {checked} have a version"
watched = true

[options.limit]
kind = "count"
default = 20
help = "At most so many lines; 0 for all."

[facts]
checked = "collations in use whose version is known, and databases"
mismatches = "those that have changed"

[columns]
name = "collation"
recorded = "recorded"
actual = "now"
indexes = "indexes"
tables = "tables"
hint = {title = "what to do", detail = true}
by = {title = "by", human = false}
status = {title = "status", human = false}
*/
with sorted as ( -- each index once for each collation; 100 is the database's own
  select distinct i.indexrelid, i.indrelid, v.coll from pg_index as i cross join unnest(i.indcollation) as v (coll)
  where v.coll <> 0 and i.indrelid >= 16384 -- the system's own sort by the bytes
), used as materialized (
  select coll, count(*)::int as indexes, count(distinct indrelid)::int as tables from sorted group by coll
), found as materialized (
  select 'collation' as by, n.nspname || '.' || c.collname as name, c.collversion as recorded,
    pg_collation_actual_version(c.oid) as actual, u.indexes, u.tables,
    format('reindex what is sorted by it (reindex index concurrently NAME), then alter collation %I.%I refresh version;',
      n.nspname, c.collname) as hint
  from used as u join pg_collation as c on c.oid = u.coll join pg_namespace as n on n.oid = c.collnamespace
  where c.collversion is not null
  union all -- when server >= 15
  select 'database', 'database ' || d.datname, d.datcollversion, -- when server >= 15
    pg_database_collation_actual_version(d.oid), -- when server >= 15
    case when d.datname = current_database() then coalesce(u.indexes, 0) end, -- when server >= 15
    case when d.datname = current_database() then coalesce(u.tables, 0) end, -- when server >= 15
    format('reindex database concurrently %I; then alter database %I refresh collation version;', d.datname, d.datname) -- when server >= 15
  from pg_database as d left join used as u on u.coll = 100 -- when server >= 15
  where d.datcollversion is not null and d.datconnlimit <> -2 -- when server >= 15
), facts as (
  select (count(*) filter (where actual is not null))::int as checked,
    (count(*) filter (where recorded <> actual))::int as mismatches,
    array_remove(array[ -- when server < 15
      'before PostgreSQL 15 the server does not know what its databases'' own collations were: after an upgrade of the system, reindex' -- when server < 15
    ], null) as notes -- when server < 15
    null::text[] as notes -- when server >= 15
  from found
)
select facts.*, wrong.* from facts
left join (select *, 'warning' as status from found where recorded <> actual) as wrong on true
order by wrong.by = 'database', wrong.indexes desc nulls last, wrong.name limit nullif(:limit, 0)
