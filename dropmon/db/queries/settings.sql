/*
summary = "Which settings of the server matter here, and which of them hurt"
help = """
Those that decide how an application fares, the doubtful ones first, with where their value comes from; `--changed` for
all that somebody has changed, `--all` for every one. A value that a role or a database sets for itself may differ: dropmon
db roles. The value of a setting that sounds like a secret is not shown, nor is a command or a connection's address: *** stands
for what is set.
"""
headline = "{wrong} of {looked} settings hurt or may hurt, {waiting} wait for a restart"
hidden = "settings that matter"

[options.changed]
kind = "flag"
default = false
help = "Every setting that is not as PostgreSQL comes."
[options.all]
kind = "flag"
default = false
help = "Every setting."
[options.most]
kind = "count"
default = 500
help = "Warning from so many max_connections on: each costs memory and time, a pooler costs neither."
[options.limit]
kind = "count"
default = 60
help = "At most so many lines; 0 for all."

[facts]
looked = "settings that were looked at"
wrong = "of them those that hurt, or may hurt"
waiting = "settings that take effect only after a restart"

[columns]
name = "setting"
value = "value"
source = "from"
hint = {title = "what to do", detail = true}
status = {title = "status", human = false}
setting = {title = "raw value", human = false}
unit = {title = "unit", human = false}
usual = {title = "as PostgreSQL comes", human = false}
file = {title = "file", human = false}
pending = {title = "waits for a restart", human = false}
meaning = {title = "meaning", human = false}
*/
with matters (name) as (
  select unnest(array[
    'autovacuum', 'autovacuum_freeze_max_age', 'autovacuum_max_workers', 'autovacuum_naptime', 'autovacuum_vacuum_cost_limit',
    'autovacuum_vacuum_scale_factor', 'checkpoint_timeout', 'client_connection_check_interval', 'data_checksums',
    'deadlock_timeout', 'default_transaction_isolation', 'default_transaction_read_only', 'effective_cache_size', 'fsync',
    'full_page_writes', 'hot_standby_feedback', 'idle_in_transaction_session_timeout', 'idle_session_timeout', 'jit',
    'listen_addresses', 'lock_timeout', 'log_autovacuum_min_duration', 'log_lock_waits', 'log_min_duration_statement',
    'log_temp_files', 'maintenance_work_mem', 'max_connections', 'max_prepared_transactions', 'max_replication_slots',
    'max_slot_wal_keep_size', 'max_wal_senders', 'max_wal_size', 'max_worker_processes', 'password_encryption',
    'pg_stat_statements.max', 'pg_stat_statements.track', 'random_page_cost', 'reserved_connections', 'shared_buffers',
    'shared_preload_libraries', 'ssl', 'statement_timeout', 'superuser_reserved_connections', 'synchronous_commit',
    'synchronous_standby_names', 'temp_file_limit', 'TimeZone', 'track_activities', 'track_counts', 'track_io_timing',
    'transaction_timeout', 'wal_level', 'work_mem', 'zero_damaged_pages'
  ])
), settings as materialized ( -- our own transaction sets some: the value that a new session has
  select s.name, case when s.secret and s.reset_val <> '' then '***' else s.reset_val end as setting, s.unit, s.boot_val as usual, s.sourcefile as file, s.pending_restart as pending,
    s.short_desc as meaning, m.name is not null as matters,
    case when s.source <> 'session' then s.source when s.reset_val = s.boot_val then 'default' else 'changed' end as source,
    case when s.secret and s.reset_val <> '' then '***' when s.setting = s.reset_val then current_setting(s.name)
      when s.reset_val in ('0', '-1') then s.reset_val else concat(s.reset_val, s.unit) end as value
  from (
    select s.*, s.name like '%.%' and s.name ~* '(secret|passw|token|key|credential)'
      or s.name ~ '(_command|conninfo|_connstr)$' as secret -- a shell's command may hold what opens an archive
    from pg_settings as s
  ) as s left join matters as m on m.name = s.name
), roles as (
  select count(distinct s.setrole) filter (where c.text like 'statement_timeout=%')::int as statements,
    count(distinct s.setrole) filter (where c.text like 'idle_in_transaction_session_timeout=%')::int as idle
  from pg_db_role_setting as s cross join unnest(s.setconfig) as c (text)
), told as ( -- its status, and what to do
  select s.*, case s.name
    when 'fsync' then case s.setting when 'off' then 'critical on: a crash of the machine can destroy the database' end
    when 'full_page_writes' then case s.setting when 'off' then 'critical on: a crash can leave torn pages behind' end
    when 'zero_damaged_pages' then case s.setting when 'on' then 'critical off: it deletes what it cannot read' end
    when 'autovacuum' then case s.setting when 'off' then 'critical on: tables bloat, and at last nobody can write' end
    when 'track_counts' then case s.setting when 'off' then 'critical on: autovacuum works by these counts' end
    when 'track_activities' then case s.setting when 'off' then 'warning on: nobody can see what sessions do' end
    when 'track_io_timing' then case s.setting when 'off' then 'warning on: it tells which statements wait for the disk, and '
      'costs little nearly everywhere' end
    when 'shared_preload_libraries' then case when s.setting !~ 'pg_stat_statements' then 'warning add pg_stat_statements and '
      'restart: without it nobody knows which statements are slow' end
    when 'log_lock_waits' then case s.setting when 'off' then 'warning on: the log then tells who waited for whom' end
    when 'statement_timeout' then case when s.setting = '0' and r.statements = 0 then 'warning no statement is ever stopped: '
      'alter role NAME set statement_timeout = ''30s'', for the application''s roles' end
    when 'idle_in_transaction_session_timeout' then case when s.setting = '0' and r.idle = 0 then 'warning a forgotten '
      'transaction holds its locks for ever: 5min' end
    when 'max_connections' then case when s.setting::int >= :most then 'warning fewer, behind a pooler' end
    when 'synchronous_commit' then case s.setting when 'off' then 'warning on: a crash loses commits that were confirmed' end
    when 'password_encryption' then case s.setting when 'md5' then 'warning scram-sha-256: md5 can be broken' end
    when 'default_transaction_read_only' then case s.setting when 'on' then 'warning off: no session can write' end
    when 'random_page_cost' then case s.setting when '4' then 'ok 1.1 where the disk is an SSD: indexes are used more' end
    when 'max_slot_wal_keep_size' then case s.setting when '-1' then 'ok a slot that nobody reads can fill the disk' end
    end as told
  from settings as s cross join roles as r
), judged as (
  select t.*, coalesce(split_part(t.told, ' ', 1), case when t.pending then 'warning' else 'ok' end) as status,
    nullif(concat_ws('; ', substr(t.told, strpos(t.told, ' ') + 1),
      case when t.pending then 'changed, but only after a restart' end,
      case when t.told is not null and t.source = 'command line'
        then 'the server''s command line sets it, which goes before ALTER SYSTEM: change it there' end), '') as hint
  from told as t
), facts as (
  select count(*)::int as looked, (count(*) filter (where j.status <> 'ok'))::int as wrong,
    (count(*) filter (where j.pending))::int as waiting,
    (select count(*) from matters as m where m.name = 'shared_preload_libraries' -- others may be of another version
      and not exists (select from settings as s where s.name = m.name))::int as hidden
  from judged as j
), found as (
  select j.name, j.value, j.source, j.hint, j.status, j.setting, j.unit, j.usual, j.file, j.pending, j.meaning,
    row_number() over (order by array_position(array['critical', 'warning', 'ok'], j.status), j.hint is null,
      j.source = 'default', j.name) as place
  from judged as j
  where j.status <> 'ok' or :all or case when :changed then j.source not in ('default', 'override', 'client') else j.matters end
)
select facts.*, found.*
from facts left join found on :limit = 0 or found.place <= :limit
order by found.place
