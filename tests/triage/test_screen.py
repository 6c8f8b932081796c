"""The screen, whole, as text files: `DROPMON_WRITE_SCREENS=1 pytest tests/triage/test_screen.py` writes them anew."""

from __future__ import annotations

import io
import json
import os
from datetime import UTC
from pathlib import Path

import pytest
from rich.console import Console

from dropmon.model import Event, Verdict
from dropmon.output import Format, page_screen, pages
from dropmon.triage.facts import Burst, Facts, Failing, Firing, Pressure, Root, Unreached
from dropmon.triage.screen import page, summary
from dropmon.triage.timeline import timeline

SCREENS = Path(__file__).parent / "screens"
NOW = 1_795_420_000.0
THEIRS = "their incident: API errors (investigating)"
ROOT = Root("pid 7 (checkout)", 7, "idle in transaction", 3, 300.0, 290.0, "update carts set customer_id = 1")
TROUBLE = Facts(
    NOW,
    (
        Failing("apis", "Stripe", Verdict.DOWN, "HTTP 503: an error on their side", "wait", NOW - 700, "api.stripe.com",
                vendor=THEIRS),
        Failing("web", "storefront", Verdict.DEGRADED, "took 2.3 s, more than 800 ms", "", NOW - 250, "shop.example"),
    ),
    12,
    (("Stripe", THEIRS), ("Shopify", "not theirs: their status page reports no incident")),
    (Firing("api_down/check=Stripe", "API en panne : Stripe", "critical", NOW - 600, "api-down"),
     Firing("error_rate", "Taux d'erreur élevé", "high", NOW - 3600, known=False)),
    (Pressure("main", 61, 97, 9, "application shop", 40, roots=(ROOT,)),),
    (Burst("TypeError: <*>", 40, NOW - 230, NOW - 5, ("order-sync",), "TypeError: \x1b[31mprice\x07 is undefined"),),
    52,
    (Event("deployment", "vercel", "d1", NOW - 240, "Read prices from variants", "ready", "https://vercel.com/d1",
           (("author", "ana"), ("commit", "f00df19b2e61"), ("project", "shop"))),),
    ("primary Alice +33600000001, backup Bob +33600000002",),
    (Unreached("logs supabase", "no answer in time", "dropmon logs --source supabase --since 1h"),),
    2.5,
)  # fmt: skip
SCENES = {"trouble": TROUBLE, "calm": Facts(NOW, checked=12, duty=("primary Alice",), took=1.0)}


def drawn(facts: Facts, width: int, height: int) -> str:
    console = Console(width=width, height=height, file=io.StringIO(), markup=False, emoji=False, highlight=False)
    page_screen(page(facts, UTC, height), console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def shown(facts: Facts, form: str) -> str:
    """What is printed, on a terminal of a size or in a format."""
    if form in SIZES:
        return drawn(facts, *SIZES[form])
    return "".join(pages(page(facts, UTC), Format(form)))


SIZES = {"narrow": (80, 24), "wide": (160, 50)}
FORMS = (*SIZES, "plain", "json", "markdown")


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("scene", SCENES)
def test_the_screen_is_as_it_was(scene: str, form: str) -> None:
    said = shown(SCENES[scene], form)
    file = SCREENS / f"{scene}.{form}.txt"
    if os.environ.get("DROPMON_WRITE_SCREENS"):
        file.parent.mkdir(exist_ok=True)
        file.write_text(said)
    assert said == file.read_text()
    assert "\x1b" not in said
    assert form != "json" or json.loads(said)["status"] in {"critical", "ok"}


def test_at_24_lines_nothing_is_scrolled_away() -> None:
    assert len(drawn(TROUBLE, 80, 24).splitlines()) < 24


def test_the_timeline_of_an_incident_gets_the_likeliest_causes() -> None:
    said = summary(TROUBLE)
    assert said.splitlines()[1].startswith("1. an incident at the provider of Stripe: Stripe: HTTP 503")
    assert "not seen: logs supabase" in said


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        (Facts(NOW, checked=3), "✔ OK  nothing is seen to be wrong"),
        (Facts(NOW, firing=(Firing("a", "A", "critical", NOW),)),
         "✖ CRITICAL  1 alert not quiet, and nothing explains it"),
        (Facts(NOW, unreached=(Unreached("checks", "no answer in time"),)),
         "? UNKNOWN  nothing is seen to be wrong in what could be seen"),
        (Facts(NOW, (Failing("apis", "a", Verdict.DEGRADED),), 3),
         "▲ WARNING  1 of 3 checks are not well, and nothing explains it"),
    ],
)  # fmt: skip
def test_the_verdict_says_no_more_than_is_known(facts: Facts, said: str) -> None:
    assert page(facts, UTC).headline == said


def test_what_began_at_different_times_is_told_apart() -> None:
    checks = tuple(Failing("apis", name, Verdict.DOWN, "HTTP 503", since=NOW - ago)
                   for name, ago in (("a", 90), ("b", 80), ("c", 700)))  # fmt: skip
    assert [each.text for each in timeline(Facts(NOW, checks, 3))] == ["c down: HTTP 503", "a, b down: HTTP 503"]
