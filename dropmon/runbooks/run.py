"""A runbook, run: each step shown, asked about when it changes something, run, and told to whoever writes it down."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from dropmon.model import Status
from dropmon.runbooks import effect, line
from dropmon.runbooks.check import samples
from dropmon.runbooks.effect import Typed
from dropmon.runbooks.page import Page, RunbookError, Step
from dropmon.runbooks.process import Ended
from dropmon.units import human_duration

ANSWERS = {status.exit_code: status for status in Status if status is not Status.UNKNOWN}
INTERRUPTED = 130


class End(StrEnum):
    """What became of a step."""

    DONE = "done"  # it answered; that what it looks at is bad is an answer too
    SKIPPED = "skipped"  # it would change something, and somebody said no
    FAILED = "failed"
    LATE = "timed out"
    INTERRUPTED = "interrupted"
    REFUSED = "not run"  # something that it needs is missing


class Outcome(NamedTuple):
    """What became of one step."""

    step: int
    title: str
    words: tuple[str, ...]  # after `dropmon`
    end: End
    exit_code: int | None = None
    seconds: float = 0.0
    why: str = ""  # it stopped here
    hint: str = ""
    missing: tuple[str, ...] = ()  # parameters that nothing fills

    @property
    def stops(self) -> bool:
        """Whether nothing after it is run."""
        return self.end not in {End.DONE, End.SKIPPED}

    @property
    def status(self) -> Status:
        """What the step found out."""
        if self.end is End.SKIPPED:
            return Status.OK
        return ANSWERS.get(-1 if self.exit_code is None or self.stops else self.exit_code, Status.UNKNOWN)

    @property
    def said(self) -> str:
        """In a few words, for people."""
        if self.end is not End.DONE:
            return f"{self.end.value}: {self.why}" if self.why else self.end.value
        return f"{self.exit_code} {self.status.value} in {human_duration(round(self.seconds, 1))}"


class Hands(NamedTuple):
    """What a run needs from whoever starts it."""

    show: Callable[[Step, Sequence[str], bool], None]  # before it is run; whether it changes something
    ask: Callable[[str], bool | None]  # None: there is nobody to ask
    execute: Callable[[Sequence[str], float | None], Ended]  # within so many seconds
    record: Callable[[Outcome], None]  # after it
    read: Callable[[Sequence[str]], Typed]  # what the command line makes of it


class Asked(NamedTuple):
    """What somebody wants to be run."""

    start: int = 1  # the first step
    given: Mapping[str, str] = MappingProxyType({})  # parameters, as the command line says
    found: Mapping[str, str] = MappingProxyType({})  # and as an alert tells
    yes: bool = False  # to every question

    def values(self, page: Page, step: Step) -> dict[str, str]:
        """What fills the parameters of a step: who is nearer says it."""
        usual = {name: each.default for name, each in page.parameters.items() if each.default is not None}
        return {**usual, **step.defaults, **self.found, **self.given}


def refuse(page: Page, asked: Asked) -> None:
    """Raises RunbookError for a step, or a parameter, that the page does not have."""
    if not 1 <= asked.start <= len(page.steps):
        count = f"{len(page.steps)} steps" if page.steps else "no step that can be run"
        hint = f"--from 1 … --from {len(page.steps)}" if page.steps else f"dropmon runbook show {page.name}"
        raise RunbookError(f"{page.name} has {count}, and no step {asked.start}", hint)
    known = {name for step in page.steps for name in line.names(step.words)} | page.parameters.keys()
    if unknown := sorted(asked.given.keys() - known):
        hint = f"it has: {', '.join(sorted(known))}" if known else "it has none"
        raise RunbookError(f"{page.name} has no parameter {unknown[0]!r}", hint)


def play(page: Page, asked: Asked, hands: Hands) -> list[Outcome]:
    """Runs the steps of a page in their order, until one fails. Raises RunbookError for what the page does not have."""
    refuse(page.sound(), asked)
    outcomes: list[Outcome] = []
    for step in page.steps[asked.start - 1 :]:
        outcome = one(step, page, asked.values(page, step), asked.yes, hands)
        hands.record(outcome)
        outcomes.append(outcome)
        if outcome.stops:
            break
    return outcomes


def one(step: Step, page: Page, values: Mapping[str, str], yes: bool, hands: Hands) -> Outcome:
    """Shows one step, asks if need be, and runs it."""
    found = Outcome(step.number, step.title, step.words, End.REFUSED)
    missing = [name for name in dict.fromkeys(line.names(step.words)) if name not in values]
    try:
        words = line.filled(step.words, {**values, **{name: name.upper() for name in missing}})
        typed = hands.read(line.filled(step.words, {**samples(page, step), **values}))
    except ValueError as error:
        hands.show(step, step.words, step.write)
        return found._replace(why=str(error), hint="give another with --set")
    write = step.write or effect.changes(typed)
    hands.show(step, words, write)
    found = found._replace(words=words)
    if missing:
        why = f"it needs {' and '.join(missing)}"
        return found._replace(why=why, hint=needs(missing, page), missing=tuple(missing))
    if wrong := effect.unfit(typed):
        return found._replace(why=f"it cannot be typed: {wrong}", hint=f"dropmon runbook check {page.name}")
    if write and (answer := may(typed, yes, hands)) is not True:
        if answer is False:
            return found._replace(end=End.SKIPPED)
        return found._replace(why="it would change something, and there is no terminal to ask on", hint="--yes runs it")
    patience = None if asking(typed, yes) else step.timeout
    return ended(found, hands.execute(effect.agreed(words, typed) if yes else words, patience), step.timeout)


def may(typed: Typed, yes: bool, hands: Hands) -> bool | None:
    """Whether a step that changes something is wanted; None when there is nobody to ask."""
    if yes:
        return True
    if asking(typed, yes):  # having shown whom it would hit, which we cannot
        return None if hands.ask("") is None else True
    return hands.ask("run it?")


def asking(typed: Typed, yes: bool) -> bool:
    """Whether the step asks for itself, and may take as long as somebody reads and thinks."""
    return not yes and effect.asks_itself(typed)


def needs(missing: Sequence[str], page: Page) -> str:
    """What the parameters are that nobody has filled, as the page says."""
    said = {name: page.parameters[name].help if name in page.parameters else "" for name in missing}
    return "; ".join(f"{name} is {help_}" if help_ else f"--set {name}=…" for name, help_ in said.items())


def ended(found: Outcome, how: Ended, timeout: float) -> Outcome:
    """What became of a step whose process has ended."""
    found = found._replace(exit_code=how.exit_code, seconds=how.seconds)
    if how.interrupted:
        return found._replace(end=End.INTERRUPTED)
    if how.late:
        why = f"it was ended after {human_duration(timeout)}"
        return found._replace(end=End.LATE, why=why, hint="timeout=5m behind the block's ```dropmon gives it longer")
    if how.exit_code is None:
        return found._replace(end=End.FAILED, why=f"it could not begin: {how.error}")
    if how.exit_code in ANSWERS:
        return found._replace(end=End.DONE)
    killed = f"it was killed by signal {-how.exit_code}" if how.exit_code < 0 else f"exit code {how.exit_code}"
    return found._replace(end=End.FAILED, why=killed)


def exit_code(outcomes: Sequence[Outcome]) -> int:
    """The worst answer of the steps; 3 when one could not be had, 130 after Ctrl-C."""
    if outcomes and outcomes[-1].end is End.INTERRUPTED:
        return INTERRUPTED
    if outcomes and outcomes[-1].stops:
        return Status.UNKNOWN.exit_code
    return Status.worst([Status.OK, *(each.status for each in outcomes)]).exit_code
