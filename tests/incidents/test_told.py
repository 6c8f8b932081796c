"""Each person is told each thing once, and reminded only of what they have heard."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from dropmon.alerts.notification import Reason
from dropmon.alerts.packing import unpacked
from dropmon.alerts.plan import plan
from dropmon.cli import run
from dropmon.rules import load
from dropmon.storage.outbox import open_outbox
from tests.incidents.scene import RULES, Scene


def reasons(scene: Scene) -> dict[str, Reason]:
    """Why each message is told."""
    with open_outbox(None, scene.place) as outbox:
        found = [unpacked(row.payload) for row in outbox.rows()]
    return {each.id.removeprefix("incident-"): each.reason for each in found}


def test_nobody_is_reminded_of_what_they_have_never_heard(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.play([(0, "fire api_down a"), (0, "fire slow b")], range(40))
    found = reasons(scene)

    assert {found[f"1-open-{name}"] for name in ("oncall", "slack", "sms")} == {Reason.FIRST}
    assert found["1-acknowledge-slack"] is Reason.REPEAT
    assert found["1-acknowledge-oncall.backup"] is Reason.FIRST
    assert found["2-acknowledge-slack"] is Reason.FIRST  # which its alert told, and no incident
    assert found["2-investigate-slack"] is Reason.REPEAT


@pytest.mark.parametrize(("act", "name"), [("severity 1 critical", "severity.1"), ("reopen 1", "reopened.1")])
def test_what_is_asked_at_once_is_said_in_the_same_message(act: str, name: str, tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    before = "open 0 major" if name.startswith("severity") else "open 0 critical"
    scene.play([(0, before), *([(1, "resolve 1")] if act == "reopen 1" else []), (2, act)], [0, 1, 2, 3])
    said = [each for minute, each in scene.told if minute >= 2]

    assert said == [f"1-{name}-{channel}" for channel in ("oncall", "slack", "sms")]
    with open_outbox(None, scene.place) as outbox:
        text = unpacked(outbox.rows()[-1].payload).alerts[0].description
    assert "Users are to be told by" in text


def test_one_person_hears_once_that_it_is_over(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.play([(0, "fire api_down a"), (40, "resolve 1")], range(41))
    assert [name for _, name in scene.told if "resolved" in name] == [
        "1-resolved.0-sms", "1-resolved.0-slack", "1-resolved.0-oncall.everyone",
    ]  # fmt: skip


def test_somebody_who_is_alone_is_called_once(tmp_path: Path) -> None:
    scene = Scene(tmp_path, RULES.replace("bob@example.com", "alice@example.com"))
    scene.play([(0, "fire api_down a")], range(6))
    assert [name for minute, name in scene.told if minute == 5] == [
        f"1-acknowledge-{name}" for name in ("oncall", "slack", "sms")
    ]


@pytest.mark.parametrize("script", [
    [(0, "open 0 critical"), (5, "severity 1 minor")],
    [(0, "fire disk a"), (5, "severity 1 critical"), (6, "severity 1 minor")],
])  # fmt: skip
def test_one_that_becomes_minor_becomes_one_ticket(script: list[tuple[float, str]], tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.play([*script, (9, "resolve 1")], range(10))
    tracker = [name for _, name in scene.told if name.endswith("tracker")]
    assert (tracker.count("1-ticket-tracker"), tracker[-1].startswith("1-resolved")) == (1, True)


def test_nobody_is_called_for_an_alert_whose_rule_is_gone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scene = Scene(tmp_path)
    scene.play([(0, "fire api_down a"), (0, "fire slow b")], [0])
    (tmp_path / "rules.yaml").write_text(RULES.replace("id: api_down", "id: stripe_down").replace("[api_down]", "[]"))
    scene.rules = load(tmp_path / "rules.yaml")
    scene.plan = plan(scene.rules)
    scene.play([], range(1, 40))

    assert {name[0] for minute, name in scene.told if minute > 0} == {"2"}  # that of the other is still asked for
    for number, gone in (("1", True), ("2", False)):
        run(["incident", "show", number, "--rules", str(tmp_path / "rules.yaml"), "--storage", scene.place])
        said = "its rule is gone: nothing is known of api_down any more, and nobody is called for it"
        assert (said in capsys.readouterr().out) is gone


def test_a_timeline_has_one_clock_and_no_names_of_the_inside(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "rules.yaml"
    scene = Scene(tmp_path, RULES.replace("timezone: UTC}", "timezone: Europe/Paris}"))
    scene.play([(0, "open 0 critical"), (1, "severity 1 major"), (2, "severity 1 critical")], range(20))
    words = ["--rules", str(path), "--storage", scene.place, "--at", "2026-11-23T02:33:00Z"]
    run(["incident", "show", "1", *words])
    run(["incident", "list", *words])
    said = capsys.readouterr().out

    assert "Nov 23 03:30:00 due dropmon to be resolved by Nov 23 03:30:00: backup is called" in " ".join(said.split())
    assert not re.search(r"\dZ|escalate-|communicate\.|\bfired\b", said)
    run(["incident", "timeline", "1", *words, "--format", "json"])
    found = next(each for each in json.loads(capsys.readouterr().out)["timeline"] if "backup is called" in each["text"])
    assert found["text"] == "to be resolved by 2026-11-23T02:30:00Z: backup is called (to: oncall.backup)"
