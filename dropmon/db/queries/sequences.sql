/*
summary = "Which sequences are about to run out of numbers"
help = """
Used is the share of the numbers that a sequence can give before it, or the column that it fills, is full: a bigint
sequence does not help an int column. Numbers that were skipped are used, too. A sequence that cycles never runs out.
To see a sequence's number a role needs pg_read_all_data, or (before 14) SELECT on it.
"""
headline = "{sequences} sequences; {near} have given more than {warn} of their numbers"
none = "looked at none of {sequences} sequences"
hidden = "sequences, with the number that they are at,"
grant = "pg_read_all_data"
watched = true

[options.warn]
kind = "percent"
default = "70%"
help = "Warning from this share on."
[options.critical]
kind = "percent"
default = "90%"
help = "Critical from this share on."
[options.limit]
kind = "count"
default = 20
help = "At most so many sequences; 0 for all."

[facts]
sequences = "sequences in this database"
near = "those past the warning"

[columns]
name = "sequence"
used_ratio = "used"
left = "left"
fills = "fills"
hint = {title = "what to do", detail = true}
last = {title = "at", human = false}
bound = {title = "ends at", human = false}
kind = {title = "type", human = false}
cycles = {title = "cycles", human = false}
status = {title = "status", human = false}
*/
with taken as materialized ( -- to look at a sequence is to lock it a little: so much that some others would make us wait
  select relation as oid, min(pid) as pid from pg_locks
  where locktype = 'relation' and database = (select oid from pg_database where datname = current_database())
    and mode in ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
    and pid is distinct from pg_backend_pid()
  group by relation
), filled as ( -- the columns that a sequence owns, is the identity of, or is the default of
  select d.objid as seq, d.refobjid as rel, d.refobjsubid as num, d.deptype = 'i' as identity from pg_depend as d
  where d.classid = 'pg_class'::regclass and d.refclassid = 'pg_class'::regclass and d.refobjsubid > 0
    and d.deptype in ('a', 'i')
  union
  select d.refobjid, a.adrelid, a.adnum, false from pg_depend as d join pg_attrdef as a on a.oid = d.objid
  where d.classid = 'pg_attrdef'::regclass and d.refclassid = 'pg_class'::regclass
), columns as materialized (
  select f.seq, n.nspname || '.' || c.relname || '.' || a.attname as name, f.identity, a.atttypid::int as type,
    format('alter table %I.%I alter %I type bigint;', n.nspname, c.relname, a.attname) as widen,
    row_number() over (partition by f.seq order by a.attlen, c.oid, a.attnum) as place,
    case a.atttypid when 21 then 32767 when 23 then 2147483647 when 20 then 9223372036854775807 end::numeric as most
  from filled as f join pg_class as c on c.oid = f.rel join pg_namespace as n on n.oid = c.relnamespace
  join pg_attribute as a on a.attrelid = f.rel and a.attnum = f.num and not a.attisdropped
  where f.seq in (select seqrelid from pg_sequence)
), sequences as materialized (
  select c.oid, n.nspname || '.' || c.relname as name, format('%I.%I', n.nspname, c.relname) as quoted, s.*, t.pid,
    has_sequence_privilege(c.oid, 'usage, select') as seen,
    not (c.relpersistence = 't' or c.relpersistence = 'u' and pg_is_in_recovery()) as readable
  from pg_sequence as s join pg_class as c on c.oid = s.seqrelid join pg_namespace as n on n.oid = c.relnamespace
  left join taken as t on t.oid = c.oid
), counted as materialized (
  select s.*, case when s.seen and s.readable and s.pid is null then pg_sequence_last_value(s.oid)::numeric end as last,
    f.name as fills, f.widen, f.identity, f.type as filled_type,
    least(s.seqmax, f.most) as most, greatest(s.seqmin, -f.most - 1) as fewest
  from sequences as s left join columns as f on f.seq = s.oid and f.place = 1
), shared as (
  select *, case seqtypid when 'int2'::regtype then 32767 when 'int4'::regtype then 2147483647
      else 9223372036854775807 end::numeric as widest, case when seqincrement > 0 then (last - seqmin + 1) / nullif(most - seqmin + 1, 0)
    else (seqmax - last + 1) / nullif(seqmax - fewest + 1, 0) end::float8 as used_ratio,
    case when seqincrement > 0 then most else fewest end::int8 as bound,
    case when last is not null then least(9223372036854775807,
      greatest(0, trunc((case when seqincrement > 0 then most else fewest end - last) / seqincrement))) end::int8 as "left"
  from counted
), judged as (
  select name, used_ratio, "left", last::int8 as last, bound, fills, seqtypid::regtype::text as kind, seqcycle as cycles,
    case when seqcycle or used_ratio < :warn then 'ok' when used_ratio < :critical then 'warning'
      when used_ratio is not null then 'critical' when seen and pid is null then 'ok' else 'unknown' end as status,
    concat_ws(' ', nullif(concat_ws(' ', format('alter sequence %s', quoted),
        case when seqtypid <> 'int8'::regtype and (filled_type is null or not identity) then 'as bigint' end,
        case when seqincrement > 0 and seqmax = most and most < widest then 'no maxvalue' -- a bound of its own outlives its type
          when seqincrement < 0 and seqmin = fewest and fewest > - widest - 1 then 'no minvalue' end) || ';', format('alter sequence %s;', quoted)),
      case when filled_type in (21, 23) then widen || ' -- rewrites and locks the table: plan it' end) as hint
  from shared
), found as materialized (
  select name, used_ratio, "left", last, bound, fills, kind, cycles, status,
    case when status in ('warning', 'critical') then nullif(hint, '') end as hint
  from judged where status <> 'unknown'
  order by status = 'ok', used_ratio desc nulls last, name limit nullif(:limit, 0)
), facts as (
  select (select count(*)::int from sequences) as sequences,
    (select count(*)::int from judged where status in ('warning', 'critical')) as near,
    (select count(*)::int from sequences where not seen) as hidden,
    (select case when bool_and(status = 'unknown') then 'unknown' end from judged) as verdict,
    (select array_agg(format('skipped, locked by pid %s: %s; -> dropmon db blocking', pid, name)) from sequences
      where pid is not null) as notes
)
select facts.*, found.* from facts left join found on true
order by found.status = 'ok', found.used_ratio desc nulls last, found.name
