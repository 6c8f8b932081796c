"""`dropmon slo …`: whole screens, JSON, exit codes, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from dropmon import cli
from dropmon.errors import DropmonError
from dropmon.model import Sample
from dropmon.storage import open_store

SCREENS = Path(__file__).parent / "screens"
END = 1_795_446_000.0
AT = "2026-11-23T15:00Z"
RULES = """
platform: {name: Shop, timezone: Europe/Paris, language: en}
storage: history.db
checks: {web: [{name: storefront, url: "https://x.example"}], apis: [{name: Stripe, url: "https://x.example"}]}
slos:
  - {name: uptime, target: 99.9%, good: 'probe_success{check="storefront"} == 1',
     total: 'probe_success{check="storefront"}', channels: [hook], runbook: api-down}
  - {name: api success, target: "> 99.5%", calendar: month, good: 'probe_success{kind="apis"} == 1',
     total: 'probe_success{kind="apis"}'}
  - {name: response-time, description: 95 of 100 answers come within half a second, target: 95%, budgeting: timeslices,
     value: probe_duration_seconds, below: 500ms}
  - {name: quiet, target: 99%, value: nowhere, above: 1}
maintenance: [{name: nightly backup, every: daily, at: "03:00", duration: 30m, matchers: {check: storefront}}]
exclusions: [{slo: uptime, from: 2026-11-20 10:00, until: 2026-11-20 11:00, reason: "the provider's [bold]outage"}]
channels: {hook: {type: webhook, url: "http://127.0.0.1:9/"}}
"""


class Said(NamedTuple):
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Said]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Runs `dropmon …` in a folder with rules, and a history of thirty-three days in which a few probes failed."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    for name in ("DROPMON_STORAGE", "DROPMON_RULES"):
        monkeypatch.delenv(name, raising=False)
    Path("rules.yaml").write_text(RULES)
    with open_store("history.db") as store:
        store.record(samples())

    def run(*words: str) -> Said:
        try:
            code = cli.run([*words])
        except DropmonError as error:
            code = cli.fail(error, False)
        out, err = capsys.readouterr()
        return Said(code, out, err)

    return run


def samples() -> Iterator[Sample]:
    down = {"storefront": {1, 2, 3, *range(5000, 5007)}, "Stripe": {100}}
    for check, kind in (("storefront", "web"), ("Stripe", "apis")):
        labels = ("check", check), ("kind", kind)
        for back in range(33 * 288):
            yield Sample("probe_success", labels, END - 300 * back, float(back not in down[check]))
            yield Sample("probe_duration_seconds", labels, END - 300 * back, 0.6 if back % 97 == 0 else 0.1)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("overview", ("slo", "--at", AT, "--format", "rich")),
        ("plain", ("slo", "--at", AT)),
        ("breached", ("slo", "show", "uptime", "--at", AT, "--format", "rich")),
        ("calendar", ("slo", "show", "api success", "--at", AT)),
        ("slices", ("slo", "show", "response-time", "--at", AT)),
        ("quiet", ("slo", "show", "quiet", "--at", AT)),
        ("json", ("slo", "show", "uptime", "--at", AT, "--format", "json")),
    ],
)
def test_a_screen_is_as_it_was_looked_at(run: Run, name: str, words: tuple[str, ...]) -> None:
    found, screen = run(*words).out, SCREENS / f"{name}.txt"
    if not screen.exists():
        screen.parent.mkdir(exist_ok=True)
        screen.write_text(found)
    assert found == screen.read_text()


@pytest.mark.slow
def test_json_has_the_same_keys_for_each(run: Run) -> None:
    keys = {"name", "target", "sli", "status", "good", "bad", "total", "coverage", "budget", "burn", "exhausted_in",
            "reason"}  # fmt: skip
    every = run("slo", "--at", AT, "--format", "json").json["slos"]
    assert [{*one} for one in every] == [keys] * 4
    assert {*every[0]["budget"]} == {"consumed", "remaining", "remaining_minutes"}
    assert [*every[0]["burn"]] == ["5m", "30m", "1h", "2h", "6h", "1d", "3d"]
    by_name = {one["name"]: one for one in every}
    assert by_name["quiet"] | {"reason": ""} == {
        "name": "quiet", "target": 0.99, "sli": None, "status": "NO_DATA", "good": 0, "bad": 0, "total": 0,
        "coverage": 0, "budget": {"consumed": None, "remaining": None, "remaining_minutes": None},
        "burn": dict.fromkeys(every[0]["burn"]), "exhausted_in": None, "reason": "",
    }  # fmt: skip
    one = run("slo", "show", "uptime", "--at", AT, "--format", "json").json
    assert one == by_name["uptime"]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("slo", "--at", AT), 2),
        (("slo", "--at", "2026-11-06T00:00Z"), 3),  # before anything failed: what is not known is the worst
        (("slo", "show", "uptime", "--at", AT), 2),
        (("slo", "show", "api success", "--at", AT), 0),
        (("slo", "show", "quiet", "--at", AT), 3),
    ],
)
def test_the_worst_gives_the_exit_code(run: Run, words: tuple[str, ...], code: int) -> None:
    assert run(*words).code == code


def test_a_promise_that_nobody_made_is_refused(run: Run) -> None:
    found = run("slo", "show", "upime")
    assert (found.code, found.out) == (3, "")
    assert "there is no SLO 'upime'\n  → did you mean 'uptime'?" in found.err


@pytest.mark.parametrize("at", ["9999-12-31", "0001-01-01"])
def test_a_time_at_the_edge_of_all_dates_is_refused(run: Run, at: str) -> None:
    found = run("slo", "--at", at)
    assert (found.code, found.out) == (3, "")
    assert "1970" in found.err


def test_times_are_shown_by_the_clock_of_the_platform_and_in_utc_to_programs(run: Run) -> None:
    assert "2026-10-24 17:00 CEST to 2026-11-23 16:00 CET" in run("slo", "show", "uptime", "--at", AT).out
    assert run("slo", "--at", AT, "--format", "json").json["at"] == "2026-11-23T15:00:00Z"


def test_rules_that_promise_nothing_say_how(run: Run) -> None:
    Path("rules.yaml").write_text("platform: {name: Shop}\n")
    found = run("slo")
    assert (found.code, found.err) == (3, "dropmon: rules.yaml promises nothing\n  → add `slos:`, as in the README\n")


def test_alerts_of_promises_are_listed_and_explained(run: Run) -> None:
    assert run("alert", "evaluate", "--at", AT, "--dry-run").out.splitlines()[0] == "2 firing"
    found = run("alert", "explain", "slo.uptime.page", "--at", AT).out
    assert 'slo_burn_rate{slo="uptime",window="1h"}' in found
    assert "is told now: it fires" in found
