"""dropmon runbook run: the steps of a page, one after the other."""

from __future__ import annotations

import shlex
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from dropmon.cli.alert.ack import who
from dropmon.cli.options import Output, RulesPath, Storage, loaded
from dropmon.cli.runbook.subject import Subject, Wanted, of_incident, subject
from dropmon.errors import DropmonError, UsageError
from dropmon.output import Format

if TYPE_CHECKING:
    from dropmon.rules import Rules
    from dropmon.runbooks.page import Page, Step
    from dropmon.runbooks.process import Ended
    from dropmon.runbooks.run import Asked, Hands, Outcome

app = typer.Typer(rich_markup_mode=None, add_completion=False)

Set = Annotated[
    list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="What a parameter of the page is; repeat it.")
]
From = Annotated[int, typer.Option("--from", metavar="N", min=1, help="Begin with this step.")]
Incident = Annotated[
    int | None, typer.Option("--incident", metavar="N", min=1, help="Write each step into this incident's timeline.")
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before steps that change something.")]
Dry = Annotated[bool, typer.Option("--dry-run", "-n", help="Show the steps; run nothing.")]


@app.command(
    help="Show each step of a runbook, and run it. Steps that change something ask first. It stops at the first that "
    "fails, and says how to go on; that a step finds something wrong is no failure."
    "\n\nExits with the worst that the steps found: 0, 1 or 2; 3 when one failed."
    "\n\nExample: dropmon runbook run database-high-connections --set database=main"
)
def run(
    runbook: Wanted, set_: Set = None, start: From = 1, incident: Incident = None, yes: Yes = False, dry: Dry = False,
    rules: RulesPath = None, storage: Storage = None, form: Output = None,
) -> None:  # fmt: skip
    from dropmon.runbooks.run import Asked, exit_code, play

    known = loaded(rules)
    found = subject(runbook, known, storage)
    told = of_incident(incident, ruled(known), storage) if incident else {}
    asked = wished(found.page, Asked(start, given(set_ or ()), {**told, **found.facts}, yes))
    if dry:
        raise typer.Exit(preview(found.page, asked))
    noting = notebook(known, storage, incident, found)
    outcomes = play(found.page, asked, hands(found.page, known, storage, form, noting))
    ended(found.page, outcomes, again(runbook, asked, incident, rules, storage, outcomes), form)
    raise typer.Exit(exit_code(outcomes))


def wished(page: Page, asked: Asked) -> Asked:
    """What is asked for, as the page can give it. Raises RunbookError before anything is run or written down."""
    from dropmon.runbooks.run import refuse

    refuse(page.sound(), asked)
    return asked


def preview(page: Page, asked: Asked) -> int:
    """Shows the steps as they would be run; what nobody has filled stands in capitals. Raises UsageError."""
    from dropmon.cli.runbook.typed import read
    from dropmon.runbooks import effect, line
    from dropmon.runbooks.check import samples

    say(f"{page.title}  ({page.path})", sys.stdout)
    for step in page.steps[asked.start - 1 :]:
        values = {name: name.upper() for name in line.names(step.words)} | asked.values(page, step)
        try:
            words = line.filled(step.words, values)
            typed = read(line.filled(step.words, {**samples(page, step), **asked.values(page, step)}))
        except ValueError as error:
            raise UsageError(f"step {step.number}: {error}", "give another with --set") from None
        shown(page, step, words, step.write or effect.changes(typed), sys.stdout)
    say("\nnothing was run", sys.stdout)
    return 0


def shown(page: Page, step: Step, words: Sequence[str], write: bool, out: TextIO) -> None:
    """A step, before it is run."""
    mark = "  (changes something)" if write else ""
    say(f"\n[{step.number}/{len(page.steps)}] {step.title}{mark}\n$ dropmon {shlex.join(words)}", out)


def given(pairs: Sequence[str]) -> dict[str, str]:
    """The parameters of the command line. Raises UsageError."""
    found: dict[str, str] = {}
    for pair in pairs:
        name, sign, value = pair.partition("=")
        if not (sign and name):
            raise UsageError(f"{pair!r} sets nothing", "write --set NAME=VALUE")
        found[name] = value
    return found


def hands(
    page: Page, rules: Rules | None, place: str | None, form: Format | None,
    noting: Callable[[str, Mapping[str, object]], None] | None,
) -> Hands:  # fmt: skip
    """What shows, asks, runs and writes down."""
    from dropmon.cli.runbook.typed import read
    from dropmon.runbooks.process import COMMAND, execute
    from dropmon.runbooks.run import Hands

    out = sys.stdout if people(form) else sys.stderr
    environment = {"DROPMON_RULES": str(rules.path)} if rules else {}
    environment |= {"DROPMON_STORAGE": place} if place else {}

    def running(words: Sequence[str], timeout: float | None) -> Ended:
        return execute((*COMMAND, *words), environment, timeout, sys.stdin.isatty(), None if people(form) else out)

    def recording(outcome: Outcome) -> None:
        say(f"→ {outcome.said}", out)
        if noting:
            noting(*entry(page, outcome))

    say(f"{page.title}  ({page.path})", out)
    return Hands(lambda step, words, write: shown(page, step, words, write, out), ask, running, recording, read)


def people(form: Format | None) -> bool:
    """Whether the answer is for people, who see each step as it comes; programs get a table of them at the end."""
    return form in {None, Format.RICH, Format.PLAIN}


def say(text: str, out: TextIO) -> None:
    """Prints lines that a page, or an alert, may have brought."""
    from dropmon import output

    print(output.lines(text.split("\n")), file=out, flush=True)


def ask(question: str) -> bool | None:
    """Whether somebody says yes; None when nobody is there. An empty question is one that the step asks itself."""
    if not sys.stdin.isatty():
        return None
    try:
        return not question or typer.confirm(question, err=True)
    except typer.Abort:  # Ctrl-C, Ctrl-D
        return False


def notebook(
    rules: Rules | None, place: str | None, incident: int | None, found: Subject
) -> Callable[[str, Mapping[str, object]], None] | None:
    """What writes into the timeline of an incident. Raises UsageError for one that there is not."""
    if incident is None:
        return None
    from dropmon.flows.response import noted

    whose = ruled(rules)

    def note(text: str, body: Mapping[str, object]) -> None:
        from dropmon import output

        try:
            noted(whose, place, incident, time.time(), who(), text, body)
        except DropmonError as error:  # the next step matters more than what is written down about this one
            output.warn(f"not written into the timeline: {error.what}", error.hint)

    noted(whose, place, incident, time.time(), who(), f"runbook {found.page.name} begun", {"runbook": found.page.name})
    return note


def ruled(rules: Rules | None) -> Rules:
    """The rules, where there must be some. Raises UsageError."""
    if rules is None:
        raise UsageError("incidents need a rules file", "name it with --rules, or leave --incident away")
    return rules


def entry(page: Page, outcome: Outcome) -> tuple[str, dict[str, object]]:
    """A step as the timeline tells it."""
    return f"runbook {page.name}, step {outcome.step}: {outcome.said}", {
        "runbook": page.name, "step": outcome.step, "argv": ["dropmon", *outcome.words], "end": outcome.end.value,
        "exit_code": outcome.exit_code, "seconds": round(outcome.seconds, 3), "why": outcome.why,
    }  # fmt: skip


def again(
    wanted: str, asked: Asked, incident: int | None, rules: object, storage: object, outcomes: Sequence[Outcome]
) -> str:
    """The command that goes on where it stopped; '' when nothing is left."""
    if not outcomes or not outcomes[-1].stops:
        return ""
    last = outcomes[-1]
    missing = [f"--set {name}={name.upper()}" for name in last.missing]
    kept = [f"--set {shlex.quote(f'{name}={value}')}" for name, value in asked.given.items()]
    more = [f"--incident {incident}"] if incident else []
    more += [f"--{name} {shlex.quote(str(each))}" for name, each in (("rules", rules), ("storage", storage)) if each]
    return " ".join(["dropmon runbook run", shlex.quote(wanted), f"--from {last.step}", *kept, *missing, *more])


def ended(page: Page, outcomes: Sequence[Outcome], next_: str, form: Format | None) -> None:
    """Says how it went."""
    from dropmon import output
    from dropmon.runbooks.table import played, verdict

    if people(form):
        say("\n" + verdict(page, outcomes, next_), sys.stdout)
    else:
        output.print_table(played(page, outcomes, next_), form)
