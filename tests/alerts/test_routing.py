"""Which channel is told what, and why not."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from dropmon.alerts import maintenance
from dropmon.alerts.maintenance import Window
from dropmon.alerts.notification import Severity
from dropmon.alerts.route import Why
from dropmon.alerts.rule import Channel
from dropmon.alerts.silence import Silence, matcher
from dropmon.alerts.state import Ack
from dropmon.errors import UsageError
from tests.alerts.play import MINUTE, START, Play, labels, rule, said_in_short

PARIS = ZoneInfo("Europe/Paris")


def silence(text: str, start: float = START, minutes: float = 5) -> Silence:
    return Silence("1", (matcher(text),), start, start + minutes * MINUTE, "ann", "move")


def test_a_short_message_is_for_what_is_critical() -> None:
    play = Play(
        rule(channels=("slack", "sms")), rule(id="worst", channels=("slack", "sms"), severity=Severity.CRITICAL)
    )
    told = {(one.channel, alert.rule) for one in play.see(2.0, 2.0) for alert in one.alerts}
    assert told == {("slack", "r"), ("slack", "worst"), ("sms", "worst")}


def test_that_nothing_is_known_is_never_critical() -> None:
    play = Play(rule(channels=("slack", "sms"), severity=Severity.CRITICAL, unknown_after=0.0))
    assert [(one.channel, one.severity) for one in play.see(None)] == [("slack", Severity.HIGH)]


def test_one_message_a_channel_and_run_the_worst_first() -> None:
    play = Play(rule(id="a", severity=Severity.LOW), rule(id="b", severity=Severity.CRITICAL))
    (told,) = play.see([(labels(check=str(number)), 1.0) for number in range(30)], 1.0)
    assert len(told.alerts) == 31
    assert told.alerts[0].rule == "b"


def test_a_rise_in_severity_breaks_the_floor_and_a_fall_says_nothing() -> None:
    play = Play(rule(throttle=3600, channels=("slack", "sms")))
    high, critical = [(labels(severity="high"), 1.0)], [(labels(severity="critical"), 2.0)]

    assert said_in_short(play.see(high)) == "F"
    assert {(one.channel, one.reason.value) for one in play.see([*high, *critical])} == {
        ("slack", "escalated"),
        ("sms", "first"),
    }
    assert play.see(high) == []
    assert {one.channel for one in play.see([])} == {"slack", "sms"}


def test_a_rise_while_it_was_over_breaks_the_floor_too() -> None:
    play = Play(rule(throttle=3600))
    play.see([(labels(severity="low"), 1.0)])
    play.see([])
    assert play.words("x") == "F"


def test_a_channel_that_does_not_want_to_know_hears_of_the_next_one() -> None:
    play = Play(rule(), channels=[Channel("slack", resolved=False)])
    assert play.words("x.x.") == "F-F-"


def test_what_never_arrived_releases_the_floor_and_is_not_resolved() -> None:
    play = Play(rule(throttle=3600))
    play.words("x")
    play.dead = {play.told[0].id}
    assert play.words(".x") == "-F"


def test_flaps_are_counted_and_said() -> None:
    play = Play(rule(throttle=600))
    assert play.words("x.x.x.x.x.x") == "FO--------F"
    assert play.told[-1].alerts[0].flaps == 5


def test_a_silence_holds_until_it_ends() -> None:
    play = Play(silences=[silence("r", minutes=3)])
    assert play.words("xx") == "--"
    assert play.decisions[0].why is Why.SILENCED
    assert play.decisions[0].next_at == START + 3 * MINUTE
    assert play.words("xx") == "-F"


@pytest.mark.parametrize(
    ("text", "silent"),
    [
        ("check=a", True),
        ("check!=b", True),
        ('check=~"a|b"', True),
        ("check!~a", False),
        ("check=A", False),
        ("other=", True),
        ("other!=", False),
        ("severity=high", True),
        ("alertname=r", True),
        ("rule=~r.*", True),
        ("r", True),
        ("q", False),
    ],
)
def test_matchers_are_those_of_prometheus(text: str, silent: bool) -> None:
    play = Play(silences=[silence(text)])
    assert (play.see([(labels(check="a"), 1.0)]) == []) is silent


@pytest.mark.parametrize("text", ["", "check=~(", "a b", "=x"])
def test_a_matcher_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        matcher(text)


def test_an_alert_that_another_explains_is_silent_until_that_is_over() -> None:
    play = Play(rule(id="gateway", wait=60), rule(depends_on=("gateway",)))
    assert play.see(1.0, 1.0) == []  # the other is about to fire
    assert [alert.rule for one in play.see(1.0, 1.0) for alert in one.alerts] == ["gateway"]
    said = [(one.reason.value, alert.rule) for one in play.see([], 1.0) for alert in one.alerts]
    assert sorted(said) == [("first", "r"), ("resolved", "gateway")]


def test_both_over_at_once_are_both_said() -> None:
    play = Play(rule(id="gateway"), rule(depends_on=("gateway",)))
    play.see([], 1.0)
    play.see(1.0, 1.0)
    assert [alert.rule for one in play.see([], []) for alert in one.alerts] == ["gateway", "r"]


def test_whoever_has_it_is_not_reminded() -> None:
    play = Play(rule(remind_every=60))
    assert play.words("xx") == "FR"
    key, state = next(iter(play.states.items()))
    play.states = {key: state._replace(ack=Ack("ann", play.at, play.at + 150))}
    assert play.words("xxxx") == "---R"
    play.states = {key: play.states[key]._replace(ack=Ack("ann", play.at))}
    assert play.words("xxx.x") == "---OF"


def window(**changes: Any) -> Window:
    return Window("w", start=START + MINUTE, end=START + 4 * MINUTE)._replace(**changes)


@pytest.mark.parametrize(
    ("seen", "said"),
    [
        (".xx.......", "----------"),  # opened and closed inside
        (".xxxxx.", "----F-O"),  # still failing when it ends
        ("xx...", "F-O--"),  # opened before, over inside
        ("...xx.", "----FO"),
    ],
)
def test_a_maintenance_window(seen: str, said: str) -> None:
    assert Play(windows=(window(),)).words(seen) == said


def test_a_window_is_for_the_series_that_match() -> None:
    play = Play(windows=(window(matchers={"check": ("a", "b")}, start=START),))
    (told,) = play.see([(labels(check="a"), 1.0), (labels(check="c"), 1.0)])
    assert [alert.labels["check"] for alert in told.alerts] == ["c"]


def local(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=PARIS).timestamp()


@pytest.mark.parametrize(
    ("days", "clock", "minutes", "start", "end"),
    [
        (["daily"], "03:00", 30, "2026-01-10 03:00", "2026-01-10 03:30"),
        (["daily"], "03:00", 30, "2026-07-10 03:00", "2026-07-10 03:30"),
        (["friday"], "23:30", 60, "2026-11-27 23:30", "2026-11-28 00:30"),
        (["sunday"], "00:00", 1440, "2026-03-29 00:00", "2026-03-30 00:00"),  # a day of 23 hours
        (["sunday"], "00:00", 1440, "2026-10-25 00:00", "2026-10-26 00:00"),  # and one of 25
        (["daily"], "02:30", 30, "2026-03-29 03:30", "2026-03-29 04:00"),  # a time that this night does not have
        (["daily"], "01:30", 120, "2026-03-29 01:30", "2026-03-29 04:30"),  # two hours are two hours
    ],
)
def test_windows_follow_the_clock_on_the_wall(days: list[str], clock: str, minutes: int, start: str, end: str) -> None:
    window = Window(
        "w", PARIS, maintenance.days(days), datetime.fromisoformat(f"2026-01-01 {clock}").time(), minutes * 60
    )
    first, last = local(start), local(end)

    assert window.until(first - 0.001) is None
    assert window.until(first) == window.until(last - 0.001) == last
    assert window.until(last) is None


def test_a_window_every_day_all_day_has_no_hole() -> None:
    window = Window("w", PARIS, maintenance.days(["daily"]), duration=86400.0)
    first = datetime(2026, 10, 20, tzinfo=UTC).timestamp()
    assert all(window.until(first + number * 600) for number in range(2000))
