"""`dropmon check web --vitals` and `dropmon vitals show`: what people see, what is kept, what fires."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from dropmon.model import Sample
from dropmon.rules import load
from dropmon.rules.intervals import interval
from dropmon.sources.kinds import registry
from dropmon.storage import open_store
from dropmon.vitals.vital import EVERY
from tests.cli.conftest import COMMAND, environment
from tests.requirements import need
from tests.vitals.conftest import Run
from tests.vitals.shop import Page, Shop, shop

AT = 1_795_420_000.0
WHEN = "2026-11-23T07:46:40Z"
SCREENS = Path(__file__).with_name("screens")
SHOP = "https://shop.example"
RULES = f"""
platform: {{timezone: Europe/Paris}}
storage: kept.db
checks:
  web:
    - {{name: storefront, url: '{SHOP}/', vitals: {{load: 3s}}}}
    - {{name: admin, url: 'https://admin.example/login?next=x'}}
sources:
  crux: {{key: k, pages: '{SHOP}'}}
"""
GOOD = {"lcp": 2.1, "inp": 0.18, "cls": 0.04, "ttfb": 0.64, "fcp": 1.5}


def told(values: dict[str, float], at: float = AT, visits: int | None = None, **labels: str) -> None:
    """Keeps what a source has told."""
    found = []
    for name, value in values.items():
        own = {key: text for key, text in {"name": name, "page": SHOP, **labels}.items() if text}
        found.append(Sample("web_vital", tuple(sorted({**own, "quantile": "0.75"}.items())), at, value))
        if visits is not None:
            found.append(Sample("web_vital_samples", tuple(sorted(own.items())), at, float(visits)))
    with open_store("kept.db") as store:
        store.record(found)


@pytest.fixture(autouse=True)
def rules() -> None:
    Path("rules.yaml").write_text(RULES)


def same(name: str, text: str) -> None:
    """Compares a whole screen; DROPMON_TEST_SCREENS=write keeps what is seen now."""
    path = SCREENS / f"{name}.txt"
    if os.environ.get("DROPMON_TEST_SCREENS") == "write":
        path.write_text(text)
    assert text == path.read_text()


def passing() -> None:
    told(GOOD, source="crux", form_factor="phone")
    told(
        {"load": 2.4}, at=AT - 1800, visits=3, source="lab", form_factor="desktop", check="storefront", page=SHOP + "/"
    )


def trouble() -> None:
    told({**GOOD, "lcp": 4.2}, source="crux", form_factor="phone")
    told({"inp": 0.31, "lcp": 2.5}, visits=412, source="beacons", form_factor="desktop", navigation="navigate")
    told({"lcp": 0.03}, visits=44, source="beacons", form_factor="desktop", navigation="back-forward-cache")
    told({"load": 3.4, "cls": 0.0}, visits=3, source="lab", form_factor="phone", check="storefront", page=SHOP + "/")


def partly() -> None:
    told({"lcp": 1.1, "cls": 0.01}, visits=3, source="lab", form_factor="desktop", check="storefront")


def several() -> None:
    trouble()
    told(GOOD, source="crux", form_factor="phone", page="https://docs.example")


def nothing() -> None:
    """Nobody has told anything yet."""


SCENES = {
    "passing": (passing, 0),
    "trouble": (trouble, 2),
    "partly": (partly, 3),
    "several": (several, 2),
    "nothing": (nothing, 3),
}


@pytest.mark.parametrize("scene", SCENES)
@pytest.mark.parametrize("form", ["plain", "rich", "json", "csv", "markdown"])
def test_the_whole_screen(run: Run, monkeypatch: pytest.MonkeyPatch, scene: str, form: str) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    prepare, code = SCENES[scene]
    prepare()
    said = run("vitals", "show", "--at", WHEN, "--format", form)
    assert (said.code, said.err) == (code, "")
    same(f"{scene}.{form}", said.out)


def test_what_is_old_is_not_known_any_more(run: Run) -> None:
    told(GOOD, at=AT - 2.6 * EVERY["crux"], source="crux", form_factor="phone")
    assert run("vitals", "show", "storefront", "--at", WHEN).code == 3
    told(GOOD, at=AT - 2.4 * EVERY["crux"], source="crux", form_factor="phone")
    assert run("vitals", "show", "storefront", "--at", WHEN).code == 0


def test_the_past_is_not_told_by_what_came_later(run: Run) -> None:
    told(GOOD, source="crux", form_factor="phone")
    told({"lcp": 9.0}, at=AT + 60, source="crux", form_factor="phone")
    assert run("vitals", "show", "--at", WHEN).code == 0


def test_what_names_no_page_is_of_no_check_but_an_only_one(run: Run) -> None:
    told(GOOD, source="vercel", project="docs", page="")
    told({**GOOD, "lcp": 9.0}, source="vercel", project="shop", page="")
    said = run("vitals", "show", "--at", WHEN, "--format", "json").json
    assert said["passing"] == {"storefront": "not known", "vercel docs": "passes", "vercel shop": "fails"}
    assert {(each["name"], each["project"]) for each in said["vitals"] if each["source"] == "vercel"} == {
        ("vercel docs", "docs"), ("vercel shop", "shop"),
    }  # fmt: skip
    Path("rules.yaml").write_text(f"storage: kept.db\nchecks: {{web: [{{name: a, url: '{SHOP}/', vitals: {{}}}}]}}\n")
    said = run("vitals", "show", "--at", WHEN, "--format", "json").json
    assert said["passing"] == {"a": "not known", "vercel docs": "passes", "vercel shop": "fails"}


def test_one_project_is_of_the_only_check_and_named(run: Run) -> None:
    told(GOOD, source="vercel", project="shop", page="")
    Path("rules.yaml").write_text(f"storage: kept.db\nchecks: {{web: [{{name: a, url: '{SHOP}/', vitals: {{}}}}]}}\n")
    said = run("vitals", "show", "--at", WHEN, "--format", "plain")
    assert (said.code, "a passes Core Web Vitals" in said.out, "vercel shop" in said.out) == (0, True, True)
    told(GOOD, source="vercel", project="docs", page=f"{SHOP}/docs")  # `labels: {page: …}` of its source
    assert set(run("vitals", "show", "--at", WHEN, "--format", "json").json["passing"]) == {"a", f"{SHOP}/docs"}


def test_names_choose_and_a_wrong_one_is_said(run: Run) -> None:
    several()
    said = run("vitals", "show", "Storefront", "--at", WHEN, "--format", "json")
    assert set(said.json["passing"]) == {"storefront"}
    wrong = run("vitals", "show", "storefrontt")
    assert (wrong.code, wrong.err) == (
        3, "dropmon: no check is named 'storefrontt' in web\n  → did you mean storefront?\n",
    )  # fmt: skip


def test_a_sample_stands_as_long_as_its_source_tells_it() -> None:
    Path("slow.yaml").write_text(
        "checks: {web: [{name: a, url: 'http://a', vitals: {every: 1d}}]}\n"
        "sources: {pagespeed: {key: k, pages: 'http://a', every: 12h}, sql: [{metric: a, query: q, every: 10m}]}\n"
    )
    of = interval(load(Path("slow.yaml")))
    assert [of({"source": name}) for name in ("lab", "pagespeed", "lighthouse", "crux", "beacons")] == [
        86400, 43200, 43200, EVERY["crux"], EVERY["beacons"],
    ]  # fmt: skip
    assert (of({"__name__": "a"}), of({"__name__": "else"})) == (600, 300)
    for kind in ("crux", "pagespeed", "beacons"):
        assert registry()[kind].model_fields["every"].default == EVERY[kind]


@pytest.mark.parametrize(
    ("values", "fires"),
    [
        ({"lcp": 4.0, "inp": 0.5, "load": 3.0}, []), ({"lcp": 4.01}, ["slow_page"]), ({"inp": 0.51}, ["slow_page"]),
        ({"load": 3.01}, ["slow_page"]), ({"cls": 0.25}, []), ({"cls": 0.251}, ["layout_shift"]),
    ],
)  # fmt: skip
def test_the_alerts_of_the_guide_fire_beyond_their_limits(run: Run, values: dict[str, float], fires: list[str]) -> None:
    example = (Path(__file__).parents[2] / "rules.example.yaml").read_text()
    start = example.index("  - id: slow_page")
    alerts = example[start : example.index("\nchannels:", start)].replace("depends_on: [api_down]", "recover_after: 1")
    Path("rules.yaml").write_text(
        f"{RULES}alerts:\n{alerts}\nchannels: {{slack: {{webhook: 'http://127.0.0.1:9/'}}}}\n"
    )
    for minutes in range(0, 21, 5):
        told(values, at=AT - 60 * minutes, source="crux", form_factor="phone")
    for minutes in (20, 10, 0):
        said = run("alert", "evaluate", "--record", "--at", f"2026-11-23T07:{46 - minutes}:40Z", "--format", "json")
    assert [each["rule"] for each in said.json["alerts"] if each["phase"] == "firing"] == fires


@pytest.fixture
def open_shop() -> Iterator[Shop]:
    need("chromium")
    with shop() as found:
        found.pages = {"/": Page("<!doctype html><title>Shop</title><h1>Two thousand drops of rain</h1>")}
        Path("rules.yaml").write_text(
            f"storage: kept.db\nchecks:\n  web:\n    - {{name: storefront, url: '{found.url}/?token=t0ps3cret',\n"
            f"       tags: [revenue], vitals: {{lcp: [10s, 20s]}}, labels: {{team: shop}}}}\n"
            f"    - {{name: gone, url: '{found.url}/gone'}}\n"
        )
        yield found


@pytest.mark.slow
def test_a_page_is_measured_shown_and_kept(run: Run, open_shop: Shop) -> None:
    said = run("check", "web", "--vitals", "--runs", "2", "--tag", "revenue", "--format", "json")
    assert said.code == 0
    rows = {each["vital"]: each for each in said.json["vitals"]}
    assert (rows["lcp"]["rating"], rows["lcp"]["good_up_to"], rows["lcp"]["samples"]) == ("good", 10.0, 2)
    assert (rows["inp"]["p75"], rows["inp"]["error"]) == (None, "no data")
    assert said.json["passing"] == {"storefront": "not known"}
    assert "t0ps3cret" not in said.out
    with open_store("kept.db") as store:
        kept = {dict(labels)["name"]: dict(labels) for labels in store.latest("web_vital")}
    assert set(kept) == {"lcp", "cls", "ttfb", "fcp", "load"}
    assert kept["load"] == {
        "name": "load", "source": "lab", "form_factor": "desktop", "quantile": "0.75", "check": "storefront",
        "page": open_shop.url + "/", "team": "shop",
    }  # fmt: skip
    assert run("check", "web", "storefront", "--vitals", "--runs", "1", "--quiet").out == ""


@pytest.mark.slow
def test_a_page_that_leads_elsewhere_is_said_to_be_another(run: Run, open_shop: Shop) -> None:
    open_shop.pages["/gone"] = Page("", 302, location="/login?next=t0ps3cret")
    open_shop.pages["/login"] = open_shop.pages["/"]
    said = run("check", "web", "gone", "--vitals", "--runs", "1", "--format", "json")
    end = f"measured at {open_shop.url}/login, where the address leads"
    for each in (said, run("vitals", "show", "gone", "--format", "json")):
        rows = [row for row in each.json["vitals"] if row["source"] == "lab"]
        assert {row["page"] for row in rows} == {f"{open_shop.url}/login"}
        assert [row["hint"].startswith(end) for row in rows if row["hint"]] == [True]
        assert "t0ps3cret" not in each.out


def test_a_page_that_leads_elsewhere_is_shown_once(run: Run) -> None:
    told({"lcp": 1.0, "cls": 0.0}, source="lab", form_factor="desktop", check="storefront", page=f"{SHOP}/login")
    rows = run("vitals", "show", "--at", WHEN, "--format", "json").json["vitals"]
    assert [(row["vital"], bool(row["hint"])) for row in rows if row["source"]] == [("lcp", True), ("cls", False)]


@pytest.mark.slow
def test_a_page_that_cannot_be_measured_is_unknown(run: Run, open_shop: Shop) -> None:
    said = run("check", "web", "gone", "--vitals", "--runs", "1", "--no-record")
    assert said.code == 3
    assert "HTTP 404: the error page was not measured" in said.out
    assert not Path("kept.db").exists() or not open_store("kept.db").series()


@pytest.mark.slow
def test_a_run_ends_at_its_deadline(run: Run, open_shop: Shop) -> None:
    open_shop.pages["/gone"] = Page("late", wait=30)
    said = run("check", "web", "gone", "--vitals", "--deadline", "4s", "--format", "json")
    assert said.code == 3
    assert "in time" in said.json["vitals"][0]["error"] or "within" in said.json["vitals"][0]["error"]


@pytest.mark.slow
def test_ctrl_c_shows_what_is_known_and_leaves_no_browser(open_shop: Shop, tmp_path: Path) -> None:
    open_shop.pages["/gone"] = Page("late", wait=30)
    command = [*COMMAND, "check", "web", "storefront", "gone", "--vitals", "--runs", "1", "--format", "json"]
    own = environment(Path("home"), TMPDIR=str(tmp_path))
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=own, start_new_session=True) as running:
        while not open_shop.waiting:
            time.sleep(0.05)
        running.send_signal(signal.SIGINT)
        said = json.loads(running.communicate()[0])
    assert running.returncode == 3
    assert {each["error"] for each in said["vitals"] if each["name"] == "gone"} == {"not measured: interrupted"}
    assert {each["vital"] for each in said["vitals"] if each["p75"] is not None} >= {"lcp"}
    assert list(tmp_path.glob("dropmon-browser-*")) == []


@pytest.mark.slow
def test_a_check_without_vitals_that_lacks_a_variable_stops_nothing(run: Run, open_shop: Shop) -> None:
    with Path("rules.yaml").open("a") as file:
        file.write("    - {name: other, url: '${NO_SUCH_VARIABLE}'}\n")
    assert set(run("vitals", "show", "--format", "json").json["passing"]) == {"storefront"}
    with Path("rules.yaml").open("a") as file:
        file.write("    - {name: lacking, url: '${NO_SUCH_VARIABLE}', vitals: {}}\n")
    said = run("check", "web", "--vitals", "--runs", "1", "--format", "json")
    assert said.code == 3
    assert [each["error"].partition(": ")[2] for each in said.json["vitals"] if each["name"] == "lacking"] == [
        "unset variable NO_SUCH_VARIABLE"
    ]


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (["--device", "watch"], "there is no device 'watch'\n  → there are: desktop, phone"),
        (["--browser", "netscape"], "there is no browser 'netscape'\n  → apt install chromium, or name one"),
        (["--watch"], "--vitals is neither watched nor told to Nagios"),
        (["--format", "nagios"], "--vitals is neither watched nor told to Nagios"),
    ],
)
def test_what_cannot_be_meant_is_said(run: Run, words: list[str], what: str) -> None:
    said = run("check", "web", "--vitals", *words)
    assert (said.code, said.out) == (3, "")
    assert what in said.err


def test_no_page_with_vitals_is_no_all_clear(run: Run) -> None:
    Path("rules.yaml").write_text("checks: {web: [{name: a, url: 'http://a'}]}\n")
    said = run("check", "web", "--vitals", "--no-record")
    assert said.code == 3
    assert said.out.startswith("? UNKNOWN  nothing to measure: no check of `web:` has `vitals:`")


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("lcp: [4s, 2.5s]", "good ends before poor begins"), ("fid: [100ms, 300ms]", "unknown key 'fid'"),
        ("load: 3", "has no unit"), ("lcp: 2.5s", "lcp"),
    ],
)  # fmt: skip
def test_limits_that_cannot_be_meant_are_refused(run: Run, text: str, what: str) -> None:
    Path("rules.yaml").write_text(f"checks: {{web: [{{name: a, url: 'http://a', vitals: {{{text}}}}}]}}\n")
    said = run("rules", "check")
    assert said.code == 3
    assert what in said.out
