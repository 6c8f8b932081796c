"""What could not be told is told once more for as long as it is so, and nobody says that it was told."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from dropmon.alerts.plan import plan
from dropmon.alerts.route import Why
from dropmon.alerts.state import Ack
from dropmon.cli import run
from dropmon.flows import telling
from dropmon.flows.judge import history, judge
from dropmon.rules import load
from dropmon.storage import open_store
from tests.alerts.channels.receiver import Reply, receiving
from tests.alerts.play import Play, labels, rule, said_in_short


@pytest.mark.parametrize(("throttle", "said"), [(0.0, "----F"), (600.0, "---------F")])
def test_what_never_arrived_is_told_again_while_it_fires_at_the_pace_of_its_throttle(
    throttle: float, said: str
) -> None:
    play = Play(rule(throttle=throttle))
    assert play.words("x") == "F"
    play.dead = {play.told[0].id}
    assert play.words("x" * len(said)) == said
    assert play.words("x" * 20) == "-" * 20
    assert len({one.id for one in play.told}) == 2


def test_a_reminder_that_never_arrived_takes_nothing_back() -> None:
    play = Play(rule(remind_every=120))
    assert play.words("xxx") == "F-R"
    play.dead = {play.told[1].id}
    assert play.words(".") == "O"


def test_that_nothing_is_known_is_told_again_too_and_not_ended_when_it_never_arrived() -> None:
    play = Play(rule(unknown_after=0.0))
    assert play.words("?") == "U"
    play.dead = {one.id for one in play.told}
    assert play.words("?????") == "----U"
    assert play.decisions[0].why is Why.UNKNOWN
    play.dead = {one.id for one in play.told}
    assert play.words(".") == "-"


def test_what_never_arrived_is_told_again_although_somebody_has_it_and_then_not_reminded() -> None:
    play = Play(rule(remind_every=60))
    play.words("x")
    play.dead = {play.told[0].id}
    play.states = {key: state._replace(ack=Ack("ann", play.at)) for key, state in play.states.items()}
    assert play.words("x" * 10) == "----F-----"


RULES = """
channels: {{webhook: {{url: "{url}"}}}}
alerts: [{{id: down, condition: vector(1) > 0, severity: high, channels: [webhook]}}]
"""


def alert(*words: str) -> int:
    try:
        return run([*words, "--storage", "x.db"])
    except SystemExit as error:
        return int(error.code or 0)


def test_a_message_that_was_refused_is_told_again_and_the_list_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with receiving(lambda _, number: Reply(404 if not number else 200)) as receiver:
        Path("rules.yaml").write_text(RULES.format(url=receiver.url))
        rules, began = load(Path("rules.yaml")), time.time()

        def evaluate(after: float) -> None:
            with open_store("x.db") as store:
                judge(rules, plan(rules), store, history(rules, store), began + after)
            telling.tell(rules, "x.db", lambda: began + after)

        def listed() -> dict[str, object]:
            capsys.readouterr()
            alert("alert", "list", "--format", "json")
            (row,) = json.loads(capsys.readouterr().out)["alerts"]
            return {key: row[key] for key in ("told", "untold")}

        evaluate(-600)
        assert listed() == {"told": [], "untold": {"webhook": "could not be told"}}
        alert("alert", "explain", "down")
        assert "could not be told" in capsys.readouterr().out
        evaluate(-240)
        assert listed() == {"told": ["webhook"], "untold": {}}
    assert [one.json["type"] for one in receiver.seen] == ["alert.first", "alert.first"]


def rising(*fates: bool) -> str:
    """Told, more severe, and over; whether each message but the last arrived."""
    play = Play(rule())
    said = ""
    for severity, arrived in zip(("low", "high", "critical"), fates, strict=False):
        said += said_in_short(play.see([(labels(severity=severity), 1.0)]))
        play.dead |= set() if arrived else {play.told[-1].id}
    return said + play.words("..")


@pytest.mark.parametrize(
    ("fates", "said"),
    [
        ((True, False), "FEO-"), ((False, True), "FEO-"), ((False, False), "FE--"),
        ((True, False, False), "FEEO-"), ((False, True, False), "FEEO-"), ((False, False, False), "FEE--"),
    ],
)  # fmt: skip
def test_the_end_is_told_to_whom_any_message_of_it_reached(fates: tuple[bool, ...], said: str) -> None:
    assert rising(*fates) == said


def test_who_heard_of_it_hears_the_end_though_it_could_not_be_told_once_more() -> None:
    play = Play(rule())
    play.see([(labels(severity="low"), 1.0)])
    play.see([(labels(severity="high"), 1.0)])
    for _ in range(2):  # and what is told in its place
        play.dead.add(play.told[-1].id)
        for _ in range(6):
            play.see([(labels(severity="high"), 1.0)])
    assert [one.reason.value for one in play.told] == ["first", "escalated", "first", "first"]
    play.dead.add(play.told[-1].id)
    assert play.words("..x.") == "O-FO"


def test_who_heard_that_nothing_is_known_hears_the_end_though_what_came_after_never_arrived() -> None:
    play = Play(rule(unknown_after=0.0))
    assert play.words("?x") == "UF"
    play.dead = {play.told[-1].id}
    assert play.words("..") == "O-"
