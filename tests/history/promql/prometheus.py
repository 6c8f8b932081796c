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

BLOCK = 486  # hours: 2 times a power of 3, the largest that Prometheus makes


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
    fill(folder, written(folder, samples))
    with serving(folder) as prometheus:
        yield prometheus


def fill(folder: Path, texts: Iterable[Path]) -> None:
    """Makes blocks of files of OpenMetrics, as large as Prometheus would join them in time: it has nothing to do."""
    for text in texts:
        blocks = [need("promtool"), "tsdb", "create-blocks-from", f"--max-block-duration={BLOCK}h", "openmetrics"]
        subprocess.run([*blocks, str(text), str(folder / "data")], check=True, capture_output=True)
        text.unlink()


@contextmanager
def serving(folder: Path, rules: str = "{}") -> Iterator[Prometheus]:
    """Started over the blocks in the folder, with a file of rules; ended when it is left."""
    (folder / "rules.yml").write_text(rules)
    (folder / "prometheus.yml").write_text("rule_files: [rules.yml]\n")
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
    """A file for each block: promtool reads a whole file again for every block that it makes."""
    with ExitStack() as stack:
        texts: dict[int, IO[str]] = {}
        for sample in samples:
            block = int(sample.time // (BLOCK * 3600))
            if block not in texts:
                texts[block] = stack.enter_context((folder / f"{block}.txt").open("w", encoding="utf-8"))
            texts[block].write(line(sample))
        for stream in texts.values():
            stream.write("# EOF\n")
    return [folder / f"{block}.txt" for block in sorted(texts)]


def ready(address: str) -> Prometheus:
    for _ in range(200):
        try:
            with urllib.request.urlopen(f"{address}/-/ready", timeout=5):
                return Prometheus(address)
        except OSError:
            time.sleep(0.1)
    lack("prometheus does not become ready")
    raise AssertionError
