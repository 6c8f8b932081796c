/*
summary = "Indexes that a failed or interrupted build left behind"
help = """
A CREATE INDEX CONCURRENTLY or REINDEX CONCURRENTLY that fails leaves an index that no query uses, and that each write
still keeps up. Names that end in _ccnew or _ccold are left by REINDEX. An index that is being built, or dropped, at this
moment is counted, but not listed.
"""
headline = "invalid indexes: {invalid} ({total_bytes})"
none = "every index is valid"

[options.limit]
kind = "count"
default = 20
help = "At most so many indexes; 0 for all."

[facts]
invalid = "invalid indexes that nobody is working on"
total_bytes = "their size"
building = "invalid indexes that are being built or dropped"

[columns]
size_bytes = "size"
index = "index"
table = "table"
written = "written"
unique = {title = "unique", human = false}
schema = {title = "schema", human = false}
status = {title = "status", human = false}
definition = {title = "definition", human = false}
reason = {title = "why", detail = true}
hint = {title = "what to do", detail = true}
*/
with owned as materialized (
  select e.objid from pg_depend as e
  where e.refclassid = 'pg_extension'::regclass and e.classid = 'pg_class'::regclass and e.deptype = 'e'
), held as materialized ( -- pids and locks are there for every role to see
  select l.relation, l.pid in (select p.pid from pg_stat_get_progress_info('CREATE INDEX') as p) as building
  from pg_locks as l
  where l.locktype = 'relation' and l.mode = 'ShareUpdateExclusiveLock'
    and l.database = (select d.oid from pg_database as d where d.datname = current_database())
), found as materialized (
  select i.indexrelid, i.indrelid, i.indisready and i.indislive as written, i.indisunique as "unique", i.indislive,
    c.relname, c.relkind, n.nspname,
    exists (select from held as h where h.relation = i.indexrelid or (h.relation = i.indrelid and h.building)) as busy,
    exists (select from pg_constraint as k where k.conindid = i.indexrelid) as needed
  from pg_index as i join pg_class as c on c.oid = i.indexrelid join pg_namespace as n on n.oid = c.relnamespace
  where not (i.indisvalid and i.indisready and i.indislive) and n.nspname !~ :managed
    and i.indexrelid <> all (:locked::oid[])
    and i.indrelid not in (select objid from owned) and i.indexrelid not in (select objid from owned)
), sized as materialized (
  select f.*, pg_relation_size(f.indexrelid) as size_bytes from found as f where not f.busy
), facts as (
  select (select count(*) from sized)::int8 as invalid, (select coalesce(sum(size_bytes), 0) from sized)::int8 as total_bytes,
    (select count(*) from found where busy)::int8 as building,
    array_remove(array[(select count(*) || ' more being built or dropped at this moment' from found where busy
      having count(*) > 0),
      case when pg_is_in_recovery() and exists (select from sized)
        then 'this is a standby: only the primary tells whether one is being built at this moment' end], null) as notes
), shown as (
  select s.size_bytes, s.nspname || '.' || s.relname as index, t.relname::text as table, s.written, s.unique,
    s.nspname::text as schema,
    case when pg_is_in_recovery() then 'unknown' else 'warning' end as status, pg_get_indexdef(s.indexrelid) as definition,
    case when s.relkind = 'I' then format('%s of %s partitions have it',
        (select count(*) from pg_inherits as h where h.inhparent = s.indexrelid),
        (select count(*) from pg_inherits as h where h.inhparent = s.indrelid))
      when s.relname ~ '_cc(new|old)[0-9]*$' then 'left by a REINDEX CONCURRENTLY'
      when not s.indislive then 'left by a DROP INDEX CONCURRENTLY'
      when s.unique then 'its build failed: perhaps a value is there twice' else 'its build failed' end as reason,
    case when pg_is_in_recovery() then null
      when s.relkind = 'I'
        then 'make it on each partition that lacks it, then ALTER INDEX NAME ATTACH PARTITION'
      when (s.relname ~ '_cc(new|old)[0-9]*$' or not s.indislive) and not s.needed
        then format('DROP INDEX CONCURRENTLY %I.%I;', s.nspname, s.relname)
      else format('REINDEX INDEX CONCURRENTLY %I.%I;', s.nspname, s.relname)
        || case when s.needed then '' else ' -- or drop it, CONCURRENTLY too' end
      end as hint
  from (select * from sized order by size_bytes desc nulls last, indexrelid limit nullif(:limit, 0)) as s
  join pg_class as t on t.oid = s.indrelid
)
select facts.*, shown.* from facts left join shown on true order by shown.size_bytes desc nulls last, shown.index
