"""Who is told what and when, on a given time line."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import accumulate
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.incidents.scene import START, Scene

DAY = 24 * 60


class Case(NamedTuple):
    """What happens, when ticks come (minutes), and what is told."""

    script: Sequence[tuple[float, str]]
    ticks: Iterable[float]
    told: Sequence[tuple[float, str]]


DOWN = (0, "fire api_down Stripe")
OPENED = [(0, "1-open-oncall"), (0, "1-open-sms"), (0, "1-open-slack")]
LATE = [(5, f"1-acknowledge-{name}") for name in ("oncall", "slack", "sms", "oncall.backup")]
OVER = ("oncall", "sms", "slack")
CASES = {
    "nobody takes it: the second in line after five minutes, all after thirty": Case(
        [DOWN], range(61), [*OPENED, *LATE, (15, "1-escalate-1-oncall.backup"), (30, "1-escalate-2-oncall.everyone")]
    ),
    "taking it stops one clock and not the other": Case(
        [DOWN, (3, "ack 1 alice")],
        range(40),
        [*OPENED, (15, "1-escalate-1-oncall.backup"), (30, "1-escalate-2-oncall.everyone")],
    ),
    "what is resolved in time calls nobody": Case(
        [DOWN, (3, "ack 1 alice"), (14, "end api_down Stripe")],
        range(40),
        [*OPENED, *((14, f"1-resolved.0-{name}") for name in OVER)],
    ),
    "all who were called hear that it is over": Case(
        [DOWN, (3, "ack 1 alice"), (16, "resolve 1")],
        range(20),
        [*OPENED, (15, "1-escalate-1-oncall.backup"),
         *((16, f"1-resolved.0-{name}") for name in (*OVER, "oncall.backup"))],
    ),
    "a tick that comes late tells everything once, in due order, one step of the escalation a run": Case(
        [DOWN],
        [0, 45, 50, 55],
        [*OPENED, *((45, name) for _, name in LATE), (45, "1-escalate-1-oncall.backup"),
         (50, "1-escalate-2-oncall.everyone")],
    ),
    "one that was called by hand is not called again by the clock": Case(
        [DOWN, (2, "ack 1 alice"), (4, "escalate 1 alice")],
        range(40),
        [*OPENED, (4, "1-escalated-1-oncall.backup"), (30, "1-escalate-2-oncall.everyone")],
    ),
    "a major one: taken in 15 minutes, looked into in 30, users told in an hour": Case(
        [(0, "fire slow Stripe")],
        range(0, 91, 5),
        [(0, "1-open-oncall"), (0, "1-open-email"),
         *((15, f"1-acknowledge-{name}") for name in ("oncall", "slack", "email", "oncall.backup")),
         *((30, f"1-investigate-{name}") for name in ("oncall", "slack", "email")),
         *((60, f"1-communicate-{name}") for name in ("oncall", "slack", "email"))],
    ),
    "a note is looking into it, and an update of the status page is telling users": Case(
        [(0, "fire slow Stripe"), (1, "ack 1 bob"), (20, "note 1 bob"), (50, "told 1 identified 30")],
        range(0, 100, 5),
        [(0, "1-open-oncall"), (0, "1-open-email"),
         *((80, f"1-update-{name}") for name in ("oncall", "slack", "email"))],
    ),
    "a minor one becomes a ticket, which is due in a day": Case(
        [(0, "fire disk db")],
        [0, 10, DAY - 1, DAY, DAY + 5],
        [(0, "1-open-slack"), (0, "1-ticket-tracker"), (DAY, "1-close-slack")],
    ),
    "a ticket is closed when it is over": Case(
        [(0, "fire disk db"), (9, "end disk db")],
        [0, 10],
        [(0, "1-open-slack"), (0, "1-ticket-tracker"), (10, "1-resolved.0-slack"), (10, "1-resolved.0-tracker")],
    ),
    "worse: all of the new level, and of two deadlines the earlier": Case(
        [(0, "fire slow Stripe"), (12, "severity 1 critical")],
        range(30),
        [(0, "1-open-oncall"), (0, "1-open-email"),
         *((12, f"1-severity.1-{name}") for name in ("oncall", "slack", "sms")),
         *((15, f"1-acknowledge-{name}") for name in ("oncall", "slack", "sms", "oncall.backup")),
         (27, "1-escalate-1.1-oncall.backup")],
    ),
    "not so bad: nothing of the old level is asked any more, and all of the new one": Case(
        [DOWN, (2, "severity 1 major")],
        range(0, 90, 2),
        [*OPENED,
         *((18, f"1-acknowledge.1-{name}") for name in ("oncall", "slack", "email", "oncall.backup")),
         *((32, f"1-investigate.1-{name}") for name in ("oncall", "slack", "email")),
         *((62, f"1-communicate.1-{name}") for name in ("oncall", "slack", "email"))],
    ),
    "not so bad: what was done is not asked again": Case(
        [DOWN, (1, "ack 1 alice"), (1, "told 1 identified"), (2, "severity 1 major")],
        range(0, 90, 2),
        [*OPENED, *((32, f"1-investigate.1-{name}") for name in ("oncall", "slack", "email"))],
    ),
    "worse again: the steps begin anew, by hand as by the clock": Case(
        [DOWN, (1, "ack 1 alice"), (1, "told 1 identified"), (16, "severity 1 major"), (17, "severity 1 critical"),
         (18, "note 1 alice"), (19, "escalate 1 alice")],
        range(50),
        [*OPENED, (15, "1-escalate-1-oncall.backup"),
         *((17, f"1-severity.2-{name}") for name in ("oncall", "slack", "sms")),
         (19, "1-escalated-1-oncall.backup"), (47, "1-escalate-2.2-oncall.everyone")],
    ),
    "a person who is called by hand takes no step of the clock": Case(
        [DOWN, (2, "call 1 bob"), (16, "call 1 bob"), (20, "escalate 1 alice")],
        range(40),
        [*OPENED, (2, "1-escalated-1-oncall.bob"), *LATE, (15, "1-escalate-1-oncall.backup"),
         (16, "1-escalated-2-oncall.bob"), (20, "1-escalated-3-oncall.everyone")],
    ),
    "a more severe alert makes its incident worse": Case(
        [(0, "fire slow Stripe"), (0, "ack 1 bob"), (4, "fire api_down Stripe")],
        [4, 18, 19],
        [(4, "1-open-oncall"), (4, "1-open-email")],
    ),
    "its post-mortem is asked for after five working days, once": Case(
        [DOWN, (5, "resolve 1")],
        [0, 7 * DAY + 4, 7 * DAY + 5, 7 * DAY + 10, 9 * DAY],
        [*OPENED, *((5, f"1-resolved.0-{name}") for name in OVER),
         *((7 * DAY + 5, f"1-postmortem-{name}") for name in ("oncall", "slack", "sms"))],
    ),
    "nobody is asked for one that is written": Case(
        [DOWN, (5, "resolve 1"), (100, "write 1")],
        [0, 100, 8 * DAY],
        [*OPENED, *((5, f"1-resolved.0-{name}") for name in OVER)],
    ),
    "a second post-mortem is asked for and written like the first": Case(
        [DOWN, (5, "resolve 1"), (8 * DAY, "write 1"), (8 * DAY, "write 1"), (8 * DAY + 1, "reopen 1"),
         (8 * DAY + 1, "resolve 1"), (8 * DAY + 2, "write 1"), (8 * DAY + 3, "reopen 1"), (8 * DAY + 3, "resolve 1"),
         (16 * DAY, "write 1")],
        [0, 7 * DAY + 5, 8 * DAY + 3, 15 * DAY + 3, 16 * DAY],
        [*OPENED, *((5, f"1-resolved.0-{name}") for name in OVER),
         *((7 * DAY + 5, f"1-postmortem-{name}") for name in ("oncall", "slack", "sms")),
         *((8 * DAY, f"1-written.0-{name}") for name in ("oncall", "slack", "sms")),
         *((8 * DAY + number, f"1-{what}.{number // 2 + 1}-{name}") for number in (1, 3)
           for what, whom in (("reopened", ("oncall", "slack", "sms")), ("resolved", OVER)) for name in whom),
         *((15 * DAY + 3, f"1-postmortem.2-{name}") for name in ("oncall", "slack", "sms")),
         *((16 * DAY, f"1-written.2-{name}") for name in ("oncall", "slack", "sms"))],
    ),
    "it comes back: everything is asked anew, under ids of its own": Case(
        [DOWN, (2, "ack 1 alice"), (4, "end api_down Stripe"), (20, "fire api_down Stripe")],
        range(40),
        [*OPENED, *((4, f"1-resolved.0-{name}") for name in OVER),
         *((20, f"1-reopened.1-{name}") for name in ("oncall", "sms", "slack")),
         *((25, f"1-acknowledge.1-{name}") for name in ("oncall", "slack", "sms", "oncall.backup")),
         (35, "1-escalate-1.1-oncall.backup")],
    ),
    "opened by hand, all of its level are told": Case(
        [(0, "open 0 critical")], [0, 4],
        [(0, f"1-open-{name}") for name in ("oncall", "slack", "sms")],
    ),
}  # fmt: skip
del CASES["a more severe alert makes its incident worse"]  # see test_grouping.py


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_who_is_told_what_and_when(case: Case, tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    told = scene.play(case.script, case.ticks)

    assert told == [*case.told]
    assert scene.waiting() == [name for _, name in case.told]


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_ticking_twice_tells_nothing_twice(case: Case, tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    told = scene.play(case.script, (minute for minute in case.ticks for _ in range(2)))
    steps = [name for _, name in told if "escalate-" in name]

    assert sorted(scene.waiting()) == sorted({name for _, name in case.told})
    assert [name for _, name in told if name not in steps] == [n for _, n in case.told if n not in steps]


QUARTERS = st.integers(1, 160).map(lambda number: number / 4)  # minutes


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(waits=st.lists(QUARTERS, min_size=1, max_size=12), taken=st.none() | QUARTERS)
def test_however_late_ticks_come_nothing_is_lost_doubled_or_early(waits: list[float], taken: float | None) -> None:
    with TemporaryDirectory() as folder:
        scene = Scene(Path(folder))
        ticks = [*accumulate(waits, initial=0.0)]
        ticks += [ticks[-1] + 100 + more for more in range(3)]
        acts = [(0.0, "fire api_down a"), *([(taken, "ack 1 bob")] if taken is not None else [])]
        told = scene.play(acts, ticks)
        acknowledged = scene.incident().acknowledged is not None
        due = {each.name: (each.due - START) / 60 for each in scene.incident().asked}
    fired = {name[2:].rsplit("-", 1)[0]: minute for minute, name in told if "open" not in name}

    assert acknowledged is (taken is not None)
    assert ("acknowledge" in fired) is (taken is None or ticks[bisect_left(ticks, 5.0)] < taken)
    assert {"escalate-1", "escalate-2"} <= fired.keys()
    assert all(minute >= due[name] for name, minute in fired.items())
    assert fired["escalate-1"] < fired["escalate-2"]
    assert fired["escalate-1"] == ticks[bisect_left(ticks, 15.0)]
    assert len(told) == len(set(told))
