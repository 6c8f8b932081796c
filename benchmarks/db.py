"""`dropmon db` beside `supabase inspect db`, a script written by hand, and psql, all on one server in one run.

python -m benchmarks.db              # everything, some minutes
python -m benchmarks.db peers        # or: large, frozen

`supabase` (npm install supabase) is looked for on PATH and in $SUPABASE.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from math import nan
from pathlib import Path

from benchmarks.process import Cost, median, run
from dropmon.db.report import names
from dropmon.demo.database import Server
from dropmon.demo.shop import seed

DROPMON = [sys.executable, "-m", "dropmon", "db"]
BY_HAND = [sys.executable, str(Path(__file__).with_name("by_hand.py"))]
VERDICTS = (0, 1, 2, 3)  # what our reports end with; 3 is "not known" under an answer, and a failure without one
WITHIN = 2.0  # seconds, beside a waiting migration
PEERS = {  # our report, and what `supabase inspect db` calls it
    "bloat": "bloat", "blocking": "blocking", "cache": "db-stats", "collation": "collation-drift",
    "index-usage": "index-stats", "locks": "locks", "long-running": "long-running-queries",
    "replication": "replication-slots", "roles": "role-stats", "seq-scans": "table-stats", "sizes": "table-stats",
    "slow-queries": "outliers", "toast": "toast-sizes", "unused-indexes": "index-stats", "vacuum": "vacuum-stats",
    "xid-age": "xid-age",
}  # fmt: skip
LARGE = """
set client_min_messages = warning;
create procedure grow(first int, last int) language plpgsql as $$
begin
  for n in first .. last loop
    execute format('create table t%1$s (id int primary key, a int, b text)', n);
    execute format('create index on t%1$s (a); create index on t%1$s (b, a)', n);
  end loop;
end $$;
select format('call grow(%s, %s)', n, n + 249) from generate_series(1, 9751, 250) as n \\gexec
insert into t1 select n, n, n from generate_series(1, 10000) as n;
analyze;
select format('select %s as c%s from t%s where a = 1', n, n, n) from generate_series(1, 5000) as n \\gexec
"""


def supabase() -> str:
    """The command line of Supabase, or nothing."""
    return os.environ.get("SUPABASE") or shutil.which("supabase") or ""


def answered(command: list[str], url: str) -> Cost:
    """What an answer cost. Raises RuntimeError for a failure; only our own exit codes are verdicts."""
    ours = command[: len(DROPMON)] == DROPMON
    cost = run(command, {"DATABASE_URL": url}, VERDICTS if ours else (0,))
    if ours and not cost.output and "--csv" not in command:
        raise RuntimeError(f"{command[-1]} said nothing")
    return cost


def timed(commands: dict[str, list[str]], rounds: int, url: str) -> dict[str, float]:
    """Median wall seconds of each, in turn; the first round is not counted. NaN for whoever fails, and it is named."""
    walls: dict[str, list[float]] = {name: [] for name in commands}
    failed: dict[str, str] = {}
    for turn in range(rounds + 1):
        for name in [each for each in commands if each not in failed]:
            try:
                wall = answered(commands[name], url).wall
            except RuntimeError as error:
                failed[name] = f"{' '.join(commands[name][-3:])}: {error}".replace(url, "URL")
            else:
                walls[name] += [wall] if turn else []
    for name, why in failed.items():
        print(f"  FAILED, {name}: {why}")
    return {name: nan if name in failed else sorted(walls[name])[rounds // 2] for name in commands}


def script(name: str, url: str, folder: Path) -> Path:
    """The SQL of a report, as a file for others to run."""
    path = folder / f"{name}.sql"
    path.write_text(answered([*DROPMON, name, "--sql"], url).output)
    return path


def url_of(server: Server) -> str:
    return server.url_of("postgres") + "?sslmode=disable"


def peers(server: Server, folder: Path) -> None:
    """Each report beside the matching one of Supabase, and beside the same SQL in a script of a user's own."""
    seed(server, "https://shop.example", "2026-10")
    server.run("create schema extensions; alter extension pg_stat_statements set schema extensions;")
    url, theirs = url_of(server), supabase()
    print("\npeers: wall in ms, medians of 7, in turn" + ("" if theirs else "; supabase is not installed"))
    print(f"  {'report':20} {'dropmon':>8} {'supabase':>9} ratio {'by hand':>8} ratio {'rich':>6} ratio")
    for name in names():
        sql = script(name, url, folder)
        commands = {"ours": [*DROPMON, name], "hand": [*BY_HAND, str(sql)], "rich": [*BY_HAND, str(sql), "--rich"]}
        if theirs and name in PEERS:
            commands["theirs"] = [theirs, "inspect", "db", PEERS[name], f"--remote={url}"]
        wall = timed(commands, 7, url)
        ratio = {other: f"{wall['ours'] / wall[other]:.2f}" for other in wall}
        print(
            f"  {name:20} {wall['ours'] * 1e3:8.0f} {wall.get('theirs', 0) * 1e3:9.0f} {ratio.get('theirs', ''):>6}"
            f" {wall['hand'] * 1e3:8.0f} {ratio['hand']:>6} {wall['rich'] * 1e3:6.0f} {ratio['rich']:>6}"
        )
    whole(url, folder, theirs)
    print("  asked: at most 0.4 of supabase, 1.25 of the script; the whole report at most 0.5")


