"""Whatever happens in whatever order: nothing is lost or told twice, the throttle holds, clocks may go back."""

from __future__ import annotations

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from dropmon.alerts.notification import Notification, Reason, Severity
from dropmon.alerts.rule import Channel, Labels
from dropmon.alerts.silence import Silence, matcher
from tests.alerts import play
from tests.alerts.play import MINUTE, START, Play, labels

SERIES = ((), labels(check="a"), labels(check="b"))
THROTTLES = st.sampled_from([0.0, 90.0, 300.0, 1000.0])
WAITS = st.sampled_from([0.0, 60.0, 150.0])


class Alerting(RuleBasedStateMachine):
    """Evaluations of one rule at odd times, and a ledger of what each channel has heard."""

    @initialize(throttle=THROTTLES, wait=WAITS, calm=WAITS, fails=st.integers(1, 3), remind=st.none() | THROTTLES)
    def begin(self, throttle: float, wait: float, calm: float, fails: int, remind: float | None) -> None:
        self.rule = play.rule(
            throttle=throttle, wait=wait, calm=calm, fail_after=fails, remind_every=remind or None,
            channels=("slack", "mute", "sms"), unknown_after=120.0,
        )  # fmt: skip
        self.play = Play(self.rule, channels=[Channel("mute", resolved=False)])
        self.seen: dict[Labels, float | None] = {}
        self.open: set[tuple[str, Labels]] = set()
        self.unknown: set[tuple[str, Labels]] = set()
        self.heard: dict[tuple[str, Labels], tuple[float, Severity]] = {}
        self.ids: set[str] = set()
        self.silent = False

    @rule(wait=st.sampled_from([1.0, 29.0, 60.0, 60.0, 61.0, 240.0, 4000.0]), values=st.data(), blind=st.booleans())
    def evaluate(self, wait: float, values: Any, blind: bool) -> None:
        self.play.at += wait - MINUTE
        levels = values.draw(st.lists(st.sampled_from([None, "high", "critical"]), min_size=3, max_size=3))
        vector = [
            (labels(**dict(one), severity=level), 1.0) for one, level in zip(SERIES, levels, strict=True) if level
        ]
        answer: Any = None if blind and not vector else vector
        at = self.play.at
        self.heard = {key: (min(time, at), severity) for key, (time, severity) in self.heard.items()}
        for message in self.play.see(answer):
            self.hear(message, at)
        self.play.at = at
        assert self.play.see(answer) == []  # the same once more says nothing more
        self.what_fires_has_been_told_or_may_not_be_yet(at)
        forgotten = [key for key, (time, _) in self.heard.items() if at - time > 3600 and not self.remembers(key[1])]
        for key in forgotten:
            del self.heard[key]

    def remembers(self, series: Labels) -> bool:
        return ("r", series) in self.play.states

    @rule(back=st.sampled_from([5.0, 100.0, 5000.0, 10**6]))
    def set_the_clock_back(self, back: float) -> None:
        self.play.at -= back

    @rule()
    def silence(self) -> None:
        self.silent = not self.silent
        self.play.silences = (Silence("1", (matcher("r"),), 0, 10 * START),) if self.silent else ()

    def hear(self, message: Notification, at: float) -> None:
        assert message.id not in self.ids
        self.ids.add(message.id)
        for alert in message.alerts:
            key = message.channel, tuple(sorted(alert.labels.items()))
            self.judge(message.reason, key, alert.severity, at)

    def judge(self, reason: Reason, key: tuple[str, Labels], severity: Severity, at: float) -> None:
        if reason is Reason.UNKNOWN:
            assert key not in self.unknown
            self.unknown.add(key)
            return
        if reason is Reason.RESOLVED:
            assert key in self.open | self.unknown
            assert key[0] != "mute"
            self.open.discard(key)
            self.unknown.discard(key)
            return
        assert (key in self.open) is (reason is not Reason.FIRST) or key[0] == "mute"
        last, before = self.heard.get(key, (float("-inf"), Severity.LOW))
        assert not self.silent
        assert at - last >= self.rule.throttle or severity > before
        assert key[0] != "sms" or severity is Severity.CRITICAL
        self.open.add(key)
        self.heard[key] = at, severity
        if reason is Reason.FIRST:
            self.unknown.discard(key)

    def what_fires_has_been_told_or_may_not_be_yet(self, at: float) -> None:
        for state in self.play.states.values() if not self.silent else ():
            told = {each.channel: each for each in state.told}
            for name in ("slack", "mute"):
                own = told.get(name)
                held = own is not None and at - own.at < self.rule.throttle
                assert state.shown.value != "firing" or (own and own.open) or held

    @invariant()
    def what_is_over_has_been_told(self) -> None:
        alive = {key for key, state in self.play.states.items() if state.active or state.unknown is not None}
        for channel, series in self.open | self.unknown:
            if channel != "mute" and ("r", series) not in alive:
                state = self.play.states.get(("r", series))
                assert state is not None
                assert state.phase.value == "pending"

    @invariant()
    def a_channel_that_does_not_want_to_know_has_forgotten_it(self) -> None:
        for state in self.play.states.values():
            over = state.phase.value == "resolved" and state.unknown is None
            assert not (over and any(told.open or told.unknown for told in state.told))

    @invariant()
    def no_remembered_time_lies_ahead(self) -> None:
        for state in self.play.states.values():
            assert all(told.at <= state.at for told in state.told)


TestAlerting = Alerting.TestCase
TestAlerting.settings = settings(max_examples=100, stateful_step_count=30, deadline=None)
