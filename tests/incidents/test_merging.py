"""Two incidents become one: what was asked, done and said in either is so in the one that stays."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropmon.incidents.incident import Incident, State
from dropmon.incidents.merging import whole
from dropmon.incidents.policy import Asked, Level, Policy, obligations
from tests.incidents.scene import MINUTE, START, Scene

MINOR, MAJOR, CRITICAL = ("fire disk db", "fire slow shop", "fire api_down Stripe")


def due(incident: Incident) -> dict[str, float]:
    """What is asked, and by which minute."""
    return {each.kind.value + (f" {each.target}" if each.target else ""): (each.due - START) / MINUTE
            for each in incident.asked if each.met is None and each.dropped is None}  # fmt: skip


def test_a_worse_one_that_is_merged_brings_its_level_and_its_clocks_go_on(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    told = scene.play([(0, MINOR), (11, CRITICAL), (20, "merge 2 1")], range(60))
    one = scene.incident()

    assert scene.states() == ["critical triggered", "critical merged"]
    assert due(one) == {"close": 24 * 60, "communicate": 11, "acknowledge": 16, "escalate backup": 26,
                        "escalate everyone": 41}  # fmt: skip
    assert [(minute, name.split("-", 1)[1]) for minute, name in told if name.startswith("1-escalate")] == [
        (26, "escalate-1.1-oncall.backup"), (41, "escalate-2.1-oncall.everyone"),
    ]  # fmt: skip
    assert {name for minute, name in told if minute == 20 and name.startswith("1-")} == {
        f"1-severity.1-{name}" for name in ("oncall", "slack", "sms")
    }


def test_a_step_that_was_taken_is_not_taken_again_and_an_overdue_acknowledgement_is_still_one(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    told = scene.play([(0, CRITICAL), (11, "open 0 critical"), (20, "merge 1 2")], range(60))

    assert [name for minute, name in told if minute > 20 and name.startswith("2-escalate")] == [
        "2-escalate-2.1-oncall.everyone",
    ]
    assert "acknowledge" in due(scene.incident(2))


@pytest.mark.parametrize("script", [["ack 1 bob", "merge 1 2"], ["ack 2 bob", "merge 1 2"]])
def test_whoever_has_one_of_them_has_both(script: list[str], tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    told = scene.play([(0, CRITICAL), (1, "open 0 critical"), *((2, act) for act in script)], range(40))
    one = scene.incident(2)

    assert (one.state, one.holder, one.acknowledged) == (State.ACKNOWLEDGED, "bob", START + 2 * MINUTE)
    assert "acknowledge" not in due(one)
    assert not [name for _, name in told if "acknowledge" in name]


def test_users_go_on_hearing_of_the_outage(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.play([(0, CRITICAL), (0, MINOR), (5, "told 1 identified 30"), (20, "merge 1 2")], [0, 5, 20])
    one = scene.incident(2)

    assert (one.said, one.said_at, one.update_at) == ("identified", START + 5 * MINUTE, START + 35 * MINUTE)
    assert due(one)["update"] == 35
    assert "communicate" not in due(one)


RANKS = st.sampled_from([*Level])
WAITS = st.none() | st.floats(1, 1e5)
POLICIES = st.builds(Policy, RANKS, WAITS, WAITS, WAITS, WAITS, WAITS, WAITS)


@pytest.mark.slow
@given(own=POLICIES, theirs=POLICIES, opened=st.floats(0, 1e5), at=st.floats(1e5, 2e5))
def test_no_deadline_is_put_off_and_no_level_is_lost(own: Policy, theirs: Policy, opened: float, at: float) -> None:
    one = Incident(1, "", own, 0.0, asked=tuple(obligations(own, 0.0)))
    other = Incident(2, "", theirs, opened, asked=tuple(obligations(theirs, opened)))
    both = whole(one, other, at)
    before = [*one.asked, *other.asked]

    assert both.level.rank == min(one.level.rank, other.level.rank)
    for kind in Asked:
        due = [each.due for each in both.asked if each.kind is kind]
        assert min(due, default=None) == min((each.due for each in before if each.kind is kind), default=None)
    assert len({each.name for each in both.asked}) == len(both.asked)


@pytest.mark.parametrize(("own", "theirs"), [(Level.CRITICAL, Level.MINOR), (Level.MINOR, Level.CRITICAL)])
def test_the_worse_level_says_who_is_called(own: Level, theirs: Level) -> None:
    chains = {Level.CRITICAL: ("backup",), Level.MINOR: ("bob",)}
    one, other = (
        Incident(1, "", rule, 0.0, asked=tuple(obligations(rule, 0.0)))
        for rule in (Policy(level, escalate=60.0 * (level.rank + 1), chain=chains[level]) for level in (own, theirs))
    )
    steps = [(each.due, each.target) for each in whole(one, other, 1.0).asked]
    assert steps == [(60.0, "backup")]
