"""A round of sources: side by side, within one deadline, recorded; and what people see of it."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Self

import pytest

from dropmon import postgres
from dropmon.demo.database import Server as Postgres
from dropmon.model import Sample, Status
from dropmon.sources.kinds import sql
from dropmon.sources.run import Round, collect, distinct
from dropmon.sources.source import Clock, Given, Reading, Server
from dropmon.storage import open_store
from tests.cli.conftest import COMMAND, environment
from tests.sources.answers import CASES
from tests.sources.api import Reply, api
from tests.sources.conftest import Run

TWO = (
    "    - {metric: active_users, query: select count(*) from auth.sessions where user_id <= 12}\n"
    "    - {metric: orders_total, type: counter, query: 'select status, count(*) from orders group by 1',"
    " labels: {team: shop}, timeout: 5s}\n"
)
DOWN = "    - {metric: lost, query: select 1, database: down}\n"


@pytest.fixture
def silent() -> Iterator[str]:
    """A server that accepts and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"postgresql://me@127.0.0.1:{listener.getsockname()[1]}/x"


def kept(place: str = "home/.local/state/dropmon/dropmon.db") -> dict[tuple[str, str], float]:
    with open_store(place) as store:
        return {
            (each.name, json.dumps(dict(each.labels))): value
            for each in store.series()
            for _, value in [store.latest(each.name)[each.labels]]
        }


@pytest.mark.slow
def test_what_is_told_is_kept(collect: Run) -> None:
    began = time.time()
    assert collect(TWO).code == 0
    assert kept() == {
        ("active_users", "{}"): 12.0,
        ("orders_total", '{"status": "paid", "team": "shop"}'): 10000.0,
        ("orders_total", '{"status": "refunded", "team": "shop"}'): 10000.0,
        ("orders_total", '{"status": "shipped", "team": "shop"}'): 20000.0,
    }
    with open_store("home/.local/state/dropmon/dropmon.db") as store:
        ((at, _),) = store.latest("active_users").values()
    assert began - 0.01 <= at <= time.time()


@pytest.mark.slow
def test_one_that_fails_stops_no_other_and_leaves_nothing(collect: Run) -> None:
    said = collect(DOWN + TWO)
    assert (said.code, said.json["status"]) == (3, "unknown")
    assert [each["metric"] for each in said.samples] == ["lost", "active_users", *3 * ["orders_total"]]
    assert ("lost", "{}") not in kept()
    assert len(kept()) == 4


@pytest.mark.parametrize("words", [["collect", "--no-record"], ["test", "active_users"]], ids=" ".join)
def test_a_trial_keeps_nothing(collect: Run, run: Run, words: list[str]) -> None:
    collect(TWO, "--no-record")
    assert run(*words).code == 0
    assert not Path("home").exists()


def test_a_broken_store_is_a_warning(collect: Run) -> None:
    Path("broken.db").write_text("no database" * 1000)
    said = collect(TWO, "--storage", "broken.db")
    assert (said.code, len(said.samples)) == (0, 4)
    assert "warning: the history broken.db is damaged" in said.err


def test_names_choose_in_any_case(collect: Run, run: Run) -> None:
    said = collect(TWO + DOWN, "ACTIVE_users")
    assert [each["metric"] for each in said.samples] == ["active_users"]
    for words in (["collect", "active_user"], ["test", "active_user"]):
        wrong = run(*words)
        assert (wrong.code, wrong.err) == (
            3, "dropmon: there is no source 'active_user'\n  → did you mean 'active_users'?\n",
        )  # fmt: skip


@pytest.mark.slow
def test_databases_are_asked_side_by_side(collect: Run, server: Postgres) -> None:
    also = f"  other: {{url: '{server.url_of('app')}'}}\n"
    slow = "    - {metric: a, query: 'select 1 from pg_sleep(1)'}\n"
    slow += "    - {metric: b, query: 'select 1 from pg_sleep(1)', database: other}\n"
    began = time.monotonic()
    assert collect(slow, databases=also).code == 0
    assert time.monotonic() - began < 1.9  # one after the other they take two seconds


