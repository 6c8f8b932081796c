-- Run by psql in a fresh server; variables: password, nasty (a table's name).
-- In schema app every index that is no one's plant is used, and only what the comments name is at fault.
select current_setting('server_version_num')::int >= 140000 as has_read_all \gset
create role dropmon login password :'password';
grant pg_monitor, pg_signal_backend to dropmon;
create role app login password :'password';
create role blind login password :'password';
create database shop owner app;
create database bare;
create database bench owner app;
create database old;

\connect old
create extension pg_stat_statements version '1.8'; -- as after pg_upgrade

\connect shop
create schema extensions;
grant usage on schema extensions to app, dropmon;
create extension pg_stat_statements schema extensions;
create schema app authorization app;
set role app;
set search_path = app;

-- The shop itself; never scanned and for review: an expression, a partial and a foreign key's index.
create table customers (id int generated always as identity primary key, email text not null, name text not null);
insert into customers (email, name) select format('c%s@example.com', n), 'Customer ' || n from generate_series(1, 2000) n;
create index customers_lower_idx on customers (lower(email));
create table orders (
  id bigint generated always as identity primary key, customer_id int not null references customers,
  status text not null, total_cents int not null, placed_at timestamptz not null
);
insert into orders (customer_id, status, total_cents, placed_at)
  select 1 + n % 2000, (array['paid', 'sent', 'open'])[1 + n % 3], 100 + n % 9000, '2026-01-01'::timestamptz + n * interval '1 min'
  from generate_series(1, 10000) n;
create index orders_customer_id_idx on orders (customer_id);
create index orders_open_idx on orders (placed_at) where status = 'open';
create index orders_placed_at_idx on orders (placed_at);
create materialized view daily_totals as select placed_at::date as day, sum(total_cents) as cents from orders group by 1;
create table wallets (owner text primary key, cents int not null);
insert into wallets values ('ann', 100), ('bob', 100), ('cid', 100);

-- A foreign key without an index, and one that a longer index covers in another order.
create table order_lines (id bigint generated always as identity primary key, order_id bigint not null references orders, sku text);
insert into order_lines (order_id, sku) select n, 'sku-' || n % 50 from generate_series(1, 3000) n;
create table goods (shop_id int, sku text, primary key (shop_id, sku));
insert into goods select 1, 'sku-' || n from generate_series(1, 50) n;
create table stock (
  shop_id int not null, sku text not null, counted_at timestamptz not null, quantity int not null,
  foreign key (shop_id, sku) references goods
);
insert into stock select 1, 'sku-' || 1 + n % 50, '2026-01-01'::timestamptz + n * interval '1 h', n % 7 from generate_series(1, 1000) n;
create index stock_sku_shop_id_counted_at_idx on stock (sku, shop_id, counted_at);

-- The one plain index that nobody uses, and the table that it grows with.
create table visits (id bigint generated always as identity primary key, session text not null);
insert into visits (session) select md5(n::text) from generate_series(1, 50000) n;
create index visits_session_idx on visits (session);

-- Never scanned, and never unused: a primary key, a unique and an exclusion constraint, a unique index, a replica's identity.
create table shelves (
  id int primary key, code text not null unique, barcode text not null, reserved tstzrange,
  exclude using gist (reserved with &&) -- nulls are not compared: a comparison would be a scan
);
insert into shelves select n, 'shelf-' || n, md5(n::text) from generate_series(1, 2000) n;
create unique index shelves_barcode_idx on shelves (barcode);
create table ledger (entry bigint not null, note text);
insert into ledger select n, 'entry ' || n from generate_series(1, 2000) n;
create unique index ledger_entry_idx on ledger (entry);
alter table ledger replica identity using index ledger_entry_idx;

-- A partitioned table: one index is used in one child only, the other in none.
create table readings (taken_on date not null, sensor int not null, value real) partition by range (taken_on);
create table readings_2026_01 partition of readings for values from ('2026-01-01') to ('2026-02-01');
create table readings_2026_02 partition of readings for values from ('2026-02-01') to ('2026-03-01');
create table readings_2026_03 partition of readings for values from ('2026-03-01') to ('2026-04-01');
insert into readings select '2026-01-01'::date + n % 90, n % 100, n from generate_series(1, 9000) n;
create index readings_taken_on_idx on readings (taken_on);
create index readings_sensor_idx on readings (sensor);

-- For review: a clustered index, and a pair that is the same twice. Invalid: what a failed CREATE INDEX leaves behind.
create table parcels (id int generated always as identity primary key, code text not null, sent_on date not null);
insert into parcels (code, sent_on) select 'p' || n / 2, '2026-01-01'::date + n % 100 from generate_series(1, 2000) n;
create index parcels_sent_on_idx on parcels (sent_on);
alter table parcels cluster on parcels_sent_on_idx;
\set ON_ERROR_STOP off
create unique index concurrently parcels_code_idx on parcels (code);
\set ON_ERROR_STOP on
create table shifts (id int generated always as identity primary key, starts_at timestamptz not null);
insert into shifts (starts_at) select '2026-01-01'::timestamptz + n * interval '1 h' from generate_series(1, 2000) n;
create index shifts_starts_at_idx on shifts (starts_at);
create index shifts_starts_at_idx1 on shifts (starts_at);
-- Redundant, though both are used: the shorter is the beginning of the longer.
create table wages (id int generated always as identity primary key, shop_id int not null, day date not null);
insert into wages (shop_id, day) select n % 50, '2026-01-01'::date + n % 300 from generate_series(1, 6000) n;
create index wages_shop_id_idx on wages (shop_id);
create index wages_shop_id_day_idx on wages (shop_id, day);

-- Bloated: vacuumed, and 19 of 20 rows are gone.
create table carts (id int generated always as identity primary key, contents text not null);
insert into carts (contents) select repeat('x', 700) from generate_series(1, 8000) n;
delete from carts where id % 20 <> 0;
-- Dead rows over the threshold that nobody will remove.
create table sessions (id int generated always as identity primary key, token text) with (autovacuum_enabled = false);
insert into sessions (token) select md5(n::text) from generate_series(1, 2000) n;
analyze sessions;
delete from sessions where id % 4 <> 0;

-- Sequences: at 80 %, at 10 %, and one that is wide while its column is not, at 80 % of the column.
create sequence ticket_numbers as smallint;
create sequence invoice_numbers as int;
create table old_tickets (id int primary key, title text);
create sequence old_tickets_id_seq as bigint owned by old_tickets.id;
alter table old_tickets alter id set default nextval('old_tickets_id_seq');
select setval('ticket_numbers', 26214), setval('invoice_numbers', 214748365), setval('old_tickets_id_seq', 1717986918) \g /dev/null

-- Most reads of clicks are sequential. Also: out-of-line values, an unlogged table, one never analysed, one with a nasty name.
create table clicks (id int generated always as identity primary key, target text not null);
insert into clicks (target) select 'button-' || n % 40 from generate_series(1, 15000) n;
create table documents (id int generated always as identity primary key, body text not null);
alter table documents alter body set storage external;
insert into documents (body) select repeat(md5(n::text), 1000) from generate_series(1, 60) n;
create unlogged table baskets (id int generated always as identity primary key, item text);
insert into baskets (item) select 'item-' || n from generate_series(1, 1000) n;
create table imports (id int generated always as identity primary key, line text);
insert into imports (line) select 'line-' || n from generate_series(1, 1000) n;
create table :"nasty" (id int primary key, note text);
insert into :"nasty" select n, 'note ' || n from generate_series(1, 500) n;
create index on :"nasty" (note) where note is not null;

reset role;
set search_path = public;
create schema auth; -- managed, as Supabase has it: its indexes are not ours to judge
create table auth.users (id uuid primary key default gen_random_uuid(), phone text not null);
insert into auth.users (phone) select '+33' || n from generate_series(1, 2000) n;
create index users_phone_idx on auth.users (phone);
vacuum app.carts;
analyze app.customers, app.orders, app.daily_totals, app.wallets, app.order_lines, app.goods, app.stock, app.visits, app.shelves,
  app.ledger, app.readings, app.parcels, app.shifts, app.wages, app.carts, app.old_tickets, app.clicks, app.documents,
  app.baskets, app.:"nasty", auth.users;
\if :has_read_all
grant pg_read_all_data to dropmon;
\else
grant usage on schema app, auth to dropmon;
grant select on all tables in schema app, auth to dropmon;
grant select on all sequences in schema app to dropmon;
\endif
select from pg_create_logical_replication_slot('orders_feed', 'pgoutput') \g /dev/null

-- The scans: of each index that is in use, and of clicks from end to end.
set role app;
set search_path = app;
do $$ begin for n in 1..40 loop perform count(*) from clicks where target = 'button-' || n; end loop; end $$;
set enable_seqscan = off;
set enable_bitmapscan = off;
select from orders where placed_at < '2026-01-02' limit 1 \g /dev/null
select from wages where shop_id = 7 \g /dev/null
select from wages where shop_id = 7 and day = '2026-01-08' \g /dev/null
select from readings where taken_on = '2026-01-15' \g /dev/null
select from clicks where id = 7 \g /dev/null
reset role;
select extensions.pg_stat_statements_reset() \g /dev/null