def whole(url: str, folder: Path, theirs: str) -> None:
    """`db report` beside `supabase inspect report`, into files."""
    commands = {"ours": [*DROPMON, "report", "--csv", str(folder / "ours")]}
    if theirs:
        commands["theirs"] = [theirs, "inspect", "report", f"--remote={url}", "--output-dir", str(folder / "theirs")]
    wall = timed(commands, 5, url)
    files = {side: len(list((folder / side).rglob("*.csv"))) for side in wall}
    said = ", ".join(f"{side} {seconds * 1e3:.0f} ms, {files[side]} files" for side, seconds in wall.items())
    print(f"  {'whole report':20} {said}, ratio {wall['ours'] / wall.get('theirs', nan):.2f}")


def large(server: Server, folder: Path) -> None:
    """10,000 tables, 30,000 indexes, 5,000 statements: each report beside psql with the same SQL."""
    server.run("create extension pg_stat_statements")
    began = time.monotonic()
    server.run(LARGE)
    print(
        f"\nlarge: 10,000 tables and 30,000 indexes made in {time.monotonic() - began:.0f} s; medians of 3, wall in ms"
    )
    url = url_of(server)
    psql = [str(server.program("psql")), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-o", "/dev/null", url]
    start = timed({"dropmon": [*DROPMON, "settings", "--limit", "1"], "psql": [*psql, "-c", "select 1"]}, 5, url)
    print(f"  start-up: dropmon {start['dropmon'] * 1e3:.0f}, psql {start['psql'] * 1e3:.0f}")
    print(f"  {'report':20} {'dropmon':>8} {'psql':>6} {'ratio':>6} {'less start-up':>14} {'MiB':>6}")
    for name in names():
        sql = script(name, url, folder)
        wall = timed({"ours": [*DROPMON, name], "psql": [*psql, "-f", str(sql)]}, 3, url)
        beyond = max(0.0, wall["ours"] - start["dropmon"]) / max(0.001, wall["psql"] - start["psql"])
        memory = median([answered([*DROPMON, name], url) for _ in range(2)], "memory")
        print(
            f"  {name:20} {wall['ours'] * 1e3:8.0f} {wall['psql'] * 1e3:6.0f} {wall['ours'] / wall['psql']:6.2f}"
            f" {beyond:14.2f} {memory:6.0f}"
        )
    cost = answered([*DROPMON, "report", "--format", "json"], url)
    count = len(json.loads(cost.output)["reports"])
    print(f"  {'report':20} {cost.wall * 1e3:8.0f}, {cost.memory:.0f} MiB, {count} in one")
    print("  asked: at most 2 × psql, 120 MB")


def frozen(server: Server, _folder: Path) -> None:
    """A reader that went to lunch, and a migration that waits for it: who still answers?"""
    server.run("create extension pg_stat_statements; create table orders (id int); insert into orders values (1);")
    server.run("create schema extensions; alter extension pg_stat_statements set schema extensions;")
    reader, migration = server.session(), server.session()
    reader("begin; select * from orders;\n")
    time.sleep(0.5)
    migration("alter table orders add column note text;\n")
    time.sleep(0.5)
    url, theirs = url_of(server), supabase()
    ours = {name: [*DROPMON, name] for name in (*names(), "report")}
    other = {name: [theirs, "inspect", "db", name, f"--remote={url}"] for name in sorted(set(PEERS.values())) if theirs}
    for side, commands in (("dropmon", ours), ("supabase", other)):
        ends = {name: _end(command, url) for name, command in commands.items()}
        count = Counter(ends.values())
        print(f"  {side}: {count['answers']} of {len(commands)} answer within {WITHIN:.0f} s")
        for end in ("fails", "hangs"):
            if count[end]:
                print(f"    {end}: {', '.join(name for name, found in ends.items() if found == end)}")
        time.sleep(2)
        print(f"    backends left behind: {_left(server)}")


def _end(command: list[str], url: str) -> str:
    """Whether it answers, fails or hangs."""
    env = {**os.environ, "DATABASE_URL": url}
    try:
        done = subprocess.run(command, env=env, capture_output=True, timeout=WITHIN, check=False)
    except subprocess.TimeoutExpired:
        return "hangs"
    ours = command[: len(DROPMON)] == DROPMON
    return "answers" if done.returncode in (VERDICTS if ours else (0,)) and done.stdout else "fails"


def _left(server: Server) -> int:
    """Sessions that are not the reader's, the migration's or our own."""
    sql = "select count(*) - 2 from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()"
    psql = [str(server.program("psql")), "-XAtc", sql, url_of(server)]
    return int(subprocess.run(psql, capture_output=True, text=True, check=True).stdout)


PARTS: dict[str, Callable[[Server, Path], None]] = {"peers": peers, "frozen": frozen, "large": large}

if __name__ == "__main__":
    for part in sys.argv[1:] or PARTS:
        with tempfile.TemporaryDirectory() as scratch, Server() as server:
            print(f"{part} …")
            PARTS[part](server, Path(scratch))
