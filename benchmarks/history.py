"""What the embedded history costs, beside the figures of the study that chose its shape (design §5).

Run: python -m benchmarks.history [--days 30]   (8.6 million samples, about two minutes; --days 3 for a quick look)
"""

from __future__ import annotations

import argparse
import io
import random
import sqlite3
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from dropmon.history.backfill import bring_in, bring_out
from dropmon.model import Sample
from dropmon.output import Column, Table, plain
from dropmon.storage import Store, open_store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

END = 1_795_420_800.0
EVERY = 300
A_DAY = 86_400 // EVERY
NAMES = ("success", "http_status_code", "duration_seconds", "ssl_earliest_cert_expiry")
PHASES = ("connect", "dns", "tls", "transfer", "ttfb")
chance = random.Random(1)


@dataclass(frozen=True)
class Figure:
    what: str
    measured: float
    unit: str
    study: float | None = None


def check(number: int, at: float) -> Iterator[Sample]:
    """The nine samples that one check of an API leaves."""
    labels = ("check", f"api-{number}"), ("kind", "apis")
    took = chance.lognormvariate(-3, 0.5)
    for name, value in zip(NAMES, (1.0, 200.0, took, END + 1e6), strict=True):
        yield Sample(f"probe_{name}", labels, at, value)
    for phase in PHASES:
        yield Sample("probe_phase_seconds", (*labels, ("phase", phase)), at, took * chance.random())


def checks(count: int, at: float) -> list[Sample]:
    return [sample for number in range(count) for sample in check(number, at)]


def long_series(count: int, days: float) -> Iterator[Sample]:
    """Random numbers every five minutes, one series after the other."""
    rounds = int(days * A_DAY)
    for number in range(count):
        labels = (("instance", f"i-{number}"),)
        for back in range(rounds, 0, -1):
            yield Sample("requests", labels, END - back * EVERY, chance.random())


def quickest(work: Callable[[], object], times: int = 5) -> float:
    """The shortest of a few runs, in seconds: the others waited for something else."""
    return min(timed(work) for _ in range(times))


def timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def size(store: Store) -> float:
    """Bytes on disk of each sample, with the log written back."""
    store.close()
    with open_store(store.place) as again:
        info = again.info()
    return Path(store.place).stat().st_size / info.samples


def recording(folder: Path) -> Iterator[Figure]:
    few = [Sample("x", (("n", str(n % 9)),), END + n // 9, chance.random()) for n in range(90_000)]
    with open_store(str(folder / "few.db")) as store:
        rate = 90_000 / timed(partial(store.record, few))
        yield Figure("record 90,000 samples of 9 series", rate, "/s", 960_000)
    yield Figure("the same rows in bare sqlite3", 90_000 / bare(folder, few), "/s", 960_000)
    with open_store(str(folder / "many.db")) as store:
        for what, at in (("new", END), ("known", END + EVERY)):
            rate = 90_000 / timed(partial(store.record, checks(10_000, at)))
            yield Figure(f"record 10,000 checks, 90,000 {what} series", rate, "/s")


def bare(folder: Path, samples: Sequence[Sample]) -> float:
    """Seconds that SQLite itself takes for the rows of these samples, from Python: what no store can beat."""
    rows = [(int(dict(one.labels)["n"]), round(one.time * 1000), one.value) for one in samples]
    with closing(sqlite3.connect(folder / "bare.db", isolation_level=None)) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("CREATE TABLE x (series, time_ms, value, PRIMARY KEY (series, time_ms)) WITHOUT ROWID")
        database.execute("BEGIN")
        return timed(lambda: database.executemany("INSERT OR REPLACE INTO x VALUES (?, ?, ?)", rows)) + timed(
            lambda: database.execute("COMMIT")
        )


def a_month(folder: Path, days: float) -> Iterator[Figure]:
    """What cron leaves: 20 checks every five minutes, a transaction each."""
    store = open_store(str(folder / "month.db"))
    times = [END - back * EVERY for back in range(int(days * A_DAY), 0, -1)]
    took = sum(timed(partial(store.record, checks(20, at), now=at)) for at in times)
    yield Figure("record a run of 20 checks (180 samples)", 1000 * took / len(times), "ms")
    yield Figure(f"size, 20 checks for {days:g} days", size(store), "B/sample", 24)


def reading(folder: Path, days: float) -> Iterator[Figure]:
    place = str(folder / "long.db")
    with open_store(place) as store:
        count = int(days * A_DAY) * 1000
        took = timed(lambda: store.record(long_series(1000, days)))
        yield Figure(f"record {count:,} samples of 1,000 series, one call", count / took, "/s", 960_000)
        ids = [one.id for one in store.series("requests")]
        yield Figure("latest of 1,000 series", 1000 * quickest(lambda: store.latest("requests")), "ms", 3)
        hour = 1000 * quickest(lambda: store.aggregate("avg", ids, END - 3600, END))
        yield Figure("an hour's average of each of 1,000 series", hour, "ms", 4)
        month = quickest(lambda: store.aggregate("avg", ids, 0, END), 2)
        yield Figure(f"{days:g} days' average of each of 1,000 series", month, "s", 0.6 * days / 30)
        yield Figure(f"size, 1,000 series for {days:g} days", size(store), "B/sample", 24)
    yield Figure("open, and read the schema's version", 1000 * quickest(lambda: open_store(place).close(), 20), "ms")


def trends(folder: Path) -> Iterator[Figure]:
    with open_store(str(folder / "recent.db")) as store:
        for number in range(14):
            store.record(Sample("up", (("check", f"c{n}"),), END + number, chance.random()) for n in range(10_000))
        yield Figure("recent(12) of 10,000 series", 1000 * quickest(lambda: store.recent("up", 12)), "ms")


def text(folder: Path) -> Iterator[Figure]:
    with open_store(str(folder / "out.db")) as store, open_store(str(folder / "in.db")) as other:
        count = store.record(long_series(1000, 1))
        lines: list[str] = []
        yield Figure("export OpenMetrics", count / timed(lambda: lines.extend(bring_out(store))), "/s")
        stream = io.BytesIO("".join(lines).encode())
        yield Figure("import OpenMetrics", count / timed(lambda: bring_in(stream, "f", other.take_in)), "/s")
        later = END + 36 * 86_400
        yield Figure("prune: samples to hourly rows", count / timed(lambda: other.prune(later)), "/s")


def table(figures: Sequence[Figure]) -> Table:
    columns = (
        Column("what", "what"),
        Column("measured", "measured", right=True),
        Column("study", "the study", right=True),
        Column("ratio", "ratio", right=True),
    )
    return Table("history", columns, [row(figure) for figure in figures])


def row(figure: Figure) -> dict[str, object]:
    one: dict[str, object] = {"what": figure.what, "measured": f"{amount(figure.measured)} {figure.unit}"}
    if figure.study is None:
        return one
    return {**one, "study": f"{amount(figure.study)} {figure.unit}", "ratio": f"{figure.measured / figure.study:.2f}"}


def amount(number: float) -> str:
    return f"{number:,.0f}" if number >= 100 else f"{number:.3g}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=float, default=30)
    days = parser.parse_args().days
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        parts = recording(folder), a_month(folder, days), reading(folder, days), trends(folder), text(folder)
        print("".join(plain(table([figure for part in parts for figure in part]))))


if __name__ == "__main__":
    main()
