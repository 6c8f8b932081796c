"""`dropmon oncall …`: whole screens, JSON, exit codes, and what is refused."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from dropmon import cli
from dropmon.errors import DropmonError
from dropmon.flows import paging
from dropmon.rules import load
from dropmon.storage import open_for
from tests.oncall.phones import PEOPLE, ROTATION

SCREENS = Path(__file__).parent / "screens"
RULES = (
    "platform: {name: Shop, timezone: Europe/Paris, language: en}\nstorage: history.db\n"
    f"oncall:\n  start: 2026-01-05\n  people: {PEOPLE}\n  rotation: {ROTATION}\n"
)
NOW = "2026-01-07 12:00"


class Said(NamedTuple):
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Said]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Runs `dropmon oncall …` in a folder with rules."""
    monkeypatch.chdir(tmp_path)
    for name in ("DROPMON_STORAGE", "DROPMON_RULES"):
        monkeypatch.delenv(name, raising=False)
    Path("rules.yaml").write_text(RULES)

    def run(*words: str) -> Said:
        try:
            code = cli.run(["oncall", *words])
        except DropmonError as error:
            code = cli.fail(error, False)
        out, err = capsys.readouterr()
        return Said(code, out, err)

    return run


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("now", ("--at", NOW)),
        ("schedule", ("schedule", "--weeks", "4", "--at", "2026-03-17")),
        ("next", ("next", "carol", "--at", NOW)),
        ("fairness", ("fairness", "--past", "2", "--weeks", "5", "--at", NOW)),
    ],
)
def test_a_screen_is_as_it_was(run: Run, name: str, words: tuple[str, ...]) -> None:
    path, said = SCREENS / f"{name}.txt", run(*words)
    if not path.exists():
        path.write_text(said.out)
    assert said.out == path.read_text()
    assert said.err == ""


def test_json_is_what_programs_were_promised(run: Run) -> None:
    said = run("--at", NOW, "--format", "json")
    assert said.code == 0
    assert said.json == {
        "at": "2026-01-07T11:00:00Z",
        "primary": {
            "id": "ann", "name": "Ann", "phone": "+33600000001", "email": "ann@example.com", "slack": "U01",
        },
        "backup": {
            "id": "bob", "name": "Bob", "phone": "+33600000002", "email": "bob@example.com", "slack": None,
        },
        "shift": {"start": "2026-01-05T08:00:00Z", "end": "2026-01-12T08:00:00Z"},
        "source": "rotation",
        "warnings": [],
    }  # fmt: skip


def test_an_override_is_added_listed_and_taken_back(run: Run) -> None:
    words = ("bob", "--replace", "ann", "--from", "2026-01-07 09:00", "--for", "1d", "-m", "dentist", "--by", "ann")
    added = run("override", "add", *words, "--at", "2026-01-07 08:00", "--format", "json").json["overrides"][0]
    assert (added["person"], added["replaces"], added["start"]) == ("bob", "ann", "2026-01-07T08:00:00Z")

    during = run("--at", NOW, "--format", "json")
    assert (during.code, during.json["primary"]["id"], during.json["source"]) == (1, "bob", "override")
    assert during.json["warnings"] == ["Bob holds both roles: there is no second line"]
    assert during.json["shift"] == {"start": "2026-01-07T08:00:00Z", "end": "2026-01-08T08:00:00Z"}
    assert added["id"] in run("override", "list", "--at", NOW).out

    assert run("override", "remove", added["id"][:4], "--at", "2026-01-07 18:00").code == 0
    assert run("--at", "2026-01-07 17:59", "--format", "json").json["primary"]["id"] == "bob"  # so it was
    assert run("--at", "2026-01-07 18:00", "--format", "json").json["primary"]["id"] == "ann"
    assert "no overrides" in run("override", "list", "--at", "2026-01-07 19:00").out
    assert "removed" in run("override", "list", "--all", "--at", "2026-01-07 19:00").out


def test_overrides_that_overlap_are_said_and_the_latest_wins(run: Run) -> None:
    for number, person in enumerate(("bob", "carol")):
        when = f"2026-01-07 08:0{number}"
        done = run("override", "add", person, "--take", "primary", "--for", "1d", "--at", when)
    assert re.search(r"warning: it overlaps \w+ \(bob as primary\), and wins: it was made later", done.out)
    now = run("--at", NOW, "--format", "json").json
    assert now["primary"]["id"] == "carol"
    assert "overrides overlap for primary" in now["warnings"][0]


