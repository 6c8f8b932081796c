/*
summary = "Foreign keys without an index on the referencing columns"
help = """
Each delete of a parent, and each change of its key, looks for rows that refer to it: without an index it reads the
whole table, and holds its locks meanwhile. An index serves when its first columns are the key's, in any order, and it is
valid and not partial (except: where ... is not null). Worst first: the table's size times the parents deleted so far.
"""
headline = "foreign keys without an index on their columns: {missing}"
none = "every foreign key has an index on its columns"

[options.min_size]
kind = "size"
default = "0B"
help = "Only referencing tables at least so big."
[options.limit]
kind = "count"
default = 20
help = "At most so many foreign keys; 0 for all."

[facts]
missing = "foreign keys without an index"

[columns]
size_bytes = "size"
table = "table"
columns = "columns"
parent = "parent"
parent_deletes = "deletes there"
live_rows = {title = "rows", human = false}
parent_updates = {title = "updates there", human = false}
constraint = {title = "constraint", human = false}
schema = {title = "schema", human = false}
status = {title = "status", human = false}
reason = {title = "instead", detail = true}
hint = {title = "what to do", detail = true}
*/
with recursive owned as materialized (
  select e.objid from pg_depend as e
  where e.refclassid = 'pg_extension'::regclass and e.classid = 'pg_class'::regclass and e.deptype = 'e'
), trees as materialized ( -- a partitioned table holds nothing itself
  select c.oid as root, c.oid from pg_class as c where c.relkind = 'p'
  union all select t.root, h.inhrelid from trees as t join pg_inherits as h on h.inhparent = t.oid
), keys as materialized (
  select k.oid, k.conrelid, k.confrelid, k.conkey, c.relkind, c.relpages, f.relkind as parent_kind
  from pg_constraint as k join pg_class as c on c.oid = k.conrelid join pg_class as f on f.oid = k.confrelid
  where k.contype = 'f' and k.conparentid = 0
    and k.conenforced -- when server >= 18
    and c.relnamespace in (select n.oid from pg_namespace as n where n.nspname !~ :managed)
    and k.conrelid <> all (:locked::oid[]) and k.conrelid not in (select objid from owned)
), near as (
  select k.oid, k.conrelid, k.confrelid, k.conkey, k.relkind, k.relpages, k.parent_kind,
    coalesce(bool_or(i.indisvalid and i.indisready and i.indislive and (i.indpred is null or substring(i.indpred::text
      from '^\{NULLTEST .arg \{VAR [^{}]*.varattno ([0-9]+) [^{}]*\} .nulltesttype 1 [^{}]*\}$')::int2 = any (k.conkey))), false)
      as covered, -- the other predicate that every lookup fulfils
    min(i.indexrelid) filter (where not (i.indisvalid and i.indisready and i.indislive)) as invalid,
    min(i.indexrelid) filter (where i.indpred is not null) as partial
  from keys as k
  left join (
    select i.* from pg_index as i join pg_class as c on c.oid = i.indexrelid join pg_am as a on a.oid = c.relam
    where a.amname not in ('brin', 'gin', 'spgist') -- they answer no equality of these
  ) as i on i.indrelid = k.conrelid and i.indnkeyatts >= cardinality(k.conkey)
    and (i.indkey::int2[])[0:cardinality(k.conkey) - 1] @> k.conkey
  group by k.oid, k.conrelid, k.confrelid, k.conkey, k.relkind, k.relpages, k.parent_kind
), missing as materialized (
  select n.*, row_number() over (order by n.relpages desc) as place from near as n where not n.covered
), sized as ( -- of the table itself, which is what is read
  select m.*, case
    when m.relkind = 'p' then (select sum(pg_relation_size(t.oid)) from trees as t where t.root = m.conrelid
      and t.oid <> all (:locked::oid[]))
    when m.place <= 2000 then pg_relation_size(m.conrelid) -- opens the table: 20 us each
    else m.relpages * current_setting('block_size')::int8 end::int8 as size_bytes,
    case m.parent_kind
      when 'p' then (select sum(pg_stat_get_tuples_deleted(t.oid)) from trees as t where t.root = m.confrelid)
      else pg_stat_get_tuples_deleted(m.confrelid) end::int8 as parent_deletes
  from missing as m
), listed as materialized (
  select * from sized where coalesce(size_bytes, 0) >= :min_size
), facts as (
  select count(*)::int8 as missing from listed
), shown as (
  select l.place, l.size_bytes, l.parent_deletes, n.nspname || '.' || c.relname as table, n.nspname::text as schema,
    (select string_agg(a.attname, ', ' order by o.place) from unnest(l.conkey) with ordinality as o (key, place)
      join pg_attribute as a on a.attrelid = l.conrelid and a.attnum = o.key) as columns,
    f.relname::text as parent, k.conname::text as constraint, 'warning' as status,
    case l.relkind when 'p' then (
        select sum(case when r.reltuples > 0 then r.reltuples else pg_stat_get_live_tuples(r.oid) end)
        from trees as t join pg_class as r on r.oid = t.oid and r.relkind <> 'p' where t.root = l.conrelid)
      else case when c.reltuples > 0 then c.reltuples -- a load before its ANALYZE is told counts twice as alive
        else coalesce(nullif(pg_stat_get_live_tuples(c.oid), 0), nullif(c.reltuples, -1)) end end::int8 as live_rows,
    case l.parent_kind
      when 'p' then (select sum(pg_stat_get_tuples_updated(t.oid)) from trees as t where t.root = l.confrelid)
      else pg_stat_get_tuples_updated(l.confrelid) end::int8 as parent_updates,
    case when l.invalid is not null then (select i.relname from pg_class as i where i.oid = l.invalid) || ' is invalid'
      when l.partial is not null then (select i.relname from pg_class as i where i.oid = l.partial) || ' is partial'
      end as reason,
    case when l.invalid is not null and l.relkind <> 'p' then format('REINDEX INDEX CONCURRENTLY %I.%I;', n.nspname,
        (select i.relname from pg_class as i where i.oid = l.invalid))
      else format('CREATE INDEX %sON %I.%I (%s);%s', case when l.relkind <> 'p' then 'CONCURRENTLY ' else '' end,
        n.nspname, c.relname,
        (select string_agg(quote_ident(a.attname), ', ' order by o.place)
          from unnest(l.conkey) with ordinality as o (key, place)
          join pg_attribute as a on a.attrelid = l.conrelid and a.attnum = o.key),
        case when l.relkind = 'p' then ' -- not CONCURRENTLY: no partition can be written meanwhile' else '' end)
      end as hint
  from (
    select x.*, row_number() over (
      order by coalesce(x.size_bytes, 0)::float8 * (1 + x.parent_deletes) desc, x.size_bytes desc, x.oid) as rank
    from listed as x
  ) as l
  join pg_constraint as k on k.oid = l.oid
  join pg_class as c on c.oid = l.conrelid
  join pg_class as f on f.oid = l.confrelid
  join pg_namespace as n on n.oid = c.relnamespace
  where :limit = 0 or l.rank <= :limit
)
select facts.*, shown.* from facts left join shown on true
order by coalesce(shown.size_bytes, 0)::float8 * (1 + shown.parent_deletes) desc nulls last, shown.size_bytes desc,
  shown.table, shown.columns
