"""What is wrong, or doubtful, with pages: steps that could not be typed, headings, links, parameters. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from dropmon.errors import Problem
from dropmon.output.table import Column, Table
from dropmon.runbooks import line
from dropmon.runbooks.page import Page, Step
from dropmon.runbooks.parse import PARTS

ALWAYS = {"alert", "key", "severity", "incident", "check", "kind", "database", "instance"}
SAMPLES = {"severity": "high"}  # what stands for a parameter that nobody has filled yet; 1 is a number and a name
SAMPLE = "1"


class Finding(NamedTuple):
    """A problem, or a doubt."""

    problem: Problem
    error: bool = False

    def __str__(self) -> str:
        return str(self.problem if self.error else self.problem._replace(what=f"warning: {self.problem.what}"))


def findings(page: Page, labels: Iterable[str], typed: Callable[[Sequence[str]], str]) -> Iterator[Finding]:
    """All that one page has. `labels` are those that the alerts that lead here may have.

    `typed` says what the command line has against a command.
    """
    yield from (Finding(problem, True) for problem in page.problems)
    for step in page.steps:
        if wrong := typed(line.filled(step.words, samples(page, step))):
            where = Problem(str(page.path), step.line, step.column, f"step {step.number} cannot be typed: {wrong}")
            known = () if wrong.startswith(f"No such command {step.words[0]!r}") else step.words[:1]
            yield Finding(where._replace(hint=" ".join(("dropmon", *known, "--help"))), True)
    yield from _headings(page)
    yield from _parameters(page, set(labels))


def samples(page: Page, step: Step) -> dict[str, str]:
    """A value for each parameter of a step: its default, or one that is read as a number and as a name."""
    usual = {name: each.default for name, each in page.parameters.items() if each.default is not None}
    return {
        name: step.defaults.get(name, usual.get(name, SAMPLES.get(name, SAMPLE))) for name in line.names(step.words)
    }


def _headings(page: Page) -> Iterator[Finding]:
    found = {heading.part for heading in page.headings}
    if lacking := [part for part in PARTS if part not in found]:
        yield Finding(Problem(str(page.path), 1, 1, f"no heading {', '.join(lacking)}", "write ## " + lacking[0]))


def _parameters(page: Page, labels: set[str]) -> Iterator[Finding]:
    used: set[str] = set()
    for step in page.steps:
        for name in line.names(step.words):
            if name not in page.parameters.keys() | step.defaults.keys() | labels | ALWAYS | used:
                what = f"nothing fills {{{{ {name} }}}}: no default, and no alert that leads here has such a label"
                hint = f"parameters: {{{name}: {{help: …}}}} in the front matter tells who runs it"
                yield Finding(Problem(str(page.path), step.line, step.column, what, hint))
            used.add(name)
    for name in sorted(page.parameters.keys() - used):
        yield Finding(Problem(str(page.path), 1, 1, f"no step uses the parameter {name!r}", "take it out"))


def unlinked(page: Page, linked: Mapping[str, object]) -> Iterator[Finding]:
    """A page that nothing leads to."""
    if page.name not in linked:
        what = "no alert, check or SLO of the rules names this runbook"
        yield Finding(Problem(str(page.path), 1, 1, what, f"runbook: {page.name}"))


def exit_code(found: Sequence[Finding]) -> int:
    """3 when something is wrong, 1 when something is doubtful, else 0."""
    return 3 if any(each.error for each in found) else 1 if found else 0


def text(found: Sequence[Finding], pages: int, steps: int) -> str:
    """A line for each, and how many there are."""
    errors = sum(each.error for each in found)
    doubts = len(found) - errors
    counts = [f"{count} {noun}{'' if count == 1 else 's'}" for count, noun in ((pages, "runbook"), (steps, "step"))]
    wrong = [f"{errors} wrong"] if errors else []
    wrong += [f"{doubts} doubtful"] if doubts else []
    return "\n".join([*map(str, found), f"{', '.join(counts)}: {', '.join(wrong) or 'all well'}"])


def table(found: Sequence[Finding]) -> Table:
    """A row for each, for programs."""
    rows = [
        {**each.problem._asdict(), "kind": "problem" if each.error else "warning"} for each in found
    ]  # fmt: skip
    keys = ("file", "line", "column", "kind", "what", "hint")
    return Table("findings", tuple(Column(key, key) for key in keys), rows)
