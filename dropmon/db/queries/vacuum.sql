/*
summary = "Which tables wait for VACUUM or ANALYZE, and whether anybody comes"
help = """
Autovacuum comes when the dead rows (or the inserted ones) pass a threshold: a fixed number and a share of the rows, of
the server or of the table itself. Due is normal: it comes within a minute or so, one table after the other. A warning
is a due table that is left out, or one far past its threshold: there autovacuum does not keep up, or may not remove
the rows yet (dropmon db xid-age says who holds it back). Counters are those of the statistics; a crash loses them.
"""
headline = "{due_vacuum} of {tables} tables are due for VACUUM, {due_analyze} for ANALYZE; left out: {disabled}"
none = "none of {tables} tables is due for VACUUM or ANALYZE"

[options.late]
kind = "count"
default = 10
help = "Warning when a table has so many times as many dead rows as bring autovacuum."
[options.limit]
kind = "count"
default = 20
help = "At most so many tables; 0 for all."

[facts]
tables = "tables with rows of their own, materialized views and TOAST, the system's own too"
due_vacuum = "tables past a threshold of VACUUM"
due_analyze = "tables past the threshold of ANALYZE"
disabled = "tables with autovacuum_enabled = false"
in_progress = "tables that are being vacuumed now"

[columns]
name = "table"
dead = "dead rows"
threshold = "due at"
due = "due"
vacuum_seconds = "vacuumed"
analyze_seconds = "analyzed"
running = {title = "now", detail = true, mark = "now: "}
hint = {title = "what to do", detail = true}
modified = {title = "changed since ANALYZE", human = false}
analyze_threshold = {title = "ANALYZE due at", human = false}
inserted = {title = "inserted since VACUUM", human = false}
insert_threshold = {title = "VACUUM due at inserted", human = false}
enabled = {title = "autovacuum", human = false}
status = {title = "status", human = false}
*/
with settings as (
  select current_setting('autovacuum')::bool and current_setting('track_counts')::bool as enabled,
    current_setting('autovacuum_vacuum_threshold')::float8 as base,
    current_setting('autovacuum_vacuum_scale_factor')::float8 as scale,
    coalesce(current_setting('autovacuum_vacuum_max_threshold', true)::float8, -1) as most, -- since 18
    current_setting('autovacuum_vacuum_insert_threshold')::float8 as insert_base,
    current_setting('autovacuum_vacuum_insert_scale_factor')::float8 as insert_scale,
    current_setting('autovacuum_analyze_threshold')::float8 as analyze_base,
    current_setting('autovacuum_analyze_scale_factor')::float8 as analyze_scale
), tables as materialized (
  select c.oid, c.relkind, c.reloptions is not null as itself, case when c.relkind = 't' then o.relnamespace else c.relnamespace end as relnamespace,
    case when c.relkind = 't' then o.relname else c.relname end as relname, o.relkind = 'm' or c.relkind = 'm' as view,
    greatest(c.reltuples, 0)::float8 as rows, -- -1, never analysed, counts as 0 to autovacuum
    greatest(c.reltuples, 0)::float8 as thawed, -- when server < 18
    greatest(c.reltuples, 0) * (1 - least(1, coalesce(c.relallfrozen::float8 / nullif(c.relpages, 0), 0))) as thawed, -- when server >= 18
    coalesce(c.reloptions, o.reloptions) as options, -- those of TOAST go before those of its table
    pg_stat_get_dead_tuples(c.oid) as dead, pg_stat_get_ins_since_vacuum(c.oid) as inserted,
    pg_stat_get_mod_since_analyze(c.oid) as modified,
    greatest(pg_stat_get_last_vacuum_time(c.oid), pg_stat_get_last_autovacuum_time(c.oid)) as vacuumed,
    greatest(pg_stat_get_last_analyze_time(c.oid), pg_stat_get_last_autoanalyze_time(c.oid)) as analyzed
  from pg_class as c left join pg_class as o on c.relkind = 't' and o.reltoastrelid = c.oid
  where c.relkind in ('r', 'm', 't') and c.relpersistence <> 't'
), own as (
  select t.oid, (max(o.option_value) filter (where o.option_name = 'autovacuum_enabled'))::bool as enabled,
    (max(o.option_value) filter (where o.option_name = 'autovacuum_vacuum_threshold'))::float8 as base,
    (max(o.option_value) filter (where o.option_name = 'autovacuum_vacuum_scale_factor'))::float8 as scale,
    (max(o.option_value) filter (where o.option_name = 'autovacuum_vacuum_max_threshold'))::float8 as most,
    (max(o.option_value) filter (where o.option_name = 'autovacuum_vacuum_insert_threshold'))::float8 as insert_base,
    (max(o.option_value) filter (where o.option_name = 'autovacuum_vacuum_insert_scale_factor'))::float8 as insert_scale,
    (max(o.option_value) filter (where o.option_name = 'autovacuum_analyze_threshold'))::float8 as analyze_base,
    (max(o.option_value) filter (where o.option_name = 'autovacuum_analyze_scale_factor'))::float8 as analyze_scale
  from tables as t cross join lateral pg_options_to_table(t.options) as o where t.options is not null
  group by t.oid
), thresholds as (
  select t.*, s.enabled as server_enabled, coalesce(o.enabled, true) as enabled,
    coalesce(o.base, s.base) + coalesce(o.scale, s.scale) * t.rows as plain, coalesce(o.most, s.most) as most,
    case when coalesce(o.insert_base, s.insert_base) >= 0
      then coalesce(o.insert_base, s.insert_base) + coalesce(o.insert_scale, s.insert_scale) * t.thawed end as insert_threshold,
    case when t.relkind <> 't'
      then coalesce(o.analyze_base, s.analyze_base) + coalesce(o.analyze_scale, s.analyze_scale) * t.rows
      end as analyze_threshold
  from tables as t cross join settings as s left join own as o on o.oid = t.oid
), due as materialized (
  select d.*, d.dead > d.threshold or coalesce(d.inserted > d.insert_threshold, false) as vacuum_due,
    coalesce(d.modified > d.analyze_threshold, false) as analyze_due
  from (select *, case when most >= 0 then least(plain, most) else plain end as threshold from thresholds) as d
), now as (
  select p.relid, min(format('pid %s %s', p.pid, p.phase)
    || coalesce(format(', %s %% of its pages', 100 * p.heap_blks_scanned / nullif(p.heap_blks_total, 0)), '')) as running
  from pg_stat_progress_vacuum as p where p.datname = current_database() group by p.relid
), judged as (
  select case when d.relkind = 't' then 'TOAST of ' else '' end || n.nspname || '.' || d.relname as name, d.dead,
    ceil(d.threshold)::int8 as threshold,
    case when d.vacuum_due and d.analyze_due then 'both' when d.vacuum_due then 'vacuum' when d.analyze_due then 'analyze'
      else 'no' end || case when not d.enabled then ', disabled' when not d.server_enabled then ', off' else '' end as due,
    extract(epoch from clock_timestamp() - d.vacuumed)::float8 as vacuum_seconds,
    extract(epoch from clock_timestamp() - d.analyzed)::float8 as analyze_seconds, w.running,
    d.modified, ceil(d.analyze_threshold)::int8 as analyze_threshold, d.inserted,
    ceil(d.insert_threshold)::int8 as insert_threshold, d.enabled,
    case when (d.vacuum_due or d.analyze_due) and not (d.enabled and d.server_enabled) then 'warning'
      when d.dead > :late * greatest(d.threshold, 1) then 'warning' else 'ok' end as status,
    format(case when d.vacuum_due and d.analyze_due then 'vacuum (analyze) %I.%I;' when d.vacuum_due then 'vacuum %I.%I;'
      else 'analyze %I.%I;' end, n.nspname, d.relname)
    || case when d.enabled then '' else format(' alter %s %I.%I reset (%sautovacuum_enabled);',
      case when d.view then 'materialized view' else 'table' end, n.nspname, d.relname,
      case when d.relkind = 't' and d.itself then 'toast.' else '' end) end as hint,
    row_number() over (order by
      (d.vacuum_due or d.analyze_due) and not d.enabled desc, d.vacuum_due desc, d.dead / greatest(d.threshold, 1) desc,
      d.analyze_due desc, coalesce(d.modified / nullif(d.analyze_threshold, 0), 0) desc, n.nspname, d.relname) as place
  from due as d join pg_namespace as n on n.oid = d.relnamespace left join now as w on w.relid = d.oid
  where d.vacuum_due or d.analyze_due or not d.enabled or d.dead > 0 or w.running is not null
), found as (
  select name, dead, threshold, due, vacuum_seconds, analyze_seconds, running,
    case when status = 'warning' then hint end as hint, modified, analyze_threshold, inserted, insert_threshold, enabled,
    status, row_number() over (order by status = 'ok', place) as place
  from judged
), facts as (
  select (count(*))::int as tables, (count(*) filter (where vacuum_due))::int as due_vacuum,
    (count(*) filter (where analyze_due))::int as due_analyze, (count(*) filter (where not enabled and relkind <> 't'))::int as disabled,
    (select count(*)::int from now) as in_progress,
    (select case when pg_is_in_recovery() then 'unknown' when enabled then 'ok' else 'critical' end from settings) as verdict,
    (select case when pg_is_in_recovery() then array['a standby does not count dead rows; ask the primary']
      when not enabled then array['autovacuum is off for the whole server: nothing is vacuumed before '
      || 'wraparound threatens; -> ' || case when exists (select from pg_settings as s
        where s.name in ('autovacuum', 'track_counts') and s.source = 'command line' and s.setting = 'off')
      then 'start the server without it: its command line says so, which goes before ALTER SYSTEM'
      else 'alter system set autovacuum = on; alter system set track_counts = on; select pg_reload_conf();' end]
      end from settings) as notes
  from due
)
select facts.*, found.* from facts left join found on :limit = 0 or found.place <= :limit order by found.place
