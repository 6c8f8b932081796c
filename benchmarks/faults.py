"""The same faults against dropmon and against Alertmanager: what is lost, told twice, late, and whether that is said.

Both get the same alerts at the same times and tell the same webhook. dropmon is `dropmon cycle`, every minute, as cron
runs it, and each process believes that the minutes in between have gone by. Alertmanager runs with the times of its
documentation (group_wait 30s, group_interval 5m, repeat_interval 4h) on a clock that goes 120 times faster, and
is posted to every minute as Prometheus does it: what fires, and for 15 minutes what is over.

python -m benchmarks.faults            # everything, about seven minutes
python -m benchmarks.faults 429 clock  # or some of it; --kills 300
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from benchmarks.clock import library
from benchmarks.delivery import Cells, show
from benchmarks.players import MINUTE, Alertmanager, Dropmon, Event, Heard, Life, Played, Scene
from tests.alerts.channels.receiver import Reply

# One outlives the fault and ends, one begins and ends meanwhile, one stays: five things to tell.
LIVES = {"long": Life(2, 20), "brief": Life(3, 6), "stays": Life(5)}
SCENES = (
    Scene("none", Reply(), 0),
    Scene("429", Reply(429), 12),
    Scene("500", Reply(500), 12),
    Scene("reset", Reply(502, reset=True), 12),
    Scene("hang", Reply(504, after=400), 12, timeout="5s"),
    Scene("slow", Reply(after=20), 12, {"long": Life(2, 9)}, 16),
    Scene("hour", None, 62, {"long": Life(2, 85), "brief": Life(20, 30), "stays": Life(40)}, 95),
    Scene("clock", Reply(500), 8, back=6),
    Scene("full", Reply(), 0, full=(1, 12)),
    Scene("full-restart", Reply(), 0, full=(1, 12), restart=8),
)
WORDS = {
    "none": "no fault", "429": "429 for 12 min", "500": "500 for 12 min", "reset": "reset for 12 min",
    "hang": "hangs for 12 min", "slow": "answers after 20 s", "hour": "dead for an hour",
    "clock": "clock set back 2 h, 500 till then", "full": "store full for 11 min",
    "full-restart": "the same, restarted meanwhile", "kill": "kill -9, once a minute",
}  # fmt: skip
SAID = 90.0  # seconds by which something is late: a run a minute and 30 s of grouping are not


def kills(count: int) -> Scene:
    """So many kills, one a minute; ten alerts begin meanwhile, and stay: as many as one message tells of."""
    lives = {f"a{number}": Life(number * count // 10 + 1) for number in range(10)}
    return Scene("kill", Reply(after=0.05), count, lives, count + 25, kills=count)


class Tally(NamedTuple):
    """What came of a scene."""

    given: int
    late: list[float]  # seconds, of each thing that was told
    repeated: int  # things that were told again
    sent: int  # requests that the receiver has read
    ids: int
    tardy: int  # things that were told late
    said: int  # of these: with the delay


def tally(events: Sequence[Event], heard: Sequence[Heard]) -> Tally:
    """Whoever hears that something is over hears that it was: its beginning counts as told with it.

    >>> events = [Event("a", False, 60.0), Event("a", True, 240.0)]
    >>> tally(events, [Heard(300.0, "1", True, (("a", True),), True)])
    Tally(given=2, late=[240.0, 60.0], repeated=0, sent=1, ids=1, tardy=1, said=1)
    """
    first: dict[tuple[str, bool], Heard] = {}
    times: Counter[tuple[str, bool]] = Counter()
    for one in heard:
        for key in one.things if one.taken else ():
            first.setdefault(key, one)
            times[key] += 1
    found = [
        (event, told) for event in events
        if (told := first.get((event.alert, event.over)) or first.get((event.alert, True)))
    ]  # fmt: skip
    late = [(told.at - event.at, told.said) for event, told in found]
    return Tally(
        len(events), [seconds for seconds, _ in late], times.total() - len(times), len(heard),
        len({one.id for one in heard if one.id}), sum(seconds > SAID for seconds, _ in late),
        sum(said for seconds, said in late if seconds > SAID),
    )  # fmt: skip


def cells(scene: Scene, who: str, found: Tally) -> Cells:
    late = sorted(found.late)
    return {
        "fault": WORDS[scene.name], "who": who,
        "told": f"{len(late)} of {found.given}", "lost": found.given - len(late), "again": found.repeated,
        "requests": f"{found.sent} ({found.ids or 'no'} ids)",
        "late": f"{words(statistics.median(late))}, {words(late[-1])}" if late else "",
        "said": f"{found.said} of {found.tardy}" if found.tardy else "none late",
    }  # fmt: skip


def words(seconds: float) -> str:
    """
    >>> words(7.4), words(190)
    ('7 s', '3.2 min')
    """
    return f"{seconds:.0f} s" if seconds < MINUTE else f"{seconds / MINUTE:.1f} min"


def played(scenes: Sequence[Scene], who: str, play: Callable[[Scene, Path], Played]
           ) -> list[Cells]:  # fmt: skip
    rows = []
    for scene in scenes:
        with tempfile.TemporaryDirectory() as folder:
            events, heard, killed = play(scene, Path(folder))
            rows.append(cells(scene, f"{who}, {killed} killed" if killed else who, tally(events, heard)))
        print(f"{who}: {scene.name}", file=sys.stderr, flush=True)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    names = [*(scene.name for scene in SCENES), "kill"]
    parser.add_argument("faults", nargs="*", choices=[*names, []], metavar="FAULT", help=", ".join(names))
    parser.add_argument("--kills", type=int, default=300)
    asked = parser.parse_args()
    wanted = [scene._replace(lives=scene.lives or LIVES) for scene in (*SCENES, kills(asked.kills))
              if scene.name in (asked.faults or names)]  # fmt: skip
    program = shutil.which("prometheus-alertmanager")
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor() as both:
        loaded = library(Path(folder))
        if loaded is None:
            sys.exit("no C compiler (cc): what makes processes believe another clock has to be built")
        ours = both.submit(played, [each for each in wanted if not each.restart], "dropmon", Dropmon(loaded).play)
        theirs = both.submit(played, wanted, "Alertmanager", Alertmanager(program, loaded).play) if program else None
        rows = [*ours.result(), *(theirs.result() if theirs else ())]
    rows.sort(key=lambda row: [*WORDS.values()].index(str(row["fault"])))  # stable: dropmon first
    show("the same faults", ["fault", "who", "told", "lost", "again", "requests", "late", "said"], rows)
    if theirs is None:
        print("prometheus-alertmanager is not installed")


if __name__ == "__main__":
    main()
