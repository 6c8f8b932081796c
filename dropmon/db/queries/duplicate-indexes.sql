/*
summary = "Indexes that another index of the same table makes superfluous"
help = """
'same': both hold the same columns in the same way. 'prefix': a B-tree of plain columns is the beginning of a longer one,
which can serve its queries, too. Kept are constraints, unique indexes, a replica's identity, then the one used most.
Every other index costs a write for each row that is written. Partial and expression indexes count only as 'same'.
"""
headline = "superfluous indexes: {duplicates} ({total_bytes} to win)"
none = "no index makes another one superfluous"

[options.limit]
kind = "count"
default = 20
help = "At most so many indexes; 0 for all."

[facts]
duplicates = "indexes that can go"
total_bytes = "their size"

[columns]
size_bytes = "size"
index = "superfluous"
scans = "scans"
kind = "how"
keep = "keep"
keep_scans = "its scans"
table = {title = "table", human = false}
schema = {title = "schema", human = false}
status = {title = "status", human = false}
definition = {title = "definition", human = false}
keep_definition = {title = "definition of the kept", human = false}
hint = {title = "what to do", detail = true}
*/
with recursive owned as materialized (
  select e.objid from pg_depend as e
  where e.refclassid = 'pg_extension'::regclass and e.classid = 'pg_class'::regclass and e.deptype = 'e'
), trees as materialized ( -- a partitioned index has no counters: its partitions' indexes have
  select i.indexrelid as root, i.indexrelid as oid from pg_index as i join pg_class as c on c.oid = i.indexrelid
  where c.relkind = 'I' and not c.relispartition
  union all select t.root, h.inhrelid from trees as t join pg_inherits as h on h.inhparent = t.oid
), indexes as materialized (
  select i.indexrelid, i.indrelid, i.indnkeyatts as size, i.indnatts as width, i.indkey::int2[] as keys,
    i.indclass::oid[] as classes, i.indcollation::oid[] as collations, i.indoption::int2[] as options, c.relkind,
    c.relpages, i.indisunique as unique, i.indimmediate as immediate,
    i.indnullsnotdistinct as same_nulls, -- when server >= 15
    false as same_nulls, -- when server < 15
    case when a.amname <> 'btree' then coalesce(c.reloptions, '{}') end as settings,
    case when i.indnatts > i.indnkeyatts then (
      select array_agg(x.key order by x.key) from unnest((i.indkey::int2[])[i.indnkeyatts:]) as x (key)) end as included,
    case when i.indexprs is not null then regexp_replace(i.indexprs::text, '.location -?[0-9]+', '', 'g') end as exprs,
    case when i.indpred is not null then regexp_replace(i.indpred::text, '.location -?[0-9]+', '', 'g') end as pred,
    a.amname = 'btree' and i.indexprs is null and i.indpred is null as plain, n.needed,
    a.amname = 'btree' and i.indexprs is null and i.indpred is null and not i.indisunique and not n.needed as short,
    coalesce(t.scans, pg_stat_get_numscans(c.oid))::int8 as scans
  from pg_index as i join pg_class as c on c.oid = i.indexrelid join pg_am as a on a.oid = c.relam
  left join (select root, sum(pg_stat_get_numscans(oid)) as scans from trees group by root) as t on t.root = c.oid
  cross join lateral (select c.relispartition or i.indisprimary or i.indisexclusion or i.indisreplident
    or i.indisclustered or i.indexrelid in (select k.conindid from pg_constraint as k) as needed) as n
  where c.relnamespace in (select n.oid from pg_namespace as n where n.nspname !~ :managed)
    and c.relpersistence <> 't' and i.indisvalid and i.indisready and i.indislive
    and i.indexrelid <> all (:locked::oid[])
    and i.indrelid not in (select objid from owned) and i.indexrelid not in (select objid from owned)
    and (a.amname = 'btree' or not exists (
      select from pg_attribute as o where o.attrelid = i.indexrelid and o.attoptions is not null))
), ranked as (
  select x.*, first_value(x.indexrelid) over best as keep, first_value(x.scans) over best as keep_scans,
    first_value(x.unique) over best as keep_unique, first_value(x.immediate) over best as keep_immediate,
    first_value(x.same_nulls) over best as keep_nulls
  from indexes as x
  window best as (
    partition by x.indrelid, x.size, x.keys[0:x.size - 1], x.included, x.classes, x.collations, x.options, x.exprs, x.pred,
      x.settings
    order by x.unique desc, x.immediate desc, x.needed desc, x.scans desc, x.indexrelid
  )
), pairs as materialized (
  select r.indexrelid, r.relkind, r.relpages, r.scans, r.keep, r.keep_scans, 'same' as kind, r.width from ranked as r
  where r.indexrelid <> r.keep and not r.needed
    and (not r.unique or (r.keep_unique and r.keep_immediate and r.keep_nulls = r.same_nulls))
  union all
  select short.indexrelid, short.relkind, short.relpages, short.scans, long.indexrelid, long.scans, 'prefix', long.width
  from indexes as short
  join indexes as long on long.indrelid = short.indrelid and long.keys[0] = short.keys[0]
  where short.short and long.plain
    and (long.size > short.size or (long.size = short.size and long.width > short.width))
    and long.keys[0:short.size - 1] = short.keys[0:short.size - 1] and short.keys <@ long.keys
    and long.classes[0:short.size - 1] = short.classes[0:short.size - 1]
    and long.collations[0:short.size - 1] = short.collations[0:short.size - 1]
    and long.options[0:short.size - 1] = short.options[0:short.size - 1]
), chosen as ( -- what is kept is never superfluous itself
  select distinct on (p.indexrelid) p.* from pairs as p
  where p.keep not in (select indexrelid from pairs)
  order by p.indexrelid, p.kind desc, p.width, p.keep
), ordered as materialized (
  select c.*, row_number() over (order by c.relpages desc) as place from chosen as c
), sized as materialized (
  select o.*, case
    when o.relkind = 'I' then (select sum(pg_relation_size(t.oid)) from trees as t where t.root = o.indexrelid
      and t.oid <> all (:locked::oid[]))
    when o.place <= 2000 then pg_relation_size(o.indexrelid) -- opens the index: 20 us each
    else o.relpages * current_setting('block_size')::int8 end::int8 as size_bytes
  from ordered as o
), facts as (
  select count(*)::int8 as duplicates, coalesce(sum(size_bytes), 0)::int8 as total_bytes from sized
), shown as (
  select s.size_bytes, n.nspname || '.' || c.relname as index, s.scans, s.kind, k.relname::text as keep, s.keep_scans,
    t.relname::text as table, n.nspname::text as schema, 'warning' as status,
    pg_get_indexdef(s.indexrelid) as definition, pg_get_indexdef(s.keep) as keep_definition,
    case c.relkind
      when 'I' then format('DROP INDEX %I.%I; -- not CONCURRENTLY: it locks every partition', n.nspname, c.relname)
      else format('DROP INDEX CONCURRENTLY %I.%I;', n.nspname, c.relname) end as hint
  from (select * from sized order by size_bytes desc nulls last, indexrelid limit nullif(:limit, 0)) as s
  join pg_class as c on c.oid = s.indexrelid
  join pg_class as k on k.oid = s.keep
  join pg_index as i on i.indexrelid = s.indexrelid
  join pg_class as t on t.oid = i.indrelid
  join pg_namespace as n on n.oid = c.relnamespace
)
select facts.*, shown.* from facts left join shown on true order by shown.size_bytes desc nulls last, shown.index
