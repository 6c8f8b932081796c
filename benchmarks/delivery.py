"""What delivery costs, and what is lost or told twice when who delivers is killed: beside Apprise and Alertmanager.

Alertmanager relies on Prometheus to post an alert again every minute or so; here nobody does. It sends within a
millisecond of being told, so that hardly a kill finds it at work while its receiver is well: that row proves little.

Run: python -m benchmarks.delivery [--messages 200] [--kills 40]   (about two minutes)
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from dropmon.alerts.channel import Given
from dropmon.alerts.channels import kinds
from dropmon.alerts.dispatch import dispatch
from dropmon.alerts.packing import packed
from dropmon.output import Column, Table, plain
from dropmon.storage.outbox import Row, SqliteOutbox
from tests.alerts.channels.alertmanagers import start as alertmanager
from tests.alerts.channels.examples import ENGLISH, ERRORS, FIRST
from tests.alerts.channels.receiver import Receiver, Reply, free_port, receiving
from tests.alerts.processes import CHANNELS, EPOCH
from tests.forks import Parent

FASTER = 200  # of the clock of those that are killed: a lease of a minute ends in a third of a second

Cells = dict[str, object]


def messages(count: int, at: float, channels: int = 1) -> list[Row]:
    """Messages of alerts of their own, none so old that it is told with others."""
    rows = []
    for number in range(count):
        id, channel = f"m{number}", f"c{number % channels}"
        one = FIRST._replace(id=id, channel=channel, at=at + 1e7, alerts=(ERRORS._replace(rule=id),))
        rows.append(Row(id, channel, packed(one), at))
    return rows


def timed(work: Callable[[], object], count: int) -> tuple[float, float]:
    """Milliseconds of wall and of CPU for each of so many."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return (time.perf_counter() - wall) * 1000 / count, (time.process_time() - cpu) * 1000 / count


def costs(count: int, folder: Path) -> list[Cells]:
    """One message after the other, to a receiver that answers at once."""
    rows: list[Cells] = []

    def told(what: str, work: Callable[[], object], number: int = count) -> None:
        wall, cpu = timed(work, number)
        rows.append({"what": what, "wall": f"{wall:.2f} ms", "cpu": f"{cpu:.2f} ms"})

    with SqliteOutbox(folder / "marks.db", 5) as outbox:
        outbox.put(messages(count, EPOCH), EPOCH)

        def marks() -> None:
            while row := outbox.claim(EPOCH, 60):
                outbox.sent(row, EPOCH)

        told("claim and mark, nothing sent", marks)
        told("nothing is due", lambda: [outbox.waiting(EPOCH) for _ in range(1000)], 1000)
    slack = kinds()["slack"].model_validate({"type": "slack", "webhook": "http://x.example"})
    told("lay out a message for Slack", lambda: [slack.letters(FIRST, ENGLISH) for _ in range(count)])
    with receiving() as receiver, SqliteOutbox(folder / "sent.db", 5) as outbox:
        channel = kinds()["webhook"].model_validate({"type": "webhook", "url": receiver.url})
        outbox.put(messages(count, EPOCH), EPOCH)
        told(
            "dropmon, through the outbox",
            lambda: dispatch(outbox, {"c0": Given("c0", channel)}, ENGLISH, lambda: EPOCH),
        )
        assert len(receiver.seen) == count
    try:
        import apprise
    except ImportError:
        rows.append({"what": "Apprise is not installed: pip install apprise"})
        return rows
    with receiving() as receiver:
        service = apprise.Apprise()
        service.add(f"json://127.0.0.1:{receiver.port}/")
        told("Apprise, without an outbox", lambda: [service.notify("x", "y") for _ in range(count)])
    return rows


def killed(kills: int, folder: Path, dead: bool) -> Cells:
    """dropmon, killed again and again while it dispatches; the receiver is `dead` until the last start."""
    began, chance, place = time.time(), random.Random(1), folder / f"killed{dead}.db"
    at = EPOCH + (began - EPOCH) * FASTER
    with SqliteOutbox(place, 10) as outbox:
        outbox.put(messages(kills * 6, at, CHANNELS), at)
    done = 0
    with (
        receiving(lambda _, __: Reply(503 if dead else 200, after=chance.random() * 0.05)) as receiver,
        Parent("tests.alerts.processes") as parent,
    ):
        while True:
            if done == kills:
                heal(receiver, dead)
            process = parent.fork(str(place), receiver.url, str(FASTER))
            process.stdout.readline()
            process.stdin.write(b"\n")
            process.stdin.flush()
            if done == kills:
                process.wait(300)
                break
            time.sleep(chance.random() * 0.15)
            process.kill()
            process.wait(10)
            done += 1
        arrived = Counter(seen.headers["webhook-id"] for seen in receiver.seen)
    return {"what": "dropmon", **tally(kills * 6, arrived, kills), "same": "yes: its id"}


def heal(receiver: Receiver, dead: bool) -> None:
    """From now on it takes what it is sent; what it refused does not count."""
    if dead:
        receiver.seen.clear()
        receiver.answer = lambda *_: Reply()


def killed_alertmanager(program: str, kills: int, folder: Path, dead: bool) -> Cells:
    """Alertmanager, killed again and again while it tells a webhook what it was given, and started again."""
    chance, port = random.Random(1), free_port()
    count = 0
    with receiving(lambda _, __: Reply(503 if dead else 200, after=chance.random() * 0.05)) as receiver:
        for _ in range(kills):
            process = alertmanager(program, folder, port, receiver.url)
            given = [{"labels": {"alertname": f"m{count + number}"}} for number in range(6)]
            request = urllib.request.Request(
                f"http://127.0.0.1:{port}/api/v2/alerts",
                json.dumps(given).encode(),
                {"Content-Type": "application/json"},
            )
            urllib.request.urlopen(request, timeout=5).close()  # it has taken them
            count += 6
            time.sleep(chance.random() * 0.15)
            process.kill()
            process.wait(10)
        heal(receiver, dead)
        process = alertmanager(program, folder, port, receiver.url)
        time.sleep(3)
        process.kill()
        process.wait(10)
        arrived = Counter(each["labels"]["alertname"] for seen in receiver.seen for each in seen.json["alerts"])
    return {"what": "Alertmanager (nobody posts to it again)", **tally(count, arrived, kills), "same": "no id"}


def tally(count: int, arrived: Counter[str], kills: int) -> Cells:
    return {
        "kills": kills, "messages": count, "lost": count - len(arrived), "twice": arrived.total() - len(arrived),
    }  # fmt: skip


def show(title: str, columns: list[str], rows: list[Cells]) -> None:
    shown = tuple(Column(name, name) for name in columns)
    sys.stdout.writelines(plain(Table(title, shown, rows, headline=title)))
    sys.stdout.write("\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=200)
    parser.add_argument("--kills", type=int, default=40)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        show("each message", ["what", "wall", "cpu"], costs(asked.messages, folder))
        for dead, title in ((False, "receiver well"), (True, "receiver answers 503 until the last start")):
            rows = [killed(asked.kills, folder, dead)]
            program = shutil.which("prometheus-alertmanager")
            if program:
                (own := folder / f"alertmanager{dead}").mkdir()
                rows.append(killed_alertmanager(program, asked.kills, own, dead))
            else:
                rows.append({"what": "prometheus-alertmanager is not installed"})
            show(f"kill -9 at random moments, {title}", ["what", "kills", "messages", "lost", "twice", "same"], rows)


if __name__ == "__main__":
    main()