def test_two_people_swap_their_next_shifts_and_the_rotation_goes_on(run: Run) -> None:
    assert run("swap", "ann", "bob", "--at", "2026-01-01", "-m", "wedding").code == 0
    shown = run("schedule", "--weeks", "4", "--at", "2026-01-05 09:00", "--format", "json").json["shifts"]
    assert [(each["primary"], each["backup"]) for each in shown] == [
        ("bob", "ann"),  # they change roles where both hold one
        ("ann", "carol"),
        ("carol", "ann"),
        ("ann", "bob"),
    ]


def roles(run: Run) -> list[tuple[str, str]]:
    shown = run("schedule", "--weeks", "4", "--at", "2026-01-05 09:00", "--format", "json").json["shifts"]
    return [(each["primary"], each["backup"]) for each in shown]


def test_who_swaps_twice_has_what_they_had_and_is_told_what_is_replaced(run: Run) -> None:
    before = roles(run)
    run("swap", "ann", "bob", "--at", "2026-01-01")
    again = run("swap", "ann", "bob", "--at", "2026-01-02")
    assert roles(run) == before
    replaced = re.findall(r"it overlaps \w+ \((.*)\), and wins", again.out)
    assert sorted(replaced) == ["ann for bob", "ann for bob", "bob for ann"]


def test_a_swap_leaves_a_shift_that_somebody_else_has_taken(run: Run) -> None:
    run("override", "add", "carol", "--replace", "ann", "--from", "2026-01-05 09:00", "--for", "7d",
        "--at", "2026-01-01")  # fmt: skip
    done = run("swap", "ann", "bob", "--at", "2026-01-02")
    assert roles(run) == [("carol", "bob"), ("ann", "carol"), ("carol", "ann"), ("bob", "ann")]
    assert "Carol holds both roles" not in done.out


def test_a_week_is_swapped_for_a_week_and_a_part_of_one_is_kept_which_is_said(run: Run) -> None:
    run(
        "override",
        "add",
        "ann",
        "--replace",
        "carol",
        "--from",
        "2026-01-20 09:00",
        "--for",
        "18h",
        "--at",
        "2026-01-13",
    )
    done = run("swap", "ann", "carol", "--at", "2026-01-13")
    weeks = ("2026-01-26 09:00", "2026-02-02 09:00", "2026-02-09 09:00")  # ann's, bob's, carol's
    held = [run("--at", when, "--format", "json").json["primary"]["id"] for when in weeks]

    assert held == ["carol", "bob", "ann"]
    assert run("--at", "2026-01-20 10:00", "--format", "json").json["primary"]["id"] == "ann"
    kept = re.findall(r"warning: (\w+) keeps (.*?) to (.*): it is no whole week", done.out)
    assert sorted(kept) == [
        ("Ann", "Tue 2026-01-20 09:00 CET", "Wed 2026-01-21 03:00 CET"),
        ("Carol", "Mon 2026-01-19 09:00 CET", "Tue 2026-01-20 09:00 CET"),
        ("Carol", "Wed 2026-01-21 03:00 CET", "Mon 2026-01-26 09:00 CET"),
    ]


def test_what_is_typed_seconds_later_leaves_no_shift_of_seconds(run: Run) -> None:
    words = ("--take", "primary", "--for", "2h", "--format", "json")
    ids = [
        run("override", "add", who, *words, "--at", at).json["overrides"][0]
        for who, at in (("bob", "2026-01-07 12:00:10.3"), ("carol", "2026-01-07 12:00:11.9"))
    ]  # fmt: skip
    assert {(one["start"], one["end"]) for one in ids} == {("2026-01-07T11:00:00Z", "2026-01-07T13:00:00Z")}
    run("override", "remove", ids[1]["id"], "--at", "2026-01-07 12:30:20")
    shown = run("schedule", "--weeks", "1", "--at", "2026-01-05 09:00", "--format", "json").json["shifts"]
    assert [(each["primary"], each["start"][11:]) for each in shown] == [
        ("ann", "08:00:00Z"), ("carol", "11:00:00Z"), ("bob", "11:30:00Z"), ("ann", "13:00:00Z"),
    ]  # fmt: skip


