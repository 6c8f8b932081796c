"""What is done by hand is told at once, and the screen says what was told and what was not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dropmon.cli import run
from tests.alerts.channels.receiver import Receiver, Reply, receiving

RULES = """
platform: {{name: Shop, timezone: UTC}}
channels:
  team: {{type: webhook, url: "{url}/team"}}
  boss: {{type: webhook, url: "{url}/boss"}}
incidents:
  critical: {{notify: [team, boss]}}
  major: {{notify: [team]}}
  minor: {{notify: []}}
"""
Screen = pytest.CaptureFixture[str]


@pytest.fixture
def replies() -> dict[str, int]:
    return {}


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, replies: dict[str, int]) -> Iterator[Receiver]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DROPMON_STORAGE", str(tmp_path / "x.db"))
    monkeypatch.delenv("DROPMON_RULES", raising=False)
    with receiving(lambda seen, _: Reply(replies.get(seen.path, 200))) as receiver:
        Path("rules.yaml").write_text(RULES.format(url=receiver.url))
        yield receiver


def dropmon(capsys: Screen, *words: str) -> str:
    """What is printed on both streams."""
    assert run(["incident", *words]) == 0
    said = capsys.readouterr()
    return said.out + said.err


def paths(told: Receiver) -> list[str]:
    found = sorted(each.path[1:] for each in told.seen)
    told.seen.clear()
    return found


@pytest.mark.slow
def test_each_act_by_hand_is_told_before_it_returns(told: Receiver, capsys: Screen) -> None:
    acts = {
        "open one --level major": ["team"], "severity 1 critical": ["boss", "team"],
        "escalate 1": ["boss", "team"], "resolve 1": ["boss", "team"], "reopen 1": ["boss", "team"],
        "open two --level major": ["team"], "merge 2 1": ["team"], "ack 1": [], "note 1 looking": [],
    }  # fmt: skip
    for act, heard in acts.items():
        said = dropmon(capsys, *act.split())
        assert paths(told) == heard, act
        assert ("\ntold: " in said) is bool(heard), act


def test_a_channel_that_is_told_two_things_is_named_once(told: Receiver, capsys: Screen) -> None:
    dropmon(capsys, "open", "one", "--level", "major")
    dropmon(capsys, "open", "two", "--level", "critical")
    said = dropmon(capsys, "merge", "2", "1")
    assert "incident 2, two, which makes it critical (to: team, boss)\n" in said
    assert "\ntold: team, boss\n" in said


def test_what_is_left_to_the_cycle_waits_and_the_screen_says_so(told: Receiver, capsys: Screen) -> None:
    said = dropmon(capsys, "open", "one", "--level", "critical", "--no-send")
    assert paths(told) == []
    assert "waits for the next cycle: team, boss (dropmon alert outbox --send sends it now)" in said
    assert "(told" not in said


def test_the_screen_says_who_was_not_told(told: Receiver, replies: dict[str, int], capsys: Screen) -> None:
    replies |= {"/boss": 404}
    said = dropmon(capsys, "open", "one", "--level", "critical")
    assert "told: team\ncould not be told: boss (" in said
    replies |= {"/team": 503, "/boss": 200}
    said = dropmon(capsys, "resolve", "1")
    assert "waits: team (" in said
    assert "(the next cycle tries again)" in said


def test_the_act_is_done_when_nobody_can_be_told(told: Receiver, capsys: Screen) -> None:
    said = dropmon(capsys, "open", "one", "--level", "minor")
    assert "told: " not in said
    assert "incident 1 (minor): one" in said