@pytest.mark.slow
def test_one_deadline_ends_it_all(collect: Run, silent: str) -> None:
    late = "    - {metric: never, query: select 1, database: silent}\n"
    late += "    - {metric: after, query: select 1, database: silent}\n"
    began = time.monotonic()
    said = collect(late + TWO, "--deadline", "700ms", databases=f"  silent: {{url: '{silent}'}}\n")
    assert time.monotonic() - began < 1.5
    assert [each["error"] for each in said.samples][:3] == 2 * ["no answer within 0.7 s for all sources"] + [""]
    assert len(kept()) == 4


@pytest.mark.slow
def test_a_database_that_never_accepts_is_left_after_its_own_timeout(collect: Run, silent: str) -> None:
    late = "    - {metric: never, query: select 1, database: silent}\n"
    began = time.monotonic()
    said = collect(late, databases=f"  silent: {{url: '{silent}', timeout: 2s}}\n")
    assert time.monotonic() - began < 4
    assert (said.code, said.samples[0]["hint"]) == (3, "is the server reachable from here, and not overloaded?")


@pytest.mark.slow
def test_ctrl_c_keeps_what_is_known(collect: Run, server: Postgres) -> None:
    collect(TWO + "    - {metric: slow, query: 'select 1 from pg_sleep(2.5)'}\n", "active_users", "--no-record")
    command = [*COMMAND, "source", "collect", "--format", "json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment(Path("home"))) as running:
        busy = "select 1 from pg_stat_activity where state = 'active' and query like '%pg_sleep(2.5)'"
        while not postgres.rows(server.url, busy, 5):
            time.sleep(0.05)
        running.send_signal(signal.SIGINT)
        said = json.loads(running.communicate()[0])
    assert running.returncode == 3
    assert said["samples"][0]["error"] == "interrupted before it answered"
    assert len(kept()) == 4


def test_a_variable_that_is_unset_stops_only_what_needs_it(collect: Run, run: Run) -> None:
    lacking = "    - {metric: a, query: select 1, labels: {team: '${TEAM}'}}\n"
    lacking += "    - {metric: b, query: select 1, database: remote}\n"
    others = "  sentry: {organization: o, project: p, token: '${SENTRY_TOKEN}'}\n"
    said = collect(lacking + TWO + others, databases="  remote: {url: '${REMOTE}'}\n")
    assert [(each["metric"], each["error"].partition(": ")[2]) for each in said.samples][:3] == [
        ("sentry", "unset variable SENTRY_TOKEN"), ("a", "unset variable TEAM"), ("b", "unset variable REMOTE"),
    ]  # fmt: skip
    assert len(said.samples) == 7
    listed = run("list", "--format", "json").json["sources"]
    assert [each["error"].partition(": ")[2] for each in listed] == [
        "unset variable SENTRY_TOKEN", "unset variable TEAM", "", "", "",
    ]  # fmt: skip


def test_a_mistake_elsewhere_disturbs_nobody(collect: Run) -> None:
    assert collect(TWO + "checks: {apiss: []}\nalerts: 3\n", databases="  wrong: {urll: x}\n").code == 0


def test_a_mistake_in_the_section_is_told_at_its_place(collect: Run) -> None:
    said = collect("    - {metric: a, qery: select 1}\n")
    assert (said.code, said.out) == (3, "")
    assert "rules.yaml:7:19: unknown key 'qery' in sources.sql[0] (did you mean 'query'?)" in said.err


def test_what_is_configured_is_listed_without_asking(collect: Run, run: Run) -> None:
    collect(TWO + DOWN, "--no-record")
    said = run("list")
    assert said.code == 0
    assert [line.split()[:3] for line in said.out.splitlines()] == [
        ["name", "kind", "labels"], ["active_users", "sql", "5m"], ["orders_total", "sql", "team=shop"],
        ["lost", "sql", "5m"],
    ]  # fmt: skip
    assert "main: select status, count(*) from orders group by 1" in said.out


@pytest.mark.parametrize("text", ["platform:\n", "sources:\n", "sources: {sql: []}\n"])
def test_nothing_to_ask_is_no_all_clear(run: Run, text: str) -> None:
    Path("rules.yaml").write_text(text)
    said = run("collect", "--no-record")
    assert said.code == 3
    assert said.out.startswith("? UNKNOWN  nothing to collect: the rules name no source  (")
    assert run("list").out == "the rules name no source\n"


def test_the_screen_begins_with_the_verdict(collect: Run, run: Run) -> None:
    collect(TWO + DOWN, "--no-record")
    lines = run("collect", "--format", "plain").out.splitlines()
    assert lines[0].startswith("? UNKNOWN  1 of 3 sources failed, 4 samples  (")
    assert [" ".join(line.split())[:50] for line in lines[1:4]] == [
        "metric labels value status what is wrong what to d",
        "lost ? unknown connection failed: connection to se",
        "active_users 12 ✔ ok",
    ]
    assert run("collect", "active_users", "--quiet").out == ""
    assert run("collect", "active_users").out.startswith("✔ OK  1 source, 1 sample  (")


def test_names_from_the_database_are_harmless(collect: Run, run: Run) -> None:
    collect("    - {metric: a, query: \"select E'\\\\x1b[31m=cmd()\\\\n[bold]x' as shop, 1\"}\n", "--no-record")
    for form in ("plain", "rich", "json", "csv", "markdown"):
        assert "\x1b[31m" not in run("collect", "--no-record", "--format", form).out
    assert "shop==cmd() [bold]x" in run("collect", "--no-record").out


def test_the_password_is_in_no_message(collect: Run, server: Postgres) -> None:
    wrong = server.url.replace(server.password, "s3cret-guess")
    said = collect("    - {metric: a, query: select 1, database: d}\n", databases=f"  d: {{url: '{wrong}'}}\n")
    assert said.samples[0]["hint"] == "the password is wrong: look at the `url` of this database"
    assert "s3cret-guess" not in said.out + said.err


def test_a_source_that_breaks_is_told_like_one_that_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken(sql.Sql):
        @classmethod
        def told(cls, lane: Sequence[Self], servers: Mapping[str, Server], clock: Clock) -> Iterator[list[Reading]]:
            yield [Reading("a", (), 1.0)]
            raise RuntimeError("oh")

    monkeypatch.setattr("dropmon.sources.run.registry", lambda: {"sql": Broken})
    given = [Given("sql", name, Broken(metric=name, query="q")) for name in ("a", "b")]
    done = collect(given, {}, 5, lambda: 60.0)
    assert list(done.samples()) == [Sample("a", (), 60.0, 1.0)]
    assert done.answers[1].readings[0].error == "RuntimeError: oh"
    assert done.status is Status.UNKNOWN
    assert Round(0, 0, distinct([])).status is Status.UNKNOWN


def test_the_sources_of_the_demo_have_numbers(run: Run, server: Postgres) -> None:
    text = (files("dropmon.demo") / "rules.yaml").read_text("utf-8")
    database = f"databases: {{main: {{url: '{server.url_of('dropmon')}'}}}}\n\n"
    written = re.sub(r"(?m)^  vercel: .*$", "", text[text.index("sources:") :])  # it is asked elsewhere
    Path("rules.yaml").write_text(database + written)
    said = run("collect", "--format", "json")
    assert said.code == 0
    assert [each["metric"] for each in said.samples] == ["active_users", *3 * ["orders"], "user_satisfaction"]


@pytest.mark.slow
def test_a_part_that_hangs_takes_none_of_the_others_with_it(run: Run) -> None:
    with api() as service:
        service.answer = lambda asked: Reply({}, wait=5.0) if "visits" in asked.path else CASES["vercel"].answer(asked)
        Path("rules.yaml").write_text("sources:\n  " + CASES["vercel"].rules.replace("$url", service.url))
        began = time.monotonic()
        said = run("collect", "--no-record", "--deadline", "1500ms", "--format", "json")
    assert time.monotonic() - began < 4
    lost = [(each["metric"], each["error"]) for each in said.samples if each["value"] is None]
    assert lost == [("page_views", "no answer before the deadline of all sources")]
    assert len(said.samples) == len(CASES["vercel"].samples) - 1  # two were of the part that hangs, one says why
