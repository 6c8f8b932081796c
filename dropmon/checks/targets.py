"""What to measure: the entries of the rules, and the many targets that a query or a file names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dropmon.checks.http import Http
from dropmon.checks.target import Target
from dropmon.errors import DropmonError, UsageError
from dropmon.model import Outcome, Verdict

if TYPE_CHECKING:
    from dropmon.checks.probe import Probe
    from dropmon.rules import Entry

Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which checks: all of some sections, or those of some names or tags. Names match whatever their case."""

    sections: tuple[str, ...]
    names: tuple[str, ...] = ()
    tags: frozenset[str] = frozenset()

    def name(self, name: str) -> bool:
        return not self.names or name.casefold() in {wanted.casefold() for wanted in self.names}

    def tag(self, tags: Iterable[str]) -> bool:
        return not self.tags or not self.tags.isdisjoint(tags)


@dataclass(slots=True)
class Aim:
    """Turns entries into targets, one after the other. An entry that cannot be aimed ends in `failed`."""

    wanted: Wanted
    rows: Callable[[Entry], Iterable[Row]]
    build: Callable[[Entry, Row], Probe]
    failed: list[Outcome] = field(default_factory=list)
    pages: dict[tuple[str, str], str] = field(default_factory=dict)  # status pages by target

    def targets(self, entries: Iterable[Entry], at: float) -> Iterator[Target]:
        """The targets asked for."""
        for entry in entries:
            try:
                for target in self._many(entry) if entry.template is not None else self._one(entry):
                    if isinstance(target.probe, Http) and target.probe.status_page:
                        self.pages[target.key] = target.probe.status_page
                    yield target
            except (DropmonError, OSError) as error:
                self.failed.append(unaimed(entry, error, at))

    def _one(self, entry: Entry) -> Iterator[Target]:
        if not self.wanted.name(entry.name):
            return
        if entry.problem:
            raise DropmonError(f"{entry.problem.place}: {entry.problem.what}", entry.problem.hint)
        if entry.probe and self.wanted.tag(entry.probe.tags):
            yield Target(entry.section, entry.probe, entry.proof)

    def _many(self, entry: Entry) -> Iterator[Target]:
        """The targets of one entry; its own name asks for all of them."""
        every = self.wanted.name(entry.name)
        for row in self.rows(entry):
            if every or self.wanted.name(row.get("name", "")):
                probe = self.build(entry, row)
                if self.wanted.tag(probe.tags):
                    yield Target(entry.section, probe, entry.proof, secrets_of(row))


def secrets_of(row: Row) -> tuple[str, ...]:
    """The values of a row that must not be shown: all but what names it.

    >>> secrets_of({"name": "acme", "url": "https://acme.example", "token": "tok_1"})
    ('tok_1',)
    """
    return tuple(value for column, value in row.items() if column not in {"name", "url", "host"})


def unaimed(entry: Entry, error: Exception, at: float) -> Outcome:
    """An entry that cannot be measured, as an outcome: it is shown, and the others go on."""
    what, hint = (error.what, error.hint) if isinstance(error, DropmonError) else (str(error), "")
    return Outcome(entry.name, entry.section, Verdict.UNKNOWN, at, error=what, hint=hint)


def known(wanted: Wanted, names: Iterable[str]) -> None:
    """Raises UsageError, with the nearest names, when a name asked for is not among `names`."""
    have = {name.casefold(): name for name in names}
    missing = [name for name in wanted.names if name.casefold() not in have]
    if not missing:
        return
    import difflib

    near = [have[close] for close in difflib.get_close_matches(missing[0].casefold(), have, 3, 0.5)]
    hint = f"did you mean {' or '.join(near)}?" if near else f"there are: {', '.join(list(have.values())[:10])}"
    raise UsageError(f"no check is named {missing[0]!r} in {', '.join(wanted.sections)}", hint)
