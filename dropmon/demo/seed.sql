-- The shop of the demo, with what a database room should find in it:
--   a slow query (mean above 100 ms)      orders of a customer: the foreign key has no index
--   indexes that nothing uses             order_items_sku_idx, products_color_idx
--   an index that exists twice            orders_created_at_idx, orders_created_at_idx1
--   a bloated table                       carts: most rows deleted, the rest updated, autovacuum off
-- Variables: shopify, the address of the merchants' shops, and version, of its API. The roles share the server's password.

\getenv password PGPASSWORD

create extension pg_stat_statements;

create role app login password :'password';
create role dropmon login password :'password' in role pg_monitor, pg_read_all_data, pg_signal_backend;

select setseed(0.42);

create table integrations (
  name text primary key,
  url text not null,
  token text not null,
  active boolean not null default true
);

insert into integrations
select name, :'shopify' || '/admin/api/' || :'version' || '/shop.json', 'shpat_demo_' || name, name not like 'closed-%'
from unnest(string_to_array(
  'maison-verte atelier-lune petit-bateau-bleu cafe-du-port lin-et-coton la-bonne-bougie papeterie-rivoli velo-zen '
  'studio-terre mon-potager les-deux-chouettes cuir-et-fil savon-doux nid-de-laine cave-du-marais bois-flotte '
  'jardin-secret miel-de-montagne tisane-co ombre-claire pierre-et-sel bricole-et-cie nuit-blanche sac-a-malices '
  'bonjour-the closed-galerie closed-mercerie', ' ')) as name;

create table products (
  id int generated always as identity primary key,
  sku text not null unique,
  name text not null,
  color text not null,
  price_cents int not null,
  description text not null
);

insert into products (sku, name, color, price_cents, description)
select 'SKU-' || n, 'Product ' || n, (array['noir', 'blanc', 'noyer', 'vert'])[1 + n % 4], 500 + n * 7 % 9000,
       repeat(md5(n::text), 4)
from generate_series(1, 2000) as n;

create table customers (
  id int generated always as identity primary key,
  email text not null unique,
  name text not null,
  created_at timestamptz not null
);

insert into customers (email, name, created_at)
select 'customer' || n || '@example.com', 'Customer ' || n, now() - random() * interval '700 days'
from generate_series(1, 5000) as n;

create table orders (
  id int generated always as identity primary key,
  reference text not null,
  customer_id int not null references customers,
  status text not null,
  total_cents int not null,
  created_at timestamptz not null
);

insert into orders (reference, customer_id, status, total_cents, created_at)
select 'DC-' || n, 1 + n * 7919 % 5000, (array['paid', 'shipped', 'shipped', 'refunded'])[1 + n % 4],
       500 + n * 31 % 20000, now() - random() * interval '365 days'
from generate_series(1, 40000) as n;

create table order_items (
  id int generated always as identity primary key,
  order_id int not null references orders,
  product_id int not null references products,
  sku text not null,
  quantity int not null
);

-- checking a hundred thousand keys one by one would take half of the start
set session_replication_role = replica;
insert into order_items (order_id, product_id, sku, quantity)
select 1 + n % 40000, 1 + n * 13 % 2000, 'SKU-' || 1 + n * 13 % 2000, 1 + n % 3
from generate_series(1, 100000) as n;
reset session_replication_role;

create table feedback (
  id int generated always as identity primary key,
  customer_id int not null references customers,
  rating int not null check (rating between 1 and 5),
  created_at timestamptz not null
);

insert into feedback (customer_id, rating, created_at)
select n, case when random() < 0.85 then 5 else 4 end, now() - random() * interval '30 days'
from generate_series(1, 3000) as n;

create schema auth;

create table auth.sessions (
  id uuid primary key default gen_random_uuid(),
  user_id int not null,
  updated_at timestamptz not null
);

insert into auth.sessions (user_id, updated_at)
select n, now() - n * n * interval '0.2 ms'
from generate_series(1, 4000) as n;

create table carts (
  id int generated always as identity primary key,
  customer_id int not null,
  contents jsonb not null
) with (autovacuum_enabled = false);

insert into carts (customer_id, contents)
select n % 5000, jsonb_build_object('items', n % 7, 'note', repeat('x', 200))
from generate_series(1, 60000) as n;

create index orders_created_at_idx on orders (created_at);
create index orders_created_at_idx1 on orders (created_at);
create index order_items_order_id_idx on order_items (order_id);
create index order_items_product_id_idx on order_items (product_id);
create index order_items_sku_idx on order_items (sku);
create index products_color_idx on products (color);
create index feedback_customer_id_idx on feedback (customer_id);
create index sessions_updated_at_idx on auth.sessions (updated_at);

select pg_stat_force_next_flush() \g /dev/null
analyze;

delete from carts where id % 10 <> 0;
update carts set contents = contents || '{"abandoned": true}';

grant usage on schema auth to app;
grant select, insert, update, delete on all tables in schema public, auth to app;

-- from here on, what the shop's application does
select pg_stat_statements_reset() \g /dev/null

set role app;

select c.name, (select sum(o.total_cents) from orders o where o.customer_id = c.id) as spent
from customers c order by c.created_at limit 150 \g /dev/null
select c.name, (select sum(o.total_cents) from orders o where o.customer_id = c.id) as spent
from customers c order by c.created_at limit 150 \g /dev/null

select id, total_cents from orders where id = 4711 \g /dev/null
select id, name from customers where email = 'customer42@example.com' \g /dev/null
select count(*) from orders where created_at > now() - interval '1 day' \g /dev/null
select p.name, i.quantity from order_items i join products p on p.id = i.product_id where i.order_id = 4711 \g /dev/null
select avg(rating) from feedback where customer_id = 42 \g /dev/null
select count(*) from auth.sessions where updated_at > now() - interval '5 minutes' \g /dev/null
select p.sku, count(*) from products p join order_items i on i.product_id = p.id where p.sku = 'SKU-99'
group by p.sku \g /dev/null
