"""All that is wrong with a whole file, at once."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from dropmon.errors import Problem, RulesError
from dropmon.output import clean
from dropmon.rules import sections
from dropmon.rules.doubts import doubts
from dropmon.rules.file import Read, Rules
from dropmon.rules.inactive import inactive
from dropmon.rules.links import missing
from dropmon.rules.loading import load
from dropmon.rules.nodes import walk
from dropmon.rules.references import Complaint, Written, complaints


@dataclass(frozen=True, slots=True)
class Findings:
    """What is wrong with a file, in its order; and what is in it."""

    problems: tuple[Problem, ...]
    unset: tuple[Problem, ...] = ()  # variables and files that only this environment lacks
    checks: int = 0
    sections: tuple[str, ...] = ()
    inactive: tuple[str, ...] = ()
    doubts: tuple[Problem, ...] = ()  # what is allowed, and probably not meant

    @property
    def exit_code(self) -> int:
        """0; 1 when variables are unset, something is doubtful or nothing would be measured; 3 when it is wrong."""
        return 3 if self.problems else 1 if self.unset or self.doubts or not self.checks else 0

    def text(self, file: str) -> str:
        """One line for each, a line that counts them, and a line about what is not alive yet."""
        unset = _counted({problem.what for problem in self.unset}, ", {} unset variable")
        unset += _counted(self.doubts, ", {} warning")
        last = _counted(self.problems, "{} problem") + unset
        if not self.problems:
            checks = _counted(range(self.checks), "{} check") or "no checks, so that nothing would be measured"
            last = f"no problems{unset}; {checks}, {_counted(self.sections, '{} section') or 'no sections'}"
        doubts = [str(each._replace(what=f"warning: {each.what}")) for each in self.doubts]
        lines = [*map(str, self.problems), *map(str, self.unset), *doubts, f"{file}: {last}"]
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
    written = written_in(rules, read)
    found = [placed(rules, complaint) for complaint in [*complaints(written), *missing(rules, written)]]
    problems = [*read.problems, *(problem for checked in others.values() for problem in checked.problems), *found]
    unset = [*read.unset, *(problem for checked in others.values() for problem in checked.unset)]
    return Findings(
        problems=tuple(sorted(set(problems))),
        unset=tuple(sorted(set(unset))),
        checks=len(read.written),
        sections=tuple(key for key in sections.SECTIONS if key in rules.given),
        inactive=tuple(inactive(rules)),
        doubts=doubts(rules),
    )


def written_in(rules: Rules, read: Read) -> Written:
    """What the file says, before anything is made of it."""
    return Written(
        tuple((path, values) for path, values in read.written if isinstance(values, dict)),
        {key: rules.checked(key).written for key in sections.SECTIONS if key != "checks"},
    )


def placed(rules: Rules, complaint: Complaint) -> Problem:
    """A complaint where it stands in the file."""
    node, _, _ = walk(rules.root, complaint.path)
    return rules.whole.problem(node, complaint.what, complaint.hint)
