"""Each rule of inference: what it sees, and what it says of it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropmon.model import Event, Verdict
from dropmon.triage.causes import RULES, causes
from dropmon.triage.facts import Burst, Facts, Failing, Pressure, Root, Slow

NOW = 1_795_420_000.0
THEIRS = "their incident: API errors (investigating)"


def failing(name: str = "Stripe", verdict: Verdict = Verdict.DOWN, error: str = "HTTP 503", **more: Any) -> Failing:
    return Failing("apis", name, verdict, error, **{"since": NOW - 600, "host": "api.stripe.com", **more})


def deployed(ago: float, state: str = "ready") -> Event:
    labels = (("author", "ana"), ("commit", "f00df19b2e61"))
    return Event("deployment", "vercel", "d1", NOW - ago, "Read prices", state, "https://vercel.com/d1", labels)


def burst(ago: float, number: int = 40) -> Burst:
    return Burst("TypeError: <*>", number, NOW - ago, NOW, ("order-sync",), "TypeError: x is null")


FULL = Pressure("main", 88, 97, 80, "application worker", 84)
ROOT = Root("pid 7 (checkout)", 7, "idle in transaction", 3, 300.0, 290.0, "update carts set x = 1")

CASES: dict[str, tuple[Facts, str, str]] = {
    "nothing answers": (
        Facts(NOW, tuple(failing(n, Verdict.UNKNOWN, "our own line seems dead", line=True) for n in "ab"), checked=5),
        "network", "this machine reaches nothing: its network, DNS or proxy",
    ),
    "a certificate ended": (
        Facts(NOW, (failing("shop", host="shop.example", expires=NOW - 7200),), 9),
        "certificate", "the certificate of shop.example ended 2h ago",
    ),
    "the database is away": (
        Facts(NOW, pressures=(Pressure("main", error="connection refused"),)),
        "database", "the database main does not answer",
    ),
    "the database is full": (
        Facts(NOW, pressures=(Pressure("main", error="FATAL: sorry, too many clients already"),)),
        "database", "main has no connection left",
    ),
    "their incident": (Facts(NOW, (failing(vendor=THEIRS),), 9), "vendor", "an incident at the provider of Stripe"),
    "connections leak": (
        Facts(NOW, pressures=(FULL,)), "connections", "connections leak: 80 of 88 in main idle in a transaction",
    ),
    "connections are used up": (
        Facts(NOW, pressures=(FULL._replace(idle_in_transaction=2),)), "connections", "main runs out of connections",
    ),
    "a chain of locks": (
        Facts(NOW, pressures=(Pressure("main", 9, 97, roots=(ROOT,)),)),
        "blocked", "pid 7 (checkout) blocks 3 sessions in main",
    ),
    "a bad release": (
        Facts(NOW, bursts=(burst(230),), changes=(deployed(240),)),
        "release", "the deployment f00df19 broke something",
    ),
    "errors alone": (
        Facts(NOW, bursts=(burst(230),), changes=(deployed(9000),)), "errors", "errors of a new kind in order-sync",
    ),
    "a refused key": (Facts(NOW, (failing(verdict=Verdict.AUTH_FAILED),), 9), "credentials", "Stripe refuses our key"),
    "a limit": (Facts(NOW, (failing(verdict=Verdict.RATE_LIMITED),), 9), "limit", "Stripe limits our requests"),
    "one is down": (Facts(NOW, (failing(),), 9), "host", "Stripe is down"),
    "a host is down": (
        Facts(NOW, (failing("a"), failing("b"), failing("c")), 9), "host", "api.stripe.com is down",
    ),
    "a slow statement": (
        Facts(NOW, (failing(verdict=Verdict.DEGRADED, error="took 2.1 s"),), 9,
              pressures=(Pressure("main", 9, 97, slow=(Slow("select 1", 2.0, 90, 0.8),)),)),
        "slow", "a slow statement in main",
    ),
    "a failed deployment": (Facts(NOW, changes=(deployed(60, "failed"),)), "deployment", "the last deployment failed"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_the_fault_is_named_first(case: str) -> None:
    facts, rule, title = CASES[case]
    found = causes(facts)
    assert (found[0].rule, found[0].title) == (rule, title)
    assert found[0].evidence
    assert found[0].next or rule == "deployment"


def test_every_rule_has_a_case() -> None:
    named = {cause.rule for facts, _, _ in CASES.values() for cause in causes(facts)}
    assert len(named) == len(RULES)


@pytest.mark.parametrize(
    "facts",
    [
        Facts(NOW, checked=9),
        Facts(NOW, vendors=(("Stripe", THEIRS),)),  # their trouble that we do not feel
        Facts(NOW, changes=(deployed(240),), bursts=(burst(200, 2),)),  # two errors are an accident
        Facts(NOW, pressures=(Pressure("main", 40, 97, 1),)),
        Facts(NOW, pressures=(Pressure("main", 9, 97, roots=(ROOT._replace(waited=1.0),)),)),
        Facts(NOW, (failing("tls", Verdict.DEGRADED, expires=NOW + 86400),), 9),  # is about to end: explains nothing
        Facts(NOW, changes=(deployed(3700, "failed"),)),  # an old failure
    ],
)
def test_what_is_well_has_no_cause(facts: Facts) -> None:
    assert causes(facts) == []


def test_the_deployment_before_the_errors_is_meant_and_not_the_one_that_mended_them() -> None:
    bad, hotfix = deployed(900), deployed(510)._replace(id="d2", labels=(("commit", "1111111"),))
    (cause, *_) = causes(Facts(NOW, bursts=(burst(600),), changes=(bad, hotfix)))
    assert cause.title == "the deployment f00df19 broke something"


def test_checks_of_one_certificate_are_named_together() -> None:
    web = Failing("web", "shop", Verdict.DOWN, "certificate not trusted", host="shop.example")
    tls = Failing("tls", "cert", Verdict.DOWN, "certificate expired", host="shop.example", expires=NOW - 60)
    (cause, *_) = causes(Facts(NOW, (web, tls), 9))
    assert cause.evidence == ("cert: certificate expired", "also fails there: shop")


def test_the_first_evidence_outweighs_the_rest() -> None:
    """All at once: what is certain first, what follows from it later."""
    facts = Facts(
        NOW, (failing(vendor=THEIRS), failing("shop", host="shop.example", expires=NOW - 60)), 9,
        pressures=(FULL, Pressure("eu", 9, 97, roots=(ROOT,))), bursts=(burst(230),), changes=(deployed(240),),
    )  # fmt: skip
    assert [cause.rule for cause in causes(facts)] == ["certificate", "vendor", "connections", "release", "blocked"]


@given(
    st.lists(
        st.builds(
            failing, st.sampled_from("abc"), st.sampled_from(list(Verdict)), st.text(max_size=20),
            since=st.none() | st.floats(0, 2e9), expires=st.none() | st.floats(0, 2e9),
            vendor=st.sampled_from(["", THEIRS, "not theirs"]), host=st.sampled_from(["", "h", "i"]),
        ),
        max_size=6,
    ),
    st.lists(st.builds(burst, st.floats(0, 7200), st.integers(0, 99)), max_size=4),
    st.lists(st.builds(deployed, st.floats(0, 90000)), max_size=3),
)  # fmt: skip
def test_no_facts_are_too_odd(checks: list[Failing], bursts: list[Burst], changes: list[Event]) -> None:
    found = causes(Facts(NOW, tuple(checks), len(checks), bursts=tuple(bursts), changes=tuple(changes)))
    assert [cause.weight for cause in found] == sorted((cause.weight for cause in found), reverse=True)
    assert all(0 < cause.weight < 1 and cause.evidence for cause in found)
