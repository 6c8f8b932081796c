/*
summary = "Indexes that no query has used, and what dropping them wins"
help = """
Counted since the latest of: a reset of the counters, a crash (which resets them silently), the server's start. An index
is 'unused' when it was not scanned since then and nothing else needs it: primary keys, unique indexes, constraints,
replica identities, invalid indexes and single partitions are never listed. 'review' means: not scanned, but think
first. PostgreSQL does not keep an index's age: one made yesterday looks unused, too. Every server counts its own scans:
ask the replicas as well. `--format json` has the statement that makes each index again.
"""
headline = "unused indexes: {unused} ({unused_bytes} to win), to review: {review}; watched for {window_seconds}"
none = "every index that could be dropped is in use (watched for {window_seconds})"

[options.min_age]
kind = "duration"
default = "7d"
help = "Recommend nothing before the counters are so old; since PostgreSQL 16 also: list what was not used for so long."
[options.min_size]
kind = "size"
default = "0B"
help = "Only indexes at least so big."
[options.limit]
kind = "count"
default = 20
help = "At most so many indexes; 0 for all."

[facts]
unused = "indexes of class unused"
unused_bytes = "their size"
review = "indexes of class review"
window_since_at = "when counting began"
window_seconds = "for how long it has gone on"

[columns]
size_bytes = "size"
index = "index"
table = "table"
class = "class"
writes = "writes"
scans = {title = "scans", human = false}
last_used_at = {title = "last used", human = false}
schema = {title = "schema", human = false}
status = {title = "status", human = false}
recreate = {title = "recreate", human = false}
reason = {title = "why review", detail = true}
hint = {title = "what to do", detail = true}
*/
with recursive observed as (
  select greatest(d.stats_reset, w.stats_reset, pg_postmaster_start_time()) as since, -- the writer's moves on a crash
    current_setting('track_counts')::bool as counting, pg_is_in_recovery() as standby,
    exists (select from pg_replication_slots as s where s.slot_type = 'physical') or exists (
      select from pg_stat_replication as r
      where r.pid not in (select s.active_pid from pg_replication_slots as s where s.active_pid is not null)
    ) as replicas
  from pg_stat_database as d, pg_stat_bgwriter as w where d.datname = current_database()
), judged as (
  select o.*, extract(epoch from clock_timestamp() - o.since)::float8 as seconds, :min_age * interval '1 s' as age,
    o.counting and not o.standby and o.since < clock_timestamp() - :min_age * interval '1 s' as trusted
  from observed as o
), owned as materialized (
  select e.objid from pg_depend as e
  where e.refclassid = 'pg_extension'::regclass and e.classid = 'pg_class'::regclass and e.deptype = 'e'
), roots as materialized (
  select i.indexrelid, i.indisclustered as clustered, i.indexprs is not null as expression, i.indpred is not null as partial,
    i.indnatts > i.indnkeyatts as covering,
    case when current_setting('track_commit_timestamp')::bool and not pg_is_in_recovery()
      then pg_xact_commit_timestamp(i.xmin) end as made_at,
    i.indisprimary or i.indisunique or i.indisexclusion or i.indisreplident
      or i.indexrelid in (select k.conindid from pg_constraint as k) as needed
  from pg_index as i join pg_class as c on c.oid = i.indexrelid
  where c.relnamespace in (select n.oid from pg_namespace as n where n.nspname !~ :managed)
    and c.relpersistence <> 't' and not c.relispartition and i.indisvalid and i.indisready and i.indislive
    and i.indrelid not in (select objid from owned) and i.indexrelid not in (select objid from owned)
), members as ( -- a partitioned index has no counters: its partitions' indexes have
  select indexrelid as root, indexrelid as oid, needed from roots
  union all select m.root, h.inhrelid, m.needed from members as m join pg_inherits as h on h.inhparent = m.oid
), parts as materialized (
  select m.root, m.needed, i.indexrelid, i.indrelid, i.indnkeyatts, i.indkey::int2[] as keys, i.indclass::oid[] as classes,
    i.indcollation::oid[] as collations, i.indoption::int2[] as options,
    case when i.indexprs is not null then regexp_replace(i.indexprs::text, '.location -?[0-9]+', '', 'g') end as exprs,
    case when i.indpred is not null then regexp_replace(i.indpred::text, '.location -?[0-9]+', '', 'g') end as pred,
    sum(pg_stat_get_numscans(m.oid)) over tree as scans,
    max(pg_stat_get_lastscan(m.oid)) over tree as last_used, -- when server >= 16
    null::timestamptz as last_used, -- when server < 16
    bool_or(m.oid = any (:locked::oid[])) over tree as locked
  from members as m join pg_index as i on i.indexrelid = m.oid
  window tree as (partition by m.root)
), idle as materialized (
  select p.root, p.indexrelid, p.indrelid, p.keys, p.indnkeyatts, p.scans, p.last_used, c.relpages,
    row_number() over (order by c.relpages desc) as place
  from parts as p join pg_class as c on c.oid = p.indexrelid, judged as j
  where not p.needed and not p.locked
    and (p.scans = 0 or (:min_age > 0 and p.last_used < clock_timestamp() - j.age))
), twins as ( -- the planner takes one of two that are the same, and the other looks unused
  select array_agg(p.root) as roots, array_agg(p.scans) as scans from parts as p
  group by p.indrelid, p.indnkeyatts, p.keys, p.classes, p.collations, p.options, p.exprs, p.pred having count(*) > 1
), evidence as ( -- gathered, not joined: the planner cannot know how many these are
  select i.root, sum(case when i.place <= 2000 then pg_relation_size(i.indexrelid) -- opens the index: 20 us each
      else i.relpages * current_setting('block_size')::int8 end)::int8 as size_bytes,
    sum(pg_stat_get_tuples_inserted(i.indrelid) + pg_stat_get_tuples_updated(i.indrelid)
      - pg_stat_get_tuples_hot_updated(i.indrelid))::int8 as writes,
    max(i.scans)::int8 as scans, max(i.last_used) as last_used, null as backs, null::oid as twin, null::int8 as twin_scans
  from idle as i group by i.root
  union all -- in any order: the check after a parent's delete asks for equality
  select i.root, null, null, null, null, k.conname::text, null, null
  from idle as i join pg_constraint as k on k.conrelid = i.indrelid and k.contype = 'f'
    and k.conkey @> i.keys[0:least(i.indnkeyatts, cardinality(k.conkey)) - 1]
  union all
  select one.root, null, null, null, null, null, other.root, other.scans
  from twins as t cross join unnest(t.roots) as one (root) cross join unnest(t.roots, t.scans) as other (root, scans)
  where one.root <> other.root
), gathered as (
  select e.root, max(e.size_bytes) as size_bytes, max(e.writes) as writes, max(e.scans) as scans,
    max(e.last_used) as last_used, min(e.backs) as backs, max(e.twin_scans) as twin_scans,
    (array_agg(e.twin order by e.twin_scans desc, e.twin) filter (where e.twin is not null))[1] as twin
  from evidence as e group by e.root having max(e.size_bytes) >= :min_size
), listed as (
  select r.*, g.*, g.scans > 0 or g.backs is not null or g.twin is not null or r.expression or r.partial or r.clustered
    or r.covering or coalesce(r.made_at > clock_timestamp() - j.age, false) as review
  from gathered as g join roots as r on r.indexrelid = g.root, judged as j
), placed as materialized (
  select l.*, row_number() over (order by l.review, l.size_bytes desc, l.root) as place from listed as l
), total as (
  select count(*) filter (where not review)::int8 as unused, count(*) filter (where review)::int8 as review,
    coalesce(sum(size_bytes) filter (where not review), 0)::int8 as unused_bytes from placed
), facts as (
  select t.*, extract(epoch from j.since)::float8 as window_since_at, j.seconds as window_seconds,
    case when t.unused = 0 then 'ok' when j.trusted then 'warning' else 'unknown' end as verdict,
    case when t.unused + t.review > 0 then array_remove(array[
      case when not j.counting then 'track_counts is off: no scan is counted, so nothing can be said' end,
      case when j.since >= clock_timestamp() - j.age then 'counters are only '
        || case when j.seconds < 120 then floor(j.seconds) || 's' when j.seconds < 7200 then floor(j.seconds / 60) || 'm'
          when j.seconds < 172800 then floor(j.seconds / 3600) || 'h' else floor(j.seconds / 86400) || 'd' end
        || ' old: too early to drop anything' end,
      case when j.standby then 'this is a standby: it counts only its own scans; ask the primary, too' end,
      case when j.replicas and not j.standby then 'replicas not checked: an index unused here may serve one' end
    ], null) end as notes
  from total as t, judged as j
), shown as (
  select p.place, p.size_bytes, n.nspname || '.' || c.relname as index, t.relname::text as table,
    case when p.review then 'review' else 'unused' end as class, p.writes, p.scans,
    extract(epoch from p.last_used)::float8 as last_used_at, n.nspname::text as schema,
    case when p.review then 'ok' when j.trusted then 'warning' else 'unknown' end as status,
    pg_get_indexdef(p.root) as recreate,
    nullif(concat_ws('; ',
      case when p.scans > 0
        then 'last used ' || to_char(p.last_used, 'YYYY-MM-DD') || ', '
          || extract(day from clock_timestamp() - p.last_used) || ' days ago' end,
      'backs the foreign key ' || p.backs || ': a delete of its parents looks here',
      'the same as ' || (select c.relname from pg_class as c where c.oid = p.twin)
        || case p.twin_scans when 0 then ', which is not used either' else ', which is used' end,
      case when p.expression then 'on an expression: the planner reads its statistics without a scan' end,
      case when p.partial then 'partial: the rows that it is for may be rare' end,
      case when p.clustered then 'CLUSTER sorts by it' end,
      case when p.covering then 'has INCLUDE columns: made for one query' end,
      case when p.made_at > clock_timestamp() - j.age then 'made or changed on ' || to_char(p.made_at, 'YYYY-MM-DD') end
    ), '') as reason,
    case when p.twin is not null then 'dropmon db duplicate-indexes tells which one to keep'
      when p.review or not j.trusted then null
      when c.relkind = 'I' then format('DROP INDEX %I.%I; -- not CONCURRENTLY: it locks every partition', n.nspname, c.relname)
      else format('DROP INDEX CONCURRENTLY %I.%I;', n.nspname, c.relname) end as hint
  from (select * from placed where :limit = 0 or place <= :limit) as p
  join pg_index as i on i.indexrelid = p.root
  join pg_class as c on c.oid = p.root
  join pg_class as t on t.oid = i.indrelid
  join pg_namespace as n on n.oid = c.relnamespace, judged as j
)
select facts.*, shown.* from facts left join shown on true order by shown.place
