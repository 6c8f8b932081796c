"""A real Alertmanager on loopback, that tells a webhook."""

from __future__ import annotations

import json
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from tests.alerts.channels.receiver import free_port

QUICK = "{receiver: hook, group_by: ['...'], group_wait: 0s, group_interval: 1s, repeat_interval: 4h}"


def start(
    program: str,
    folder: Path,
    port: int,
    hook: str = "http://127.0.0.1:1/",
    route: str = QUICK,
    env: Mapping[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    """Starts it, and waits until it is ready. Its state lies in the folder."""
    rules = folder / "alertmanager.yml"
    rules.write_text(
        f"route: {route}\nreceivers: [{{name: hook, webhook_configs: [{{url: '{hook}', send_resolved: true}}]}}]\n"
    )
    command = [program, f"--config.file={rules}", f"--storage.path={folder}", f"--web.listen-address=127.0.0.1:{port}",
               "--cluster.listen-address="]  # fmt: skip
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=env)
    end = time.monotonic() + 15
    while time.monotonic() < end:
        with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/-/ready", timeout=1):
            break
        time.sleep(0.02)
    return process


@contextmanager
def running(program: str, folder: Path) -> Iterator[str]:
    """Its address, until the end of the block."""
    port = free_port()
    process = start(program, folder, port)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait(10)


def alerts(url: str) -> list[Any]:
    """What is firing."""
    with urllib.request.urlopen(f"{url}/api/v2/alerts", timeout=5) as answer:
        found: list[Any] = json.load(answer)
    return found
