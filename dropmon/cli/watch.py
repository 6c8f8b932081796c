"""dropmon watch: everything again and again, as a service."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from dropmon import output
from dropmon.cli.options import RulesPath, Storage

if TYPE_CHECKING:
    from pathlib import Path

    from dropmon.errors import DropmonError
    from dropmon.flows.turn import Turn
    from dropmon.model import Outcome, Verdict
    from dropmon.rules import Rules
    from dropmon.sources.run import Answer

app = typer.Typer(rich_markup_mode=None, add_completion=False)

PATIENCE = 5.0  # seconds for the address that hears that all is well
Heartbeat = Annotated[
    str | None,
    typer.Option(
        "--heartbeat",
        metavar="URL",
        envvar="DROPMON_HEARTBEAT",
        help="Asked after every good round, so that somebody else notices when this one falls silent.",
    ),
]


@app.command(
    help="Check everything at its own interval, judge every alert and send what is due, until it is stopped."
    "\n\nReads the rules again on SIGHUP and when the file changes; a broken file is said, and the old rules stay."
    " SIGTERM and Ctrl-C end it when what is being sent is sent. Knows systemd's Type=notify and WatchdogSec."
    "\n\nExample: dropmon watch --heartbeat https://hc-ping.com/…"
)
def watch(heartbeat: Heartbeat = None, rules: RulesPath = None, storage: Storage = None) -> None:
    from dropmon import rules as loading
    from dropmon.cli.cycle import locked
    from dropmon.lock import alone

    path = loading.find(rules)
    with alone(locked(loading.load(path), storage), "dropmon watch", time.time()):
        run(path, storage, heartbeat)


def run(path: Path, place: str | None, heartbeat: str | None) -> None:
    """The loop, with the signals and the service manager around it."""
    from dropmon import rules as loading
    from dropmon.flows.systemd import Watchdog, notify
    from dropmon.flows.watch import Hooks, Watch

    log = Log(heartbeat)
    dog = Watchdog(os.environ, os.getpid())
    watched = Watch(path, loading.load, place, Hooks(log.turned, log.reloaded, dog.alive, unheeded), time.time)
    log.rules = watched.rules
    signal.signal(signal.SIGTERM, lambda *_: watched.interrupted())
    signal.signal(signal.SIGINT, lambda *_: watched.interrupted())
    signal.signal(signal.SIGHUP, lambda *_: setattr(watched, "hup", True))
    notify("READY=1", os.environ)
    watched.run()
    notify("STOPPING=1", os.environ)
    say("stopped", rules=watched.rules)


def unheeded(what: str, hint: str) -> None:
    output.warn(f"warning: {what}", hint)


class Log:
    """What is said of each turn: what has changed."""

    def __init__(self, heartbeat: str | None) -> None:
        from dropmon.secrets import remember

        self.heartbeat = remember(heartbeat) if heartbeat else None
        self.verdicts: dict[tuple[str, str], Verdict] = {}
        self.sources: dict[str, str] = {}  # what was missing of each, by its key
        self.problems: set[tuple[str, str]] = set()  # what goes wrong is said once for as long as it does
        self.rules: Rules | None = None  # the last ones, for the zone of what is said
        self.silent = ""  # why the heartbeat's address did not hear us

    def turned(self, done: Turn, rules: Rules) -> None:
        """Says what has changed, and that all went well to who waits for it."""
        from dropmon.cli.cycle import heard, warned
        from dropmon.flows.systemd import notify

        self.rules = rules
        whole = done.passed if done.passed and not done.passed.interrupted else None
        for one in changed(whole.outcomes if whole else (), self.verdicts):
            said = f"{one.status.symbol} {one.name} ({one.kind}): {one.verdict.word}"
            say(f"{said}: {one.error}" if one.error else said, done.began, rules)
        for text in sourced(done.collected.answers if done.collected else (), self.sources):
            say(text, done.began, rules)
        for line in heard(done, quiet=True):
            if line.startswith(" "):  # what was told, and what became of it
                say(line.strip(), done.began, rules)
        self.problems = warned(done, self.problems)
        notify(f"STATUS={len(self.verdicts)} checks, last round took {time.time() - done.began:.1f} s", os.environ)
        if good(done):
            self._beat()

    def reloaded(self, why_not: DropmonError | None) -> None:
        from dropmon.flows.systemd import notify

        notify(f"RELOADING=1\nMONOTONIC_USEC={time.monotonic_ns() // 1000}", os.environ)
        if why_not:
            output.warn(f"warning: the new rules are broken, the old ones stay: {why_not.what}", why_not.hint)
        else:
            say("the rules were read again", rules=self.rules)
        notify("READY=1", os.environ)

    def _beat(self) -> None:
        if self.heartbeat is None:
            return
        from dropmon.errors import DropmonError
        from dropmon.transport import Request, exchange

        why = ""
        try:
            answer = exchange(Request(self.heartbeat), PATIENCE)
            why = "" if answer.ok else answer.said
        except DropmonError as error:
            why = error.what
        if why and not self.silent:
            output.warn(f"warning: the heartbeat was not heard: {why}", "is the address right?")
        self.silent = why


def good(done: Turn) -> bool:
    """Whether everything was judged, remembered and told, whatever it said: then nobody has to be told by others."""
    from dropmon.alerts.outcome import End
    from dropmon.alerts.route import Why

    lost = done.sent is None or any(each.end is End.DEAD for each in done.sent.tried)
    lost |= done.sent is not None and any(each.overdue for each in done.sent.late)
    lost |= any(each.why is Why.LOST for each in (done.judged.step.decisions if done.judged else ()))
    cut = done.passed is not None and done.passed.interrupted
    return bool(done.judged) and done.remembered and not lost and not cut


def changed(outcomes: Iterable[Outcome], known: dict[tuple[str, str], Verdict]) -> Iterator[Outcome]:
    """Those whose verdict is another one than it was; at first all that are not well."""
    from dropmon.model import Verdict

    for one in outcomes:
        before = known.get((one.kind, one.name), Verdict.HEALTHY)
        known[one.kind, one.name] = one.verdict
        if one.verdict is not before:
            yield one


def sourced(answers: Iterable[Answer], known: dict[str, str]) -> Iterator[str]:
    """Those of which something else is missing than was; at first all that do not tell everything."""
    from dropmon.cli.cycle import reasons

    for one in answers:
        now = "no number" if one.silent else "not every number" if one.failed else ""
        before, known[one.given.key] = known.get(one.given.key, ""), now
        if now != before:
            why = "; ".join(reasons(one)) if now else ""
            name = f"{one.given.name} ({one.given.kind})"
            yield f"? {name}: {now}: {why}" if now else f"✔ {name}: tells its numbers again"


def say(text: str, at: float | None = None, rules: Rules | None = None) -> None:
    """A line with its time, at once."""
    when = datetime.fromtimestamp(time.time() if at is None else at, rules.platform.timezone if rules else None)
    output.write(f"{when:%Y-%m-%d %H:%M:%S} {output.clean(text)}")
    sys.stdout.flush()
