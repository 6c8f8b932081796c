"""A job says that it ran: under the name, and in the history, that the rules name."""

from __future__ import annotations

from pathlib import Path

import pytest

from dropmon import cli
from dropmon.checks.memory import BEAT
from dropmon.errors import UsageError
from dropmon.storage import open_store

RULES = """
storage: here.db
checks: {heartbeats: [{name: nightly-import, every: 1d}, {name: Straße, every: 1d}, {name: STRAßE, every: 1d}]}
"""


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the rules, which is not the current one."""
    rules, current = tmp_path / "platform", tmp_path / "cron"
    rules.mkdir()
    current.mkdir()
    (rules / "rules.yaml").write_text(RULES, encoding="utf-8")
    monkeypatch.setenv("DROPMON_RULES", str(rules / "rules.yaml"))
    monkeypatch.delenv("DROPMON_STORAGE", raising=False)
    monkeypatch.chdir(current)
    return rules


def beaten(place: Path) -> list[str]:
    with open_store(str(place)) as store:
        return [dict(labels)["check"] for labels in store.latest(BEAT)]


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Nightly-Import", "nightly-import"),
        ("nightly-import", "nightly-import"),
        ("STRASSE", "Straße"),
        ("STRAßE", "STRAßE"),
    ],
)
def test_a_job_reports_under_the_name_in_the_rules_whatever_was_typed(elsewhere: Path, typed: str, name: str) -> None:
    assert cli.run(["beat", typed]) == 0
    assert beaten(elsewhere / "here.db") == [name]


def test_a_place_in_the_rules_is_beside_them_and_one_that_is_typed_is_here(elsewhere: Path) -> None:
    cli.run(["beat", "nightly-import"])
    cli.run(["beat", "nightly-import", "--storage", "typed.db"])

    assert sorted(path.name for path in elsewhere.glob("*.db")) == ["here.db"]
    assert [path.name for path in Path().glob("*.db")] == ["typed.db"]


def test_an_unknown_job_is_refused_with_the_nearest(elsewhere: Path) -> None:
    with pytest.raises(UsageError, match="no check is named 'nightly-imprt' in heartbeats") as caught:
        cli.run(["beat", "nightly-imprt"])
    assert caught.value.hint == "did you mean nightly-import?"
    assert not (elsewhere / "here.db").exists()
