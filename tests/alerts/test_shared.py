"""Two rules files that share one history, staging and production on one host: neither speaks for the other."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from dropmon.cli import fail, run
from dropmon.errors import DropmonError
from dropmon.flows import telling
from dropmon.model import Sample
from dropmon.rules import load
from dropmon.storage import open_store
from dropmon.storage.outbox import Row, SqliteOutbox
from tests.alerts.channels.receiver import Receiver, Reply, receiving

RULES = """
storage: {folder}/x.db
defaults: {{fail_after: 1}}
channels: {{ops: {{type: webhook, url: "{url}"}}}}
alerts: [{{id: {name}, condition: '{name} == 0', severity: critical, channels: [ops]}}]
"""
Screen = pytest.CaptureFixture[str]


def dropmon(*words: str) -> int:
    try:
        return run([*words])
    except SystemExit as error:
        return int(error.code or 0)
    except DropmonError as error:
        return fail(error, debug=False)


@pytest.fixture(autouse=True)
def down(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Receiver, Receiver]]:
    """The receivers of staging, which fails, and of production, of which nothing fires."""
    monkeypatch.chdir(tmp_path)
    for name in ("DROPMON_STORAGE", "DROPMON_RULES"):
        monkeypatch.delenv(name, raising=False)
    with open_store("x.db") as store:
        now = time.time() - 1
        store.record([Sample("staging", (), now, 0.0), Sample("production", (), now, 1.0)])
    with receiving(lambda *_: Reply(503)) as staging, receiving() as production:
        for name, receiver in (("staging", staging), ("production", production)):
            text = RULES.format(folder=tmp_path, url=receiver.url, name=name)
            Path(f"{name}.yaml").write_text(text)
        yield staging, production


def tell(name: str, after: float) -> list[str]:
    """What a file sends so many seconds from now: how each ends."""
    clock = time.time() + after
    return [each.end.value for each in telling.tell(load(Path(f"{name}.yaml")), None, lambda: clock).tried]


def test_a_message_goes_through_the_channels_of_the_file_that_wrote_it(down: tuple[Receiver, Receiver]) -> None:
    assert dropmon("alert", "evaluate", "--send", "--rules", "staging.yaml") == 2
    assert dropmon("cycle", "--rules", "production.yaml") == 0
    assert (len(down[0].seen), down[1].seen) == (1, [])
    assert tell("production", 400) == []
    assert tell("staging", 400) == ["waiting"]
    assert (len(down[0].seen), down[1].seen) == (2, [])


def test_a_channel_that_fails_stops_no_other_of_its_name(down: tuple[Receiver, Receiver]) -> None:
    dropmon("alert", "evaluate", "--send", "--rules", "staging.yaml")
    assert dropmon("alert", "send", "--name", "ready", "-c", "ops", "--rules", "production.yaml") == 0
    assert len(down[1].seen) == 1


def test_what_a_file_left_that_is_used_no_more_is_told_by_another(down: tuple[Receiver, Receiver]) -> None:
    dropmon("alert", "evaluate", "--rules", "staging.yaml")
    assert tell("production", 700) == ["sent"]
    assert (down[0].seen, len(down[1].seen)) == ([], 1)


def test_what_was_sent_by_hand_is_nobody_elses_for_a_while(down: tuple[Receiver, Receiver]) -> None:
    dropmon("alert", "send", "--name", "ready", "-c", "ops", "--rules", "staging.yaml")
    assert tell("production", 60) == []
    assert tell("production", 700) == ["sent"]


def test_a_file_that_runs_seldom_keeps_what_is_its_own(down: tuple[Receiver, Receiver]) -> None:
    path = Path("staging.yaml")
    path.write_text(path.read_text().replace("fail_after: 1", "fail_after: 1, every: 30m"))
    dropmon("alert", "evaluate", "--rules", "staging.yaml")
    assert tell("production", 1800) == []
    assert tell("production", 3 * 1800) == ["sent"]


def test_an_evaluation_speaks_of_its_own_alerts_and_names_the_other_file(capsys: Screen) -> None:
    dropmon("alert", "evaluate", "--rules", "staging.yaml")
    assert "the same history" not in capsys.readouterr().err
    for words in (["alert", "evaluate"], ["cycle"]):
        assert dropmon(*words, "--rules", "production.yaml") == 0
        out, err = capsys.readouterr()
        assert "nothing fires" in out
        assert err.count("staging.yaml uses the same history") == 1
        assert "storage: FILE" in err


def released(name: str) -> None:
    """A folder of its own with the rules of staging, to which `current` leads from now on."""
    Path(name).mkdir()
    Path(name, "rules.yaml").write_text(Path("staging.yaml").read_text())
    Path("next").symlink_to(name)
    Path("next").replace("current")


def test_a_file_behind_a_link_is_the_same_when_the_link_leads_elsewhere(
    down: tuple[Receiver, Receiver], capsys: Screen
) -> None:
    released("one")
    dropmon("alert", "evaluate", "--send", "--rules", "current/rules.yaml")
    released("two")
    assert tell("current/rules", 60) == ["waiting"]
    assert len(down[0].seen) == 2
    dropmon("alert", "evaluate", "--rules", "current/rules.yaml")
    assert "the same history" not in capsys.readouterr().err


def test_a_file_is_no_other_by_another_name(capsys: Screen) -> None:
    released("one")
    for name in ("current", "one"):
        dropmon("alert", "evaluate", "--rules", f"{name}/rules.yaml")
    assert "the same history" not in capsys.readouterr().err


def renamed(name: str, channel: str) -> None:
    """A file calls its channel otherwise."""
    path = Path(f"{name}.yaml")
    path.write_text(path.read_text().replace("{ops:", f"{{{channel}:").replace("[ops]", f"[{channel}]"))


def kept() -> list[tuple[str, str]]:
    """What is in the outbox: state and channel."""
    with SqliteOutbox(Path("x.db"), 5) as outbox:
        return [(row.state, row.channel) for row in outbox.rows()]


def test_what_is_for_a_channel_that_a_file_does_not_have_is_left_alone(down: tuple[Receiver, Receiver]) -> None:
    renamed("staging", "team")
    dropmon("alert", "evaluate", "--rules", "staging.yaml")
    assert (tell("production", 700), down[1].seen, kept()) == ([], [], [("waiting", "team")])
    down[0].answer = lambda *_: Reply()
    assert (tell("staging", 1400), kept()) == (["sent"], [("sent", "team")])


def test_what_nobody_inherits_is_given_up_after_a_day_and_said_to_nobody(down: tuple[Receiver, Receiver]) -> None:
    renamed("staging", "team")
    dropmon("alert", "evaluate", "--rules", "staging.yaml")
    assert (tell("production", 86300), kept()) == ([], [("waiting", "team")])
    assert (tell("production", 86500), kept(), down[1].seen) == ([], [("dead", "team")], [])


def test_what_was_joined_to_it_is_given_up_with_it() -> None:
    now = time.time()
    with SqliteOutbox(Path("x.db"), 5, "/gone/rules.yaml") as outbox:
        outbox.put([Row(id, "team", "{}", now) for id in ("one", "two")], now)
        if whole := outbox.claim(now, 60):
            outbox.join(whole, "{}", outbox.fresh("team"), now)
    assert [state for state, _ in kept()] == ["sending", "joined"]
    tell("production", 2 * 86400)
    assert [state for state, _ in kept()] == ["dead", "dead"]


def test_a_file_that_only_sends_is_in_use(down: tuple[Receiver, Receiver]) -> None:
    dropmon("alert", "send", "--name", "ready", "--rules", "staging.yaml")
    assert tell("staging", 500) == ["waiting"]
    assert tell("production", 700) == []
    assert tell("production", 1200) == ["sent"]


def test_a_mistake_in_the_defaults_keeps_no_message_from_being_sent(down: tuple[Receiver, Receiver]) -> None:
    path = Path("production.yaml")
    path.write_text(path.read_text().replace("fail_after: 1", "every: often"))
    assert dropmon("alert", "send", "--name", "ready", "--rules", "production.yaml") == 0
    assert len(down[1].seen) == 1


def test_an_id_is_one_files_own(down: tuple[Receiver, Receiver]) -> None:
    words = ("alert", "send", "--name", "deployed", "--id", "deploy-7", "--rules")
    down[0].answer = lambda *_: Reply(404)
    assert dropmon(*words, "staging.yaml") == 2
    assert dropmon(*words, "production.yaml") == 0
    assert (len(down[0].seen), len(down[1].seen), kept()) == (1, 1, [("dead", "ops"), ("sent", "ops")])
    assert dropmon(*words, "production.yaml") == 0
    assert len(down[1].seen) == 1
