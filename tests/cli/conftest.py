"""The real command in a process of its own, with an empty home."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Dropmon = Callable[..., subprocess.CompletedProcess[str]]
COMMAND = [sys.executable, "-m", "dropmon"]


def environment(home: Path, **more: str) -> dict[str, str]:
    """What a newcomer's shell has, and nothing of this one's settings."""
    kept = {key: value for key, value in os.environ.items() if key in {"PATH", "LANG", "PYTHONPATH", "LD_LIBRARY_PATH"}}
    return {**kept, "HOME": str(home), "PYTHONPATH": str(Path(__file__).parents[2]), **more}


@pytest.fixture
def dropmon(tmp_path: Path) -> Dropmon:
    """Runs a command line in an empty folder: `dropmon("check", "apis", TOKEN="…")`."""

    def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*COMMAND, *arguments],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env=environment(tmp_path, **variables),
            timeout=60,
        )

    return run
