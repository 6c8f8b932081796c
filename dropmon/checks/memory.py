"""What earlier runs left behind, as far as a run needs it: who asked for patience, who reported, since when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from dropmon.checks.finding import LONGEST_WAIT, Finding
from dropmon.model import Outcome, Sample, Verdict
from dropmon.storage import State
from dropmon.units import human_duration

if TYPE_CHECKING:
    from datetime import tzinfo

BEAT = "heartbeat_timestamp_seconds"
Key = tuple[str, str]  # kind and name


class Memory(NamedTuple):
    """What is remembered of each check."""

    past: Mapping[Key, State] = MappingProxyType({})
    beats: Mapping[str, float] = MappingProxyType({})  # when each job last reported
    zone: tzinfo | None = None

    def patience(self, key: Key, at: float) -> Finding | None:
        """The finding of a check whose server asked not to be asked before a time that has not come.

        A time that is too far away was written while the clock was wrong.
        """
        past = self.past.get(key)
        if past is None or past.retry_at is None or not 0 < past.retry_at - at <= LONGEST_WAIT:
            return None
        clock = datetime.fromtimestamp(past.retry_at, self.zone).strftime("%H:%M:%S")
        error = f"they asked us to wait until {clock} ({human_duration(round(past.retry_at - at))}); not asked now"
        return Finding(Verdict.RATE_LIMITED, error, "look for what else uses this account's quota", past.retry_at)

    def now(self, outcomes: Iterable[Outcome]) -> dict[Key, State]:
        """The states after this run. A check that was not measured has none: it keeps the one it had."""
        return {(outcome.kind, outcome.name): self._state(outcome) for outcome in outcomes if outcome.asked}

    def _state(self, outcome: Outcome) -> State:
        word = outcome.verdict.name.lower()
        before = self.past.get((outcome.kind, outcome.name))
        since = min(before.since, outcome.at) if before and before.verdict == word else outcome.at
        return State(outcome.kind, outcome.name, word, since, outcome.at, outcome.retry_at)


def beat(name: str, at: float) -> Sample:
    """A job's report that it ran, at `at` seconds since 1970."""
    return Sample(BEAT, (("check", name), ("kind", "heartbeats")), at, at)
