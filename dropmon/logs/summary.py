"""The last line of a run, and why nothing may be concluded from it."""

from __future__ import annotations

from typing import NamedTuple

from dropmon.logs.tally import COUNTED, Tally
from dropmon.units import human_size

CLI = "supabase logs --output-format stream-json | dropmon logs --level error"


class Doubt(NamedTuple):
    """Why 'no errors' would be a false all-clear, and what to run instead."""

    what: str
    hint: str


def summary(tally: Tally) -> str:
    """What was read and what came of it, in one line.

    >>> summary(Tally(size=1200, lines=3, matched=1)), summary(Tally(size=600_000_000, matched=2, unparsed=1))
    ('read 3 lines (1.2 KiB), matched 1', 'read 572.2 MiB, matched 2, 1 of them could not be parsed')
    """
    size = human_size(tally.size)
    read = f"{plural(tally.lines, 'line')} ({size})" if tally.lines and tally.size < COUNTED else size
    parts = [f"read {read}", f"matched {tally.matched:,}"]
    if tally.unparsed:
        parts.append(f"{tally.unparsed:,} of them could not be parsed")
    if tally.failed:
        parts.append(plural(tally.failed, "input error"))
    return ", ".join(parts)


def plural(count: int, noun: str) -> str:
    """A count and its noun.

    >>> plural(1, "line"), plural(2000, "entry")
    ('1 line', '2,000 entries')
    """
    several = noun[:-1] + "ies" if noun.endswith("y") else noun + "s"
    return f"{count:,} {noun if count == 1 else several}"


def doubt(tally: Tally) -> Doubt | None:
    """Why the run says nothing about the system, if it does not.

    >>> doubt(Tally(size=10, told=True)), doubt(Tally()).what
    (None, 'nothing was read: the input is empty, which says nothing about errors')
    """
    if tally.failed:
        return Doubt(
            f"the input reports a failure, so lines may be missing: {tally.failures[0]}", "mend that and run it again"
        )
    if tally.cut:
        what = f"{plural(tally.cut, 'entry')} too large to be judged whole did not match as far as they were read"
        return Doubt(what, "split the document into lines first: jq -c '.[]' FILE | dropmon logs --level error")
    if tally.is_binary:
        return Doubt("the input is no text", "decompress or convert it first: file FILE; xz -dc FILE | dropmon logs")
    if tally.is_help:
        hint = f"`supabase functions logs` does not exist in CLI 3; run: {CLI}"
        return Doubt("the input is the help or complaint of a command, not its logs", hint)
    if said := tally.complaint:
        return Doubt(f"the input is no log, but what a command or a server said: {said}", "mend that and run it again")
    if tally.is_blank:
        hint = f"did the command before the pipe fail? `supabase functions logs` does not exist in CLI 3; run: {CLI}"
        what = "nothing was read: the input is empty" if not tally.size else "the input holds blank lines only"
        return Doubt(f"{what}, which says nothing about errors", hint)
    return None
