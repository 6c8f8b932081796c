"""What a query comes to on a real server: its samples, or what is wrong with it."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from dropmon.demo.database import Server
from dropmon.sources.kinds.sql import Sql
from dropmon.sources.values import MOST
from tests.sources.conftest import Run

FINE = "    - {metric: fine, query: select 7}\n"


def entry(query: str, more: str = "") -> str:
    return f"    - {{metric: a_total, query: {json.dumps(query)}{more}}}\n"


@pytest.mark.parametrize(
    ("query", "more", "samples"),
    [
        ("select count(*) from orders", "", {"{}": 40000.0}),
        ("select avg(x) from (values (1), (2)) v(x)", "", {"{}": 1.5}),
        ("select 1e-7::float8;", "", {"{}": 1e-07}),
        ("select -3", "", {"{}": -3.0}),
        (
            "select status, count(*) from orders group by 1",
            "",
            {'{"status": "paid"}': 10000.0, '{"status": "shipped"}': 20000.0, '{"status": "refunded"}': 10000.0},
        ),
        ("select 5 as value, 'x' as team, 7 as size", "", {'{"size": "7", "team": "x"}': 5.0}),
        ("select 'x' as a, 5", ", labels: {team: shop}", {'{"a": "x", "team": "shop"}': 5.0}),
        ("select null as a, '' as b, 5", "", {"{}": 5.0}),
        ("select '100%' as share, 5 where 'a' like '%'", "", {'{"share": "100%"}': 5.0}),
        ("select n as shop, n from generate_series(1, 1000) n limit 1", "", {'{"shop": "1"}': 1.0}),
    ],
)
def test_a_row_is_a_sample(collect: Run, query: str, more: str, samples: dict[str, float]) -> None:
    said = collect(entry(query, more))
    assert {json.dumps(each["labels"], sort_keys=True): each["value"] for each in said.samples} == samples
    assert (said.code, said.err) == (0, "")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("query", "more", "error", "hint"),
    [
        ("select avg(rating) from feedback where false", "", "no data: the value is null", "write coalesce(…, 0)"),
        ("select 1 where false", "", "no data: the query returned no row", "write coalesce(…, 0)"),
        ("select count(*), 'paid' as status", "", "'paid' is not a number", "name the column of the number `value`"),
        ("select 'NaN'::float8", "", "'NaN' is not a number", ""),
        ("select 'infinity'::float8", "", "'Infinity' is not a number", ""),
        ("select 1e400::numeric", "", "'1000000000000000000000000000000000000000…' is too large", ""),
        ("select true", "", "'t' is not a number", ""),
        ("select -1", ", type: counter", "a counter of -1", "one that may fall is a gauge"),
        ("select 'x' as a, n from generate_series(1, 3) n", "", "3 values with the same labels", "add a column or a"),
        ("select 1, 2", "", "'?column?' is not a label's name: use letters, digits and _", "give the column a name"),
        ("select 1 as __name__, 2", "", "'__name__' is not a label's name: those that begin with __", "give the"),
        ("select 1 as a, 2 as a, 3", "", "two columns are named 'a'", "give one another name"),
        ("select 1 as value, 2 as value", "", "two columns are named 'value'", "give one another name"),
        ("select 'x' as team, 2", ", labels: {team: shop}", "the column 'team' is also one of `labels:`", "take one"),
        ("select repeat('x', 2000) as a, 2", "", "a label longer than 1,024 characters", "select less"),
        ("select", "", "the query returns no column", "select a number"),
        ("select n as a, n from generate_series(1, 3000000) n", "", "more than 1,000 rows", "group by fewer columns"),
        ("select 1", ", database: nowhere", "there is no database 'nowhere'", "add it under `databases:`"),
        ("select 1", ", database: down", "connection failed: ", "is the server running, and is the port right?"),
        ("select from where", "", 'syntax error at or near "where"', "the SQL has a mistake"),
        ("selct 1", "", "only reading is possible here, and no query begins with 'selct'", "write one SELECT"),
        ("select 1 from nothing", "", 'relation "nothing" does not exist', "is the table's name right"),
        ("select 1; select 2", "", "cannot insert multiple commands", "the SQL has a mistake"),
        ("-- nothing", "", "an empty query", "write one SELECT"),
        ("commit", "", "only reading is possible here, and no query begins with 'commit'", "write one SELECT"),
        (
            "copy (select 1) to stdout",
            "",
            "only reading is possible here, and no query begins with 'copy'",
            "write one",
        ),
        ("select pg_sleep(9)", ", timeout: 100ms", "canceling statement due to statement timeout", "the query took"),
        ("select count(*) from orders", ", database: clerk", "permission denied for table orders", "grant the role"),
        (
            "with a as (delete from orders returning 1) table a",
            "",
            "cannot execute SELECT in a read-only",
            "only reading",
        ),
        ("select pg_terminate_backend(pg_backend_pid())", "", "terminating connection", "the server is starting or"),
    ],
)
def test_what_is_no_number_leaves_no_sample_and_says_so(
    collect: Run, caplog: pytest.LogCaptureFixture, query: str, more: str, error: str, hint: str
) -> None:
    said = collect(entry(query, more) + FINE)
    (wrong,) = (each for each in said.samples if each["metric"] == "a_total")
    assert (wrong["value"], wrong["status"], said.code) == (None, "unknown", 3)
    assert wrong["error"].startswith(error)
    assert wrong["hint"].startswith(hint)
    assert not caplog.records  # of the driver, whose logger would print them
    assert [each["value"] for each in said.samples if each["metric"] == "fine"] == [7.0]


def test_a_wrong_row_does_not_hide_the_others(collect: Run) -> None:
    said = collect(entry("select * from (values ('x', 1), ('y', null), ('z', 3)) v(a, b)"))
    assert [(each["labels"], each["value"]) for each in said.samples] == [
        ({"a": "y"}, None), ({"a": "x"}, 1.0), ({"a": "z"}, 3.0),
    ]  # fmt: skip


def test_a_query_that_is_wrong_in_every_row_says_so_a_few_times(collect: Run) -> None:
    said = collect(entry("select 7 as a, n::text || 'th' from generate_series(1, 300) n"))
    assert [each["error"] for each in said.samples] == [
        "'1th' is not a number", "'2th' is not a number", "'3th' is not a number", "297 more rows without a number",
    ]  # fmt: skip


def test_the_same_sample_from_two_sources_is_nobodys(collect: Run) -> None:
    said = collect(2 * "    - {metric: a, query: select 1}\n" + "    - {metric: a, query: select 2, labels: {b: c}}\n")
    assert [(each["value"], each["error"]) for each in said.samples] == [
        (None, "2 values with the same labels"), (None, "2 values with the same labels"), (2.0, ""),
    ]  # fmt: skip


def test_queries_of_one_database_share_a_connection_and_not_a_transaction(collect: Run) -> None:
    said = collect(
        "    - {metric: first, query: 'select pg_backend_pid() as pid, 1'}\n"
        + "    - {metric: broken, query: selct}\n"
        + "    - {metric: second, query: 'select pg_backend_pid() as pid, 1'}\n"
        + "    - {metric: limit, query: \"select setting::int from pg_settings where name = 'statement_timeout'\"}\n"
    )
    found = {each["metric"]: each for each in said.samples}
    assert found["first"]["labels"] == found["second"]["labels"] != {}
    assert (found["limit"]["value"], found["broken"]["value"]) == (3000.0, None)


@pytest.mark.parametrize("first", ["set transaction read write", "commit and chain", "rollback", "begin read write"])
def test_nothing_is_changed_by_a_query_that_tries(collect: Run, server: Server, first: str) -> None:
    queries = [first, "delete from feedback returning 1", "select count(*) from feedback"]
    entries = [f"    - {{metric: m{n}, query: {query}, database: root}}\n" for n, query in enumerate(queries)]
    said = collect("".join(entries), databases=f"  root: {{url: '{server.url}'}}\n")
    assert [each["value"] for each in said.samples] == [None, None, 3000.0]


def test_what_the_rows_mean_needs_no_server() -> None:
    source = Sql(metric="a", query="q")
    rows: Any = [(("a", str(n)), ("count", str(n))) for n in range(MOST)]
    assert len(source.readings(rows)) == MOST
    assert [reading.error for reading in source.readings([*rows, rows[0]])] == ["more than 1,000 rows"]


def test_a_large_answer_is_left_early(collect: Run) -> None:
    began = time.monotonic()
    collect(entry("select generate_series(1, 100000000) as a, repeat('x', 1000) as b, 1"))
    assert time.monotonic() - began < 2
