"""What is written for others: the text of the status page, and the post-mortem."""

from __future__ import annotations

import json
import os
import sqlite3
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
import yaml

from dropmon.cli import run
from dropmon.flows.archive import story
from dropmon.incidents import status
from dropmon.incidents.incident import Event as Happened
from dropmon.incidents.incident import Kind
from dropmon.incidents.postmortem import Writer, document, unfinished
from dropmon.incidents.public import SENTENCES, WORDS
from dropmon.incidents.status import Public, Reader
from dropmon.incidents.timeline import said
from dropmon.model import Event
from tests.incidents.scene import MINUTE, RULES, START, Scene

KEPT = Path(__file__).parent / "documents"
Screen = pytest.CaptureFixture[str]


def kept(name: str, text: str) -> None:
    path = KEPT / name
    if os.environ.get("DROPMON_WRITE_SCREENS"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    assert text == path.read_text()


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scene:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DROPMON_STORAGE", str(tmp_path / "x.db"))
    monkeypatch.delenv("DROPMON_RULES", raising=False)
    scene = Scene(tmp_path)
    with sqlite3.connect(scene.place) as database:
        for minute, title in ((-61, "too early"), (-60, "deploy | v41"), (-1, "deploy v42"), (1, "too late")):
            row = ("deployment", "vercel", title, START + minute * MINUTE, title, "ready", "", "{}")
            database.execute("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
    script = [
        (0, "fire api_down Stripe"), (1, "fire errors Stripe"), (4, "ack 1 bob"), (9, "note 1 bob"),
        (10, "told 1 identified 30"), (18, "escalate 1 bob"), (21, "end errors Stripe"), (42, "end api_down Stripe"),
    ]  # fmt: skip
    scene.play(script, range(43))
    return scene


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_post_mortem_is_as_it_is_kept(language: str, scene: Scene, capsys: Screen) -> None:
    run(["incident", "postmortem", "1", "--language", language])
    kept(f"postmortem.{language}.md", capsys.readouterr().out)


def test_deployments_of_the_hour_before_are_named(scene: Scene) -> None:
    assert [each.title for each in story(scene.rules, scene.place, 1).deployed] == ["deploy | v41", "deploy v42"]


def test_only_steps_that_were_run_are_listed_as_steps(scene: Scene) -> None:
    step = {"runbook": "x", "step": 1, "argv": ["dropmon", "status"], "exit_code": 0}
    events = [
        Happened(Kind.STEP, START, "bob", "runbook x begun", {"runbook": "x"}),
        Happened(Kind.STEP, START, "bob", "runbook x, step 1: done", step),
        Happened(Kind.TRIAGED, START, "bob", "1. the database", {"triage": START}),
    ]
    text = document(scene.incident(), events, [], [], Writer())
    resolution = text[text.index("## Resolution") : text.index("## Detection")]
    assert [line for line in resolution.splitlines() if line.startswith("- ")] == [
        "- dropmon status → exit 0: runbook x, step 1: done"
    ]
    assert "| triage: 1. the database | bob |" in text


def stepped(number: int, end: str, code: int | None, why: str = "") -> Happened:
    said = {"runbook": "x", "step": number, "argv": ["dropmon", "beat"], "end": end, "exit_code": code, "seconds": 0.3}
    return Happened(Kind.STEP, START, "bob", f"runbook x, step {number}: in English", {**said, "why": why})


RUN = [
    Happened(Kind.STEP, START, "bob", "runbook x begun", {"runbook": "x"}),
    stepped(1, "done", 1), stepped(2, "timed out", -2, "30s"), stepped(3, "skipped", None), stepped(4, "not run", None),
]  # fmt: skip


@pytest.mark.parametrize(
    ("language", "steps", "timeline"),
    [
        (
            "en",
            ["exit 1: runbook x, step 1: done in 300 ms", "exit -2: runbook x, step 2: timed out: 30s"],
            ["runbook x begun", "dropmon beat: runbook x, step 3: skipped", "dropmon beat: runbook x, step 4: not run"],
        ),
        (
            "fr",
            ["exit 1: runbook x, étape 1 : faite en 300 ms", "exit -2: runbook x, étape 2 : hors délai: 30s"],
            ["runbook x commencé", "dropmon beat: runbook x, étape 3 : sautée",
             "dropmon beat: runbook x, étape 4 : non exécutée"],
        ),
    ],
)  # fmt: skip
def test_a_step_that_did_not_run_is_none_that_was_run_and_each_is_told_in_the_language_of_the_document(
    language: str, steps: list[str], timeline: list[str], scene: Scene
) -> None:
    text = document(scene.incident(), RUN, [], [], Writer(language=language))
    listed = [line for line in text.splitlines() if line.startswith("- dropmon")]
    assert listed == [f"- dropmon beat → {each}" for each in steps]
    assert [line for line in timeline if f"| runbook: {line} | bob |" not in text] == []


def test_a_timeline_names_no_exit_code_of_what_was_not_run() -> None:
    assert said(RUN[-1]) == "dropmon beat: runbook x, step 4: in English"
    assert said(RUN[1]) == "dropmon beat → exit 1: runbook x, step 1: in English"


def test_what_fired_when_somebody_resolved_it_has_its_end_when_it_has_ended(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.play([(0, "fire api_down a"), (10, "resolve 1")], [0, 10])
    assert "still firing" in draft(scene)
    scene.play([(15, "end api_down a")], [16])
    assert "still firing" not in draft(scene)


def draft(scene: Scene) -> str:
    found = story(scene.rules, scene.place, 1)
    return document(found.incident, [event for event, _ in found.events], [], [], Writer())


def test_it_is_closed_when_no_todo_is_left(scene: Scene, capsys: Screen) -> None:
    run(["incident", "postmortem", "1"])
    draft = capsys.readouterr().out
    assert len(unfinished(draft)) > 10
    Path("p.md").write_text(draft.replace("TODO", "done"))
    assert run(["incident", "postmortem", "1", "--close", "p.md"]) == 0
    assert scene.incident().written is not None
    assert not any(each.pending for each in scene.incident().asked)


def test_nothing_in_the_record_looks_like_something_to_do(scene: Scene) -> None:
    incident = scene.incident()._replace(title="TODO | list <b>", impact="TODO")
    text = document(incident, [], [Event("deployment", "x", "1", START, "TODO")], [], Writer())
    assert "TODO | list" not in text
    assert "To-do" in text


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("form", ["markdown", "json", "rss"])
def test_a_status_page_is_as_it_is_kept(language: str, form: str, scene: Scene, capsys: Screen) -> None:
    after = "2026-11-23T02:30:00Z"
    run(["incident", "status", "1", "--language", language, "--format", form, "--state", "monitoring", "--next", "30m",
         "--impact", "Card payments fail.", "--affected", "Payments", "--at", after])  # fmt: skip
    said = capsys.readouterr().out
    kept(f"status.{language}.{form}", said)


def test_each_form_is_what_it_is_called(scene: Scene, capsys: Screen) -> None:
    hostile = 'A "quote": <b> & é\n---\nx'
    run(["incident", "status", "1", "--impact", hostile, "--affected", hostile, "--format", "markdown"])
    front = yaml.safe_load(capsys.readouterr().out.split("---\n")[1])
    assert front["affected"] == ['A "quote": <b> & é --- x']
    assert (front["severity"], front["resolved"]) == ("down", True)
    run(["incident", "status", "1", "--impact", hostile, "--format", "rss"])
    items = ElementTree.fromstring(capsys.readouterr().out).findall("channel/item")
    assert [item.findtext("guid") for item in items][-1] == f"dropmon-incident-1-{int((START + 600) * 1000)}"
    run(["incident", "status", "1", "--impact", hostile, "--format", "json"])
    assert json.loads(capsys.readouterr().out)["status"] == "resolved"


def test_users_are_told_nothing_of_the_inside(scene: Scene, capsys: Screen) -> None:
    for form in ("markdown", "json", "rss"):
        run(["incident", "status", "1", "--format", form])
    said = capsys.readouterr().out
    assert not [word for word in ("Stripe", "api_down", "bob", "alice", "errors", "oncall", "vercel") if word in said]


def test_an_update_that_is_published_moves_the_clock_and_stays_on_the_page(tmp_path: Path) -> None:
    scene = Scene(tmp_path, RULES.replace("communicate: 1h", "communicate: 1h, update: 45m"))
    scene.play([(0, "fire slow a"), (1, "ack 1 bob"), (2, "note 1 bob"), (50, "told 1 identified 20")], range(0, 80, 5))
    names = [name for _, name in scene.told if "update" in name or "communicate" in name]
    assert names == [f"1-update-{name}" for name in ("oncall", "slack", "email")]
    assert [each.state for each in status.told(event for event, _ in story(scene.rules, scene.place, 1).events)] == [
        Public.IDENTIFIED
    ]


def test_the_languages_say_the_same_things() -> None:
    from dropmon.incidents import aftermath, words

    for told in (SENTENCES, WORDS, aftermath.WORDS, words.WORDS):
        assert told["en"].keys() == told["fr"].keys()
        for word, text in told["en"].items():
            assert sorted(holes(text)) == sorted(holes(told["fr"][word])), word


def holes(text: str) -> list[str]:
    from string import Formatter

    return [name for _, name, *_ in Formatter().parse(text) if name]


def test_a_reader_without_a_platform_is_told_of_our_service(scene: Scene) -> None:
    page = status.page(scene.incident(), [status.Update(START, Public.INVESTIGATING, "")], Reader())
    assert page.title == "Service unavailable: our service"
