/*
summary = "How far databases and tables are from transaction ID wraparound"
help = """
Age counts the transactions since the oldest row that is not frozen. From autovacuum_freeze_max_age on autovacuum freezes
whatever the settings are; older by more than a tenth means that it does not get through. 3 million before 2^31 the
server refuses to write. Multixacts (locks shared by several transactions) have an age and a limit of their own. A
table's age includes its TOAST; what holds the horizon keeps VACUUM from freezing at all.
"""
headline = "the oldest database, {oldest}, has used {whole_ratio} of its transaction IDs"
watched = true

[options.warn]
kind = "percent"
default = "50%"
help = "Warning from this share of the way to the stop on."
[options.critical]
kind = "percent"
default = "75%"
help = "Critical from this share on."
[options.limit]
kind = "count"
default = 10
help = "At most so many tables, and so many databases; 0 for all."

[facts]
oldest = "the database that is closest to the stop"
whole_ratio = "its share of the way there, by transactions or by multixacts"
freeze_max_age = "autovacuum_freeze_max_age"
multixact_freeze_max_age = "autovacuum_multixact_freeze_max_age"
failsafe_age = "vacuum_failsafe_age: from there on VACUUM leaves out all that it can (14 and newer)"
stop_age = "age at which the server refuses to write"
horizon_age = "transactions since the oldest that VACUUM must respect"

[columns]
name = "database or table"
age = "age"
mxid_age = "multixacts"
used_ratio = "used"
hint = {title = "what to do", detail = true}
by = {title = "by", human = false}
datname = {title = "database", human = false}
status = {title = "status", human = false}

[samples.pg_xid_age]
value = "age"
labels = {datname = "datname"}
where = {by = "database"}
[samples.pg_mxid_age]
value = "mxid_age"
labels = {datname = "datname"}
where = {by = "database"}

[recorded]
limit = 1000
*/
with settings as (
  select current_setting('autovacuum_freeze_max_age')::int as freeze_max_age,
    current_setting('autovacuum_multixact_freeze_max_age')::int as multixact_freeze_max_age,
    current_setting('vacuum_failsafe_age', true)::int as failsafe_age, 2147483648 - 3000000 as stop_age -- as in varsup.c
), holders as materialized (
  select age(xmin) as age, what from (
    select backend_xmin as xmin, concat_ws(' ', 'pid', pid,
      nullif(format('(%s)', concat_ws(', ', nullif(application_name, ''), coalesce(state, backend_type))), '()')) as what
    from pg_stat_activity where pid <> pg_backend_pid() and backend_xmin is not null
      and backend_type is distinct from 'autovacuum worker'
    union all select transaction, format('the prepared transaction %L', gid) from pg_prepared_xacts
    union all select xmin, format('the replication slot %s', slot_name) from pg_replication_slots where xmin is not null
    union all select catalog_xmin, format('the replication slot %s (for catalogs)', slot_name)
      from pg_replication_slots where catalog_xmin is not null
  ) as all_of_them
), bases as (
  select 1 as ordinal, 'database ' || datname as name, 'database' as by, datname::text as datname,
    age(datfrozenxid) as age, mxid_age(datminmxid) as mxid_age, null as quoted
  from pg_database where datconnlimit <> -2 -- half dropped
), tables as (
  select 2, n.nspname || '.' || c.relname, 'table', current_database()::text,
    greatest(age(c.relfrozenxid), age(t.relfrozenxid)), greatest(mxid_age(c.relminmxid), mxid_age(t.relminmxid)),
    format('%I.%I', n.nspname, c.relname)
  from pg_class as c join pg_namespace as n on n.oid = c.relnamespace left join pg_class as t on t.oid = c.reltoastrelid
  where c.relkind in ('r', 'm') and c.relfrozenxid <> '0'::xid
), measured as (
  select a.*, s.*, greatest(age, mxid_age)::float8 / stop_age as used_ratio,
    age > 1.1 * freeze_max_age or mxid_age > 1.1 * multixact_freeze_max_age as late
  from (select * from bases union all select * from tables) as a cross join settings as s
), placed as materialized (
  select *, case when used_ratio >= :critical then 'critical' when used_ratio >= :warn or late then 'warning' else 'ok' end as status,
    row_number() over (partition by ordinal order by used_ratio desc, name) as place
  from measured
), found as (
  select ordinal, place, name, age, mxid_age, used_ratio, by, datname, status,
    case when status = 'ok' then null when by = 'table' then format('vacuum (freeze, verbose) %s;', quoted)
      when datname = current_database() then 'end what holds the horizon, then vacuum (freeze) the tables below, the oldest first'
      else 'dropmon db xid-age in that database' end as hint
  from placed
), facts as (
  select p.datname as oldest, p.used_ratio as whole_ratio, freeze_max_age, multixact_freeze_max_age, failsafe_age, stop_age,
    (select max(age) from holders) as horizon_age,
    (select array_agg(format('VACUUM must keep what %s may see, %s transactions back', what, trim(to_char(age, '999,999,999,999')))
      order by age desc) from (select * from holders where age > 0 order by age desc limit 3) as oldest
      where age > 10000 or age = (select max(age) from holders)) as notes
  from placed as p where p.by = 'database' order by p.used_ratio desc, p.name limit 1
)
select facts.*, found.* from facts left join found on :limit = 0 or found.place <= :limit order by found.ordinal, found.place
