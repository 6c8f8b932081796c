"""When a channel fails, somebody else is told: its fallback, or whoever still listens; and hears of the end, too."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest

from dropmon.alerts.notification import Notification, Phase, Reason
from dropmon.alerts.outcome import End
from dropmon.alerts.plan import plan
from dropmon.cli import run
from dropmon.cli.watch import good
from dropmon.flows import telling
from dropmon.flows.judge import history, judge
from dropmon.flows.turn import Turn
from dropmon.model import Sample
from dropmon.rules import Rules, load
from dropmon.storage import open_store
from tests.alerts.channels.examples import FIRST
from tests.alerts.channels.receiver import Receiver, Reply, receiving

START = time.time() - 7200
LATER = Reply(429, headers=(("Retry-After", "3600"),))
KINDS = {"slack": "webhook", "mail": "webhook", "pager": "pagerduty", "sms": "webhook"}


class Desk:
    """Channels that are receivers, a history with one check, and a clock."""

    def __init__(self, folder: Path, receivers: dict[str, Receiver], channels: str, more: str) -> None:
        self.receivers, self.place, self.now = receivers, str(folder / "x.db"), START
        urls = "\n".join(
            f"  {name}: {{type: {KINDS[name]}, url: '{one.url}'{more_of(name, more)}}}"
            for name, one in receivers.items()
        )
        (folder / "rules.yaml").write_text(
            f"defaults: {{fail_after: 1}}\nchannels:\n{urls}\nalerts:\n"
            f"  - {{id: down, condition: up == 0, severity: critical, channels: [{channels}]}}\n"
        )
        self.rules: Rules = load(folder / "rules.yaml")

    def see(self, value: float, after: float = 60.0) -> list[str]:
        """One run: what each channel was told by it."""
        self.now += after
        before = {name: len(one.seen) for name, one in self.receivers.items()}
        with open_store(self.place) as store:
            store.record([Sample("up", (("check", "a"),), self.now, value)])
            self.judged = judge(self.rules, plan(self.rules), store, history(self.rules, store), self.now)
        self.round = telling.tell(self.rules, self.place, lambda: self.now)
        return [name for name, one in self.receivers.items() for _ in one.seen[before[name] :]]


def more_of(name: str, more: str) -> str:
    """What stands with a channel: `slack: fallback: pager`."""
    own = [part.partition(":")[2] for part in more.split(";") if part.partition(":")[0].strip() == name]
    return "".join(f", {part.strip()}" for part in own)


@contextmanager
def desk(folder: Path, channels: str, more: str = "", **replies: Reply) -> Iterator[Desk]:
    with ExitStack() as stack:
        receivers = {name: stack.enter_context(receiving(reply)) for name, reply in replies.items()}
        yield Desk(folder, receivers, channels, more)


def test_a_channel_that_refuses_and_has_no_fallback_is_stood_in_for(tmp_path: Path) -> None:
    with desk(tmp_path, "slack", slack=Reply(404), mail=Reply()) as one:
        assert one.see(0.0) == ["slack", "mail"]
        (told,) = one.receivers["mail"].seen
        assert (told.json["type"], told.json["data"]["fallback_of"]) == ("alert.delivery", "slack")
        assert one.see(0.0, after=600) == []
        assert one.see(1.0) == ["mail"]


def test_who_was_told_itself_is_not_told_in_the_place_of_another(tmp_path: Path) -> None:
    with desk(tmp_path, "slack, mail", slack=Reply(404), mail=Reply(), sms=Reply()) as one:
        assert one.see(0.0) == ["slack", "mail"]


def test_when_all_of_a_rule_fail_another_is_told(tmp_path: Path) -> None:
    with desk(tmp_path, "slack, mail", slack=Reply(404), mail=Reply(404), sms=Reply()) as one:
        assert "sms" in one.see(0.0)


def test_when_nobody_listens_it_is_said_and_tried_again(tmp_path: Path) -> None:
    with desk(tmp_path, "slack", slack=Reply(404), mail=Reply(404)) as one:
        assert one.see(0.0) == ["slack", "mail"]
        assert one.see(0.0) == []
        assert not good(Turn(one.now, judged=one.judged, sent=one.round))
        assert one.see(0.0, after=300) == ["slack", "mail"]


@pytest.mark.parametrize("more", ["", "slack: fallback: mail"])
def test_who_asks_for_a_long_wait_is_stood_in_for_after_five_minutes(tmp_path: Path, more: str) -> None:
    with desk(tmp_path, "slack", more, slack=LATER, mail=Reply()) as one:
        assert one.see(0.0) == ["slack"]
        assert one.see(0.0, after=240) == []
        assert [(each.channel, each.overdue) for each in one.round.late] == [("slack", False)]
        assert one.see(0.0, after=120) == ["mail"]
        assert one.see(0.0, after=600) == []
        assert good(Turn(one.now, judged=one.judged, sent=one.round))


def test_what_is_late_and_nobody_can_be_told_instead_is_no_good_round(tmp_path: Path) -> None:
    with desk(tmp_path, "slack", slack=LATER) as one:
        one.see(0.0)
        assert good(Turn(one.now, judged=one.judged, sent=one.round))
        one.see(0.0, after=400)
        assert [(each.channel, each.overdue) for each in one.round.late] == [("slack", True)]
        assert not good(Turn(one.now, judged=one.judged, sent=one.round))


def test_an_incident_that_a_fallback_opened_is_closed(tmp_path: Path) -> None:
    with desk(tmp_path, "slack", "slack: fallback: pager; pager: key: k", slack=LATER, pager=Reply(202)) as one:
        one.see(0.0)
        assert one.see(0.0, after=400) == ["pager"]
        assert one.see(0.0, after=300) == []
        one.see(1.0)
    opened, closed = (each.json for each in one.receivers["pager"].seen)
    assert (opened["event_action"], closed["event_action"]) == ("trigger", "resolve")
    assert opened["dedup_key"] == closed["dedup_key"]


@pytest.mark.parametrize("more", ["", "slack: fallback: mail"])
def test_without_an_outbox_somebody_else_is_told_at_once(tmp_path: Path, more: str) -> None:
    with desk(tmp_path, "slack", more, slack=Reply(503), mail=Reply()) as one:
        message: Notification = FIRST._replace(id="m1", channel="slack", reason=Reason.FIRST)
        done = telling.say_at_once(one.rules, [message], lambda: START, one.place)
    assert [(each.id, each.end) for each in done.tried] == [("m1", End.DEAD), ("m1.mail", End.SENT)]
    assert {alert.phase for alert in message.alerts} == {Phase.FIRING}


def test_the_end_is_told_to_those_who_heard_of_the_beginning(tmp_path: Path) -> None:
    with desk(tmp_path, "slack", "slack: fallback: mail", slack=Reply(404), mail=Reply()) as one:
        assert one.see(0.0) == ["slack", "mail"]
        assert one.see(1.0, after=600) == ["mail"]
        assert [each.json["type"] for each in one.receivers["mail"].seen] == ["alert.delivery", "alert.resolved"]


def test_who_failed_is_not_shown_as_told_but_who_was_told_instead(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with desk(tmp_path, "slack", "slack: fallback: mail", slack=Reply(404), mail=Reply()) as one:
        for _ in range(2):
            one.see(0.0)
    for words in (["list", "--format", "json"], ["list"], ["explain", "down", "--at", "119m"]):
        with suppress(SystemExit):
            run(["alert", *words, "--storage", one.place])
    found = capsys.readouterr().out
    assert '"told": ["mail"]' in " ".join(found.split()).replace("[ ", "[").replace(" ]", "]")
    assert "mail, slack (failed; mail was told instead)" in found
    assert "knows" not in found


def test_a_reminder_is_the_first_that_a_channel_hears_and_then_it_hears_the_end(tmp_path: Path) -> None:
    with desk(tmp_path, "slack", "slack: fallback: mail", slack=Reply(404), mail=Reply()) as one:
        one.see(0.0)
        one.receivers["slack"].answer = lambda *_: Reply()
        one.rules = reminding(tmp_path)
        assert one.see(0.0, after=600) == ["slack"]
        assert sorted(one.see(1.0, after=600)) == ["mail", "slack"]


def reminding(folder: Path) -> Rules:
    path = folder / "rules.yaml"
    path.write_text(path.read_text().replace("severity: critical", "severity: critical, remind_every: 5m"))
    return load(path)


def test_a_fallback_that_knew_nothing_hears_of_the_end(tmp_path: Path) -> None:
    with desk(tmp_path, "slack", "slack: fallback: mail", slack=Reply(), mail=Reply()) as one:
        assert one.see(0.0) == ["slack"]
        one.receivers["slack"].answer = lambda *_: Reply(404)
        assert one.see(1.0, after=600) == ["slack", "mail"]


@pytest.mark.parametrize("channels", ["pager", "pager, mail"])
def test_an_incident_that_cannot_be_closed_is_told_to_somebody_who_can(tmp_path: Path, channels: str) -> None:
    with desk(tmp_path, channels, "pager: key: k", pager=Reply(202), mail=Reply()) as one:
        one.see(0.0)
        told = len(one.receivers["mail"].seen)
        one.receivers["pager"].answer = lambda *_: Reply(403)
        one.see(1.0)
        found = [each.json for each in one.receivers["mail"].seen[told:]]
    assert [each["data"]["fallback_of"] for each in found if each["type"] == "alert.delivery"] == ["pager"]
    assert {alert["phase"] for each in found for alert in each["data"]["alerts"]} == {"resolved"}
    assert "Instead of pager, which failed (403" in found[-1]["data"]["notes"][0]


def test_who_heard_of_it_hears_that_it_is_over_though_its_rise_was_told_to_another(tmp_path: Path) -> None:
    with desk(tmp_path, "slack", "slack: fallback: mail", slack=Reply(), mail=Reply()) as one:
        one.rules = severe(tmp_path, "critical", "medium")
        assert one.see(0.0) == ["slack"]
        one.receivers["slack"].answer = lambda *_: Reply(400)
        one.rules = severe(tmp_path, "medium", "critical")
        assert one.see(0.0) == ["slack", "mail"]
        one.receivers["slack"].answer = lambda *_: Reply()
        assert one.see(0.0) == []
        assert sorted(one.see(1.0)) == ["mail", "slack"]
        assert one.receivers["slack"].seen[-1].json["type"] == "alert.resolved"
        assert one.see(1.0) == []


def severe(folder: Path, before: str, now: str) -> Rules:
    path = folder / "rules.yaml"
    path.write_text(path.read_text().replace(f"severity: {before}", f"severity: {now}"))
    return load(path)
