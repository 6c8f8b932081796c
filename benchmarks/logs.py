"""`dropmon logs` beside what people filter logs with, over the same files: whole processes, in turn.

Run: python -m benchmarks.logs [filter dense stats latency]   (500 MB twice in the temporary folder, about five minutes)

DROPMON_PEERS names a Python that has polars and duckdb. A tool that is missing is named, not skipped in silence.
None of the peers gives the whole answer (stack traces, numbers, escapes, rows that hold other words): their recall
and precision against it are shown.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks.log_lines import write
from benchmarks.process import INSTALLED
from dropmon.logs import formats
from dropmon.logs.block import blocks
from dropmon.logs.level import Level

WIDE = r'"(level|type|severity)" *: *"(error|fatal|critical)|\[error|Z ERROR'
JQ = (
    'fromjson? | select(.level == "error" or .level == "fatal" or .type == "error"'
    ' or (.level | type == "number" and . >= 50))'
)
POLARS = """
import sys, polars as pl
lines = pl.read_csv(sys.argv[1], has_header=False, separator="\\x01", quote_char=None, new_columns=["line"],
                    encoding="utf8-lossy", truncate_ragged_lines=True, schema={"line": pl.String})
for line in lines.filter(pl.col("line").str.contains(r'"(level|type)":\\s*("error"|"fatal"|[56]0)'))["line"]:
    sys.stdout.write(line + "\\n")
"""
DUCKDB = """
import sys, duckdb
rows = duckdb.sql(f"select json from read_ndjson_objects('{sys.argv[1]}', ignore_errors=true) "
                  "where json->>'level' in ('error','fatal') or json->>'type' = 'error'")
while batch := rows.fetchmany(10000):
    sys.stdout.writelines(line + "\\n" for (line,) in batch)
"""

START = """
import os, subprocess, sys, time
with open(sys.argv[1], "wb") as answer, subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=answer) as cat:
    began = time.perf_counter()
    program = subprocess.Popen(sys.argv[2:], stdout=cat.stdin, stderr=subprocess.DEVNULL)
    cat.stdin.close()
    _, status, usage = os.wait4(program.pid, 0)
    program.returncode = os.waitstatus_to_exitcode(status)
    cat.wait()
    wall = time.perf_counter() - began
