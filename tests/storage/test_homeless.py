"""Cron and containers run programs as users that have no home."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from dropmon.errors import StorageError, UsageError
from dropmon.rules import find
from dropmon.storage import open_store
from tests.requirements import lack
from tests.storage.processes import start

if TYPE_CHECKING:
    from pathlib import Path

HINT = "choose one with --storage FILE or $DROPMON_STORAGE"


def test_the_state_folder_of_a_user_without_a_home_is_told() -> None:
    if os.geteuid():
        lack("only root can become a user without a home")
    with start("homeless", "") as process:
        answer, _ = process.communicate(timeout=20)

    said, looked = answer.splitlines()
    assert said == f"there is no place for the history: ~/.local/state is in the home of a user who has none → {HINT}"
    assert looked == "no rules file: there is no ./rules.yaml and no ~/.config/dropmon/rules.yaml"


@pytest.mark.parametrize("place", ["~nobody-of-this-name/x.db", "sqlite://~nobody-of-this-name/x.db"])
def test_the_home_of_nobody_is_told(place: str) -> None:
    with pytest.raises(StorageError, match="is in the home of a user who has none") as caught:
        open_store(place)
    assert caught.value.hint == HINT


def test_the_rules_are_looked_for_without_a_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", "~nobody-of-this-name")
    with pytest.raises(UsageError, match=r"there is no \./rules\.yaml and no ~nobody-of-this-name/dropmon/rules\.yaml"):
        find()