def test_days_are_days_by_the_clock_on_the_wall(run: Run) -> None:
    """In the night to 2026-03-29 an hour is skipped."""
    for within, end in (("2d", "2026-03-30T07:00:00Z"), ("48h", "2026-03-30T08:00:00Z")):
        words = ("bob", "--take", "primary", "--from", "2026-03-28 09:00", "--for", within, "--at", NOW)
        assert run("override", "add", *words, "--format", "json").json["overrides"][0]["end"] == end


def test_who_came_then_is_as_it_was_served(run: Run) -> None:
    with open_for(load(Path("rules.yaml"))) as store:
        for day in ("06", "13"):
            moment = datetime.fromisoformat(f"2026-01-{day}T12:00+01:00").timestamp()
            paging.remember(load(Path("rules.yaml")), store, moment)
    assert "then: Bob, backup Carol" in run("--at", NOW).out
    Path("rules.yaml").write_text(RULES.replace(ROTATION, "[{primary: carol, backup: bob}]"))
    assert "then: Bob, backup Carol" in run("--at", NOW).out
    assert "then: Carol, backup Bob" in run("--at", "2026-01-13 11:00").out


def test_a_calendar_is_written_and_remembers_what_it_was(run: Run, tmp_path: Path) -> None:
    whole = run("ics", "--weeks", "4", "--at", NOW).out
    assert whole.count("BEGIN:VEVENT") == whole.count("STATUS:CONFIRMED") > 8
    run("override", "add", "carol", "--take", "primary", "--from", "2026-01-12 09:00", "--for", "7d", "--at", NOW)
    own = run("ics", "--person", "bob", "--file", "bob.ics", "--weeks", "4", "--at", NOW)
    told = (tmp_path / "bob.ics").read_bytes()
    assert (own.code, own.out) == (0, "")
    assert told.count(b"STATUS:CANCELLED") == 1  # the week that carol has taken
    assert b"Carol" not in told


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (("next", "ana"), "there is no person 'ana'\n  → did you mean 'ann'?"),
        (("override", "add", "bob", "--take", "boss", "--for", "1d"), "'boss' is no role"),
        (("override", "add", "bob", "--for", "1d"), "an override takes one thing"),
        (("override", "add", "bob", "--replace", "bob", "--for", "1d"), "Bob cannot stand in for themselves"),
        (("override", "add", "bob", "--replace", "ann"), "an override needs one end"),
        (
            ("override", "add", "bob", "--replace", "ann", "--from", "2026-01-02 09:00", "--until", "2026-01-01 09:00"),
            "the override ends before it begins",
        ),
        (("override", "add", "bob", "--take", "primary", "--for", "10s", "--at", NOW), "lasts a minute at least"),
        (("override", "remove", "x"), "no override begins with 'x'"),
        (("swap", "ann", "ann"), "Ann cannot swap with themselves"),
        (("--at", "noon"), "'noon' is no time"),
        (("--at", "0001-01-01"), "the year is not between 1970 and 8999"),
        (("schedule", "--weeks", "5200", "--at", "9950-01-01"), "the year is not between 1970 and 8999"),
    ],
)
def test_what_cannot_be_meant_is_refused(run: Run, words: tuple[str, ...], what: str) -> None:
    said = run(*words)
    assert (said.code, said.out) == (3, "")
    assert what in said.err


def test_nobody_is_critical_and_no_section_is_no_answer(run: Run) -> None:
    Path("rules.yaml").write_text(RULES.replace(ROTATION, "[]"))
    nobody = run("--at", NOW)
    assert (nobody.code, "nobody has the pager" in nobody.out) == (2, True)
    Path("rules.yaml").write_text("platform: {}\n")
    assert "does not say who is on call" in run().err
    Path("rules.yaml").write_text(RULES.replace("backup: bob", "backup: bop"))
    assert ":10:" in run().err.partition("unknown person 'bop'")[0]


def test_who_is_on_call_needs_none_of_what_is_heavy(tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text(RULES)
    command = [sys.executable, "-X", "importtime", "-m", "dropmon", "oncall", "--at", NOW]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path)
    loaded = {line.rpartition("|")[2].strip().split(".")[0] for line in done.stderr.splitlines()}

    assert "Ann has the pager" in done.stdout
    heavy = {"psycopg", "httpx", "rich", "icalendar", "pycurl", "jinja2", "dns", "ddsketch", "promql_parser", "sqlite3"}
    assert not loaded & heavy
    assert not (tmp_path / "history.db").exists()