print(program.returncode, wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)
"""


class Took(NamedTuple):
    """Seconds of wall and CPU, MiB at the most, and the answer."""

    wall: float
    cpu: float
    memory: float
    lines: frozenset[bytes]
    digest: str


def programs(file: Path) -> dict[str, list[str]]:
    """What is run, in the order of the table."""
    python = [sys.executable, "-m", "dropmon", "logs", str(file), "--level", "error", "-q"]
    without = [sys.executable, "-c", WITHOUT, *python[3:]]
    peers = os.environ.get("DROPMON_PEERS", sys.executable)
    return {
        "LC_ALL=C grep -a": ["grep", "-a", '"level":"error"', str(file)],
        "LC_ALL=C grep -aiE, a wide expression": ["grep", "-aiE", WIDE, str(file)],
        "dropmon, one process": [*python, "-j1"],
        "dropmon, two processes": [*python, "-j2"],
        "dropmon without Hyperscan, one process": [*without, "-j1"],
        "ripgrep -a": ["rg", "-a", "-N", '"level":"error"', str(file)],
        "ripgrep -ai, a wide expression": ["rg", "-aiN", WIDE, str(file)],
        "jq -cR": ["jq", "-cR", JQ, str(file)],
        "lnav -n": ["lnav", "-n", "-c", ":set-min-log-level error", str(file)],
        "polars, lines and an expression": [peers, "-c", POLARS, str(file)],
        "duckdb, JSON objects": [peers, "-c", DUCKDB, str(file)],
    }


WITHOUT = (
    "import sys; sys.modules['hyperscan'] = None; sys.argv[0] = 'dropmon'; from dropmon.__main__ import main; main()"
)


def took(command: Sequence[str], scratch: Path) -> Took | None:
    """One run; None when it failed. Its answer goes through a pipe, as it would."""
    env = {**os.environ, **INSTALLED, "LC_ALL": "C", "TERM": "dumb"}
    answer = scratch / "answer"
    # a process of its own, small as it is, starts the program: the memory of who forks counts as the child's
    told = subprocess.run(
        [sys.executable, "-S", "-c", START, answer, *command], env=env, capture_output=True, check=True
    )
    code, wall, cpu, memory = map(float, told.stdout.split())
    data = answer.read_bytes()
    if code not in (0, 1) or not data:
        return None
    lines = frozenset(map(hash_of, data.split(b"\n")))
    return Took(wall, cpu, memory, lines, hashlib.sha256(data).hexdigest())


def hash_of(line: bytes) -> bytes:
    return hashlib.blake2b(line, digest_size=8).digest()


def truth(file: Path) -> tuple[frozenset[bytes], str]:
    """The answer of reading every block in full: its lines, and its digest."""
    data = file.read_bytes()
    whole = hashlib.sha256()
    lines: set[bytes] = set()
    for start, stop in blocks(data):
        block = data[start:stop]
        entries = formats.entries(block)
        wanted = [entry for entry in entries if entry.level >= Level.ERROR]
        if wanted:
            said = block if len(entries) == 1 else b"\n".join(entry.raw for entry in wanted)
            whole.update(said + b"\n")
            lines.update(map(hash_of, said.split(b"\n")))
    return frozenset(lines), whole.hexdigest()


def compare(file: Path, rounds: int, scratch: Path, chosen: Mapping[str, Sequence[str]]) -> None:
    """One table: medians of `rounds`, and what of the answer each gave."""
    known, digest = truth(file)
    size = file.stat().st_size / 1e9
    print(f"\n{file.name}: {size:.2f} GB\n\n| | wall s | CPU s | MiB | GB/s | of grep's speed | recall | precision |")
    print("|---|---|---|---|---|---|---|---|")
    runs: dict[str, list[Took]] = {}
    for turn in range(rounds + 1):
        for name, command in chosen.items():
            if shutil.which(command[0]) and (turn == 0 or name in runs):
                done = took(command, scratch)
                if done:
                    runs.setdefault(name, []).append(done)
    grep = None
    for name, command in chosen.items():
        if name not in runs:
            print(f"| {name} | {'fails' if shutil.which(command[0]) else 'is not on this machine'} | | | | | | |")
            continue
        several = sorted(runs[name][1:] or runs[name])
        middle = several[len(several) // 2]
        grep = grep or middle.wall
        same = "all, byte for byte" if middle.digest == digest else f"{len(known & middle.lines) / len(known):.2f}"
        right = f"{len(known & middle.lines) / max(1, len(middle.lines)):.2f}"
        print(
            f"| {name} | {middle.wall:.2f} | {middle.cpu:.2f} | {middle.memory:.0f} | {size / middle.wall:.2f} |"
            f" {grep / middle.wall:.2f} | {same} | {right} |",
            flush=True,
        )


def main() -> None:
    given = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    given.add_argument("parts", nargs="*", default=["filter", "dense", "stats"])
    given.add_argument("--bytes", type=int, default=500_000_000)
    given.add_argument("--rounds", type=int, default=3)
    asked = given.parse_args()
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        for part, errors in (("filter", 0.01), ("dense", 0.5)):
            if part in asked.parts:
                file = scratch / f"{errors:.0%}-errors.log"
                write(file, asked.bytes, errors)
                compare(file, asked.rounds, scratch, programs(file))
                file.unlink()
        if "stats" in asked.parts:
            file = scratch / "counted.log"
            write(file, asked.bytes, 0.5)
            python = [sys.executable, "-m", "dropmon", "logs"]
            compare(
                file, asked.rounds, scratch,
                {
                    "dropmon logs --level error": [*python, str(file), "--level", "error", "-q", "-j1"],
                    "dropmon logs stats": [*python, "stats", str(file), "-j1"],
                    "dropmon logs stats, two processes": [*python, "stats", str(file), "-j2"],
                },
            )  # fmt: skip


if __name__ == "__main__":
    main()
