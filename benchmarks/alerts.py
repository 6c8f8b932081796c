"""What alerts cost beside what they watch: judging when nothing is due, a whole cycle, a message.

python -m benchmarks.alerts            # everything, about a minute
python -m benchmarks.alerts evaluate   # or: cycle, message; --rounds 15, --rules 100
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.checks import DROPMON, PORT, server, urls
from benchmarks.process import Cost, in_turn, run

OPEN = """
import sqlite3
import typer
app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
@app.command()
def main(place: str) -> None:
    with sqlite3.connect(place) as database:
        print(database.execute("PRAGMA user_version").fetchone()[0])
app()
"""
CONDITIONS = (
    'probe_success{{check="{}"}} == 0',
    'probe_duration_seconds{{check="{}"}} > 5',
    'avg_over_time(probe_duration_seconds{{check="{}"}}[5m]) > 3',
)
WARM = 3  # cycles that leave a history


class Place:
    """Rules of so many checks and as many alerts on them, and a history that a few cycles have left."""

    def __init__(self, folder: Path, count: int) -> None:
        self.count = count
        self.history = str(folder / "history.db")
        self.rules = folder / "rules.yaml"
        self.rules.write_text(json.dumps(rules(count)))
        for _ in range(WARM):
            run(self.command("cycle"))

    def command(self, *words: str) -> list[str]:
        return [*DROPMON, *words, "--rules", str(self.rules), "--storage", self.history]


def rules(count: int) -> dict[str, object]:
    """Two channels, a third of the conditions on verdicts, durations and averages each; nothing will fire."""
    receiver = f"http://127.0.0.1:{PORT}"
    return {
        "defaults": {"timeout": "10s", "retries": 0},
        "checks": {"apis": [{"name": f"t{i}", "url": url} for i, url in enumerate(urls(count))]},
        "channels": {"slack": {"webhook": f"{receiver}/slack"}, "ops": {"type": "webhook", "url": f"{receiver}/ops"}},
        "alerts": [
            {
                "id": f"a{i}", "name": f"Alert {i}", "condition": CONDITIONS[i % 3].format(f"t{i}"), "for": "5m",
                "severity": "high", "channels": ["slack", "ops"],
            }
            for i in range(count)
        ],
    }  # fmt: skip


def evaluate(place: Place, rounds: int) -> None:
    """Every alert judged, nothing fires; beside commands that only start, and open the same history."""
    costs = in_turn(
        {
            "dropmon alert evaluate": place.command("alert", "evaluate"),
            "dropmon history info": place.command("history", "info", "--format", "json"),
            "Typer and sqlite3": [sys.executable, "-c", OPEN, place.history],
            "dropmon --version": [*DROPMON, "--version"],
        },
        rounds,
    )
    assert all("nothing fires" in cost.output for cost in costs["dropmon alert evaluate"])
    assert all("history.db" in cost.output for cost in costs["dropmon history info"])
    show(f"alert evaluate, {place.count} rules; asked: at most 1.2 of start-up and opening the history", costs)


def cycle(place: Place, rounds: int) -> None:
    """Everything once, beside its checks alone, recorded: the same rules, the same history."""
    costs = in_turn(
        {"dropmon cycle": place.command("cycle"), "dropmon check apis": place.command("check", "apis")}, rounds
    )
    assert all(f"all {place.count} healthy" in cost.output for each in costs.values() for cost in each)
    assert all("nothing fires" in cost.output for cost in costs["dropmon cycle"])
    show(f"a cycle of {place.count} checks and {place.count} rules; asked: at most 1.25 in CPU", costs)


def show(title: str, costs: dict[str, list[Cost]]) -> None:
    """The medians of each, and the first by each of the others: the median of the ratios of the rounds."""
    first, *_ = costs
    print(f"\n{title}")
    for name, runs in costs.items():
        wall, cpu = (statistics.median(getattr(cost, figure) for cost in runs) for figure in ("wall", "cpu"))
        line = f"  {name:24} {wall * 1000:5.0f} ms wall {cpu * 1000:5.0f} ms CPU"
        ratios = (f"{ratio(costs[first], runs, figure):.2f} in {figure}" for figure in ("wall", "cpu"))
        print(line if name == first else f"{line}   {first.split(maxsplit=1)[1]} / it: {', '.join(ratios)}")


def ratio(ours: Sequence[Cost], theirs: Sequence[Cost], figure: str) -> float:
    pairs = zip(ours, theirs, strict=True)
    return float(statistics.median(getattr(one, figure) / getattr(other, figure) for one, other in pairs))


def message(place: Place, rounds: int) -> None:
    """A message to a receiver that answers at once, after the first; and without sending."""
    from benchmarks import delivery  # with the receivers of the tests

    print("\na message, in one process")
    for row in delivery.costs(rounds * 10, Path(place.history).parent):
        print(f"  {row['what']!s:32} {row.get('wall', '')!s:>10} wall {row.get('cpu', '')!s:>10} CPU")


PARTS: dict[str, Callable[[Place, int], None]] = {"evaluate": evaluate, "cycle": cycle, "message": message}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], metavar="PART")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--rules", type=int, default=100)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, server(0):
        place = Place(Path(name), asked.rules)
        for part in asked.parts or PARTS:
            PARTS[part](place, asked.rounds)


if __name__ == "__main__":
    main()
