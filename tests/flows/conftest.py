"""A small platform on loopback: a site, a receiver of messages, and rules that watch the one and tell the other."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from dropmon.flows.aside import aside_of
from dropmon.rules import load
from tests.alerts.channels.receiver import Receiver, Reply, Seen, receiving
from tests.cli.conftest import COMMAND, environment

RULES = """
storage: history.db
defaults: {{every: {every}, fail_after: 1, retries: 0, timeout: 5s, line: []}}
checks:
  web:
    - {{name: shop, url: "{site}/shop"}}
    - {{name: blog, url: "{site}/blog", every: {slow}}}
alerts:
  - {{id: down, name: "{name}", condition: probe_success == 0, severity: critical, channels: [hook]}}
channels:
  hook: {{type: webhook, url: "{hook}/"}}
"""


@dataclass
class Shop:
    """The platform, and what it does next."""

    folder: Path
    site: Receiver
    hook: Receiver
    replies: dict[str, Reply] = field(default_factory=dict)
    told: Reply = field(default_factory=Reply)
    running: list[subprocess.Popen[str]] = field(default_factory=list)

    def write(self, every: str = "10s", slow: str = "1h", name: str = "it is down", more: str = "") -> Path:
        text = RULES.format(site=self.site.url, hook=self.hook.url, every=every, slow=slow, name=name)
        path = self.folder / "rules.yaml"
        path.with_suffix(".new").write_text(text + more)
        path.with_suffix(".new").replace(path)
        return path

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*COMMAND, *words], capture_output=True, text=True, cwd=self.folder, env=environment(self.folder),
            timeout=60,
        )  # fmt: skip

    def start(self, *words: str, **variables: str) -> subprocess.Popen[str]:
        """A process whose output goes to `out` and `err`."""
        with (self.folder / "out").open("w") as out, (self.folder / "err").open("w") as err:
            self.running.append(
                subprocess.Popen(
                    [sys.executable, "-u", *COMMAND[1:], *words], stdout=out, stderr=err, text=True, cwd=self.folder,
                    env=environment(self.folder, **variables),
                )
            )  # fmt: skip
        return self.running[-1]

    @property
    def said(self) -> str:
        return (self.folder / "out").read_text() + (self.folder / "err").read_text()

    def asked(self, path: str) -> int:
        return sum(each.path == path for each in self.site.seen)


def until(true: Callable[[], object], within: float = 20.0) -> None:
    """Waits until something is so."""
    end = time.monotonic() + within
    while not true():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.02)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    def site(seen: Seen, _: int) -> Reply:
        return made.replies.get(seen.path, Reply())

    with receiving(site) as front, receiving(lambda *_: made.told) as hook:
        made = Shop(tmp_path, front, hook)
        made.write()
        yield made
        for each in made.running:
            each.kill()
            each.wait()
        aside_of(load(made.write()), None).forget()  # it lies elsewhere, and would stay
