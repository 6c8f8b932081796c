"""The weekly report on a year of 5-minute probes of 50 targets, and three SLOs over thirty days.

10.5 million samples, or what retention leaves of them: python -m benchmarks.report
"""

from __future__ import annotations

import json
import random
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.process import in_turn, median
from dropmon.storage import Retention, open_store

ROUNDS = 7
TARGETS = 50
STEP = 300_000  # milliseconds
END = 1_795_424_400_000 - 3_600_000 * 9  # 2026-11-23 00:00 in Paris
START = END - 365 * 86_400_000
AT = "2026-11-23T09:00+01:00"
RULES = """
platform: {{name: Bench, timezone: Europe/Paris, language: fr}}
checks:
  apis: [{checks}]
slos:
  - {{name: uptime, target: 99.9%, window: 30d, good: 'probe_success{{check="api-7"}} == 1', total: 'probe_success{{check="api-7"}}'}}
  - {{name: api-success, target: 99.5%, window: 30d, good: 'probe_success{{kind="apis"}} == 1', total: 'probe_success{{kind="apis"}}'}}
  - {{name: response-time, target: 95%, window: 30d, value: 'probe_duration_seconds{{kind="apis"}}', below: 500ms}}
report: {{weekly: {{at: monday 09:00, channel: mail, to: a@example.com}}}}
channels: {{mail: {{type: smtp, host: localhost, from: a@example.com, to: a@example.com}}}}
"""  # noqa: E501


def rows(series: int, chance: random.Random, success: bool) -> Iterator[tuple[int, int, float]]:
    for at in range(START + series * 977, END, STEP):
        yield series, at, float(chance.random() > 0.001) if success else chance.lognormvariate(-1.5, 0.6)


def filled(place: Path) -> int:
    """Writes the year, and says how many samples that is."""
    chance = random.Random(1)
    open_store(str(place)).close()
    with sqlite3.connect(place, isolation_level=None) as database:
        database.execute("PRAGMA synchronous = OFF")
        database.execute("BEGIN")
        for number, name in enumerate(("probe_success", "probe_duration_seconds")):
            for target in range(TARGETS):
                labels = json.dumps({"check": f"api-{target}", "kind": "apis"}, separators=(",", ":"))
                series = 1 + number * TARGETS + target
                database.execute("INSERT INTO series VALUES (?, ?, ?)", (series, name, labels))
                database.executemany("INSERT INTO samples VALUES (?, ?, ?)", rows(series, chance, number == 0))
        database.execute("COMMIT")
        (count,) = database.execute("SELECT count(*) FROM samples").fetchone()
    return int(count)


def measured(folder: Path, place: Path, title: str) -> None:
    checks = ", ".join(f'{{name: api-{target}, url: "https://example.com"}}' for target in range(TARGETS))
    (folder / "rules.yaml").write_text(RULES.format(checks=checks))
    dropmon = [sys.executable, "-m", "dropmon"]
    more = ["--rules", str(folder / "rules.yaml"), "--storage", str(place), "--at", AT]
    commands = {
        "start-up": [*dropmon, "report", "weekly", "--help"],
        "report weekly": [*dropmon, "report", "weekly", "--format", "json", *more],
        "html": [*dropmon, "report", "weekly", "--format", "html", *more],
    }
    costs = in_turn(commands, ROUNDS)
    print(title)
    for name, own in costs.items():
        wall, cpu, memory = (median(own, figure) for figure in ("wall", "cpu", "memory"))
        print(f"  {name:15} {wall:6.2f} s wall {cpu:6.2f} s CPU {memory:5.0f} MiB")
    more_ = median(costs["report weekly"], "wall") - median(costs["start-up"], "wall")
    print(f"  more than start-up: {more_:.2f} s (asked: at most 1.5)")


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        place = folder / "history.db"
        count = filled(place)
        measured(folder, place, f"{count:,} samples, every one kept")
        with open_store(str(place), Retention(raw=3 * 86400.0)) as store:
            store.prune(END / 1000)
        measured(folder, place, "all but three days kept by the hour")


if __name__ == "__main__":
    main()
