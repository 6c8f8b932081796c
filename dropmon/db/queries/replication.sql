/*
summary = "Who copies this server's changes, how far behind, and what is kept for them"
help = """
One line for each replication slot, with whoever streams from it, and for each client without one. `lag` is what the
client has still to apply; `keeps` is the log (WAL) that the server must not remove for a slot: an inactive slot, which
nobody reads, keeps more and more until the disk is full, and holds vacuum back. `left` is how much more a slot may fall
behind before it is lost; without max_slot_wal_keep_size there is no such limit. On a standby: its own delay, too; a
synced slot is its copy of one of the primary's, which nobody reads before the standby is promoted.
"""
headline = "{clients} clients stream; {slots} slots, {inactive} of them inactive, keep up to {most_retained_bytes}"
none = "nobody streams from here, and there is no slot"
hidden = "clients that stream, with how far they are,"
watched = true

[options.warn]
kind = "size"
default = "1GiB"
help = "Warning when an inactive slot keeps more than this, or a client lags by more."
[options.delay]
kind = "duration"
default = "5m"
help = "Warning when this standby is behind by more than this."
[options.limit]
kind = "count"
default = 20
help = "At most so many lines; 0 for all."

[facts]
clients = "clients that stream: standbys, subscribers, backups"
slots = "replication slots"
inactive = "slots that nobody reads from"
most_retained_bytes = "the most that is kept for one slot"
standby = "whether this server is a standby"
replay_seconds = "on a standby: how far behind it is, 0 when it has applied all that it received"
replay_bytes = "on a standby: what it has received and not yet applied"

[columns]
name = "name"
kind = "kind"
state = "state"
lag_bytes = "lag"
lag_seconds = "delay"
retained_bytes = "keeps"
left_bytes = "left"
inactive_seconds = "inactive for"
hint = {title = "what to do", detail = true}
status = {title = "status", human = false}
slot = {title = "slot", human = false}
client = {title = "client", human = false}
pid = {title = "pid", human = false}
address = {title = "address", human = false}
database = {title = "database", human = false}
sync = {title = "sync", human = false}
write_bytes = {title = "not yet written", human = false}
flush_bytes = {title = "not yet flushed", human = false}
replay_bytes_left = {title = "not yet applied", human = false}
wal_status = {title = "WAL status", human = false}
invalid = {title = "why it is of no more use", human = false}
xmin_age = {title = "holds vacuum back by", human = false}
catalog_xmin_age = {title = "holds vacuum of the catalog back by", human = false}

[samples.pg_replication_lag_bytes]
value = "lag_bytes"
labels = {slot = "slot", client = "client"}
[samples.pg_replication_retained_bytes]
value = "retained_bytes"
labels = {slot = "slot"}

[recorded]
limit = 0
*/
with position as (
  select pg_current_wal_lsn() as lsn, -- when not standby
    null::float8 as replay_seconds, null::int8 as replay_bytes -- when not standby
  select coalesce(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()) as lsn, -- when standby
    case when pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() -- when standby
      and exists (select from pg_stat_wal_receiver) then 0 -- when standby
      else extract(epoch from clock_timestamp() - pg_last_xact_replay_timestamp()) end::float8 as replay_seconds, -- when standby
    case when exists (select from pg_stat_wal_receiver) then -- when standby
      greatest(pg_wal_lsn_diff(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()), 0) end::int8 as replay_bytes -- when standby
), senders as materialized (
  select r.pid, coalesce(nullif(r.application_name, ''), r.usename) as client, host(r.client_addr) as address, r.state,
    r.sync_state as sync, extract(epoch from r.replay_lag)::float8 as lag_seconds,
    case when r.write_lsn is not null then greatest(pg_wal_lsn_diff(p.lsn, r.write_lsn), 0) end::int8 as write_bytes,
    case when r.flush_lsn is not null then greatest(pg_wal_lsn_diff(p.lsn, r.flush_lsn), 0) end::int8 as flush_bytes,
    case when coalesce(r.replay_lsn, r.flush_lsn, r.write_lsn) is not null then greatest(pg_wal_lsn_diff(p.lsn, coalesce(r.replay_lsn, r.flush_lsn, r.write_lsn)), 0) end::int8 as replay_bytes_left
  from pg_stat_replication as r cross join position as p
), slots as materialized (
  select s.slot_name::text as slot, s.slot_type, s.active, s.active_pid, s.database::text as database, s.wal_status,
    s.safe_wal_size as left_bytes, age(s.xmin) as xmin_age, age(s.catalog_xmin) as catalog_xmin_age,
    greatest(pg_wal_lsn_diff(p.lsn, s.restart_lsn), 0)::int8 as retained_bytes,
    greatest(pg_wal_lsn_diff(p.lsn, coalesce(s.confirmed_flush_lsn, s.restart_lsn)), 0)::int8 as slot_bytes,
    extract(epoch from clock_timestamp() - s.inactive_since)::float8 as inactive_seconds, -- when server >= 17
    null::float8 as inactive_seconds, -- when server < 17
    s.invalidation_reason as reason, -- when server >= 17
    null::text as reason, -- when server < 17
    s.synced and pg_is_in_recovery() as synced, -- when server >= 17
    false as synced, -- when server < 17
    s.conflicting as conflicting -- when server >= 16
    false as conflicting -- when server < 16
  from pg_replication_slots as s cross join position as p
), consumers as materialized (
  select s.slot, r.client, coalesce(s.slot, r.client) as name, r.pid, r.address,
    s.database, r.sync, r.lag_seconds, r.write_bytes, r.flush_bytes, r.replay_bytes_left, s.wal_status, s.left_bytes,
    s.retained_bytes, s.xmin_age, s.catalog_xmin_age, s.slot is not null and not s.active and not s.synced as unread,
    coalesce(s.synced, false) as synced, case when not s.active and not s.synced then s.inactive_seconds end as inactive_seconds,
    case when r.state is not null or s.slot is null then r.replay_bytes_left else s.slot_bytes end as lag_bytes,
    case when s.slot is null then case when r.state = 'backup' then 'backup' else 'client' end
      else s.slot_type || ' slot' end as kind,
    coalesce(s.reason, case when s.wal_status = 'lost' then 'wal_removed' when s.conflicting then 'conflict' end) as invalid,
    case when s.active and r.state is null then 'in use' else r.state end as doing
  from slots as s full join senders as r on r.pid = s.active_pid
), facts as (
  select (select count(*) from senders)::int as clients, (select count(*) from slots)::int as slots,
    (select count(*) from slots as s where not s.active and not s.synced)::int as inactive,
    (select coalesce(max(s.retained_bytes), 0) from slots as s)::int8 as most_retained_bytes,
    h.hidden, pg_is_in_recovery() as standby, p.replay_seconds, p.replay_bytes,
    case when s.stuck then 'critical' when p.replay_seconds > :delay then 'warning' when h.hidden > 0 then 'unknown' else 'ok' end as verdict,
    array_remove(array[
      'this server is a standby' -- when standby
        || case when p.replay_bytes is null then ', and receives nothing' -- when standby
          else format(', %s s behind', round(p.replay_seconds)) end, -- when standby
      case when current_setting('max_slot_wal_keep_size') = '-1' and exists (select from slots) then
        'max_slot_wal_keep_size is -1: what is kept for a slot may fill the disk' end,
      case when s.stuck then 'synchronous_standby_names is set, and no such standby is connected: commits wait' end
    ], null) as notes
  from position as p cross join (select count(*)::int as hidden from senders as r where r.state is null) as h
  cross join lateral (
    select current_setting('synchronous_standby_names') <> '' and h.hidden = 0 and not pg_is_in_recovery()
      and not exists (select from senders as r where r.sync in ('sync', 'quorum')) as stuck
  ) as s
), found as (
  select c.name, c.kind, c.lag_bytes, c.lag_seconds, c.retained_bytes, c.left_bytes, c.inactive_seconds, c.slot, c.client,
    c.pid, c.address, c.database, c.sync, c.write_bytes, c.flush_bytes, c.replay_bytes_left, c.wal_status, c.invalid,
    c.xmin_age, c.catalog_xmin_age,
    case when c.invalid is not null then 'lost: ' || c.invalid when c.wal_status = 'unreserved' then 'unreserved'
      when c.synced and c.doing is null then 'synced' when c.unread then 'inactive' else coalesce(c.doing, 'hidden') end as state,
    case when c.invalid is not null and c.synced then 'warning' -- its primary makes it anew
      when c.invalid is not null then 'critical' when c.wal_status = 'unreserved' then 'critical'
      when c.unread and c.retained_bytes > :warn then 'warning' when c.lag_bytes > :warn and not c.synced then 'warning' else 'ok' end as status,
    case when c.synced and c.invalid is not null then 'this standby copies it from its primary: look there'
      when c.invalid is not null then format('of no more use: drop it (select pg_drop_replication_slot(%L)), and '
        'copy everything anew', c.slot)
      when c.wal_status = 'unreserved' then 'about to be lost: let its reader catch up, or raise max_slot_wal_keep_size'
      when c.unread and c.retained_bytes > :warn then format('start its reader, or else: select '
        'pg_drop_replication_slot(%L)', c.slot)
      when c.lag_bytes > :warn and not c.synced then 'is the client slow, or the way to it?' end as hint
  from consumers as c
), ranked as (
  select f.*, row_number() over (order by array_position(array['critical', 'warning', 'ok'], f.status),
    greatest(f.retained_bytes, f.lag_bytes) desc nulls last, f.name) as place
  from found as f
)
select facts.*, ranked.*
from facts left join ranked on :limit = 0 or ranked.place <= :limit
order by ranked.place
