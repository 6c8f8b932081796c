"""One part of the file, read and held against its shape."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from dropmon.errors import Problem, RulesError
from dropmon.rules.nodes import Node, Steps
from dropmon.rules.problems import translate
from dropmon.rules.reading import Reading

UNFINISHED: Mapping[str, object] = {}  # the context in which no secret is remembered: the values are not the real ones


class Checked(NamedTuple):
    """What a part of the file holds, or all that keeps it from being used."""

    value: Any = None
    written: Any = None  # before it was validated: variables are in, units are not
    problems: tuple[Problem, ...] = ()
    unset: tuple[Problem, ...] = ()
    proof: tuple[str, ...] = ()

    def use(self) -> Any:
        """The value. Raises RulesError with every mistake, or else with every variable that is not set."""
        if self.problems or self.unset:
            raise RulesError(self.problems or self.unset)
        return self.value


class Part(NamedTuple):
    """A node of the file, where it stands, and what it must be."""

    file: str
    folder: Path
    node: Node
    path: Steps = ()
    shape: Any = None
    rows: bool = False  # its strings may wait for the columns of a row

    @property
    def place(self) -> str:
        return self.problem(self.node, "").place

    def at(self, node: Node, *steps: str | int) -> Part:
        """A part of this part."""
        return self._replace(node=node, path=(*self.path, *steps))

    def as_(self, shape: Any, rows: bool = False) -> Part:
        """The same part, held against a shape."""
        return self._replace(shape=shape, rows=rows)

    def problem(self, node: Node, what: str, hint: str = "") -> Problem:
        return Problem(self.file, node.line, node.column, what, hint)

    def check(
        self, validate: Callable[..., Any], prepare: Callable[[Any], Any] = lambda value: value, alone: bool = False
    ) -> Checked:
        """Reads the node, prepares the value and validates it.

        Whatever waits for a variable or a column is not judged. A part that stands `alone` (a check among others) is
        only kept from use by a wrong value that a variable brought; elsewhere that is a mistake like any other.
        """
        reading = Reading(self.file, self.folder, rows=self.rows)
        written = prepare(reading.value(self.node, self.path))
        judged = {(problem.line, problem.column) for problem in reading.problems + reading.unset} | reading.waiting
        value, found = None, []
        try:
            value = validate(written, context=UNFINISHED if judged else None)
        except ValidationError as error:
            found = translate(error, self.shape, self.node, self.path, self.file)
        wrong = [problem for problem in found if (problem.line, problem.column) not in judged]
        foreign = reading.brought if alone else {}
        brought = [_brought(each, foreign) for each in wrong if (each.line, each.column) in foreign]
        own = [problem for problem in wrong if (problem.line, problem.column) not in foreign]
        return Checked(
            value,
            written,
            (*reading.problems, *own),
            (*reading.unset, *brought),
            tuple(dict.fromkeys(reading.proof)),
        )


def _brought(problem: Problem, variables: Mapping[tuple[int, int], str]) -> Problem:
    """A mistake of this environment, not of the file: it stops only what needs the variable."""
    return problem._replace(hint=f"the value comes from {variables[problem.line, problem.column]}")
