"""Many processes at once, and processes that are killed: nothing is lost, repeats carry the same id."""

from __future__ import annotations

import random
import time
from collections import Counter
from pathlib import Path

import pytest

from dropmon.alerts.packing import packed
from dropmon.storage.outbox import Row, SqliteOutbox
from tests.alerts.channels.examples import ERRORS, FIRST
from tests.alerts.channels.receiver import Receiver, Reply, Seen, receiving
from tests.alerts.processes import CHANNELS, EPOCH
from tests.forks import Parent

pytestmark = pytest.mark.slow

KILLS = 300
FASTER = 200  # a lease of a minute is over in a third of a second


def fill(place: Path, count: int, at: float) -> list[str]:
    """Messages for all channels, each of an alert of its own, and none old enough to be joined; their ids."""
    ids = [f"m{number}" for number in range(count)]
    rows = []
    for number, id in enumerate(ids):
        channel = f"c{number % CHANNELS}"
        alerts = (ERRORS._replace(rule=id),)
        rows.append(Row(id, channel, packed(FIRST._replace(id=id, channel=channel, at=at + 1e7, alerts=alerts)), at))
    with SqliteOutbox(place, 10) as outbox:
        outbox.put(rows, at)
    return ids


def told(receiver: Receiver) -> Counter[str]:
    """How often each id arrived; each with what it is about."""
    assert all(seen.json["data"]["alerts"][0]["rule"] == seen.headers["webhook-id"] for seen in receiver.seen)
    return Counter(seen.headers["webhook-id"] for seen in receiver.seen)


def test_twenty_processes_at_once_send_each_message_once(tmp_path: Path) -> None:
    place = tmp_path / "dropmon.db"
    ids = fill(place, 60, time.time())
    with receiving(Reply(after=0.01)) as receiver, Parent("tests.alerts.processes") as parent:
        running = [parent.fork(str(place), receiver.url) for _ in range(20)]
        for each in running:
            assert each.stdout.readline() == b"ready\n"
        for each in running:
            each.stdin.write(b"\n")
            each.stdin.close()
        for each in running:
            assert each.wait(60) == 0
            each.stdout.close()
    assert told(receiver) == dict.fromkeys(ids, 1)


def test_nothing_is_lost_when_processes_are_killed_at_any_moment(tmp_path: Path) -> None:
    """Time goes faster for them: who was killed in the midst of sending holds its message until its lease ends."""
    place = tmp_path / "dropmon.db"
    chance = random.Random(KILLS)
    began = time.time()
    at = EPOCH + (began - EPOCH) * FASTER
    ids = fill(place, KILLS * 8, at)

    def answer(_seen: Seen, _number: int) -> Reply:
        return Reply(after=chance.random() * 0.15 * (done < KILLS))

    done = 0
    with receiving(answer) as receiver, Parent("tests.alerts.processes") as parent:
        while done < KILLS:
            running = [parent.fork(str(place), receiver.url, str(FASTER)) for _ in range(4)]
            for each in running:
                assert each.stdout.readline() == b"ready\n"
                each.stdin.write(b"\n")
                each.stdin.flush()
            for each in running:
                time.sleep(chance.random() * 0.15)
                done += each.poll() is None
                each.kill()
            for each in running:
                each.wait(10)
                each.stdin.close()
                each.stdout.close()
        before = told(receiver)
        last = parent.fork(str(place), receiver.url, str(FASTER))
        last.stdin.write(b"\n")
        last.stdin.close()
        assert last.wait(120) == 0
        last.stdout.close()
    with SqliteOutbox(place, 10) as outbox:
        states = {row.id: row.state for row in outbox.rows(limit=10_000)}
    arrived = told(receiver)
    assert set(states.values()) == {"sent"}
    assert set(arrived) == set(ids)  # nothing is lost, and a repeat has the id of the first
    assert 0 < len(before) < len(ids)  # they were killed in the midst of it
    repeats = arrived.total() - len(arrived)
    assert repeats > KILLS // 25  # or else no kill came between the sending and the mark, and nothing is shown
    assert repeats <= done * CHANNELS  # each that was killed had one message of a channel under way
    print(f"{done} killed; of {len(ids)} {len(before)} told until then, {len(arrived)} in all, {repeats} told again")
