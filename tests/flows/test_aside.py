"""What was told while the store could not be written is known to whatever judges next."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from dropmon.cli import run
from dropmon.flows.aside import Aside, aside_of
from dropmon.model import Sample
from dropmon.rules import load
from dropmon.storage import open_store
from tests.alerts.channels.receiver import Receiver, receiving

RULES = """
storage: history.db
defaults: {{fail_after: 1}}
channels: {{hook: {{type: webhook, url: "{url}"}}}}
alerts: [{{id: down, condition: up == 0, severity: high, channels: [hook]}}]
"""


@dataclass
class Desk:
    """A history with one check, whom its alert is told, and what is kept aside."""

    hook: Receiver
    aside: Aside

    def see(self, value: float) -> None:
        with open_store("history.db") as store:
            store.record([Sample("up", (("check", "a"),), time.time() - 1, value)])

    def evaluate(self, *words: str) -> list[str]:
        """What is told by that."""
        before = len(self.hook.seen)
        run(["alert", "evaluate", *words])
        return [each.json["type"] for each in self.hook.seen[before:]]

    def full(self, yes: bool) -> None:
        """Lets no alert be remembered, or all."""
        with sqlite3.connect("history.db") as database:
            for table in ("alerts", "outbox"):
                what = f"before insert on {table} begin select raise(abort, 'full'); end"
                database.execute(f"create trigger full_{table} {what}" if yes else f"drop trigger full_{table}")


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.chdir(tmp_path)
    for name in ("DROPMON_STORAGE", "DROPMON_RULES"):
        monkeypatch.delenv(name, raising=False)
    with receiving() as hook:
        Path("rules.yaml").write_text(RULES.format(url=hook.url))
        one = Desk(hook, aside_of(load(Path("rules.yaml")), None))
        yield one
        one.aside.forget()


def test_an_evaluation_without_a_store_tells_once_and_so_does_the_next_with_one(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.see(0.0)
    desk.full(True)
    assert [desk.evaluate("--send") for _ in range(2)] == [["alert.first"], []]
    desk.full(False)
    assert desk.evaluate("--dry-run") == []
    capsys.readouterr()
    run(["alert", "explain", "down", "--format", "json"])
    assert [one["why"] for one in json.loads(capsys.readouterr().out)["decisions"]] == ["told"]
    assert desk.aside.path.exists()
    assert desk.evaluate("--send") == []
    assert not desk.aside.path.exists()
    desk.see(1.0)
    assert [desk.evaluate("--send") for _ in range(2)] == [["alert.resolved"], []]


def test_an_end_that_was_told_without_a_store_is_not_told_again(desk: Desk) -> None:
    desk.see(0.0)
    assert desk.evaluate("--send") == ["alert.first"]
    desk.see(1.0)
    desk.full(True)
    assert [desk.evaluate("--send") for _ in range(2)] == [["alert.resolved"], []]
    desk.full(False)
    assert desk.evaluate("--send") == []


def test_what_was_not_sent_is_not_kept_aside(desk: Desk) -> None:
    desk.see(0.0)
    desk.full(True)
    assert desk.evaluate() == []
    assert not desk.aside.path.exists()
    desk.full(False)
    assert desk.evaluate("--send") == ["alert.first"]
