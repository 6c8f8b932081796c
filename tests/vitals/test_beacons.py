"""Beacons in a real PostgreSQL: who may add what, and what their numbers come to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dropmon import postgres
from dropmon.demo.database import Server
from dropmon.errors import DropmonError
from dropmon.vitals import beacons
from dropmon.vitals.vital import nearest_rank
from tests.vitals.conftest import Run, Said

Insert = Callable[..., None]
NUMBERS = count()
GOOD = {
    "id": "v6-1", "name": "lcp", "value": 2310.5, "navigation_type": "navigate", "form_factor": "phone", "path": "/",
}  # fmt: skip


@pytest.fixture
def table(server: Server) -> str:
    """A new table, as we say it should be made; saying it twice does no harm."""
    number = next(NUMBERS)
    name = f"{'public.' if number % 2 else ''}vitals_{number}"
    for _ in range(2):
        server.run(beacons.definition(name, per_minute=1000))
    return name


@pytest.fixture
def insert(server: Server, table: str) -> Insert:
    """Adds rows as whoever opens a page may."""

    def insert(*rows: dict[str, object]) -> None:
        with psycopg.connect(server.url_of("web")) as connection:
            connection.execute("set role anon")
            for row in rows:
                names, marks = ", ".join(row), ", ".join(["%s"] * len(row))
                connection.execute(f"insert into {table} ({names}) values ({marks})", list(row.values()))

    return insert


@pytest.mark.slow
@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "fid"}, {"value": -1}, {"value": float("nan")}, {"value": float("inf")}, {"value": 1e9}, {"id": ""},
        {"id": "x" * 65}, {"navigation_type": "odd"}, {"form_factor": "watch"}, {"path": "/a?token=1"},
        {"path": "https://a"}, {"path": "/" + "a" * 200}, {"value": None}, {"received_at": "2020-01-01"}, {"number": 7},
    ],
    ids=str,
)  # fmt: skip
def test_a_row_that_no_page_sends_is_refused(insert: Insert, wrong: dict[str, object]) -> None:
    with pytest.raises(psycopg.Error):
        insert({**GOOD, **wrong})
    insert(GOOD)


@pytest.mark.parametrize(
    "sql", ["select value from {}", "update {} set value = 1", "delete from {}", "truncate {}", "drop table {}"]
)
def test_whoever_opens_a_page_may_add_rows_and_nothing_else(
    server: Server, table: str, insert: Insert, sql: str
) -> None:
    insert(GOOD)
    with psycopg.connect(server.url_of("web")) as connection:
        connection.execute("set role anon")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(sql.format(table))
        connection.rollback()


@pytest.mark.slow
def test_a_flood_ends_at_so_many_rows_a_minute(insert: Insert) -> None:
    insert(*[{**GOOD, "id": str(number)} for number in range(1000)])
    with pytest.raises(psycopg.errors.CheckViolation, match="too many web vitals"):
        insert({**GOOD, "id": "one more"})


def collect(run: Run, server: Server, table: str, more: str = "min_samples: 1", role: str = "postgres") -> Said:
    Path("rules.yaml").write_text(
        f"databases: {{main: {{url: '{server.url_of(role)}'}}}}\nsources: {{beacons: {{table: {table}, {more}}}}}\n"
    )
    return run("source", "collect", "--no-record", "--format", "json")


def test_the_last_value_of_an_id_counts_by_device_and_navigation(
    run: Run, server: Server, table: str, insert: Insert
) -> None:
    cls = {**GOOD, "name": "cls"}
    insert(
        {**cls, "id": "a", "value": 0.01}, {**cls, "id": "a", "value": 0.3}, {**cls, "id": "b", "value": 0.05},
        {**GOOD, "id": "a", "value": 2400}, {**GOOD, "id": "c", "value": 9000, "form_factor": "desktop"},
        {**GOOD, "id": "d", "value": 8, "navigation_type": "back-forward-cache"},
    )  # fmt: skip
    said = collect(run, server, table)
    assert said.code == 0
    assert said.told == {
        ("cls", "beacons", "phone", "navigate"): 0.3, ("lcp", "beacons", "phone", "navigate"): 2.4,
        ("lcp", "beacons", "desktop", "navigate"): 9.0, ("lcp", "beacons", "phone", "back-forward-cache"): 0.008,
    }  # fmt: skip
    rest = {
        (each["metric"], each["labels"].get("rating")): each["value"]
        for each in said.json["samples"] if each["labels"]["name"] == "cls" and "quantile" not in each["labels"]
    }  # fmt: skip
    assert rest == {
        ("web_vital_samples", None): 2.0, ("web_vital_share", "good"): 0.5,
        ("web_vital_share", "needs improvement"): 0.0, ("web_vital_share", "poor"): 0.5,
    }  # fmt: skip


def test_75_visits_at_the_limit_and_25_beyond_it_are_good(run: Run, server: Server, table: str, insert: Insert) -> None:
    insert(*({**GOOD, "id": str(number), "value": 2500 if number < 75 else 5000} for number in range(100)))
    assert set(collect(run, server, table, "min_samples: 100").told.values()) == {2.5}


@pytest.mark.slow
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from("abcdefgh"), st.floats(0, 9000)), min_size=1, max_size=30))
def test_the_servers_p75_is_ours(server: Server, table: str, visits: Sequence[tuple[str, float]]) -> None:
    with psycopg.connect(server.url) as connection:
        connection.execute(f"truncate {table}")
        for id, value in visits:
            sql = f"insert into {table} (id, value, name, navigation_type, form_factor) values (%s, %s, 'ttfb', %s, %s)"
            connection.execute(sql, (id, value, "reload", "tablet"))
    with postgres.connected(server.url, 5) as reading:
        (seen,) = beacons.read(postgres.ask(reading, beacons.query(table), {"seconds": 60.0, "path": ""}))
    last = list(dict(visits).values())
    assert seen.visits == len(last)
    assert seen.p75 == pytest.approx(nearest_rank(last) / 1000, abs=1e-9)
    assert sum(seen.shares.values()) == pytest.approx(1)


def test_pages_are_told_apart_where_that_is_wanted(run: Run, server: Server, table: str, insert: Insert) -> None:
    insert({**GOOD, "id": "a", "value": 1000}, {**GOOD, "id": "b", "value": 3000, "path": "/cart"})
    said = collect(run, server, table, "min_samples: 1, page: 'https://shop.example', paths: [/cart, /none]")
    assert {key[-1]: value for key, value in said.told.items()} == {
        "https://shop.example": 3.0, "https://shop.example/cart": 3.0,
    }  # fmt: skip
    assert said.lost == ["no data: no visit"]


@pytest.mark.parametrize("path", ["/product/:id", "/product/123456"])
def test_paths_are_meant_as_the_script_keeps_them(
    run: Run, server: Server, table: str, insert: Insert, path: str
) -> None:
    insert({**GOOD, "value": 1000, "path": "/product/:id"}, {**GOOD, "id": "b", "value": 9000, "path": "/"})
    said = collect(run, server, table, f"min_samples: 1, paths: '{path}'")
    assert (said.code, {key[-1]: value for key, value in said.told.items()}[path]) == (0, 1.0)


def test_few_visits_prove_nothing(run: Run, server: Server, table: str, insert: Insert) -> None:
    insert(GOOD, {**GOOD, "id": "2"})
    said = collect(run, server, table, "min_samples: 3")
    assert (said.code, said.told) == (3, {})
    assert said.lost == ["no data: 2 visits of one kind at the most, fewer than 3"]


def test_rows_that_are_hidden_are_not_called_none(run: Run, server: Server, table: str, insert: Insert) -> None:
    insert(GOOD)
    server.run(f"grant select on {table} to clerk")
    hidden = collect(run, server, table, role="clerk")
    assert hidden.lost == [f"no data: row level security hides the rows of {table} from this role"]
    server.run(f"create policy read on {table} for select to clerk using (true)")
    assert collect(run, server, table, role="clerk").code == 0


def test_a_table_that_is_not_there_is_said_with_what_makes_it(run: Run, server: Server) -> None:
    said = collect(run, server, "public.nowhere")
    (row,) = said.json["samples"]
    assert (said.code, row["hint"]) == (3, "dropmon vitals sql --table public.nowhere | psql makes it")
    assert "nowhere" in row["error"]


@pytest.mark.parametrize("name", ["order", "shop.User", "web-shop.web-vitals", "Public_2.a", "a" * 50])
def test_whatever_a_table_is_called_it_is_made_filled_and_read(run: Run, server: Server, name: str) -> None:
    made = run("vitals", "sql", "--table", name)
    for _ in range(2):
        server.run(made.out)
    with psycopg.connect(server.url_of("web")) as connection:
        connection.execute("set role anon")
        names, marks = ", ".join(GOOD), ", ".join(["%s"] * len(GOOD))
        connection.execute(f"insert into {beacons.quoted(name)} ({names}) values ({marks})", list(GOOD.values()))
    said = collect(run, server, name)
    assert (said.code, set(said.told.values())) == (0, {2.3105})


def test_a_role_is_quoted_and_one_that_is_not_there_leaves_nothing_half_made(run: Run, server: Server) -> None:
    said = run("vitals", "sql", "--table", "never", "--role", "web-user")
    with pytest.raises(DropmonError, match="there is no role web-user"):
        server.run(said.out)
    assert not postgres.rows(server.url, "select from pg_class where relname = 'never'", 5)
    server.run('create role "web-user" nologin;' + said.out)
    server.run(run("vitals", "sql", "--table", "never", "--role", "public").out)


def test_a_role_that_may_not_read_is_told_where_it_says_how(run: Run, server: Server, table: str) -> None:
    (row,) = collect(run, server, table, role="clerk").json["samples"]
    assert "permission denied" in row["error"]
    assert row["hint"] == f"the last lines of dropmon vitals sql --table {table} say how it may read them"


def test_no_sql_comes_from_the_name_of_a_table(run: Run, server: Server) -> None:
    assert "is not the name of a table" in collect(run, server, "'x; drop table y'").err
    for words in (["--table", "x;--"], ["--role", "anon; drop"]):
        said = run("vitals", "sql", *words)
        assert (said.code, said.out) == (3, "")


def test_a_query_that_takes_too_long_is_said_with_what_to_do(run: Run, server: Server, table: str) -> None:
    with psycopg.connect(server.url) as holding:
        holding.execute(f"lock table {table}")
        said = collect(run, server, table, "timeout: 300ms")
    (row,) = said.json["samples"]
    assert (said.code, "a shorter `window`" in row["hint"]) == (3, True)
