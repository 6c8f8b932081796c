"""One session of checks: aims them, measures them, and explains what failed."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from dropmon.checks.memory import Memory
from dropmon.checks.run import INTERRUPTED, Limits, Round, Run
from dropmon.checks.targets import Aim, Row, Rows, Wanted
from dropmon.model import Outcome, Verdict

if TYPE_CHECKING:
    from dropmon.checks.probe import Probe
    from dropmon.rules import Entry


class Measured(NamedTuple):
    """The outcomes in the order of the rules, what could not be aimed last."""

    outcomes: Sequence[Outcome]
    interrupted: bool


class Session(NamedTuple):
    """What a session needs of the world: where rows come from, how a row becomes a probe, who always answers."""

    limits: Limits
    memory: Memory
    rows: Callable[[Entry, float], Rows]  # within so many seconds
    build: Callable[[Entry, Row], Probe]
    references: Sequence[str]  # host:port
    seen: Callable[[Outcome], None]

    def measure(self, wanted: Wanted, entries: Sequence[Entry]) -> Measured:
        """Measures what is wanted within the deadline, which fetching the targets counts against."""
        until = time.monotonic() + self.limits.deadline
        aim = Aim(wanted, lambda entry: self.rows(entry, until - time.monotonic()), self.build, self.limits.clock())
        run = Run(self.limits, self.memory.beats.get, self.memory.patience, self.seen)
        round_ = run.over(aim.chosen(entries) if wanted.names else aim.coming(entries), until)
        outcomes: Sequence[Outcome] = round_.in_order()
        try:
            if not round_.interrupted:
                outcomes = self._explained(round_, aim, until)
        except KeyboardInterrupt:
            round_.interrupted = True
        unaimed = never_aimed(wanted, entries, outcomes, aim) if round_.interrupted else []
        return Measured([*outcomes, *aim.failed, *unaimed], round_.interrupted)

    def _explained(self, round_: Round, aim: Aim, until: float) -> Sequence[Outcome]:
        """The outcomes, with what our own line and the providers' pages say of them, as far as there is time."""
        if round_.unreached:
            from dropmon.checks import line

            round_.outcomes = line.excused(round_, self.references, _left(until, line.PATIENCE))
        outcomes = round_.in_order()
        if not aim.pages:
            return outcomes
        from dropmon.checks import status_page

        return status_page.explained(outcomes, aim.pages, _left(until, status_page.PATIENCE))


def _left(until: float, most: float) -> float:
    return max(0.1, min(most, until - time.monotonic()))


def never_aimed(wanted: Wanted, entries: Sequence[Entry], outcomes: Sequence[Outcome], aim: Aim) -> list[Outcome]:
    """The entries that an interrupted run never came to."""
    told = {(outcome.kind, outcome.name) for outcome in (*outcomes, *aim.failed)}
    awaited = [one.entry for one in aim.awaited]
    return [
        Outcome(entry.name, entry.section, Verdict.UNKNOWN, aim.at, error=INTERRUPTED.error, asked=False)
        for entry in entries
        if wanted.name(entry.name)
        and (entry.section, entry.name) not in told
        and not (entry.template and outcomes and entry not in awaited)
    ]
