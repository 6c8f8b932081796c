"""The commands, as they are typed."""

from __future__ import annotations

import json
import os
import shlex
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from dropmon.cli import fail, run
from dropmon.errors import DropmonError
from tests.incidents.scene import MINUTE, RULES, START, Scene

SCREENS = Path(__file__).parent / "screens"
DAY = 24 * 60
TELLING = {"open", "escalate", "merge", "reopen", "resolve", "severity"}  # commands that send messages
Screen = pytest.CaptureFixture[str]


def at(minute: float) -> str:
    return datetime.fromtimestamp(START + minute * MINUTE, UTC).isoformat()


def dropmon(*words: str, minute: float | None = None) -> int:
    more = ["--at", at(minute)] if minute is not None else []
    more += ["--no-send"] if words[0] in TELLING else []
    try:
        return run(["incident", *words, *more])
    except SystemExit as error:
        return int(error.code or 0)
    except DropmonError as error:
        return fail(error, debug=False)


@pytest.fixture(autouse=True)
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scene:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DROPMON_STORAGE", str(tmp_path / "x.db"))
    monkeypatch.delenv("DROPMON_RULES", raising=False)
    return Scene(tmp_path)


def answered(capsys: Screen, *words: str, minute: float | None = None) -> Any:
    capsys.readouterr()
    dropmon(*words, "--format", "json", minute=minute)
    return json.loads(capsys.readouterr().out)


