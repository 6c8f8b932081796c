"""Against the whole platform: each planted fault is named first, and nothing that hangs holds the screen up."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from dropmon import rules as loading
from dropmon.demo.platform import Platform
from dropmon.flows.survey import survey
from dropmon.rules import Rules
from dropmon.triage.causes import causes
from dropmon.triage.facts import Facts
from tests.requirements import lack

FAULTS = [
    ("certificate", "expired", "certificate"),
    ("database", "blocked", "blocked"),
    ("database", "leak", "connections"),
    ("vercel", "release", "release"),
    ("shopify", "down", "vendor"),
    ("stripe", "auth", "credentials"),
]


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    with Platform(tmp_path_factory.mktemp("demo")) as platform:
        if platform.missing:
            lack(f"the demo has no database: {platform.missing.what}")
        yield platform


def seen(platform: Platform) -> Facts:
    return survey(loading.load(platform.rules), str(platform.history), time.time())


@pytest.mark.slow
@pytest.mark.parametrize(("part", "how", "rule"), FAULTS)
def test_a_planted_fault_is_named_first(platform: Platform, part: str, how: str, rule: str) -> None:
    platform.suffer(part, how)
    try:
        until = time.monotonic() + 30
        while not (found := causes(seen(platform))) or found[0].rule != rule:  # a lock must have been waited for
            assert time.monotonic() < until, found
            time.sleep(0.5)
    finally:
        platform.suffer(part, None)
    if part == "vercel":  # what was logged stays in the log
        log = platform.folder / "functions.log"
        log.write_text("".join(line for line in log.read_text().splitlines(True) if "variants" not in line))


@pytest.mark.slow
def test_when_all_is_well_it_says_so(platform: Platform) -> None:
    facts = seen(platform)
    assert not facts.unreached
    assert [each.name for each in facts.failing] == ["nightly-import"]  # nobody has run it yet
    assert causes(facts) == []
    assert facts.checked > 30
    assert facts.took < 5


@pytest.fixture
def silence() -> Iterator[int]:
    """A port that accepts, and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def written(folder: Path, text: str) -> Rules:
    (folder / "rules.yaml").write_text(text)
    return loading.load(folder / "rules.yaml")


@pytest.mark.slow
def test_what_hangs_is_named_within_the_time(tmp_path: Path, silence: int) -> None:
    rules = written(
        tmp_path,
        f"defaults: {{line: []}}\nchecks:\n  apis: [{{name: mute, url: 'http://127.0.0.1:{silence}/', timeout: 60s}}]\n"
        f"databases: {{main: {{url: 'postgresql://me@127.0.0.1:{silence}/x', timeout: 60s}}}}\n"
        f"sources: {{vercel: {{project: p, token: t, url: 'http://127.0.0.1:{silence}', timeout: 60s}}}}\n"
        f"logs: {{loki: {{url: 'http://127.0.0.1:{silence}', timeout: 60s}}, files: {{app: {{path: nowhere.log}}}}}}\n",
    )
    began = time.monotonic()
    facts = survey(rules, str(tmp_path / "no.db"), time.time(), 3.0)
    assert time.monotonic() - began < 4
    named = {each.what for each in facts.unreached} | {each.name for each in facts.failing}
    assert {"mute", "deployments of vercel", "logs loki", "logs app"} <= named
    assert all(each.why and each.hint for each in facts.unreached)
    assert [each.database for each in facts.pressures if each.error] == ["main"]
    assert not (tmp_path / "no.db").exists()


def test_an_empty_file_of_rules_is_no_trouble(tmp_path: Path) -> None:
    facts = survey(written(tmp_path, "platform: {name: x}\n"), str(tmp_path / "no.db"), time.time())
    assert facts.unreached == ()
    assert causes(facts) == []
