"""Users are told what is so, in the language that is asked for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dropmon.cli import fail, run
from dropmon.errors import DropmonError
from tests.incidents.scene import RULES, Scene

Screen = pytest.CaptureFixture[str]


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scene:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DROPMON_STORAGE", str(tmp_path / "x.db"))
    monkeypatch.delenv("DROPMON_RULES", raising=False)
    return Scene(tmp_path)


def status(capsys: Screen, *words: str) -> Any:
    capsys.readouterr()
    assert run(["incident", "status", *words, "--format", "json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_what_came_back_is_not_said_to_be_over(scene: Scene, capsys: Screen) -> None:
    scene.play([(0, "fire api_down a"), (5, "resolve 1")], [0, 5])
    assert status(capsys, "1", "--publish")["status"] == "resolved"
    run(["incident", "reopen", "1", "--no-send"])
    found = status(capsys, "1", "--publish")
    assert (found["status"], found["component_status"]) == ("investigating", "major_outage")
    assert [each["status"] for each in found["incident_updates"]] == ["investigating", "resolved"]


def test_nobody_is_told_that_an_open_incident_is_over(scene: Scene, capsys: Screen) -> None:
    scene.play([(0, "fire api_down a")], [0])
    with pytest.raises(DropmonError) as refused:
        run(["incident", "status", "1", "--state", "resolved", "--publish"])
    assert fail(refused.value, debug=False) == 3
    assert "incident 1 is open: users cannot be told that it is resolved\n  → dropmon incident resolve 1" in (
        capsys.readouterr().err
    )


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (("--state", "investigating", "--publish"), "told that it is investigating"),
        (("--state", "identified"), "told that it is identified"),
        (("--state", "monitoring", "--next", "30m"), "promised more by a time"),
    ],
)
def test_nobody_is_promised_news_of_what_is_over(scene: Scene, words: tuple[str, ...], what: str) -> None:
    scene.play([(0, "fire api_down a"), (5, "resolve 1")], [0, 5])
    with pytest.raises(DropmonError, match=f"incident 1 is resolved: users cannot be {what}") as refused:
        run(["incident", "status", "1", *words])
    assert refused.value.hint == "dropmon incident reopen 1"


def test_what_is_over_may_be_watched_without_a_next_time(tmp_path: Path, scene: Scene, capsys: Screen) -> None:
    updated = Scene(tmp_path, RULES.replace("communicate: 0m,", "communicate: 0m, update: 30m,"))
    updated.play([(0, "fire api_down a"), (5, "resolve 1")], [0, 5])
    found = status(capsys, "1", "--state", "monitoring", "--publish")
    assert (found["status"], found["next_update_at"]) == ("monitoring", None)


def test_what_was_merged_is_over_when_the_other_is(scene: Scene, capsys: Screen) -> None:
    scene.play([(0, "fire api_down a"), (0, "fire disk b")], [0])
    status(capsys, "1", "--state", "identified", "--impact", "Cards fail.", "--affected", "Cards", "--publish")
    run(["incident", "merge", "1", "2", "--no-send"])
    for number in ("1", "2"):
        found = status(capsys, number)
        assert (found["id"], found["status"], found["impact"]) == (2, "identified", "critical")
        assert (found["description"], found["affected"]) == ("Cards fail.", ["Cards"])
        assert len(found["incident_updates"]) == 1
    assert run(["incident", "status", "1"]) == 0
    assert "incident 1 was merged into 2" in capsys.readouterr().err
    run(["incident", "resolve", "2", "--no-send"])
    assert status(capsys, "1")["status"] == "resolved"


def test_the_usual_sentence_is_in_the_language_of_whoever_reads_it(scene: Scene, capsys: Screen) -> None:
    scene.play([(0, "fire api_down a")], [0])
    status(capsys, "1", "--language", "fr", "--publish")
    said = [status(capsys, "1", "--language", language)["incident_updates"][0]["body"] for language in ("en", "fr")]
    assert said == ["We are currently investigating this issue.", "Nous étudions actuellement ce problème."]
