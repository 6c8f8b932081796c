/*
summary = "Who waits for a lock, and who holds it: a tree from the one to stop"
help = """
At the root is who waits for nobody; under it, indented, who waits for it, and who waits for those. A waiter stands
once, under one of the sessions it waits for; `blocks` counts all who wait for a session, also behind others.
An idle session is shown with its last statement, which is not necessarily the one that took the lock.
A prepared transaction has no session: it holds its locks until it is committed or rolled back.
"""
headline = "{blocked} blocked by {roots}, the longest for {longest_seconds}"
none = "no session waits for a lock"
hidden = "sessions in this tree, what they do and since when,"

[options.warn]
kind = "duration"
default = "5s"
help = "Warning when a session waits for longer than this."
[options.critical]
kind = "duration"
default = "1m"
help = "Critical when a session waits for longer than this."
[options.limit]
kind = "count"
default = 20
help = "At most so many lines; 0 for all."

[facts]
blocked = "sessions that wait for a lock"
roots = "sessions and prepared transactions that block others and wait for nobody"
longest_seconds = "how long the longest of them has waited"

[columns]
session = {title = "session", tree = "depth"}
pid = "pid"
doing = "doing"
waiting_seconds = "waits"
transaction_seconds = "transaction"
blocks = "blocks"
statement = {title = "statement", detail = true}
hint = {title = "what to do", detail = true}
status = {title = "status", human = false}
depth = {title = "depth", human = false}
role = {title = "role", human = false}
application = {title = "application", human = false}
database = {title = "database", human = false}
state = {title = "state", human = false}
lock_type = {title = "lock type", human = false}
lock_mode = {title = "lock mode", human = false}
relation = {title = "relation", human = false}
blocked_by = {title = "blocked by", human = false}
gid = {title = "prepared transaction", human = false}

[samples.pg_blocked_sessions]
value = "blocked"
*/
with recursive locks as materialized (
  select l.* from pg_locks as l
), activity as materialized (
  select a.* from pg_stat_activity as a
), conflicts (mode, against) as (values
  ('AccessShareLock', '{AccessExclusiveLock}'::text[]), ('RowShareLock', '{ExclusiveLock,AccessExclusiveLock}'),
  ('RowExclusiveLock', '{ShareLock,ShareRowExclusiveLock,ExclusiveLock,AccessExclusiveLock}'),
  ('ShareUpdateExclusiveLock',
    '{ShareUpdateExclusiveLock,ShareLock,ShareRowExclusiveLock,ExclusiveLock,AccessExclusiveLock}'),
  ('ShareLock', '{RowExclusiveLock,ShareUpdateExclusiveLock,ShareRowExclusiveLock,ExclusiveLock,AccessExclusiveLock}'),
  ('ShareRowExclusiveLock', '{RowExclusiveLock,ShareUpdateExclusiveLock,ShareLock,ShareRowExclusiveLock,ExclusiveLock,'
    'AccessExclusiveLock}'),
  ('ExclusiveLock', '{RowShareLock,RowExclusiveLock,ShareUpdateExclusiveLock,ShareLock,ShareRowExclusiveLock,'
    'ExclusiveLock,AccessExclusiveLock}'),
  ('AccessExclusiveLock', '{AccessShareLock,RowShareLock,RowExclusiveLock,ShareUpdateExclusiveLock,ShareLock,'
    'ShareRowExclusiveLock,ExclusiveLock,AccessExclusiveLock}')
), waiting as materialized ( -- a parallel worker's wait is its leader's
  select distinct on (coalesce(a.leader_pid, l.pid)) coalesce(a.leader_pid, l.pid)::int8 as node, l.pid, l.locktype,
    l.mode, l.database, l.relation, l.page, l.tuple, l.classid, l.objid, l.objsubid, l.transactionid,
    coalesce(l.database, t.database) as place, coalesce(l.relation, t.relation) as thing, pg_blocking_pids(l.pid) as pids,
    extract(epoch from clock_timestamp() - l.waitstart)::float8 as seconds -- when server >= 14
    extract(epoch from clock_timestamp() - a.query_start)::float8 as seconds -- when server < 14
  from locks as l
  left join activity as a on a.pid = l.pid
  left join locks as t on l.locktype = 'transactionid' and t.locktype = 'tuple' and t.granted and t.pid = l.pid
  where not l.granted and l.pid <> pg_backend_pid()
  order by coalesce(a.leader_pid, l.pid), seconds desc nulls last
), edges as materialized (
  select distinct w.node, coalesce(a.leader_pid, b.pid)::int8 as blocker
  from waiting as w cross join unnest(w.pids) as b (pid) left join activity as a on a.pid = b.pid
  where b.pid <> 0 and coalesce(a.leader_pid, b.pid) <> w.node
  union -- pid 0 is a prepared transaction: the one that holds what is waited for, in a mode that is in the way
  select distinct w.node, coalesce(- h.transaction, 0)
  from waiting as w
  left join lateral (
    select p.transaction::text::int8 as transaction
    from pg_prepared_xacts as p
    join locks as x on x.pid is null and x.locktype = 'transactionid' and x.transactionid = p.transaction
    join locks as l on l.pid is null and l.virtualtransaction = x.virtualtransaction
    join conflicts as c on c.mode = w.mode and l.mode = any (c.against)
    where l.granted and l.locktype = w.locktype
      and (l.database, l.relation, l.page, l.tuple, l.transactionid, l.classid, l.objid, l.objsubid) is not distinct from
        (w.database, w.relation, w.page, w.tuple, w.transactionid, w.classid, w.objid, w.objsubid)
  ) as h on true
  where 0 = any (w.pids)
), parents as materialized ( -- one each: who waits for nobody, else who has waited longest; a queue is no maze
  select p.node, p.blocker, row_number() over (partition by p.blocker order by w.seconds desc nulls last, p.node) as place
  from (
    select distinct on (e.node) e.node, e.blocker
    from edges as e left join waiting as w on w.node = e.blocker
    order by e.node, (w.node is null) desc, w.seconds desc nulls last, e.blocker
  ) as p join waiting as w on w.node = p.node
), reach as (
  select e.blocker as root, e.node from edges as e
  where not exists (select from waiting as w where w.node = e.blocker)
  union
  select r.root, e.node from reach as r join edges as e on e.blocker = r.node
  where (select count(*) from waiting) <= 500 -- or else only along the tree, lest it take seconds
    or exists (select from parents as p where (p.node, p.blocker) = (e.node, e.blocker))
), roots as materialized (
  select r.root as node, count(*)::int as blocks, max(w.seconds) as seconds
  from reach as r join waiting as w on w.node = r.node group by r.root
), tree as (
  select r.node, 0 as depth,
    array[row_number() over (order by r.blocks desc, r.seconds desc nulls last, r.node)] as path
  from roots as r
  union all
  select p.node, t.depth + 1, t.path || p.place
  from tree as t join parents as p on p.blocker = t.node
  where t.depth < 50
), nodes as (
  select t.node, t.depth, t.path from tree as t
  union all -- they wait for each other; in a moment the server ends one
  select w.node, 0, array[1000000 + w.node] from waiting as w where w.node not in (select t.node from tree as t)
), placed as materialized (
  select n.node, n.depth, row_number() over (order by n.path) as place from nodes as n
), facts as (
  select (select count(*) from waiting)::int as blocked, (select count(*) from roots)::int as roots,
    (select max(w.seconds) from waiting as w) as longest_seconds,
    (select case when max(w.seconds) > :critical then 'critical' when max(w.seconds) > :warn then 'warning' else 'ok' end
      from waiting as w) as verdict,
    (select count(*) from placed as n join activity as a on a.pid = n.node where a.backend_type is null)::int as hidden
), described as (
  select n.place, n.depth, nullif(greatest(n.node, 0), 0)::int as pid, a.usename::text as role,
    nullif(a.application_name, '') as application, coalesce(a.datname, p.database)::text as database, a.state,
    a.backend_type, p.gid, w.seconds as waiting_seconds, coalesce(w.seconds, r.seconds, 0) as badness,
    extract(epoch from clock_timestamp() - coalesce(a.xact_start, p.prepared))::float8 as transaction_seconds,
    coalesce(r.blocks, (select count(*) from edges as e where e.blocker = n.node)::int) as blocks,
    w.locktype as lock_type, w.mode as lock_mode, case when a.backend_type is not null then left(a.query, 1000) end as statement,
    case when w.place in (0, d.oid) then s.nspname || '.' || c.relname end as relation,
    case when w.locktype <> 'advisory' then null
      when w.objsubid = 1 then (w.classid::int8 << 32 | w.objid::int8)::text else w.classid || ', ' || w.objid end as advisory,
    (select array_agg(e.blocker::int order by e.blocker) from edges as e where e.node = n.node and e.blocker > 0)
      as blocked_by
  from placed as n
  left join activity as a on a.pid = n.node
  left join pg_prepared_xacts as p on p.transaction::text::int8 = - n.node
  left join waiting as w on w.node = n.node
  left join roots as r on r.node = n.node
  left join pg_database as d on d.datname = current_database()
  left join pg_class as c on c.oid = w.thing
  left join pg_namespace as s on s.oid = c.relnamespace
  where :limit = 0 or n.place <= :limit
), found as (
  select place, depth, pid, role, application, database, state, gid, waiting_seconds, transaction_seconds, blocks,
    lock_type, lock_mode, relation, blocked_by, statement,
    coalesce('prepared ' || quote_literal(gid), application, role, backend_type, 'unknown') as session,
    case when lock_type in ('transactionid', 'tuple') then 'wants a row' || coalesce(' of ' || relation, '')
      when lock_type = 'relation' then 'wants ' || coalesce(relation, 'a relation of ' || database)
      when lock_type = 'advisory' then 'wants advisory lock ' || advisory
      when lock_type = 'virtualxid' then 'wants a transaction to end'
      when lock_type is not null then 'wants ' || lock_type
      when gid is not null then 'prepared' else coalesce(state, backend_type, 'hidden') end as doing,
    case when badness > :critical then 'critical' when badness > :warn then 'warning' else 'ok' end as status,
    case when depth > 0 or lock_type is not null then null
      when gid is not null then format('in database %s: rollback prepared %L', quote_ident(database), gid)
      when backend_type is null then 'ask as a role with pg_monitor what it does'
      when backend_type <> 'client backend' then backend_type || ': it ends by itself'
      when state = 'active' then 'dropmon db cancel ' || pid
      else 'dropmon db terminate ' || pid end as hint
  from described
)
select facts.*, found.*
from facts left join found on true
order by found.place
