/*
summary = "Who may log in, what they may do, and how many connections each holds"
help = """
A superuser may do everything, whatever is granted; `bypass rls` reads past row level security. Settings are those that
a role brings along into its sessions: they win over the server's own. The value of a setting that sounds like a secret
is not shown. The limit of a role does not bind a superuser.
"""
headline = "{all_connections} connections of {roles} roles, {superusers} of them superusers; {expired} expired"
none = "no role"
hidden = "sessions of other roles, whether they are clients,"

[options.warn]
kind = "percent"
default = "80%"
rules = "connections"
help = "Warning from this share of a role's own connection limit on."
[options.all]
kind = "flag"
default = false
help = "Also the roles that only stand for privileges: those that may not log in."
[options.limit]
kind = "count"
default = 50
help = "At most so many lines; 0 for all."

[facts]
roles = "roles that may log in"
superusers = "of them superusers"
expired = "of them with a password that is no longer valid"
all_connections = "client connections of all roles, this one not counted"

[columns]
role = "role"
connections = "connections"
most = "limit"
attributes = "may"
valid_until_at = "password until"
settings = {title = "settings", detail = true}
hint = {title = "what to do", detail = true}
status = {title = "status", human = false}
login = {title = "may log in", human = false}
superuser = {title = "superuser", human = false}
used_ratio = {title = "share of its limit", human = false}
member_of = {title = "member of", human = false}
*/
with activity as materialized (
  select a.pid, a.usename, a.datname, a.backend_type from pg_stat_activity as a
  where a.pid <> pg_backend_pid() and a.usename is not null
    and a.backend_type = 'client backend' -- when monitor
    and a.datname is not null and a.pid not in (select r.pid from pg_stat_replication as r) -- when not monitor
), counted as (
  select a.usename, count(*)::int as connections from activity as a group by a.usename
), settings as ( -- a value that sounds like a secret is one
  select s.setrole, string_agg(case when s.setdatabase = 0 then '' else d.datname || ': ' end
      || case when c.text ~* '^[^=]*(secret|passw|token|key|credential)[^=]*=' then split_part(c.text, '=', 1) || '=***'
        else c.text end, ', ' order by s.setdatabase <> 0, d.datname, c.text) as settings
  from pg_db_role_setting as s cross join unnest(s.setconfig) as c (text) left join pg_database as d on d.oid = s.setdatabase
  where s.setrole <> 0 group by s.setrole
), members as (
  select m.member, array_agg(g.rolname::text order by g.rolname) as member_of
  from pg_auth_members as m join pg_roles as g on g.oid = m.roleid group by m.member
), described as (
  select r.rolname::text as role, r.rolcanlogin as login, r.rolsuper as superuser, coalesce(c.connections, 0) as connections,
    case when r.rolconnlimit >= 0 and not r.rolsuper then r.rolconnlimit end as most,
    case when isfinite(r.rolvaliduntil) then extract(epoch from r.rolvaliduntil)::float8 end as valid_until_at,
    r.rolcanlogin and r.rolvaliduntil < now() as expired, s.settings, m.member_of,
    case when r.rolsuper then 'everything: superuser' else concat_ws(', ', case when not r.rolcanlogin then 'not log in' end,
      case when r.rolbypassrls then 'bypass rls' end, case when r.rolreplication then 'replicate' end,
      case when r.rolcreaterole then 'create roles' end, case when r.rolcreatedb then 'create databases' end,
      (select string_agg(g.name, ', ') from unnest(m.member_of) as g (name) where g.name in (
        'pg_execute_server_program', 'pg_read_server_files', 'pg_write_server_files', 'pg_signal_backend', 'pg_monitor',
        'pg_read_all_data', 'pg_write_all_data', 'pg_maintain'))) end as attributes
  from pg_roles as r
  left join counted as c on c.usename = r.rolname
  left join settings as s on s.setrole = r.oid
  left join members as m on m.member = r.oid
  where r.rolname !~ '^pg_' and (r.rolcanlogin or :all)
), judged as (
  select d.*, d.connections::float8 / nullif(d.most, 0) as used_ratio,
    case when d.most > 0 and d.connections >= :warn * d.most then 'warning' when d.expired then 'warning' else 'ok' end
      as status
  from described as d
), facts as (
  select (count(*) filter (where j.login))::int as roles, (count(*) filter (where j.login and j.superuser))::int as superusers,
    (count(*) filter (where j.expired))::int as expired, coalesce(sum(j.connections), 0)::int as connections,
    (select count(*) from activity as a where a.backend_type is null)::int as hidden
  from judged as j
), found as (
  select j.role, j.connections, j.most, j.attributes, j.valid_until_at, j.settings, j.status, j.login, j.superuser,
    j.used_ratio, j.member_of,
    case when j.expired then format('alter role %I nologin, or give it a new password and a later date', j.role)
      when j.status = 'warning' then format('alter role %I connection limit %s; or let it hold fewer', j.role, 2 * j.most)
      end as hint,
    row_number() over (order by j.status = 'ok', j.connections desc, j.superuser desc, j.role) as place
  from judged as j
)
select facts.roles, facts.superusers, facts.expired, facts.connections as all_connections, facts.hidden, found.*
from facts left join found on :limit = 0 or found.place <= :limit
order by found.place
