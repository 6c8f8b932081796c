"""A letter is an evaluation, a minute after the one before: x the condition holds, . it does not, ? nothing is known.

What is said: F it fires, R reminder, E more severe, O over, U nothing is known, - nothing.
"""

from __future__ import annotations

from typing import Any

import pytest

from dropmon.alerts.notification import Phase
from dropmon.alerts.state import Ack
from tests.alerts.play import MINUTE, Play, labels, rule

CASES: list[tuple[str, dict[str, Any], str, str]] = [
    ("at once", {}, ".x.", "-FO"),
    ("a first pass is silent", {}, "...", "---"),
    ("for", {"wait": 120}, "xxxx.", "--F-O"),
    ("a pass while pending says nothing and starts again", {"wait": 120}, "xx.xx.xxx", "--------F"),
    ("fail_after", {"fail_after": 3}, "xx.xxx", "-----F"),
    ("both", {"fail_after": 2, "wait": 180}, "xxxx", "---F"),
    ("recover_after as a count", {"recover_after": 2}, "x.x..", "F---O"),
    ("recover_after as a time", {"calm": 120}, "x..x...", "F-----O"),
    ("unknown holds what fires", {}, "x??x.", "F---O"),
    ("unknown does not resolve", {"unknown_after": None}, "x" + "?" * 60, "F" + "-" * 60),
    ("unknown is told once", {"unknown_after": 180}, "??????", "---U--"),
    ("data that comes back is told", {"unknown_after": 120}, "???.", "--UO"),
    ("data that comes back bad", {"unknown_after": 120}, "???x.", "--UFO"),
    ("a firing alert that is unknown", {"unknown_after": 120}, "x???x???.", "F--UR--UO"),
    ("unknown for a short time", {"unknown_after": 180}, "??.??.??.", "---------"),
    ("unknown does not count towards for", {"wait": 180}, "xx??xxx", "------F"),
    ("reminders", {"remind_every": 180}, "xxxxxxx.", "F--R--RO"),
    ("no reminder while it recovers", {"remind_every": 120, "recover_after": 3}, "xx..xx", "F---R-"),
    ("throttle: recovery does not reset it", {"throttle": 300}, "x.x.xxx", "FO---F-"),
    ("throttle: exactly then is allowed", {"throttle": 120}, "x.x", "FOF"),
    ("throttle: what was not told is not resolved", {"throttle": 600}, "x.x.x.", "FO----"),
    ("throttle holds reminders, too", {"throttle": 240, "remind_every": 60}, "xxxxxx", "F---R-"),
]


@pytest.mark.parametrize(("settings", "seen", "said"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_what_is_seen_and_what_is_said(settings: dict[str, Any], seen: str, said: str) -> None:
    assert Play(rule(**settings)).words(seen) == said


def test_one_alert_a_series() -> None:
    play = Play()
    a, b = labels(check="a"), labels(check="b")

    assert [len(one.alerts) for one in play.see([(a, 1.0), (b, 2.0)])] == [2]
    (over,) = play.see([(b, 2.0)])
    assert [dict(alert.labels) for alert in over.alerts] == [{"check": "a"}]
    assert [state.phase for state in play.states.values() if state.labels == b] == [Phase.FIRING]


def test_a_machine_that_slept_has_not_watched() -> None:
    play = Play(rule(wait=300))
    play.words("xx")
    assert play.see(2.0, at=play.at + 100 * MINUTE) == []
    assert play.words("x") == "F"


def test_two_looks_at_once_are_one_observation() -> None:
    play = Play(rule(fail_after=2))
    play.see(2.0, at=play.at)
    assert play.see(2.0, at=play.at - MINUTE + 1) == []
    assert play.words("x") == "F"


def test_a_series_that_is_unknown_for_a_week_is_over_and_a_whole_rule_is_not() -> None:
    for series, said in ((labels(check="a"), ["resolved"]), ((), [])):
        play = Play(rule(unknown_after=None))
        play.see([(series, 1.0)])
        play.see(None)
        assert [one.reason.value for one in play.see(None, at=play.at + 8 * 86400)] == said


def test_a_rule_that_is_gone_ends_after_a_day_and_one_that_is_disabled_at_once() -> None:
    for enabled, wait in ((True, 86400.0), (False, 0.0)):
        play = Play()
        play.words("x")
        kept = (rule(enabled=False),) if not enabled else (rule(id="other"),)
        play.plan = play.plan._replace(rules=kept)
        if wait:
            assert play.see([]) == []
        assert [one.reason.value for one in play.see([], at=play.at + wait)] == ["resolved"]
        assert play.see([], at=play.at + 7200) == []
        assert play.states == {}


@pytest.mark.parametrize(
    ("before", "after", "kept"),
    [
        ("?", "xx", False),  # that nothing was known is over
        ("?", ".?", False),
        ("x?", "?xx", False),
        ("x", "?x", True),
        ("x", "x", True),
        ("xx.x", ".xx", False),  # what was pending is over
        ("xx", "?x", True),
        ("xx?", "x", True),  # it fired all the while
        ("xx", ".xx", False),
    ],
)
def test_who_has_it_has_it_until_it_is_over_and_no_longer(before: str, after: str, kept: bool) -> None:
    play = Play(rule(wait=60))
    play.words(before)
    play.states = {key: state._replace(ack=Ack("ann", play.at - 1)) for key, state in play.states.items()}
    play.words(after)
    assert [state.ack is not None for state in play.states.values()] == [kept]


def test_what_fires_after_nothing_was_known_is_reminded_of_though_somebody_had_that() -> None:
    play = Play(rule(remind_every=60, unknown_after=0.0))
    play.words("?")
    play.states = {key: state._replace(ack=Ack("ann", play.at)) for key, state in play.states.items()}
    assert play.words("xxx") == "FRR"


def test_nothing_is_remembered_of_what_is_well() -> None:
    play = Play(rule(wait=60))
    play.words("x..")
    assert play.states == {}
    play.words("xxx..")
    assert len(play.states) == 1
    play.see([], at=play.at + 3601)
    assert play.states == {}
