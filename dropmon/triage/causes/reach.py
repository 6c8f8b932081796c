"""What does not answer, or refuses: the way out, hosts, providers, certificates, keys."""

from __future__ import annotations

from collections.abc import Iterator

from dropmon.model import Verdict
from dropmon.triage.cause import Cause
from dropmon.triage.facts import Facts, Failing
from dropmon.triage.words import among, check, first, quoted, runbook, why
from dropmon.units import human_duration

SEVERAL = 3  # checks that fail at once, for something that they share


def network(facts: Facts) -> Iterator[Cause]:
    """Nothing beyond this machine answers, as the checks themselves have found: it is this machine, or its way out."""
    silent = [each for each in facts.failing if each.line]
    if silent:
        yield Cause(
            "network",
            "this machine reaches nothing: its network, DNS or proxy",
            0.99,
            tuple(why(silent)),
            first(silent),
            ("dropmon check dns", "dropmon check all --no-record"),
        )


def certificate(facts: Facts) -> Iterator[Cause]:
    """A certificate has ended: whoever trusts it refuses to talk. One that is about to end explains nothing yet."""
    for each in facts.failing:
        if each.expires is not None and each.expires <= facts.at:
            ago = human_duration(facts.at - each.expires)
            others = [other.name for other in facts.failing if other is not each and each.host == other.host != ""]
            evidence = (f"{each.name}: {each.error}", *(["also fails there: " + ", ".join(others)] if others else []))
            command = f"dropmon check tls {quoted(each.name)}" if each.kind == "tls" else "dropmon check tls"
            yield Cause(
                "certificate",
                f"the certificate of {each.host or each.name} ended {ago} ago",
                0.97,
                evidence,
                each.expires,
                (command,),
                each.runbook or "certificate-expiring",
            )


def vendor(facts: Facts) -> Iterator[Cause]:
    """A check fails, and its provider admits an incident."""
    groups: dict[str, list[Failing]] = {}
    for each in facts.failing:
        if each.theirs:
            groups.setdefault(each.vendor, []).append(each)
    for said, failing in groups.items():
        yield Cause(
            "vendor",
            f"an incident at the provider of {among(failing)}",
            0.95,
            (*why(failing), said),
            first(failing),
            (check(failing[0]),),
            runbook(failing, "api-down"),
        )


def credentials(facts: Facts) -> Iterator[Cause]:
    """Our key is refused where the rest answers."""
    for each in _answered(facts, Verdict.AUTH_FAILED):
        yield _refusal("credentials", f"{each.name} refuses our key", 0.88, each)


def limited(facts: Facts) -> Iterator[Cause]:
    """We ask too much."""
    for each in _answered(facts, Verdict.RATE_LIMITED):
        yield _refusal("limit", f"{each.name} limits our requests", 0.7, each)


def _answered(facts: Facts, verdict: Verdict) -> list[Failing]:
    """Those who answered so, and whose provider admits no incident."""
    return [each for each in facts.failing if each.verdict is verdict and not each.theirs]


def _refusal(rule: str, title: str, weight: float, one: Failing) -> Cause:
    return Cause(rule, title, weight, (one.error,), one.since, (check(one),), runbook([one], "api-down"))


def host(facts: Facts) -> Iterator[Cause]:
    """Several checks of one host fail, and no other explanation takes them."""
    groups: dict[str, list[Failing]] = {}
    for each in facts.failing:
        if each.verdict is Verdict.DOWN and each.host and not each.theirs and not ended(each, facts.at):
            groups.setdefault(each.host, []).append(each)
    for name, failing in groups.items():
        weight = 0.8 if len(failing) >= SEVERAL else 0.65 if len(failing) > 1 else 0.5
        title = f"{name} is down" if len(failing) > 1 else f"{failing[0].name} is down"
        evidence = (*why(failing), *(each.vendor for each in failing[:1] if each.vendor))
        yield Cause("host", title, weight, evidence, first(failing), (check(failing[0]),), runbook(failing, "api-down"))


def ended(failing: Failing, at: float) -> bool:
    return failing.expires is not None and failing.expires <= at
