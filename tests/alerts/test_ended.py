"""What was opened is closed, and whoever reads it knows whether it is because all is well."""

from __future__ import annotations

import json
from typing import Any

import pytest

from dropmon.alerts.channels import kinds
from dropmon.alerts.message import OVER, UNCLEAR, Voice, message
from dropmon.alerts.notification import Notification, Severity
from dropmon.alerts.packing import packed, unpacked
from dropmon.alerts.payload import iso
from tests.alerts.play import MINUTE, Play, labels, rule

DAY = 86400.0
PAGER = {"type": "pagerduty", "key": "k"}
MANAGER = {"type": "alertmanager", "url": ["http://127.0.0.1:1"]}


def sent(settings: dict[str, Any], told: list[Notification]) -> list[Any]:
    """The bodies of what a channel would be sent, as it comes out of the outbox."""
    channel = kinds()[settings["type"]].model_validate(settings)
    letters = [letter for one in told for letter in channel.letters(unpacked(packed(one)), Voice())]
    return [json.loads(letter.what.body) for letter in letters]


def still_open(told: list[Notification]) -> set[str]:
    """The incidents that a pager is left with."""
    open_: set[str] = set()
    for event in sent(PAGER, told):
        (open_.add if event["event_action"] == "trigger" else open_.discard)(event["dedup_key"])
    return open_


def still_firing(told: list[Notification]) -> set[tuple[str, ...]]:
    """The alerts that an Alertmanager is left with, by their labels."""
    firing: set[tuple[str, ...]] = set()
    for one in told:
        (body,) = sent(MANAGER, [one])
        for alert in body:
            key = tuple(f"{name}={value}" for name, value in sorted(alert["labels"].items()))
            over = alert["endsAt"] <= iso(one.at)
            (firing.discard if over else firing.add)(key)
    return firing


def played(script: str, **settings: Any) -> list[Notification]:
    play = Play(rule(**{"unknown_after": 0.0, "severity": Severity.CRITICAL, **settings}))
    play.words(script)
    return play.told


def test_that_nothing_was_known_is_closed_when_data_is_back_whatever_it_says() -> None:
    for script in ("?.", "?x.", "x?.", "x?x.", "x?x?x.", "?x?x."):
        assert still_open(played(script)) == set(), script
        assert still_firing(played(script)) == set(), script
    for script in ("x?x", "?x"):
        assert len(still_open(played(script))) == 1, script
        assert {"nodata=true" in key for key in still_firing(played(script))} == {False}, script


def test_who_was_told_that_nothing_is_known_hears_that_it_still_fires() -> None:
    told = played("x?x")
    assert [one.reason.value for one in told] == ["first", "unknown", "repeat"]


def test_a_rise_in_severity_leaves_one_alert_behind() -> None:
    play = Play()
    for severity in ("low", "critical", "high"):
        play.see([(labels(severity=severity), 1.0)])
    assert [one.reason.value for one in play.told] == ["first", "escalated"]
    assert [key for key in still_firing(play.told) if "severity=low" in key] == []
    assert len(still_firing(play.told)) == 1
    play.see([])
    assert still_firing(play.told) == set()


def test_a_rise_after_a_reminder_that_it_fell_is_told() -> None:
    play = Play(rule(remind_every=MINUTE))
    for severity in ("high", "low", "high"):
        play.see([(labels(severity=severity), 1.0)])
    assert [one.reason.value for one in play.told] == ["first", "repeat", "escalated"]


def test_what_is_given_up_after_a_week_is_not_said_to_be_well() -> None:
    play = Play(rule(unknown_after=None))
    one = labels(check="a")
    play.see([(one, 2.0)])
    play.see(None)
    (told,) = play.see(None, at=play.at + 7 * DAY)
    text = message(told, Voice())
    assert (told.reason.value, text.title, text.colour) == ("resolved", "[CLOSED] r", UNCLEAR)
    assert "Given up: nothing has been known of it for 7 days." in text.text
    assert (text.over, text.well) == (True, False)


def test_a_rule_that_is_switched_off_while_it_fires_says_so_once() -> None:
    play = Play()
    play.words("x")
    play.plan = play.plan._replace(rules=(rule(enabled=False),))
    (told,) = play.see([])
    assert message(told, Voice("fr")).parts[0].title == "[CLOS] r"
    assert "Désactivé dans les règles." in message(told, Voice("fr")).text
    assert play.words("..") == "--"


def test_series_that_a_label_of_the_rule_hides_stay_apart() -> None:
    play = Play(rule(labels={"queue": "payments"}))
    mail, orders = labels(queue="mail"), labels(queue="orders")
    play.see([(mail, 1.0), (orders, 1.0)])
    assert len(play.told[0].alerts) == len({alert.key for alert in play.told[0].alerts}) == 2
    assert {alert.labels["queue"] for alert in play.told[0].alerts} == {"payments"}
    play.see([(orders, 1.0)])
    assert still_open(play.told) == {"dropmon/r/exported_queue=orders/queue=payments"}
    assert len(still_firing(play.told)) == 1


def test_labels_of_the_rule_are_in_the_key_as_they_were_when_what_is_open_was_opened() -> None:
    play = Play(rule(labels={"team": "shop"}))
    play.see([(labels(check="a"), 1.0)])
    (told,) = play.told[0].alerts
    assert told.key == told._replace(own=None).key == "r/check=a/team=shop"  # in an older outbox it has no `own`
    assert still_open(play.told) == {"dropmon/r/check=a/team=shop"}


def arrived(play: Play, number: int) -> list[Notification]:
    """What was told, of which the last `number` so far never arrive."""
    lost = play.told[-number:]
    play.dead = {one.id for one in lost}
    play.words("..")
    return [one for one in play.told if one not in lost]


@pytest.mark.parametrize("lost", [1, 2])
def test_what_was_opened_is_closed_as_severe_as_it_was_though_its_rise_never_arrived(lost: int) -> None:
    play = Play(rule())
    for severity in ("low", "high", "critical"):
        play.see([(labels(severity=severity), 1.0)])
    told = arrived(play, lost)
    assert len(told) == 4 - lost
    assert (still_open(told), still_firing(told)) == (set(), set())


@pytest.mark.parametrize("script", ["?x", "x??", "?xx"])
def test_what_was_opened_for_want_of_data_is_closed_though_what_came_after_never_arrived(script: str) -> None:
    play = Play(rule(unknown_after=0.0))
    play.words(script)
    if script == "x??":
        play.see([(labels(severity="critical"), 1.0)])
    told = arrived(play, 1)
    assert (still_open(told), still_firing(told)) == (set(), set())


def test_what_is_told_once_more_ends_what_it_was_before_its_rise() -> None:
    play = Play(rule())
    for severity in ("low", "high"):
        play.see([(labels(severity=severity), 1.0)])
    play.dead = {play.told[-1].id}
    for _ in range(6):
        play.see([(labels(severity="high"), 1.0)])
    told = [one for one in play.told if one.id not in play.dead]
    assert [one.reason.value for one in told] == ["first", "first"]
    assert {key[-1] for key in still_firing(told)} == {"severity=high"}


def test_what_is_well_is_said_to_be() -> None:
    (_, told) = played("x.")
    assert (message(told, Voice()).colour, message(told, Voice()).well) == (OVER, True)
