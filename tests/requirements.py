"""Tools that some tests need and not every machine has."""

from __future__ import annotations

import os
import shutil

import pytest


def need(tool: str) -> str:
    """The path of a tool. Without it the test is skipped and says so; DROPMON_TEST_REQUIRE=all makes that a failure."""
    path = shutil.which(tool)
    if path is None:
        lack(f"{tool} is not installed")
    return str(path)


def lack(what: str) -> None:
    """Ends a test that cannot be run here, because of what."""
    if os.environ.get("DROPMON_TEST_REQUIRE") == "all":
        pytest.fail(f"{what}, and DROPMON_TEST_REQUIRE=all")
    pytest.skip(what)
