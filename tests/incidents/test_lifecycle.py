"""An incident is its timeline, folded: whatever people and alerts do in whatever order."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from dropmon.errors import UsageError
from dropmon.flows.archive import stories, then
from dropmon.incidents import measure
from dropmon.incidents.incident import Event, Incident, Kind, State, unpacked
from dropmon.incidents.lifecycle import ANY, FROM, apply, opened
from dropmon.incidents.policy import Asked, Level, Policy
from dropmon.storage.incidents import incidents_of
from tests.incidents.scene import MINUTE, START, Scene

POLICY = Policy(Level.CRITICAL, 300.0, 900.0, 0.0, escalate=900.0, notify=("slack",), postmortem="required")
BEGUN = opened(1, Event(Kind.OPENED, 1000.0, "alice", "x", {"policy": POLICY._asdict()}))
ACKED = apply(BEGUN, Event(Kind.ACKNOWLEDGED, 1100.0, "alice"))
OVER = apply(ACKED, Event(Kind.RESOLVED, 1200.0, "bob", "", {"postmortem_due": 9000.0}))
MERGED = apply(BEGUN, Event(Kind.MERGED, 1100.0, "bob", "", {"into": 2}))
STANDING = {State.TRIGGERED: BEGUN, State.ACKNOWLEDGED: ACKED, State.RESOLVED: OVER, State.MERGED: MERGED}
BODY: dict[Kind, dict[str, Any]] = {
    Kind.ASSIGNED: {"person": "bob"},
    Kind.SEVERITY: {"policy": POLICY._replace(level=Level.MINOR)._asdict()},
    Kind.FIRED: {"obligation": "acknowledge"},
    Kind.ESCALATED: {"step": 1},
    Kind.COMMUNICATED: {"state": "identified"},
    Kind.RESOLVED: {"postmortem_due": 9000.0},
    Kind.MERGED: {"into": 2},
    Kind.ABSORBED: {"members": []},
}
BACK = apply(OVER, Event(Kind.REOPENED, 1300.0, "bob"))
MEMBER = {"rule": "r", "labels": [["check", "a"]], "key": "r", "name": "r", "severity": "low", "fired": 1.0}


@pytest.mark.parametrize("kind", sorted(set(Kind) - {Kind.OPENED}))
@pytest.mark.parametrize("state", State)
def test_what_may_happen_in_which_state(kind: Kind, state: State) -> None:
    event = Event(kind, 2000.0, "alice", "", BODY.get(kind, MEMBER))
    if state in FROM[kind]:
        apply(STANDING[state], event)
    else:
        with pytest.raises(UsageError, match="it cannot be") as caught:
            apply(STANDING[state], event)
        assert caught.value.hint.startswith("dropmon incident")


@pytest.mark.parametrize(
    ("incident", "event"),
    [
        (BEGUN, Event(Kind.NOTED, 999.0, "alice", "x")),
        (BEGUN, Event(Kind.ACKNOWLEDGED, 999.0, "alice")),
        (ACKED, Event(Kind.RESOLVED, 1099.0, "alice", "", BODY[Kind.RESOLVED])),
        (OVER, Event(Kind.REOPENED, 1199.0, "alice")),
        *(
            (BACK, Event(kind, 1299.0, "", "", BODY.get(kind, MEMBER)))
            for kind in FROM
            if BACK.state in FROM[kind] != ANY
        ),
    ],
)
def test_times_are_in_order(incident: Incident, event: Event) -> None:
    with pytest.raises(UsageError, match="is before incident 1"):
        apply(incident, event)


@pytest.mark.parametrize("kind", [Kind.NOTED, Kind.STEP, Kind.TRIAGED])
def test_what_was_seen_may_be_written_down_later_and_only_what_somebody_wrote_is_looking_into_it(kind: Kind) -> None:
    after = apply(BACK, Event(kind, 1001.0, "alice", "x"))
    met = [each.kind for each in after.asked if each.met is not None and each.dropped is None]
    assert met == ([Asked.INVESTIGATE] if kind is Kind.NOTED else [])


def test_times_to_acknowledge_and_to_resolve_are_unknown_and_not_nothing() -> None:
    assert (measure.to_acknowledge(BEGUN), measure.to_resolve(BEGUN)) == (None, None)
    assert (measure.to_acknowledge(OVER), measure.to_resolve(OVER)) == (100.0, 200.0)


def test_the_first_acknowledgement_counts_and_the_last_resolution() -> None:
    back = apply(OVER, Event(Kind.REOPENED, 1300.0, "bob"))
    taken = apply(back, Event(Kind.ACKNOWLEDGED, 1400.0, "bob"))
    again = apply(taken, Event(Kind.RESOLVED, 1500.0, "", "", BODY[Kind.RESOLVED]))
    assert (measure.to_acknowledge(again), measure.to_resolve(again)) == (100.0, 500.0)
    assert [each.due for each in again.asked if each.pending] == [9000.0]


def test_the_same_trouble_within_thirty_days_is_recurrent() -> None:
    one = BEGUN._replace(number=1, fingerprint="f", opened=0.0)
    soon, late = one._replace(number=2, opened=30 * 86400.0), one._replace(number=3, opened=61 * 86400.0)
    assert measure.earlier(soon, [one, soon, late]) == [1]
    assert measure.earlier(late, [one, soon, late]) == []
    assert measure.recurring([one, soon, late], 30 * 86400.0) == {"f": [1, 2]}
    assert measure.earlier(soon._replace(fingerprint=""), [one._replace(fingerprint="")]) == []


def test_one_that_came_back_needs_a_post_mortem_where_the_first_did_not(tmp_path: Path) -> None:
    day = 24 * 60
    scene = Scene(tmp_path)
    script = [(0.0, "fire slow a"), (5, "end slow a"), (day, "fire slow a"), (day + 5, "end slow a")]
    scene.play(script, [0, 5, day, day + 5])
    asked = [[each.kind for each in scene.incident(number).asked if each.pending] for number in (1, 2)]
    assert asked == [[], [Asked.POSTMORTEM]]
    assert (scene.incident(1).recurrent, scene.incident(2).recurrent) == (False, True)


def moments(scene: Scene) -> None:
    """Raises what looking back at any moment of a scene raises."""
    with scene.store() as store:
        incidents = incidents_of(store)
        times = {one.at for number in incidents.numbers() for one in incidents.events(number)}
    for at in sorted(times):
        stories(scene.rules, scene.place, at, since=0.0)


def test_one_line_that_is_written_later_keeps_no_moment_from_being_seen(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.play([(0, "open 0 major"), (10, "resolve 1"), (20, "reopen 1")], [20])
    scene.minute = 15
    with pytest.raises(UsageError, match="is before incident 1 became triggered"):
        scene.act("assign", "1", "bob")
    scene.act("note", "1", "bob")
    moments(scene)


SLOW, OURS = (0.0, "fire slow a"), (10.0, "resolve 1")


@pytest.mark.parametrize(
    ("script", "ticks", "state", "ended"),
    [
        ([SLOW, OURS, (15, "end slow a")], [0, 16], State.RESOLVED, 15),
        ([SLOW, OURS, (15, "end slow a"), (20, "reopen 1")], [0, 16, 21], State.TRIGGERED, 15),
        ([SLOW, OURS, (15, "end slow a"), (20, "reopen 1")], [0, 21], State.TRIGGERED, 15),  # of which nobody had heard
        ([SLOW, OURS, (20, "reopen 1"), (25, "end slow a")], [0, 10, 21, 26], State.RESOLVED, 25),
        ([SLOW, (15, "end slow a"), (16, "ack 1 bob")], [0, 17], State.RESOLVED, 15),
        ([SLOW, OURS, (15, "end slow a"), (17, "fire slow a")], [0, 16, 18], State.TRIGGERED, None),
        ([SLOW, OURS, (15, "end slow a"), (1000, "fire slow a")], [0, 1001], State.RESOLVED, 15),
        ([SLOW, OURS, (15, "end slow a"), (2000, "fire slow a")], [0, 6000], State.RESOLVED, 2000),  # not before
        ([SLOW, OURS, (15, "end slow a")], [0, 6000], State.RESOLVED, 15),  # older than what is heard of
    ],
)
def test_what_somebody_resolved_stays_so_and_what_somebody_reopened_too(
    script: list[tuple[float, str]], ticks: list[float], state: State, ended: float | None, tmp_path: Path
) -> None:
    scene = Scene(tmp_path)
    scene.play(script, ticks)
    scene.tick()
    (one,) = scene.incident().members
    assert (scene.incident().state, one.ended) == (state, None if ended is None else START + ended * MINUTE)
    moments(scene)


class Responding(RuleBasedStateMachine):
    """People, alerts and ticks in any order: what is kept is what the timeline says, and each thing is told once."""

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.scene = Scene(Path(self.folder.name))

    def teardown(self) -> None:
        moments(self.scene)
        self.folder.cleanup()

    @rule(minutes=st.sampled_from([0.0, 0.5, 3.0, 16.0, 90.0, 2000.0, 11000.0]))
    def tick(self, minutes: float) -> None:
        self.scene.minute += minutes
        self.scene.tick()

    @rule(
        what=st.sampled_from(["fire", "end"]),
        name=st.sampled_from(["api_down", "slow", "errors", "disk"]),
        check=st.sampled_from(["a", "b"]),
    )
    def alert(self, what: str, name: str, check: str) -> None:
        self.scene.act(what, name, check)

    @rule(level=st.sampled_from(["critical", "major", "minor"]))
    def open(self, level: str) -> None:
        self.scene.act("open", "0", level)

    @precondition(lambda self: self.scene.states())
    @rule(
        act=st.sampled_from(["ack", "resolve", "reopen", "escalate", "note", "told identified", "told resolved 5",
                             "severity critical", "severity minor", "write", "merge 1", "merge 2", "assign", "call"]),
        number=st.integers(1, 4),
        ago=st.sampled_from([0.0, 0.0, 3.0, 40.0]),
    )  # fmt: skip
    def person(self, act: str, number: int, ago: float) -> None:
        what, *more = act.split()
        before, now = self.scene.waiting(), self.scene.minute
        self.scene.minute -= ago
        try:
            self.scene.act(what, str(number), *(more or ["bob"]))
        except UsageError:
            assert self.scene.waiting() == before
        finally:
            self.scene.minute = now

    @invariant()
    def it_is_its_timeline(self) -> None:
        with self.scene.store() as store:
            incidents = incidents_of(store)
            stories = [then(incidents, number, float("inf")) for number in incidents.numbers()]
            kept = [unpacked(incidents.bodies(number)[0]) for number in incidents.numbers()]
        assert [each.incident for each in stories if each] == kept
        firing = [one.series for each in kept if each.open for one in each.firing]
        assert len(firing) == len(set(firing)), "in two incidents at once"
        asked = [one for each in kept if not each.open for one in each.asked if one.pending]
        assert all(one.kind is Asked.POSTMORTEM for one in asked)

    @invariant()
    def each_message_is_told_once(self) -> None:
        told = [name for _, name in self.scene.told]
        assert len(told) == len(set(told))
        assert set(told) == set(self.scene.waiting())


TestResponding = Responding.TestCase
TestResponding.settings = settings(max_examples=25, stateful_step_count=15, deadline=None)


@pytest.mark.parametrize(
    "script",
    [
        [(0, "open 0 minor"), (1, "ack 1 bob"), (10, "severity 1 critical")],
        [(0, "fire slow a medium"), (1, "ack 1 bob"), (10, "fire slow a critical")],
        [(0, "open 0 major"), (0, "open 0 minor"), (1, "ack 2 bob"), (2, "merge 1 2")],
        [(0, "open 0 major"), (0, "open 0 minor"), (1, "ack 2 bob"), (2, "merge 2 1")],
    ],
)
def test_nobody_is_called_to_take_what_somebody_has_though_its_level_never_asked(
    script: list[tuple[float, str]], tmp_path: Path
) -> None:
    told = Scene(tmp_path).play(script, range(20))
    assert not [name for _, name in told if "acknowledge" in name]
