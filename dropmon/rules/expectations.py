"""What `incidents:` may say and probably does not mean: something is asked, and nobody would hear of it. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING

from dropmon.rules.references import Complaint

if TYPE_CHECKING:
    from dropmon.rules.sections.incidents import Incidents, Level

LEVELS = ("critical", "major", "minor")
TRACKERS = frozenset({"github", "gitlab"})


def incidents(section: Incidents, kinds: Mapping[str, str]) -> Iterator[Complaint]:
    """What is doubtful about incidents; `kinds` says of each channel which type it is of."""
    for name in LEVELS:
        level: Level = getattr(section, name)
        if level.ticket and not section.tickets and not TRACKERS & {*kinds.values()}:
            what = "no channel opens tickets"
            yield Complaint(("incidents", name, "ticket"), what, "tickets: a channel of type github, gitlab or webhook")
        if asked := _unheard(level):
            what = f"nobody hears of {', '.join(asked)}"
            yield Complaint(("incidents", name), what, "notify: [oncall, …]")


def _unheard(level: Level) -> Collection[str]:
    """What a level asks that tells nobody."""
    keys = ("acknowledge", "investigate", "communicate", "due")
    return () if level.notify else [key for key in keys if getattr(level, key) is not None]
