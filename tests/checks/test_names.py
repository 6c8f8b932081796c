"""Name servers that say nothing, say no, or take their time: each name is on its own."""

from __future__ import annotations

import json
import os
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.checks.servers import answer, serving
from tests.requirements import lack, need

PROGRAM = """
import json, sys, time
from tests.checks.conftest import run, target
from dropmon.checks.run import Limits
names, port = json.loads(sys.argv[1]), sys.argv[2]
began = time.monotonic()
found = run(*(target("apis", name=n, url=f"http://{n}:{port}/", timeout="1s") for n in names), limits=Limits(50, 20))
print(json.dumps([time.monotonic() - began, {each.name: each.error for each in found}]))
"""


def reply(question: bytes) -> bytes | None:
    """good.* is 127.0.0.1, refused.* is refused, missing.* does not exist; to anything else nothing is said."""
    name = question[12:]
    end = name.index(0) + 1
    kind = struct.unpack(">H", name[end : end + 2])[0]
    label = name[1 : 1 + name[0]].decode()
    flags = {"good": b"\x81\x80", "refused": b"\x81\x85", "missing": b"\x81\x83"}.get(label.split("-")[0])
    if flags is None:
        return None
    found = b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\x7f\0\0\1" if label.startswith("good") and kind == 1 else b""
    return question[:2] + flags + b"\0\1" + struct.pack(">H", bool(found)) + b"\0\0\0\0" + name[: end + 4] + found


@pytest.fixture
def resolver() -> Iterator[None]:
    """A name server on port 53 of loopback, which only what runs in `beside` asks."""
    if os.geteuid() != 0:
        lack("port 53 and a mount of its own need root")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 53))
        server.settimeout(0.1)
        over = threading.Event()
        thread = threading.Thread(target=serve, args=(server, over))
        thread.start()
        yield
        over.set()
        thread.join()


def serve(server: socket.socket, over: threading.Event) -> None:
    while not over.is_set():
        with suppress(TimeoutError):
            question, asker = server.recvfrom(512)
            if said := reply(question):
                server.sendto(said, asker)


def beside(tmp_path: Path, names: list[str], port: int) -> tuple[float, float, dict[str, str]]:
    """Runs checks of these names in a mount namespace of their own: seconds of the process, of the run, errors."""
    (tmp_path / "resolv.conf").write_text("nameserver 127.0.0.1\noptions timeout:30 attempts:2\n")
    inside = f'mount --bind {tmp_path}/resolv.conf /etc/resolv.conf && exec "$@"'
    command = [need("unshare"), "-m", "sh", "-c", inside, "sh", sys.executable, "-c", PROGRAM]
    began = time.monotonic()
    done = subprocess.run([*command, json.dumps(names), str(port)], capture_output=True, text=True, check=True)
    took, errors = json.loads(done.stdout)
    return time.monotonic() - began, took, errors


@pytest.mark.slow
@pytest.mark.usefixtures("resolver")
def test_silent_names_hold_neither_the_others_nor_the_process(tmp_path: Path) -> None:
    silent = [f"silent-{i}.example.com" for i in range(60)]
    good = [f"good-{i}.example.com" for i in range(20)]
    with serving(answer()) as server:
        process, took, errors = beside(tmp_path, [*silent, *good], server.port)

    assert {errors[name] for name in good} == {""}
    assert {errors[name] for name in silent} == {"no answer in 1 s: the name did not resolve"}
    assert took < 4  # two waves of fifty, one second each
    assert process < took + 3  # the resolver's threads would go on for a minute


@pytest.mark.slow
@pytest.mark.usefixtures("resolver")
def test_a_name_that_is_refused_or_does_not_exist_is_down_at_once(tmp_path: Path) -> None:
    with serving(answer()) as server:
        _, took, errors = beside(tmp_path, ["refused.example.com", "missing.example.com"], server.port)

    assert took < 1
    assert all(error.startswith("the name cannot be resolved") for error in errors.values())
