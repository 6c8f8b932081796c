-- Web vitals of your own visitors. Run it once, as the owner of the schema: psql "$DATABASE_URL" -f web_vitals.sql
-- No address with its query, no user, no IP address is kept. All of it or nothing:
begin;

do $$ begin
  if {{role_text}} <> 'public' and not exists (select from pg_catalog.pg_roles where rolname = {{role_text}}) then
    raise exception 'there is no role {{role_name}}' using hint = 'create role {{role}} nologin; or name another: dropmon vitals sql --role NAME';
  end if;
end $$;
{{made}}
create table if not exists {{table}} (
  received_at timestamptz not null default now(),
  number bigint generated always as identity primary key,
  id text not null check (length(id) between 1 and 64),            -- of one vital of one page view: told again, it is corrected
  name text not null check (name in ({{vitals}})),
  value double precision not null check (value >= 0 and value < 3600000),   -- milliseconds; cls: a ratio
  navigation_type text not null check (navigation_type in ({{navigations}})),
  form_factor text not null check (form_factor in ({{form_factors}})),
  path text not null default '/' check (length(path) <= 200 and path like '/%' and path !~ '[?#]')
);
create index if not exists "{{name}}_received_at" on {{table}} (received_at);

-- Whoever opens a page may add rows, and nothing else: neither read, change nor delete them, nor choose their time.
alter table {{table}} enable row level security;
revoke all on {{table}} from public, {{role}};
grant insert (id, name, value, navigation_type, form_factor, path) on {{table}} to {{role}};
drop policy if exists "{{name}}_insert" on {{table}};
create policy "{{name}}_insert" on {{table}} for insert to {{role}} with check (true);

-- No more than {{limit}} rows a minute in all: a flood costs a lookup in an index each, and no disk.
create or replace function {{schema}}."{{name}}_limit"() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  perform 1 from {{table}} where received_at > now() - interval '1 minute' offset {{limit}} limit 1;
  if found then
    raise exception 'too many web vitals within a minute' using errcode = 'check_violation';
  end if;
  return null;
end $$;
revoke all on function {{schema}}."{{name}}_limit"() from public;
drop trigger if exists "{{name}}_limit" on {{table}};
create trigger "{{name}}_limit" after insert on {{table}} for each statement execute function {{schema}}."{{name}}_limit"();

commit;

-- The owner reads them. For the role that dropmon connects as, if it is another (here: dropmon):
--   grant usage on schema {{schema}} to dropmon; grant select on {{table}} to dropmon;
--   create policy "{{name}}_select" on {{table}} for select to dropmon using (true);
-- And every night, for example with pg_cron:
--   delete from {{table}} where received_at < now() - interval '35 days';
