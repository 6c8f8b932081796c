"""All that is wrong with a whole file, at once."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from dropmon.errors import Problem, RulesError
from dropmon.output import clean
from dropmon.rules import sections
from dropmon.rules.file import Rules
from dropmon.rules.inactive import inactive
from dropmon.rules.loading import load
from dropmon.rules.nodes import walk
from dropmon.rules.references import Complaint, Written, complaints, said


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
        """0, 1 when only variables are unset or nothing would be measured, 3 when the file is wrong."""
        return 3 if self.problems else 1 if self.unset or not self.checks else 0

    def text(self, file: str) -> str:
        """One line for each, a line that counts them, and a line about what is not alive yet."""
        unset = _counted({problem.what for problem in self.unset}, ", {} unset variable")
        last = _counted(self.problems, "{} problem") + unset
        if not self.problems:
            checks = _counted(range(self.checks), "{} check") or "no checks, so that nothing would be measured"
            last = f"no problems{unset}; {checks}, {_counted(self.sections, '{} section') or 'no sections'}"
        lines = [*map(str, self.problems), *map(str, self.unset), f"{file}: {last}"]
        if self.inactive:
            lines.append(f"valid but not active in this version: {', '.join(self.inactive)}")
        return "\n".join(map(clean, lines))


def _counted(things: Collection[object], words: str) -> str:
    """How many there are, if any.

    >>> _counted("ab", "{} problem"), _counted("a", "{} problem"), _counted("", "{} problem")
    ('2 problems', '1 problem', '')
    """
    return words.format(len(things)) + ("" if len(things) == 1 else "s") if things else ""


def examine(path: Path) -> Findings:
    """Validates everything. Never raises for what the file holds."""
    try:
        rules = load(path)
    except RulesError as error:
        return Findings(error.problems)
    read = rules.read()
    others = {key: rules.checked(key) for key in sections.SECTIONS if key != "checks"}
    written = Written(
        tuple((path, values) for path, values in read.written if isinstance(values, dict)),
        {key: checked.written for key, checked in others.items()},
    )
    found = [_placed(rules, complaint) for complaint in [*complaints(written), *_no_page(rules, written)]]
    problems = [*read.problems, *(problem for checked in others.values() for problem in checked.problems), *found]
    unset = [*read.unset, *(problem for checked in others.values() for problem in checked.unset)]
    return Findings(
        problems=tuple(sorted(set(problems))),
        unset=tuple(sorted(set(unset))),
        checks=len(read.written),
        sections=tuple(key for key in sections.SECTIONS if key in rules.given),
        inactive=tuple(inactive(rules)),
    )


def _placed(rules: Rules, complaint: Complaint) -> Problem:
    node, _, _ = walk(rules.root, complaint.path)
    return rules.whole.problem(node, complaint.what, complaint.hint)


def _no_page(rules: Rules, written: Written) -> Iterator[Complaint]:
    """Runbooks without a page, when the rules say where the pages are."""
    place = written.sections["runbooks"]
    folder = place.get("folder") if isinstance(place, dict) else None
    if not isinstance(folder, str):
        return
    for name in said([*written.checks, *written.entries("alerts"), *written.entries("slos")], "runbook"):
        if not (rules.path.parent / folder / f"{name.text}.md").is_file():
            yield Complaint(name.path, f"no runbook {name.text!r}", f"write {folder.rstrip('/')}/{name.text}.md")
