"""Honest latency and speed of checks, beside curl, Node's fetch, async httpx and blackbox_exporter.

python -m benchmarks.checks            # everything, about a minute
python -m benchmarks.checks latency    # or: oneshot, thousand, scale, startup
"""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.process import Cost, in_turn, median, quantile, run

DROPMON = [sys.executable, "-m", "dropmon"]
TYPER = """
import typer
app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
def show(value: bool) -> None:
    if value:
        print("one 1.0")
        raise typer.Exit
@app.command()
def main(version: bool = typer.Option(False, "--version", callback=show, is_eager=True)) -> None:
    print("hello")
app()
"""
BLACKBOX = "modules: {http_2xx: {prober: http, timeout: 10s, http: {preferred_ip_protocol: ip4}}}\n"
PORT, EXPORTER = 18480, 18481


@contextmanager
def server(milliseconds: float) -> Iterator[None]:
    command = [sys.executable, "-m", "benchmarks.server", str(PORT), str(milliseconds)]
    with subprocess.Popen(command) as process:
        reachable(PORT)
        try:
            yield
        finally:
            process.terminate()


def reachable(port: int) -> None:
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise RuntimeError(f"nothing listens on port {port}")


def urls(count: int) -> list[str]:
    """Distinct hosts, all of them this machine."""
    return [f"http://127.{1 + i // 62500}.{i // 250 % 250}.{i % 250 + 1}:{PORT}/" for i in range(count)]


def dropmon(folder: Path, targets: Sequence[str], at_once: int, *more: str) -> list[str]:
    """The command that checks these targets, listed in the rules up to a hundred, else in a file beside them."""
    rules = folder / f"rules-{len(targets)}.yaml"
    named = [{"name": f"t{i}", "url": url} for i, url in enumerate(targets)]
    if len(targets) <= 300:
        entries = named
    else:
        (folder / "targets.jsonl").write_text("\n".join(map(json.dumps, named)))
        entries = [{"name": "many", "targets": {"file": "targets.jsonl"}}]  # type: ignore[dict-item]
    rules.write_text(json.dumps({"defaults": {"timeout": "10s", "retries": 0}, "checks": {"apis": entries}}))
    store = ["--storage", str(folder / "history.db")]
    return [*DROPMON, "check", "apis", "--rules", str(rules), "--at-once", str(at_once), *store, *more]


def listed(folder: Path, targets: Sequence[str]) -> str:
    (folder / "urls").write_text("\n".join(targets))
    return str(folder / "urls")


def curl(folder: Path, targets: Sequence[str], at_once: int) -> list[str]:
    lines = [f'url = "{url}"\noutput = "/dev/null"' for url in targets]
    (folder / "curl").write_text("\n".join(lines))
    return ["curl", "-s", "--no-keepalive", "--parallel", "--parallel-max", str(at_once), "-K", str(folder / "curl")]


def latency(folder: Path) -> None:
    """A server that always takes 50 ms; 300 probes, 50 in flight: what does each tool say it took?"""
    targets = [f"http://127.0.0.1:{PORT}/{i}" for i in range(300)]
    tools = {
        "dropmon": dropmon(folder, targets, 50, "--format", "json", "--no-record"),
        "node fetch": ["node", "benchmarks/fetch.mjs", listed(folder, targets), "50"],
        "async httpx": [sys.executable, "-m", "benchmarks.httpx_check", listed(folder, targets), "50"],
    }
    with server(50):
        costs = in_turn({name: command for name, command in tools.items() if shutil.which(command[0])}, 5)
    print("\nlatency: the server takes 50 ms; reported by 300 probes, 50 in flight (median of 5 runs)")
    for name, runs in costs.items():
        said = [times(cost.output) for cost in runs]
        p50, p99 = (sorted(quantile(each, share) for each in said)[2] for share in (0.5, 0.99))
        print(f"  {name:12}  p50 {p50:6.1f} ms   p99 {p99:6.1f} ms")


def times(output: str) -> list[float]:
    found = json.loads(output)
    return [check["duration_ms"] for check in found["checks"]] if "checks" in found else found["times"]


def oneshot(folder: Path) -> None:
    """Twenty endpoints once: the whole process, against curl doing the same plus an empty Typer program."""
    targets = urls(20)
    with server(0):
        costs = in_turn(
            {
                "dropmon": dropmon(folder, targets, 50),
                "dropmon, not recording": dropmon(folder, targets, 50, "--no-record"),
                "curl --parallel": curl(folder, targets, 50),
                "bare typer": [sys.executable, "-c", TYPER],
            },
            15,
        )
    wall = {name: median(runs, "wall") * 1000 for name, runs in costs.items()}
    allowed = wall["curl --parallel"] + wall["bare typer"]
    print("\noneshot: 20 endpoints, whole process, wall (median of 15)")
    for name, milliseconds in wall.items():
        print(f"  {name:24} {milliseconds:7.1f} ms")
    print(f"  dropmon / (curl + typer) = {wall['dropmon'] / allowed:.2f}   (asked: at most 1.3)")


