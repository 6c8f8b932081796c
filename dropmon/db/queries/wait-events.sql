/*
summary = "What the sessions that work are waiting for at this moment"
help = """
One look, not an average: what is rare may be missing, what is common shows. A session that waits for nothing is busy
with the processor. Sessions that idle in a transaction wait for their client; those without a transaction are left out.
"""
headline = "{working} sessions work: {waiting} of them wait, {busy} compute; {idle} idle in a transaction"
none = "no session is seen at work"
hidden = "sessions of other roles, with what they wait for,"

[options.limit]
kind = "count"
default = 20
help = "At most so many lines; 0 for all."

[facts]
working = "sessions and background processes at a statement, this one not counted"
waiting = "those of them that wait for something"
busy = "those of them that wait for nothing"
idle = "sessions that idle in a transaction"

[columns]
event = "waits for"
sessions = "sessions"
longest_seconds = "longest"
pid = "pid"
meaning = {title = "meaning", detail = true}
hint = {title = "what to do", detail = true}
type = {title = "type", human = false}
statement = {title = "statement of the longest", human = false}
*/
with activity as materialized (
  select a.* from pg_stat_activity as a where a.pid <> pg_backend_pid()
), working as materialized (
  select a.pid, a.state = 'active' as active, a.wait_event_type as type, a.wait_event as event, left(a.query, 1000) as statement,
    extract(epoch from clock_timestamp() - case when a.state = 'active' then a.query_start else a.state_change end)::float8
      as seconds
  from activity as a
  where a.state = 'active' and a.backend_type <> 'walsender' or a.state like 'idle in transaction%'
), facts as (
  select c.hidden, case when c.hidden > 0 then 'unknown' else 'ok' end as verdict,
    case when c.hidden = 0 then c.working end as working, case when c.hidden = 0 then c.waiting end as waiting,
    case when c.hidden = 0 then c.busy end as busy, case when c.hidden = 0 then c.idle end as idle
  from (
    select (count(*) filter (where w.active))::int as working,
      (count(*) filter (where w.active and w.event is not null))::int as waiting,
      (count(*) filter (where w.active and w.event is null))::int as busy,
      (count(*) filter (where not w.active))::int as idle,
      (select count(*) from activity as a where a.backend_type is null and a.usename is not null and a.datname is not null
        and a.pid not in (select r.pid from pg_stat_replication as r))::int as hidden
    from working as w
  ) as c
), groups as (
  select w.type, w.event as name, w.active, count(*)::int as sessions, max(w.seconds) as longest_seconds,
    (array_agg(w.pid order by w.seconds desc))[1] as pid,
    (array_agg(w.statement order by w.seconds desc))[1] as statement,
    row_number() over (order by w.active desc, count(*) desc, max(w.seconds) desc) as place
  from working as w group by w.type, w.event, w.active
), found as (
  select g.type, g.sessions, g.longest_seconds, g.pid, g.statement, g.place,
    case when not g.active then 'their client' when g.name is null then 'nothing' else g.type || ': ' || g.name end as event,
    e.description as meaning, -- when server >= 17
    null::text as meaning, -- when server < 17
    case when not g.active then 'they hold their locks and hold vacuum back: dropmon db long-running'
      when g.type is null then case when g.sessions > 1 then 'many at once: too few processors, or dropmon db slow-queries' end
      when g.type = 'Lock' then 'dropmon db blocking'
      when g.type = 'LWLock' and g.name in ('WALWrite', 'WALInsert') then 'many small commits: fewer and larger transactions'
      when g.type = 'LWLock' and g.name like 'LockManager%' then 'too many locks a statement: fewer partitions and indexes'
      when g.type = 'LWLock' and g.name like 'Buffer%' then 'many sessions want the same pages: dropmon db slow-queries'
      when g.type = 'LWLock' and g.name ~ '^(Multi|Sub|Commit|Xact)' then 'row locks shared by many, or subtransactions'
      when g.type = 'LWLock' then 'sessions get in each other''s way inside the server'
      when g.type = 'IO' and g.name like 'DataFile%Read' then 'pages come from disk: dropmon db cache, dropmon db seq-scans'
      when g.type = 'IO' and g.name like 'WAL%' then 'the log''s disk is slow, or many small commits'
      when g.type = 'IO' and g.name like 'BufFile%' then 'sorts and hashes spill to disk: raise work_mem'
      when g.type = 'IO' then 'the disk is slow'
      when g.type = 'IPC' and g.name like 'SyncRep%' then 'commits wait for a standby: dropmon db replication'
      when g.type = 'IPC' and g.name ~ '^(Parallel|Execute|Hash|BgWorker|Append|Message)' then 'parallel workers wait for each other'
      when g.type = 'Client' and g.name = 'ClientWrite' then 'the client is slow to take its rows'
      when g.type = 'Client' then 'the client is slow to send'
      when g.type = 'Timeout' and g.name like 'Vacuum%' then 'vacuum rests, as it is told'
      when g.type = 'Timeout' and g.name = 'PgSleep' then 'the statement itself sleeps'
      when g.type = 'BufferPin' then 'a cursor keeps a page from vacuum' end as hint
  from groups as g
  left join pg_wait_events as e on e.type = g.type and e.name = g.name -- when server >= 17
)
select facts.*, found.*
from facts left join found on :limit = 0 or found.place <= :limit
order by found.place
