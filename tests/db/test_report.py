"""Every report on one page: one that fails stops no other, and nothing that was not seen passes for well."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dropmon.db.database import Database
from dropmon.db.page import Said, Survey, glance, page, survey
from dropmon.db.report import load, names, parse
from dropmon.db.samples import samples
from dropmon.db.session import session
from dropmon.errors import DatabaseError
from dropmon.model import Status
from dropmon.output.files import whole
from tests.cli.conftest import Dropmon, dropmon
from tests.db.incidents import blocked
from tests.db.sessions import connect

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dropmon.db.run import Answer
    from dropmon.demo.database import Server

__all__ = ["dropmon"]
NOW = 1795419127.0
FEW = ("connections", "blocking", "locks", "cache")
BROKEN = parse("broken", '/*\nsummary = "x"\nheadline = "x"\n[columns]\na = "a"\n*/\nselect 1 / 0 as a')
LYING = parse("lying", '/*\nsummary = "x"\nheadline = "x"\n[columns]\na = "a"\n*/\nselect 1 as b')


def ask(server: Server, *wanted: str, role: str = "dropmon", database: str = "shop", keep: bool = False) -> Survey:
    return survey(Database("main", server.url_of(role, database)), [load(name) for name in wanted], NOW, keep=keep)


def by_name(found: Survey) -> dict[str, Said]:
    return {each.report.name: each for each in found.said}


def test_every_report_answers_or_says_why_not_on_every_version(server: Server) -> None:
    found = ask(server, *names())

    assert [each.report.name for each in found.said] == list(names())
    assert {each.error.what for each in found.said if each.error} == set()


def test_a_report_that_fails_stops_no_other(newest: Server) -> None:
    reports = [load("cache"), BROKEN, LYING, load("locks")]
    said = survey(Database("main", newest.url_of("dropmon", "shop")), reports, NOW).said

    assert [each.answer is not None for each in said] == [True, False, False, True]
    assert said[1].error
    assert "division by zero" in said[1].error.what
    assert said[2].error
    assert said[2].error.what == "lying.sql returns no column 'a'"
    assert Status.worst(each.status for each in said) is Status.UNKNOWN


def test_a_report_without_its_extension_says_so_in_its_own_line(newest: Server) -> None:
    found = ask(newest, "slow-queries", "locks", database="bare")
    shown = glance(page(found, 0.1), found)

    assert "pg_stat_statements is not installed" in str(by_name(found)["slow-queries"].error)
    assert page(found, 0.1).headline.startswith("? UNKNOWN  1 of 2 reports has no answer")
    assert [row["report"] for row in shown.tables["no answer"].rows] == ["slow-queries"]
    assert shown.notes == ("well: locks; --all shows them",)


def test_what_is_hidden_does_not_pass_for_well(newest: Server) -> None:
    with connect(newest, "app", "someone"):
        found = ask(newest, "locks", "connections", role="blind")
    shown = glance(page(found, 0.1), found)
    veiled = [each.report.name for each in found.said if each.answer and each.answer.facts.get("hidden")]

    assert veiled
    for name in veiled:
        calm = [note for note in shown.notes if note.startswith("well, as far as blind may see: ") and name in note]
        assert calm or name in shown.tables
    assert not [note for note in shown.notes if note.startswith("well: ") and any(name in note for name in veiled)]


def test_the_worst_comes_first_with_a_few_rows_and_the_way_to_the_others(newest: Server) -> None:
    reports = [load(name) for name in ("invalid-indexes", "blocking", "slow-queries")]
    impatient = {"warn": "0s", "critical": "0s"}
    with blocked(newest):
        found = survey(Database("main", newest.url_of("dropmon", "shop")), reports, NOW, impatient)
    whole = page(found, 0.1)
    shown = glance(whole, found, 2)

    assert next(iter(shown.tables)) == next(iter(whole.tables)) == "blocking"
    badness = [table.status.badness for table in shown.tables.values() if table.status]
    assert badness == sorted(badness, reverse=True)
    assert len(shown.tables["blocking"].rows) == 2
    assert shown.tables["blocking"].notes[0] == f"{len(whole.tables['blocking'].rows) - 2} more: dropmon db blocking"
    assert len(glance(whole, found, 0).tables["blocking"].rows) == len(whole.tables["blocking"].rows)


def crash_after(server: Server, count: int) -> Callable[[], None]:
    asked = 0

    def step() -> None:
        nonlocal asked
        asked += 1
        if asked == count:
            server.crash()

    return step


@pytest.mark.slow
def test_a_server_that_dies_in_the_middle_loses_only_what_was_not_asked(mortal: Server) -> None:
    reports = [load(name) for name in FEW]
    found = survey(Database("main", mortal.url_of("dropmon", "shop")), reports, NOW, step=crash_after(mortal, 2))

    assert [each.answer is not None for each in found.said] == [True, True, False, False]
    assert found.said[3].error
    assert found.said[3].error.what == "not asked: the connection was lost before"
    assert found.status in {Status.UNKNOWN, Status.CRITICAL}
    assert "2 of 4 reports have no answer" in page(found, 0.1).headline


def test_a_backend_that_is_ended_in_the_middle_loses_only_what_was_not_asked(newest: Server) -> None:
    def end() -> None:
        with connect(newest, "postgres", "killer") as killer:
            killer.execute("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'dropmon'")

    reports = [load(name) for name in FEW]
    found = survey(Database("main", newest.url_of("dropmon", "shop")), reports, NOW, step=end)

    assert [each.answer is not None for each in found.said] == [True, False, False, False]
    assert "terminating connection" in str(found.said[1].error)


def test_who_interrupts_gets_what_was_answered(newest: Server) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    reports = [load(name) for name in FEW]
    found = survey(Database("main", newest.url_of("dropmon", "shop")), reports, NOW, step=interrupt)

    assert [each.answer is not None for each in found.said] == [True, False, False, False]
    assert "interrupted" in str(found.said[3].error)


def test_no_server_is_an_error_and_no_page() -> None:
    with pytest.raises(DatabaseError):
        survey(Database("main", "postgresql://nobody@127.0.0.1:1/none"), [load("locks")], NOW)


@pytest.mark.slow
def test_the_page_is_written_as_its_name_says(newest: Server, dropmon: Dropmon, tmp_path: Path) -> None:
    url = newest.url_of("dropmon", "shop")
    for name, sign in (("a.html", "<!doctype html>"), ("a.md", "# What shop is doing"), ("a.txt", ""), ("a.json", "{")):
        done = dropmon("db", "report", "--only", "locks,cache", "-o", name, DATABASE_URL=url)
        assert (done.returncode, done.stdout) == (0, "")
        assert f"written to {name}" in done.stderr
        assert (tmp_path / name).read_text().startswith(sign)


def test_json_has_every_report_under_its_name(newest: Server, dropmon: Dropmon) -> None:
    url = newest.url_of("dropmon", "bare")
    done = dropmon("db", "report", "--only", "locks,slow-queries", "--format", "json", DATABASE_URL=url)
    said = json.loads(done.stdout)

    assert done.returncode == 3
    assert {key: said[key] for key in ("database", "status")} == {"database": "bare", "status": "unknown"}
    assert (said["reports"]["locks"]["status"], said["reports"]["locks"]["rows"]) == ("ok", [])
    assert "not installed" in said["reports"]["slow-queries"]["error"]
    assert "create extension" in said["reports"]["slow-queries"]["hint"]


@pytest.mark.slow
def test_a_folder_has_a_csv_file_of_each_report_and_none_that_is_out_of_date(
    newest: Server, dropmon: Dropmon, tmp_path: Path
) -> None:
    (tmp_path / "all").mkdir()
    (tmp_path / "all" / "slow-queries.csv").write_text("of yesterday")
    (tmp_path / "all" / "mine.txt").write_text("mine")
    url = newest.url_of("dropmon", "bare")
    done = dropmon("db", "report", "--only", "sizes,slow-queries", "--csv", "all", DATABASE_URL=url)

    assert "written to all" in done.stderr
    assert {path.name for path in (tmp_path / "all").iterdir()} == {"_index.csv", "sizes.csv", "mine.txt"}
    with (tmp_path / "all" / "_index.csv").open() as index:
        assert [(row["name"], row["file"]) for row in csv.DictReader(index)] == [
            ("slow-queries", ""), ("sizes", "sizes.csv")
        ]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--only", "nonsense"], "there is no report 'nonsense'"),
        (["--format", "csv"], "CSV holds one table"),
        (["-o", "page"], "in which format"),
        (["-o", "page.csv"], "in which format"),
        (["-o", "page.html", "--format", "rich"], "in which format"),
        (["--only", "locks", "-o", "none/page.html"], "cannot write none/page.html"),
    ],
    ids=" ".join,
)
def test_what_cannot_be_meant_is_refused(newest: Server, dropmon: Dropmon, words: list[str], said: str) -> None:
    done = dropmon("db", "report", *words, DATABASE_URL=newest.url_of("dropmon", "shop"))

    assert done.returncode == 3
    assert said in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_all_samples_are_kept_at_once(newest: Server, dropmon: Dropmon) -> None:
    url = newest.url_of("dropmon", "shop")
    words = ["db", "report", "--only", "connections,cache,slow-queries", "--record", "--storage", "h.db"]
    dropmon(*words, DATABASE_URL=url)
    kept = dropmon("history", "export", "--storage", "h.db").stdout

    for name in ("pg_max_connections", "pg_cache_hit_ratio", "pg_statement_mean_seconds"):
        assert f"\n{name}{{" in kept


def test_a_page_that_fails_on_the_way_leaves_the_old_one_whole(tmp_path: Path) -> None:
    path = tmp_path / "today.html"
    path.write_text("yesterday")
    path.chmod(0o640)

    def broken() -> Iterator[str]:
        yield "half"
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        whole(path, broken())
    assert (path.read_text(), [each.name for each in tmp_path.iterdir()]) == ("yesterday", ["today.html"])
    whole(path, ["today"])
    assert (path.read_text(), path.stat().st_mode & 0o777) == ("today", 0o640)


def series(answer: Answer) -> set[object]:
    return {(name, labels) for name, labels, *_ in samples(answer, {}, NOW)}


def test_of_two_clients_of_one_name_the_one_further_behind_is_kept(newest: Server) -> None:
    with session(Database("main", newest.url_of("dropmon", "shop"))) as found:
        answer = found.ask(load("replication"))
    rows = tuple({**answer.rows[0], "slot": None, "client": "walreceiver", "lag_bytes": lag} for lag in (1, 3, 2))
    kept = [sample for sample in samples(answer._replace(rows=rows), {}, NOW) if sample.name.endswith("lag_bytes")]

    assert [(sample.value, dict(sample.labels)) for sample in kept] == [(3, {"client": "walreceiver", "slot": ""})]


def test_what_is_kept_does_not_depend_on_what_is_shown(newest: Server) -> None:
    reports = [load(name) for name in names() if load(name).samples]
    database = Database("main", newest.url_of("dropmon", "shop"))
    few, all_ = (survey(database, reports, NOW, given, keep=True) for given in ({"limit": 1}, {}))

    shown = [[len(said.answer.rows) for said in each.said if said.answer] for each in (few, all_)]
    assert sum(shown[0]) < sum(shown[1])
    for some, every in zip(few.kept, all_.kept, strict=True):
        assert series(some) == series(every)


@pytest.mark.slow
def test_a_report_is_compared_with_the_past_as_when_asked_alone(newest: Server, dropmon: Dropmon) -> None:
    url = newest.url_of("dropmon", "shop")
    alone = dropmon("db", "deadlocks", "--format", "json", "--storage", "h.db", DATABASE_URL=url)
    words = ["db", "report", "--only", "deadlocks", "--format", "json", "--storage", "h.db"]
    together = json.loads(dropmon(*words, DATABASE_URL=url).stdout)["reports"]["deadlocks"]

    assert {**json.loads(alone.stdout), "at": ""} == {**together, "at": ""}
