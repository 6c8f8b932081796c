-- Run by psql in a fresh server; variables: password, nasty (a table's name).
-- Every index is either used, or one of the kinds named in tests/db/plants.py.
select current_setting('server_version_num')::int >= 140000 as has_read_all \gset
create role dropmon login password :'password';
grant pg_monitor, pg_signal_backend to dropmon;
\if :has_read_all
grant pg_read_all_data to dropmon;
\endif
create role app login password :'password';
create role blind login password :'password';
create database shop owner app;
create database bare;
create database old;

\connect old
create extension pg_stat_statements version '1.8';

\connect shop
create schema extensions;
grant usage on schema extensions to app, dropmon;
create extension pg_stat_statements schema extensions;
create schema app authorization app;
