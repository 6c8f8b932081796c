"""A real Prometheus with samples of ours."""

from __future__ import annotations

import json
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any, NamedTuple

from dropmon.history.openmetrics import line
from dropmon.model import Sample
from tests.requirements import lack, need


class Prometheus(NamedTuple):
    """One that answers on loopback."""

    address: str

    def query(self, expression: str, at: float) -> dict[str, Any] | str:
        """The `data` of its answer, or the words of its error."""
        return self._get("query", query=expression, time=f"{at:.3f}")

    def query_range(self, expression: str, start: float, end: float, step: float) -> dict[str, Any] | str:
        """The same of a range."""
        return self._get("query_range", query=expression, start=f"{start:.3f}", end=f"{end:.3f}", step=f"{step:g}")

    def _get(self, path: str, **words: str) -> dict[str, Any] | str:
        body = urllib.parse.urlencode(words).encode()
        try:
            with urllib.request.urlopen(f"{self.address}/api/v1/{path}", body, timeout=60) as answer:
                data: dict[str, Any] = json.load(answer)["data"]
                return data
        except urllib.error.HTTPError as error:
            with error:
                return str(json.load(error)["error"])


@contextmanager
def running(folder: Path, samples: Iterable[Sample]) -> Iterator[Prometheus]:
    """Made, filled and started in the folder; ended when it is left."""
    for text in written(folder, samples):
        blocks = [need("promtool"), "tsdb", "create-blocks-from", "openmetrics", str(text), str(folder / "data")]
        subprocess.run(blocks, check=True, capture_output=True)
        text.unlink()
    (folder / "prometheus.yml").write_text("global: {}\n")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        need("prometheus"), f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data",
        f"--web.listen-address=127.0.0.1:{port}", "--storage.tsdb.retention.time=50y", "--log.level=error",
    ]  # fmt: skip
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield ready(f"http://127.0.0.1:{port}")
    finally:
        process.terminate()
        process.wait()


def written(folder: Path, samples: Iterable[Sample]) -> list[Path]:
    """A file for each day: promtool reads a whole file again for every two hours of it."""
    with ExitStack() as stack:
        days: dict[int, IO[str]] = {}
        for sample in samples:
            day = int(sample.time // 86_400)
            if day not in days:
                days[day] = stack.enter_context((folder / f"{day}.txt").open("w", encoding="utf-8"))
            days[day].write(line(sample))
        for stream in days.values():
            stream.write("# EOF\n")
    return [folder / f"{day}.txt" for day in sorted(days)]


def ready(address: str) -> Prometheus:
    for _ in range(200):
        try:
            with urllib.request.urlopen(f"{address}/-/ready", timeout=5):
                return Prometheus(address)
        except OSError:
            time.sleep(0.1)
    lack("prometheus does not become ready")
    raise AssertionError