def thousand(folder: Path) -> None:
    """A thousand distinct hosts, a hundred in flight: wall and CPU of the whole process."""
    targets = urls(1000)
    tools = {
        "dropmon": dropmon(folder, targets, 100, "--format", "json"),
        "dropmon, not recording": dropmon(folder, targets, 100, "--format", "json", "--no-record"),
        "node fetch": ["node", "benchmarks/fetch.mjs", listed(folder, targets), "100"],
        "httpx, plain": [sys.executable, "-m", "benchmarks.httpx_check", listed(folder, targets), "100", "plain"],
        "httpx, tuned": [sys.executable, "-m", "benchmarks.httpx_check", listed(folder, targets), "100"],
    }
    missing = [name for name, command in tools.items() if not shutil.which(command[0])]
    with server(0):
        costs = in_turn({name: command for name, command in tools.items() if name not in missing}, 7)
        answered = {name: len(times(runs[0].output)) for name, runs in costs.items()}
        costs |= blackbox(folder, targets) if shutil.which("prometheus-blackbox-exporter") else {}
    print(f"\nthousand: 1,000 hosts, 100 in flight (median of 7); answered: {answered}")
    for name, runs in costs.items():
        print(f"  {name:34} wall {median(runs, 'wall'):6.3f} s   cpu {median(runs, 'cpu'):6.3f} s")
    for name in [*missing, *([] if len(costs) > len(tools) - len(missing) else ["blackbox_exporter"])]:
        print(f"  {name:34} is not installed, so not compared")


def blackbox(folder: Path, targets: Sequence[str]) -> dict[str, list[Cost]]:
    """The exporter asked by curl a hundred at a time; its CPU is its own, without curl's.

    Once as it runs for weeks, and once from its start, as the other programs are timed.
    """
    (folder / "blackbox.yml").write_text(BLACKBOX)
    probes = [f"http://127.0.0.1:{EXPORTER}/probe?module=http_2xx&target={url}" for url in targets]
    with exporter(folder) as process:
        warm = [asked(folder, probes, process.pid) for _ in range(8)][1:]
    cold = []
    for _ in range(7):
        began = time.perf_counter()
        with exporter(folder) as process:
            cost = asked(folder, probes, process.pid)
            cold.append(Cost(time.perf_counter() - began, cost.cpu, 0))
    return {"blackbox_exporter, running already": warm, "blackbox_exporter, with its start": cold}


def asked(folder: Path, probes: Sequence[str], pid: int) -> Cost:
    before = cpu_of(pid)
    wall = run(curl(folder, probes, 100)).wall
    return Cost(wall, cpu_of(pid) - before, 0)


@contextmanager
def exporter(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    command = ["prometheus-blackbox-exporter", f"--config.file={folder}/blackbox.yml", "--log.level=error"]
    with subprocess.Popen([*command, f"--web.listen-address=127.0.0.1:{EXPORTER}"]) as process:
        reachable(EXPORTER)
        try:
            yield process
        finally:
            process.terminate()


def cpu_of(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def scale(folder: Path) -> None:
    """Cost of a probe and memory, from a hundred targets to ten thousand."""
    empty = median([run([*DROPMON, "check", "--help"]) for _ in range(3)], "cpu")
    print("\nscale: 100 in flight, recorded, --format json (median of 3)")
    with server(0):
        for count in (100, 1000, 10000):
            costs = [run(dropmon(folder, urls(count), 100, "--format", "json")) for _ in range(3)]
            wall, cpu, memory = (median(costs, figure) for figure in ("wall", "cpu", "memory"))
            each = (cpu - empty) / count * 1e6
            print(
                f"  {count:6} targets: wall {wall:6.2f} s, cpu {cpu:6.2f} s, {each:5.0f} µs a probe, {memory:5.1f} MiB"
            )


def startup(folder: Path) -> None:
    """`dropmon --version` beside a program of one Typer command."""
    costs = in_turn(
        {"dropmon --version": [*DROPMON, "--version"], "typer --version": [sys.executable, "-c", TYPER, "--version"]},
        15,
    )
    ours, theirs = (median(runs, "wall") * 1000 for runs in costs.values())
    print(f"\nstartup: dropmon --version {ours:.1f} ms, a one-command Typer program {theirs:.1f} ms")
    print(f"  ratio {ours / theirs:.2f}   (asked: at most 1.2)")


PARTS: dict[str, Callable[[Path], None]] = {
    "startup": startup, "latency": latency, "oneshot": oneshot, "thousand": thousand, "scale": scale,
}  # fmt: skip

if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        for part in sys.argv[1:] or PARTS:
            PARTS[part](Path(scratch))
