"""Who is on call, beside a Typer program of one command that loads the same rules; ten years of shifts beside that.

python -m benchmarks.oncall
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from benchmarks.process import in_turn, median

ROUNDS = 31
RULES = Path(__file__).parent.parent / "rules.example.yaml"
DROPMON = [sys.executable, "-m", "dropmon", "oncall"]
TYPER = """
from pathlib import Path
import typer
import yaml
app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
@app.command()
def main(rules: Path) -> None:
    found = yaml.load(rules.read_text(), yaml.CSafeLoader)
    print(found["oncall"]["rotation"][0]["primary"])
app()
"""


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder, "program.py")
        program.write_text(TYPER)
        more = ["--rules", str(RULES), "--storage", f"{folder}/history.db", "--at", "2026-11-23 12:00"]
        commands = {
            "a Typer program": [sys.executable, str(program), str(RULES)],
            "dropmon oncall": [*DROPMON, *more],
            "dropmon oncall schedule --weeks 520": [*DROPMON, "schedule", "--weeks", "520", *more],
        }
        costs = in_turn(commands, ROUNDS)
    for name, own in costs.items():
        print(f"{name:36} {median(own, 'wall') * 1000:6.0f} ms wall {median(own, 'cpu') * 1000:6.0f} ms CPU")
    program_, now, years = (median(own, "cpu") for own in costs.values())
    walls = [median(own, "wall") for own in costs.values()]
    print(f"oncall / Typer program: {walls[1] / walls[0]:.2f} wall, {now / program_:.2f} CPU (asked: at most 1.3)")
    print(f"520 weeks / oncall:     {walls[2] / walls[1]:.2f} wall, {years / now:.2f} CPU (asked: at most 1.3)")


if __name__ == "__main__":
    main()
