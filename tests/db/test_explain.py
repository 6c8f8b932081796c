"""dropmon db explain: the plan of a recorded statement, which is never run."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from itertools import count
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from dropmon.db.database import Database
from dropmon.db.explain import EXPLAINED, Explained, Found, explain, plans, searched, table
from dropmon.db.plan import Relation, findings, steps
from dropmon.db.session import session
from dropmon.errors import DatabaseError, UsageError
from dropmon.output import plain
from tests.db.incidents import frozen
from tests.db.sessions import connect

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dropmon.demo.database import Server
    from tests.db.bouncer import Bouncer


def run(server: Server, *statements: str, role: str = "app", database: str = "shop") -> str:
    """Runs them, and is the queryid of the last."""
    with connect(server, role, "psql", database) as made:
        for statement in statements:
            made.execute(statement.encode())
    places = count(1)
    text = re.sub(r"'[^']*'|\b\d+(\.\d+)?\b", lambda _: f"${next(places)}", statements[-1])
    with connect(server, "postgres", "psql", database) as made:
        made.execute("set search_path = extensions, public")
        found = made.execute("select queryid::text from pg_stat_statements where query = %s", [text]).fetchone()
    assert found, text
    return str(found[0])


def asked(server: Server, queryid: str, schema: str = "", role: str = "postgres", database: str = "shop") -> Explained:
    with session(Database("main", server.url_of(role, database))) as found:
        return explain(found, queryid, schema, trust=True)


def said(explained: Explained) -> str:
    return "".join(plain(table(explained, "shop")))


@pytest.mark.slow
def test_the_plan_is_of_the_statement_as_it_was_recorded(server: Server) -> None:
    explained = asked(server, run(server, "select relname from pg_class where oid = '1'"))

    assert explained.found.statement == "select relname from pg_class where oid = $1"
    assert explained.found.role == explained.planner == "app"
    assert any("pg_class_oid_index" in step.title for step in explained.steps)
    assert any("$1" in condition for step in explained.steps for condition in step.conditions)
    assert "$1" in said(explained)


@pytest.mark.slow
def test_the_statement_is_never_run(server: Server) -> None:
    slow = run(server, "select pg_sleep(0.2), 5, 6, 7, 8")
    number = run(server, "select nextval('app.invoice_numbers'), 'explained'")
    change = run(server, "update app.baskets set item = 'sold' where id = 0")
    began = time.monotonic()
    with connect(server, "postgres", "psql") as made:
        last = "select last_value from app.invoice_numbers"
        before = made.execute(last).fetchone()
        found = [asked(server, queryid) for queryid in (slow, number, change)]
        assert made.execute(last).fetchone() == before

    assert time.monotonic() - began < 2
    assert found[2].steps[0].title == "Update on baskets"


@pytest.mark.slow
@pytest.mark.parametrize("form", ["json", "plain", "markdown", "csv", "html", "rich"])
def test_every_format_has_statement_plan_and_what_to_look_at(newest: Server, form: str) -> None:
    queryid = run(newest, "select count(*) from app.clicks where target = 'explained'")
    command = [sys.executable, "-m", "dropmon", "db", "explain", queryid, "--trust", "--format", form]
    command += ["-d", newest.url_of("dropmon", "shop")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, "COLUMNS": "300"})

    assert done.returncode == 0, done.stderr
    shown = done.stdout.replace("\\", "")
    assert "select count(*) from app.clicks where target = $1" in shown
    assert "Seq Scan on clicks" in shown
    assert "an index on what the filter compares may help" in shown
    if form == "json":
        assert json.loads(done.stdout)["plan"][0].startswith("Aggregate  (cost=")


def test_half_of_all_ids_are_negative_and_are_no_options(newest: Server) -> None:
    command = [sys.executable, "-m", "dropmon", "db", "explain", "-7", "-d", newest.url_of("dropmon", "shop")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout) == (3, "")
    assert "no statement -7 is recorded" in done.stderr


def test_a_table_that_nobody_has_analysed_is_named(server: Server) -> None:
    explained = asked(server, run(server, "select line from app.imports where line > 'x'"))

    assert "analyze app.imports;" in said(explained)


@pytest.mark.parametrize("path", ["app", "app, public"])
def test_names_are_looked_for_where_the_role_looks(newest: Server, path: str) -> None:
    queryid = run(newest, f"set search_path = {path}", "select cents from wallets where owner = 'ann'")
    newest.run(f"alter role app in database shop set search_path = {path};")
    try:
        assert asked(newest, queryid).found.path == path
    finally:
        newest.run("alter role app in database shop reset search_path;")


def test_the_schema_may_be_named(server: Server) -> None:
    queryid = run(server, "set search_path = app", "select max(owner), 'ships' from wallets")
    newest = asked(server, queryid).found.path

    assert newest == "app, public"  # "$user" is the statement's role, not ours
    queryid = run(server, "set search_path = auth", "select count(phone), 'ships' from users", role="postgres")
    with pytest.raises(DatabaseError, match='relation "users" does not exist') as raised:
        asked(server, queryid)
    assert "--schema" in raised.value.hint
    assert asked(server, queryid, "auth").steps


def test_it_is_planned_with_our_rights_where_we_may_not_be_its_role(server: Server) -> None:
    queryid = run(server, "select count(*) from app.wallets where owner > 'm'")

    assert asked(server, queryid, role="dropmon").planner == "dropmon"


def test_what_we_may_not_read_is_a_sentence(server: Server) -> None:
    queryid = run(server, "delete from app.wallets where owner = 'nobody'")

    with pytest.raises(DatabaseError, match="permission denied for table wallets") as raised:
        asked(server, queryid, role="dropmon")
    assert "a member of app" in raised.value.hint


@pytest.mark.parametrize(
    ("statement", "hint"),
    [
        ("listen explained", "only SELECT, INSERT"),
        ("select interval '3 days', 'explained'", "explain the statement itself"),
    ],
)
def test_what_has_no_plan_is_a_sentence(newest: Server, statement: str, hint: str) -> None:
    with pytest.raises(DatabaseError) as raised:
        asked(newest, run(newest, statement))

    assert hint in raised.value.hint


def test_a_queryid_that_is_none_is_refused(newest: Server) -> None:
    for wrong in ("x", "1; drop table app.orders", "1e3", ""):
        with pytest.raises(UsageError, match="is no queryid"):
            asked(newest, wrong)


def test_one_that_is_not_recorded_is_named(newest: Server) -> None:
    with pytest.raises(DatabaseError, match="no statement 12345 is recorded in the database shop"):
        asked(newest, "12345")


def test_one_whose_text_is_hidden_says_which_right_is_missing(server: Server) -> None:
    queryid = run(server, "select 1, 2, 3, 4, 5, 6, 'hidden'", role="postgres", database="old")

    with pytest.raises(DatabaseError, match="among those that blind may see") as raised:
        asked(server, queryid, role="blind", database="old")
    assert raised.value.hint == "grant pg_monitor to blind;"


@pytest.mark.parametrize(
    ("database", "role", "hint"), [("bare", "dropmon", "create extension"), ("shop", "blind", "grant usage on schema")]
)
def test_without_the_extension_it_says_what_to_do(newest: Server, database: str, role: str, hint: str) -> None:
    with pytest.raises(DatabaseError) as raised:
        asked(newest, "1", role=role, database=database)

    assert hint in raised.value.hint


@pytest.mark.parametrize(
    "text", ["select 1; drop table app.imports", "select 1; commit; drop table app.imports --", "select 1 \\;"]
)
def test_a_text_of_two_statements_is_refused(server: Server, text: str) -> None:
    with session(Database("main", server.url_of("postgres", "shop"))) as found:
        with pytest.raises(DatabaseError):
            plans(found.connection, text, found.server.number)
        assert found.connection.execute("select count(*) from pg_catalog.pg_prepared_statements").fetchone() == (0,)
        assert found.connection.execute("select pg_catalog.to_regclass('app.imports') is not null").fetchone() == (
            True,
        )


def test_nothing_stays_in_a_poolers_session(newest: Server, bouncer: Bouncer) -> None:
    queryid = run(newest, "select count(*) from app.goods where sku < 'pooled'")
    for _ in range(3):
        with session(Database("main", bouncer.url_of("dropmon", "shop"))) as found:
            assert explain(found, queryid, trust=True).steps
    with psycopg.connect(bouncer.url_of("dropmon", "shop"), prepare_threshold=None) as made:
        left = "(select count(*) from pg_prepared_statements), current_user::text, current_setting('plan_cache_mode')"
        assert made.execute(f"select {left}".encode()).fetchone() == (0, "dropmon", "auto")


def test_behind_a_waiting_migration_it_gives_up_at_once(newest: Server) -> None:
    queryid = run(newest, "select count(*) from app.orders where total_cents < 3 and status = 'explained'")
    with frozen(newest):
        began = time.monotonic()
        with pytest.raises(DatabaseError) as raised:
            asked(newest, queryid)

    assert time.monotonic() - began < 2
    assert "dropmon db blocking" in raised.value.hint


@pytest.mark.parametrize(
    ("text", "has"),
    [
        ("select 1", True), ("/* a */ -- b\n (( SELECT 1))", True), ("with x as (select 1) table x", True),
        ("merge into a using b on true when matched then delete", True), ("selection", False), ("commit", False),
        ("explain analyze select 1", False), ("create table x as select 1", False), ("/* a */" * 200 + "commit", False),
    ],
)  # fmt: skip
def test_only_what_has_a_plan_is_planned(text: str, has: bool) -> None:
    assert bool(EXPLAINED.match(text)) is has


def node(kind: str = "Seq Scan", rows: int = 10, **more: Any) -> Mapping[str, Any]:
    return {"Node Type": kind, "Schema": "app", "Relation Name": "big", "Plan Rows": rows, **more}


@pytest.mark.parametrize(
    ("seen", "table_rows", "told"),
    [
        (node(Filter="x"), 50_000, True),
        (node(), 50_000, False),  # nothing is filtered
        (node(rows=40_000, Filter="x"), 50_000, False),  # most rows are wanted
        (node(Filter="x"), 5_000, False),  # it is small
        (node("Index Scan", Filter="x"), 50_000, False),
        (node("Index Scan"), -1, True),  # nobody knows how large it is
    ],
)
def test_only_what_a_plan_can_tell_is_told(seen: Mapping[str, Any], table_rows: float, told: bool) -> None:
    assert bool(findings([seen], {("app", "big"): Relation("app.big", table_rows, 9)})) is told


def test_there_are_three_findings_at_most() -> None:
    assert len(findings([node(Filter="x")] * 9, {("app", "big"): Relation("app.big", 1e6, 9)})) == 3


def test_subplans_keep_their_names_and_their_depth() -> None:
    text = [
        "CTE Scan on a  (cost=8.46..50.50 rows=1 width=44)", "  Filter: (s = $2)", "  CTE a",
        "    ->  Index Scan using i on v  (cost=0.41..8.43 rows=1 width=41)", "          Index Cond: (s = $1)",
        "  InitPlan 1 (returns $0)", "    ->  Aggregate  (cost=0.02..0.03 rows=1 width=8)",
        "          ->  CTE Scan on a a_1  (cost=0.00..0.02 rows=1 width=8)",
    ]  # fmt: skip

    assert [(step.depth, step.title) for step in steps(text)] == [
        (0, "CTE Scan on a"), (1, "CTE a: Index Scan using i on v"), (1, "InitPlan 1 (returns $0): Aggregate"),
        (2, "CTE Scan on a a_1"),
    ]  # fmt: skip


def test_who_did_not_run_it_is_refused_for_planning_calls_functions(newest: Server) -> None:
    """One of `app`, called with a constant, runs while it is planned: with the rights of whoever asks."""
    queryid = run(newest, "select count(*), 'mine' from app.goods")
    for role, why in (("postgres", "a superuser"), ("dropmon", "not app")):
        with (
            session(Database("main", newest.url_of(role, "shop"))) as found,
            pytest.raises(DatabaseError, match=f"with the rights of {role}, which is {why}") as caught,
        ):
            explain(found, queryid)
        assert "--trust" in caught.value.hint
    with connect(newest, "postgres", "admin") as admin:
        admin.execute("grant usage on schema extensions to app")
        try:
            with session(Database("main", newest.url_of("app", "shop"))) as found:
                assert explain(found, queryid).planner == "app"
        finally:
            admin.execute("revoke usage on schema extensions from app")


def test_what_a_dropped_role_ran_is_planned_without_its_schema(newest: Server) -> None:
    with connect(newest, "postgres", "admin") as admin:
        admin.execute(f"create role gone login password '{newest.password}'".encode())
        queryid = run(newest, "select relname, 'gone' from pg_class where oid = '7'", role="gone")
        admin.execute("drop role gone")
    explained = asked(newest, queryid)

    assert (explained.found.role, explained.found.path, explained.planner) == ("", "public", "postgres")
    assert asked(newest, queryid, "app").found.path == "app, public"


@pytest.mark.parametrize(
    ("path", "role", "schema", "searched_"),
    [
        ('"$user", public', "app", "", "app, public"),
        ('"$user", public', "On call", "", '"On call", public'),
        ('"$user", public', "", "", "public"),
        ('public, "$user"', "", "", "public"),
        ('"$user"', "", "auth", "auth"),
        ('"$user", public', "app", "user", '"user", app, public'),
    ],
)
def test_names_are_looked_for_where_its_role_would(path: str, role: str, schema: str, searched_: str) -> None:
    assert searched(Found("select 1", "1", role, 1, 1.0, False, path), schema) == searched_
