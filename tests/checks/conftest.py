"""What the tests of checks share: one look at one address, by the real engine."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dropmon.checks.probe import WireProbe
from dropmon.checks.probes import registry
from dropmon.checks.run import Limits, Run
from dropmon.checks.target import Target
from dropmon.model import Outcome

Look = Callable[..., Outcome]


def target(kind: str, **keys: object) -> Target:
    """A target of one kind, as the rules would make it."""
    made = registry()[kind]
    once = {"retries": 0} if issubclass(made, WireProbe) else {}
    return Target(kind, made.model_validate({"name": "it", "timeout": "2s", **once, **keys}))


def run(*targets: Target, limits: Limits | None = None) -> list[Outcome]:
    """The outcomes of real probes, in the order in which they came."""
    return Run(limits or Limits(50, 30.0)).over(iter(targets)).outcomes


@pytest.fixture
def look() -> Look:
    """Measures one thing: `look("apis", url=…, expect=…)`."""

    def one(kind: str, **keys: object) -> Outcome:
        (outcome,) = run(target(kind, **keys))
        return outcome

    return one
