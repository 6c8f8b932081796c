"""When each thing is due: on its own beat, whatever the turns take."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import example, given
from hypothesis import strategies as st

from dropmon.flows import loop

EVERY = st.floats(0.1, 86400)
START = st.floats(0, 1e7)
TOOK = st.lists(st.floats(0, 4000), min_size=1, max_size=30)


@given(EVERY, START, TOOK)
@example(33676.01610851492, 117.33820251727691, [907.3744937473703, 0.0, 0.0])  # a sleep that ends a hair early
def test_what_is_due_is_due_on_its_own_beat_however_long_the_turns_take(
    every: float, start: float, took: list[float]
) -> None:
    now, slots = start, loop.slots({("web", "a"): every}, start, start)
    began: list[float] = []
    for each in took:
        now += loop.pause(slots, now)
        began.append(slots["web", "a"].due)
        keys = loop.due(slots, now + 1e-6)
        assert keys == [("web", "a")]
        now += each
        slots = loop.done(slots, keys, now)
        assert now < slots["web", "a"].due <= now + every * (1 + 1e-6) + 1e-6  # the next one, and only one
    for time in began:
        beats = (time - start) / every
        assert abs(beats - round(beats)) < 1e-3
    assert all(after > before for before, after in pairwise(began))


@given(st.dictionaries(st.sampled_from("abcdefgh"), EVERY, min_size=1), START, st.floats(0, 1e5))
def test_a_reload_leaves_alone_what_did_not_change_and_does_at_once_what_did(
    every: dict[str, float], start: float, later: float
) -> None:
    wanted = {("web", name): each for name, each in every.items()}
    before = loop.done(loop.slots(wanted, start, start), list(wanted), start)
    changed, *same = wanted
    now = start + later
    after = loop.slots({**wanted, changed: wanted[changed] + 1, ("web", "new"): 5.0}, start, now, before)

    assert {key: after[key] for key in same} == {key: before[key] for key in same}
    assert after[changed].due == after["web", "new"].due == now
    assert loop.pause(after, now) == 0
    assert set(loop.slots({}, start, now, before)) == set()


@given(EVERY, st.floats(0, 1e6))
def test_equals_that_began_at_different_times_come_together(every: float, later: float) -> None:
    first = loop.slots({("web", "a"): every}, 0.0, 0.0)
    both = loop.slots({("web", "a"): every, ("web", "b"): every}, 0.0, later, first)
    after = loop.done(both, list(both), later)

    assert after["web", "a"].due == after["web", "b"].due
