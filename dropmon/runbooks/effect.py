"""Which commands only look, and with which options. All others, also those of later versions, are asked about. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple


class Typed(NamedTuple):
    """What the command line makes of words: which command is meant, and what it is given."""

    command: str = ""  # as in "alert silence list": of options before and between its words nothing is in it
    given: frozenset[str] = frozenset()  # options that were typed, "--output" also for "-ox", and names of arguments
    answers: bool = False  # it says its help, or its version, and does nothing
    wrong: str = ""  # why it cannot be typed


EVERYWHERE = "--rules --storage --format --at"
CHECK = "name --tag --watch --every --record --at-once --deadline --all --quiet --verbose"
DATABASE = "--database --timeout --record --sql --quiet --limit"
LOGS = (
    "files --level --only --function --service --request-id --user --since --until --grep --not --where --source "
    "--jobs --quiet"
)
# A noun, its verbs ("" is none), and what each may be given beside EVERYWHERE. --record is about dropmon's own
# measurements. What is in no row is asked about.
ROWS = (
    ("check", "all apis dns functions heartbeats tcp tls database", CHECK),
    ("check", "web", f"{CHECK} --vitals --device --runs"),
    ("query", "", "expression --start --end --step"),
    ("triage", "", "--within --all"),
    ("rules", "check schema", ""),
    ("rules", "show", "--section"),
    ("source", "list", ""),
    ("source", "collect", "name --record --deadline --quiet"),
    ("source", "test", "name --deadline"),
    ("slo", "", ""),
    ("slo", "show", "name"),
    ("vitals", "show", "name"),
    ("report", "daily", "--day"),
    ("report", "slo weekly", "--week"),
    ("history", "info", ""),
    ("history", "export", "--since --until --hours"),
    ("runbook", "check", "names"),
    ("runbook", "list", ""),
    ("runbook", "show", "runbook --raw"),
    ("alert", "list lint", ""),
    ("alert", "show", "alert"),
    ("alert", "explain", "id"),
    ("alert", "history", "id --since --until"),
    ("alert", "backtest", "id --from --to --step"),
    ("alert", "outbox silence·list", "--all"),
    ("oncall", "", ""),
    ("oncall", "schedule", "--weeks"),
    ("oncall", "fairness", "--past --weeks"),
    ("oncall", "next", "person --count"),
    ("oncall", "ics", "--person --weeks"),
    ("oncall", "override·list", "--all"),
    ("incident", "list", "--all --since"),
    ("incident", "show timeline", "number"),
    ("incident", "postmortem", "number --language"),
    ("incident", "status", "number --state --text --impact --affected --next --language"),
    ("logs", "", f"{LOGS} --after --before --context --limit --fields --raw --follow"),
    ("logs", "stats", f"{LOGS} --by --record --stream"),
    ("logs", "top", f"{LOGS} --limit"),
    ("db", "collation duplicate-indexes invalid-indexes sizes toast wait-events", DATABASE),
    ("db", "cache deadlocks", f"{DATABASE} --warn"),
    ("db", "blocking locks sequences xid-age", f"{DATABASE} --warn --critical"),
    ("db", "bloat", f"{DATABASE} --warn --size"),
    ("db", "connections", f"{DATABASE} --warn --critical --idle --long --transaction"),
    ("db", "diff", "--since --until --limit --database --timeout"),
    ("db", "explain", "queryid --schema --database --timeout"),  # --trust may run functions of others
    ("db", "growth", f"{DATABASE} --warn --size --window"),
    ("db", "index-usage", f"{DATABASE} --by"),
    ("db", "long-running", f"{DATABASE} --long --idle --transaction --min"),
    ("db", "missing-fk-indexes", f"{DATABASE} --min-size"),
    ("db", "replication", f"{DATABASE} --warn --delay"),
    ("db", "report", "--only --all --limit --database --timeout --record --quiet"),
    ("db", "roles", f"{DATABASE} --warn --all"),
    ("db", "seq-scans", f"{DATABASE} --min-rows --min-scans"),
    ("db", "settings", f"{DATABASE} --changed --all --most"),
    ("db", "slow-queries", f"{DATABASE} --min --sort --app --role --all"),
    ("db", "top", "--every --count --database --timeout"),
    ("db", "unused-indexes", f"{DATABASE} --min-age --min-size"),
    ("db", "vacuum", f"{DATABASE} --late"),
)


def _looking() -> Iterator[tuple[str, frozenset[str]]]:
    for noun, verbs, options in ROWS:
        for verb in verbs.split() or [""]:
            yield f"{noun} {verb}".strip().replace("·", " "), frozenset(f"{EVERYWHERE} {options}".split())


LOOKING = dict(_looking())
ASKING = {"db cancel", "db terminate"}  # these show whom they would hit, and ask by themselves
AGREED = "--yes"
RUNNER = "runbook run"  # which no step may be: it could run itself


def changes(typed: Typed) -> bool:
    """Whether a command may change something beyond dropmon's own measurements: a server, a file, what people are told.

    >>> given = frozenset({"--person"})
    >>> [changes(Typed(*each)) for each in (("db top",), ("db cancel",), ("unheard of",), ("oncall ics", given))]
    [False, True, True, False]
    >>> changes(Typed("oncall ics", given | {"--file"})), changes(Typed("alert ack", answers=True))
    (True, False)
    """
    if typed.answers:
        return False
    known = LOOKING.get(typed.command)
    return bool(typed.wrong) or known is None or not typed.given <= known


def asks_itself(typed: Typed) -> bool:
    """Whether the command asks before it changes anything, when it has a terminal.

    >>> asks_itself(Typed("db cancel")), asks_itself(Typed("db cancel", frozenset({"--yes"})))
    (True, False)
    """
    return typed.command in ASKING and AGREED not in typed.given and not typed.answers


def agreed(words: Sequence[str], typed: Typed) -> tuple[str, ...]:
    """The command after somebody has said yes to it.

    >>> agreed(["db", "cancel", "1"], Typed("db cancel")), agreed(["beat", "x"], Typed("beat"))
    (('db', 'cancel', '1', '--yes'), ('beat', 'x'))
    """
    return (*words, AGREED) if asks_itself(typed) else tuple(words)


def unfit(typed: Typed) -> str:
    """Why words are no step; '' when they are.

    >>> unfit(Typed("db top")), unfit(Typed("runbook run", frozenset({"runbook"})))
    ('', 'a runbook runs no runbook')
    """
    return typed.wrong or ("a runbook runs no runbook" if typed.command == RUNNER and not typed.answers else "")
