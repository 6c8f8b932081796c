"""Every file of `queries/` is a whole report: it answers on every version, and says what it says it says."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dropmon.cli import run
from dropmon.db.database import Database
from dropmon.db.report import FOLDER, load, names, parse
from dropmon.db.session import session
from dropmon.db.variant import variant
from tests.db.asking import ask
from tests.db.databases import database

if TYPE_CHECKING:
    from dropmon.db.report import Report
    from dropmon.demo.database import Server

README = (Path(__file__).parents[2] / "README.md").read_text()
SPECIAL = {"verdict", "notes", "hidden", "refusal"}
INNER = {"place", "ordinal"}  # what it is sorted by
UNITS = r"(_seconds|_bytes|_ratio|_at|_day|_week|_call)$"


@pytest.mark.parametrize("name", names())
def test_the_header_says_all_that_a_command_needs(name: str) -> None:
    report = load(name)

    assert report.columns
    assert not report.summary.endswith(".")
    assert len(report.summary) <= 80
    assert {option.kind for option in report.options} <= {
        "duration",
        "percent",
        "size",
        "rate",
        "count",
        "text",
        "flag",
    }
    places = set(re.findall(r"(?<![:\w]):([a-z_]+)\b", report.sql)) - {"locked", "managed"}
    assert places <= {option.name for option in report.options}
    for metric in report.samples:
        known = {column.key for column in report.columns} | report.facts.keys()
        assert {metric.value, *metric.labels.values(), *metric.where} <= known
        assert metric.name.startswith("pg_")


@pytest.mark.parametrize("name", names())
def test_every_option_is_explained_and_its_default_can_be_read(name: str) -> None:
    report = load(name)

    assert all(option.help.endswith(".") for option in report.options)
    assert report.values().keys() == {option.name for option in report.options}


@pytest.mark.parametrize("name", names())
def test_a_share_of_more_than_the_whole_is_refused(name: str) -> None:
    for option in load(name).options:
        if option.kind == "percent":
            assert option.read("100%") == 1
            with pytest.raises(ValueError, match="more than the whole"):
                option.read("100.1%")


@pytest.mark.slow
@pytest.mark.parametrize("name", names())
def test_it_answers_with_what_its_header_declares(server: Server, name: str) -> None:
    answer = ask(server, name)
    report = answer.report

    declared = report.facts.keys() | {column.key for column in report.columns}
    assert columns(server, report) - SPECIAL - INNER == declared
    assert answer.facts.keys() - SPECIAL == report.facts.keys()
    for row in (answer.facts, *answer.rows):
        for key, value in row.items():
            assert value is None or isinstance(value, bool | int | float | str | list), key
            assert not isinstance(value, float) or re.search(UNITS, key), f"{key} = {value} has no unit"


def columns(server: Server, report: Report) -> set[str]:
    """What the SQL of a report returns, as psql would run it."""
    with session(Database("main", server.url_of("dropmon", "shop"))) as found:
        described = found.connection.execute(found.script(report).encode()).description
    return {column.name for column in described or ()}


@pytest.mark.parametrize("name", names())
def test_it_is_ascii_for_databases_of_any_encoding(name: str) -> None:
    assert (FOLDER / f"{name}.sql").read_text().isascii()


@pytest.mark.parametrize(("encoding", "name"), [("LATIN1", "café"), ("SQL_ASCII", "cafe")])
def test_every_report_answers_in_a_database_of_another_encoding(newest: Server, encoding: str, name: str) -> None:
    options = f"encoding '{encoding}' locale 'C' template template0"
    made = (
        "create extension pg_stat_statements",
        f"create table {name} (id int primary key, place int references {name})",
    )
    with (
        database(newest, *made, options=options) as own,
        session(Database("", newest.url_of("postgres", own))) as found,
    ):
        for each in map(load, names()):
            assert found.ask(each).report is each
        (row,) = found.ask(load("missing-fk-indexes")).rows

    assert row["table"] == f"public.{name}"


@pytest.mark.parametrize("name", names())
def test_its_command_prints_json_with_the_same_columns(
    newest: Server, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["db", name, "--format", "json", "-d", newest.url_of("dropmon", "shop")]) in {0, 1, 2, 3}
    found = json.loads(capsys.readouterr().out)
    assert found["report"] == name
    assert all(list(row) == [column.key for column in load(name).columns] for row in found["rows"])


@pytest.mark.parametrize("name", names())
def test_it_has_its_row_in_the_readme(name: str) -> None:
    assert f"| `dropmon db {name}` | {load(name).summary} |" in README


def test_a_file_without_a_header_is_refused() -> None:
    with pytest.raises(ValueError, match="does not begin with its header"):
        parse("now", "select 1")


def test_no_line_for_another_version_is_left_over() -> None:
    facts = {"server": (99, 0), "statements": (99, 0), "monitor": True, "standby": False, "texts": False}
    for name in names():
        assert "-- when" not in variant((FOLDER / f"{name}.sql").read_text().partition("*/\n")[2], facts)
