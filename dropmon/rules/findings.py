"""All that is wrong with a whole file, at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dropmon.errors import Problem, RulesError
from dropmon.output import clean
from dropmon.rules import inventory, sections
from dropmon.rules.entries import Entry
from dropmon.rules.file import Rules
from dropmon.rules.location import load
from dropmon.rules.nodes import walk
from dropmon.rules.references import Complaint, Given, complaints


@dataclass(frozen=True, slots=True)
class Findings:
    """What is wrong with a file, in its order; and what is in it."""

    problems: tuple[Problem, ...]
    unset: tuple[Problem, ...] = ()  # variables and files that only this environment lacks
    checks: int = 0
    sections: tuple[str, ...] = ()
    inactive: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """0, 1 when only variables are unset, 3 when the file is wrong."""
        return 3 if self.problems else 1 if self.unset else 0

    def text(self, file: str) -> str:
        """One line for each, a line that counts them, and a line about what is not alive yet."""
        unset = [f"{len(self.unset)} unset variable{_s(self.unset)}"] if self.unset else []
        if self.problems:
            last = ", ".join([f"{len(self.problems)} problem{_s(self.problems)}", *unset])
        else:
            last = f"no problems{', ' + unset[0] if unset else ''}; {self.checks} checks, {len(self.sections)} sections"
        lines = [*map(str, self.problems), *map(str, self.unset), f"{file}: {last}"]
        if self.inactive:
            lines.append(f"valid but not active in this version: {', '.join(self.inactive)}")
        return "\n".join(map(clean, lines))


def _s(several: tuple[object, ...]) -> str:
    return "" if len(several) == 1 else "s"


def examine(path: Path) -> Findings:
    """Validates everything. Never raises for what the file holds."""
    try:
        rules = load(path)
    except RulesError as error:
        return Findings(error.problems)
    entries, problems, unset = rules.read()
    values = {}
    for key in (key for key in sections.SECTIONS if key != "checks"):
        checked = rules.checked(key)
        problems += checked.problems
        unset += checked.unset
        values[key] = None if checked.problems else checked.value
    given = Given(tuple(entries), values)
    found = [_placed(rules, complaint) for complaint in [*complaints(given), *_no_page(rules, given)]]
    return Findings(
        problems=tuple(sorted(set(problems + found))),
        unset=tuple(sorted(set(unset))),
        checks=sum(entry.section != inventory.DATABASE for entry in entries),
        sections=tuple(key for key in sections.SECTIONS if key in rules.given),
        inactive=tuple(sections.inactive(rules.given)),
    )


def _placed(rules: Rules, complaint: Complaint) -> Problem:
    node, _, _ = walk(rules.root, complaint.path)
    return rules.whole.problem(node, complaint.what, complaint.hint)


def _no_page(rules: Rules, given: Given) -> Iterator[Complaint]:
    """Runbooks without a page, when the rules say where the pages are."""
    runbooks = given.of("runbooks")
    if not runbooks or not runbooks.folder:
        return
    folder = rules.path.parent / runbooks.folder
    said = [((*entry.part.path, "runbook"), _runbook(entry)) for entry in given.checks or () if entry.part]
    for key in ("alerts", "slos"):
        said += [((key, index, "runbook"), item.runbook) for index, item in enumerate(given.of(key))]
    for place, name in said:
        if name and not (folder / f"{name}.md").is_file():
            yield Complaint(place, f"no runbook {name!r}", f"write {runbooks.folder.rstrip('/')}/{name}.md")


def _runbook(entry: Entry) -> str | None:
    return entry.probe.runbook if entry.probe else (entry.template or {}).get("runbook")
