"""What a runbook says: headings for people, steps for people and dropmon."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from dropmon.errors import DropmonError, Problem

PATIENCE = 60.0  # seconds that a step may take, unless it says otherwise


class RunbookError(DropmonError):
    """A page cannot be found, read, or understood."""


class Parameter(NamedTuple):
    """What stands for `{{ name }}`, when nobody says otherwise."""

    default: str | None = None
    help: str = ""


class Step(NamedTuple):
    """One command of a page. `words` come after `dropmon`, and may hold {{name}}."""

    number: int  # from 1, through the whole page
    title: str
    words: tuple[str, ...]
    line: int
    column: int
    write: bool = False  # the page says that it changes something
    timeout: float = PATIENCE  # seconds
    defaults: Mapping[str, str] = MappingProxyType({})


class Heading(NamedTuple):
    """A heading, and the part of a runbook it opens: '' when it is none of the five."""

    text: str
    part: str
    line: int


class Page(NamedTuple):
    """One runbook, and all that is wrong with how it is written."""

    name: str
    path: Path
    text: str
    title: str
    headings: tuple[Heading, ...] = ()
    steps: tuple[Step, ...] = ()
    parameters: Mapping[str, Parameter] = MappingProxyType({})
    problems: tuple[Problem, ...] = ()
    body: str = ""  # the text without its front matter

    def sound(self) -> Page:
        """Itself. Raises RunbookError with every place at which it cannot be understood."""
        if self.problems:
            said = "\n".join(map(str, self.problems))
            raise RunbookError(said, f"mend the page; dropmon runbook check {self.name} tells when it is well")
        return self
