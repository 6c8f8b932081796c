"""Which commands only look. All others, also those of later versions, are asked about before they are run. Pure."""

from __future__ import annotations

from collections.abc import Sequence

LOOKING = {  # what may follow each noun; () is anything
    "check": (), "logs": (), "query": (), "source": (), "rules": (), "triage": (), "slo": (), "dashboard": (),
    "db": (),
    "history": ("info", "export"),
    "alert": ("list", "show", "history", "explain", "backtest", "lint", "outbox"),
    "runbook": ("list", "show", "check"),
    "oncall": ("", "schedule", "next", "fairness", "ics"),
    "incident": ("list", "show", "timeline", "status", "postmortem"),
    "report": (),
}  # fmt: skip
CHANGING = {("db", "cancel"), ("db", "terminate")}
STANDING_IN = {"override", "swap"}  # may stand behind options of `oncall` itself
FLAGS = {"--send", "--trust", "-o", "--output", "--close", "--yes", "-y", "--fix", "--write", "--publish"}
ASKING = CHANGING  # these show whom they would hit, and ask by themselves
AGREED = {"--yes", "-y"}
HELP = {"--help", "--version"}


def changes(words: Sequence[str]) -> bool:
    """Whether a command may change something beyond dropmon's own measurements: a server, a file, what people are told.

    >>> [changes(words.split()) for words in ("db top", "db cancel 1", "alert list", "alert ack x", "check all")]
    [False, True, False, True, False]
    >>> [changes(words.split()) for words in ("oncall --at 1h", "report weekly --send", "unheard of", "incident")]
    [False, True, True, True]
    """
    noun, verb = verbs(words)
    if HELP & set(words):
        return False
    known = LOOKING.get(noun)
    flags = {word.partition("=")[0] for word in words if word.startswith("-")}
    if known is None or (noun, verb) in CHANGING or flags & FLAGS or (noun == "oncall" and STANDING_IN & set(words)):
        return True
    return bool(known) and verb not in known


def asks_itself(words: Sequence[str]) -> bool:
    """Whether the command asks before it changes anything, when it has a terminal.

    >>> asks_itself(["db", "cancel", "1"]), asks_itself(["db", "cancel", "1", "--yes"]), asks_itself(["beat", "x"])
    (True, False, False)
    """
    return verbs(words) in ASKING and not AGREED & set(words)


def agreed(words: Sequence[str]) -> tuple[str, ...]:
    """The command after somebody has said yes to it.

    >>> agreed(["db", "cancel", "1"]), agreed(["beat", "x"])
    (('db', 'cancel', '1', '--yes'), ('beat', 'x'))
    """
    return (*words, "--yes") if asks_itself(words) else tuple(words)


def verbs(words: Sequence[str]) -> tuple[str, str]:
    """The noun and the verb of a command; options of the group may stand before either."""
    plain = [word for word in words if word != "--debug"]
    noun = plain[0] if plain else ""
    verb = plain[1] if len(plain) > 1 and not plain[1].startswith("-") else ""
    return noun, verb
