"""Is it them, or our own line? When nothing at all can be reached, one UNKNOWN says more than fifty DOWNs."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from dropmon.checks.exchange import Request
from dropmon.model import Outcome, Verdict

if TYPE_CHECKING:
    from dropmon.checks.exchange import Exchange
    from dropmon.checks.run import Round

PATIENCE = 3.0  # seconds to reach any of the references
ERROR = "our own line seems dead: nothing beyond this machine answers"
HINT = "check this machine's network and DNS, then run it again"


def suspect(round_: Round) -> bool:
    """Whether something beyond this machine could not be reached, and nothing could."""
    return bool(round_.unreached) and not round_.reached


def dead(references: Sequence[str], within: float = PATIENCE) -> bool:
    """Whether none of the references ('host:port') accepts a connection. Nothing to ask: not known to be dead."""
    from dropmon.checks.wire import Wire

    reached: list[str] = []

    def done(reference: str, exchange: Exchange, _effort: object) -> None:
        if exchange.answered:
            reached.append(reference)

    requests = ((each, Request(f"http://{each}/", within, connect_only=True)) for each in references)
    with Wire(max(1, len(references)), done) as wire:
        wire.run(requests, time.monotonic() + within)
    return bool(references) and not reached


def excused(round_: Round, references: Sequence[str], within: float = PATIENCE) -> list[Outcome]:
    """The outcomes; when our line is dead, those that it explains are UNKNOWN instead of down."""
    outcomes = list(round_.outcomes)
    if suspect(round_) and dead(references, within):
        for index in round_.unreached:
            outcomes[index] = outcomes[index]._replace(verdict=Verdict.UNKNOWN, error=ERROR, hint=HINT, asked=False)
    return outcomes