def kept(name: str, text: str) -> None:
    """A whole screen is as it is kept: `DROPMON_WRITE_SCREENS=1` writes it."""
    path = SCREENS / name
    if os.environ.get("DROPMON_WRITE_SCREENS"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    assert text == path.read_text()


def outage(scene: Scene) -> None:
    """A critical outage of 42 minutes, and a minor one beside it."""
    script = [
        (0, "fire api_down Stripe"), (1, "fire errors Stripe"), (2, "fire disk db"), (4, "ack 1 bob"),
        (9, "note 1 bob"), (10, "told 1 identified 30"), (21, "end errors Stripe"), (42, "end api_down Stripe"),
    ]  # fmt: skip
    scene.play(script, range(43))


def test_the_list_has_the_worst_first(scene: Scene, capsys: Screen) -> None:
    outage(scene)
    capsys.readouterr()
    assert dropmon("list", minute=12) == 2
    kept("list.txt", capsys.readouterr().out)
    assert dropmon("list", minute=43) == 1
    assert "1 minor open" in capsys.readouterr().out
    assert dropmon("list", "--all", minute=43) == 1
    kept("list-all.txt", capsys.readouterr().out)


def test_nothing_that_is_broken_is_well(capsys: Screen) -> None:
    assert dropmon("list") == 0
    assert capsys.readouterr().out == "no incident is open\n"


@pytest.mark.parametrize(("minute", "code"), [(0, 2), (12, 2), (43, 0)])
def test_show_says_where_it_stands_and_what_to_do(minute: int, code: int, scene: Scene, capsys: Screen) -> None:
    outage(scene)
    capsys.readouterr()
    assert dropmon("show", "1", minute=minute) == code
    recorded = capsys.readouterr().out
    kept(f"show-{minute}.txt", recorded)


def test_numbers_for_programs(scene: Scene, capsys: Screen) -> None:
    outage(scene)
    found = answered(capsys, "list", "--all", minute=43)
    one = next(each for each in found["incidents"] if each["number"] == 1)
    other = next(each for each in found["incidents"] if each["number"] == 2)
    assert (one["seconds_to_acknowledge"], one["seconds_to_resolve"]) == (240.0, 2520.0)
    assert (other["seconds_to_acknowledge"], other["seconds_to_resolve"]) == (None, None)
    due = at(2 + DAY).replace("+00:00", "Z")
    assert other["next"] == {"what": "close", "due": due, "in_seconds": (2 + DAY - 43) * 60}
    assert found["mean_seconds_to_acknowledge"] == 240.0
    lines = answered(capsys, "timeline", "1")["timeline"]
    assert [each["kind"] for each in lines[:3]] == ["opened", "fired", "joined"]


def test_an_acknowledgement_takes_the_alerts_and_that_of_an_alert_the_incident(scene: Scene, capsys: Screen) -> None:
    scene.play([(0, "fire api_down Stripe"), (0, "fire disk db")], [0])
    assert dropmon("ack", "1", "--by", "bob", minute=1) == 0
    assert run(["alert", "ack", "disk", "--by", "zoe"]) == 0
    capsys.readouterr()
    with suppress(SystemExit):
        run(["alert", "list", "--format", "json"])
    found = {each["rule"]: each["acknowledged_by"] for each in json.loads(capsys.readouterr().out)["alerts"]}
    assert found == {"api_down": "bob", "disk": "zoe"}
    assert [scene.incident(number).holder for number in (1, 2)] == ["bob", "zoe"]


def test_an_alert_names_its_incident(scene: Scene, capsys: Screen) -> None:
    scene.play([(0, "fire api_down Stripe"), (0, "fire disk db"), (1, "end disk db")], [0, 1])
    dropmon("ack", "1", "--by", "bob", minute=1)
    capsys.readouterr()
    run(["alert", "show", "api_down", "--format", "json"])
    found = json.loads(capsys.readouterr().out)
    assert (found["incident"], found["incident_state"], found["incident_holder"]) == (1, "acknowledged", "bob")


def test_an_alert_without_an_incident_names_none(scene: Scene, capsys: Screen) -> None:
    scene.alert("slow", "checkout", fires=True)
    capsys.readouterr()
    run(["alert", "show", "slow"])
    assert "incident" not in capsys.readouterr().out


def test_whoever_comes_second_is_told_who_has_it(scene: Scene, capsys: Screen) -> None:
    scene.play([(0, "fire api_down Stripe")], [0])
    dropmon("ack", "1", "--by", "bob", minute=1)
    capsys.readouterr()
    assert dropmon("ack", "1", "--by", "alice", minute=2) == 0
    said = capsys.readouterr()
    assert "bob has it already" in said.err
    assert "bob has it" in said.out
    assert dropmon("ack", "1", "--by", "alice", "--take", minute=3) == 0
    assert scene.incident().holder == "alice"


BAD = {
    "show 7": "incident 7 does not exist",
    "ack 7": "there is no incident 7",
    "ack 2": "incident 2 was resolved at",
    "ack 3": "incident 3 was merged into 1: it cannot be acknowledged",
    "note 1 x --at 2026-01-01": "2026-01-01T00:00:00Z is before incident 1 was opened",
    "ack 1 --at 2026-01-01": "before incident 1 was opened",
    "ack 1 --at yesterday": "'yesterday' is no time",
    "resolve 2": "it cannot be resolved",
    "reopen 1": "incident 1 is triggered: it cannot be reopened",
    "reopen 3": "was merged into 1",
    "merge 1 1": "cannot be merged into itself",
    "merge 1 2": "it cannot be absorbed",
    "merge 2 1": "it cannot be merged",
    "merge 1 9": "there is no incident 9",
    "assign 1 carol": "there is no person 'carol'",
    "escalate 1 --to carol": "there is no person 'carol'",
    "severity 1 hihg": "'hihg' is no level",
    "severity 1 critical": "incident 1 is critical already",
    "open x --level urgent": "'urgent' is no level",
    "status 1 --state fixed": "'fixed' is no state of a status page",
    "status 1 --language de": "'de' is no language",
    "status 1 --format html": "'html' is no form of a status page",
    "status 1 --next 5": "'5' is not a duration",
    "postmortem 1 --language de": "'de' is no language",
    "postmortem 2 --close nothing.md": "nothing.md cannot be read: No such file or directory",
    "postmortem 1 --close rules.yaml": "incident 1 is triggered: it cannot be written",
    "note 1 ''": "there is nothing to write down",
    "open ' '": "an incident needs a title",
}


@pytest.mark.slow
@pytest.mark.parametrize("line", BAD)
def test_what_cannot_be_meant_says_why_and_what_to_do(line: str, scene: Scene, capsys: Screen) -> None:
    scene.play([(0, "fire api_down Stripe")], [0])
    for act in ("open 0 minor", "open 0 minor", "merge 3 1", "resolve 2 alice"):
        scene.act(*act.split())
    capsys.readouterr()
    assert dropmon(*shlex.split(line)) == 3
    said = capsys.readouterr().err
    assert BAD[line] in said
    assert "\n  → " in said or "write a number with a unit" in said
    assert "unexpected" not in said


@pytest.mark.parametrize("word", ["0", "-1", "x", "1e3", "99999999999999999999"])
def test_a_number_is_a_number(word: str, capsys: Screen) -> None:
    assert dropmon("show", word) == 3
    assert "unexpected" not in capsys.readouterr().err


def test_a_person_may_be_called_by_hand(scene: Scene) -> None:
    scene.play([(0, "fire api_down Stripe")], [0])
    assert dropmon("escalate", "1", "--to", "bob", minute=1) == 0
    assert scene.waiting()[-1] == "1-escalated-1-oncall.bob"
    assert [dropmon("escalate", "1", minute=2) for _ in range(3)] == [0, 0, 3]


def test_hostile_words_stay_words(scene: Scene, capsys: Screen) -> None:
    words = "\x1b]0;title\x07\x1b[31mred <b>|x [a](b)\nsecond \ud800"
    assert dropmon("open", words, minute=0) == 0
    assert dropmon("note", "1", words, "--by", words, minute=1) == 0
    for command in ("show", "timeline", "status", "postmortem"):
        assert dropmon(command, "1") in {0, 2}
    assert dropmon("status", "1", "--impact", words, "--affected", words, "--text", words, "--publish") == 0
    for form in ("json", "rss", "markdown"):
        assert dropmon("status", "1", "--format", form) == 0
    said = capsys.readouterr().out
    assert "\x1b" not in said
    assert "\x07" not in said


def test_a_rules_file_with_incidents_that_cannot_be(tmp_path: Path, capsys: Screen) -> None:
    wrong = RULES.replace("due: 24h", "due: 24h, escalation: [carol, everyone]").replace(
        "incidents:\n", "incidents:\n  tickets: jira\n"
    )
    Path("rules.yaml").write_text(wrong)
    assert run(["rules", "check"]) == 3
    said = capsys.readouterr().out
    assert "unknown person 'carol'" in said
    assert "unknown channel 'jira'" in said


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("minor: {due: 24h, ticket: true, notify: [slack]}", "19:39: warning: no channel opens tickets"),
        ("major: {acknowledge: 5m, communicate: 1h}", "19:20: warning: nobody hears of acknowledge, communicate"),
        ("major: {acknowledge: 5m, notify: [slack]}", ""),
        ("minor: {ticket: true}, tickets: slack", ""),
    ],
)
def test_what_is_asked_of_nobody_is_doubted(line: str, said: str, capsys: Screen) -> None:
    tracker = "  tracker: {type: github, repository: a/b, token: secret-token}\n"
    plain = RULES[: RULES.index("incidents:")].replace(tracker, "")
    Path("rules.yaml").write_text(f"{plain}incidents: {{{line}}}\n")
    assert run(["rules", "check"]) == 1
    found = [each for each in capsys.readouterr().out.splitlines() if "tickets" in each or "nobody" in each]
    assert [each.partition(" (")[0] for each in found] == ([f"rules.yaml:{said}"] if said else [])


def test_nobody_has_taken_it_since_it_came_back(scene: Scene, capsys: Screen) -> None:
    scene.play([(0, "fire api_down a"), (5, "resolve 1"), (16, "reopen 1")], [0, 5, 16])
    dropmon("show", "1", minute=17)
    assert "nobody has taken it in 1m, " in capsys.readouterr().out
