"""What to measure: the entries of the rules, and the many targets that a query or a file names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import count
from typing import TYPE_CHECKING, NamedTuple

from dropmon.checks.http import Http
from dropmon.checks.target import Target
from dropmon.errors import DropmonError, RulesError, UsageError
from dropmon.model import Outcome, Verdict
from dropmon.secrets import remember

if TYPE_CHECKING:
    from dropmon.checks.probe import Probe
    from dropmon.rules import Entry

Row = Mapping[str, str]


class Wanted(NamedTuple):
    """Which checks: all of some sections, or those of some names or tags. Names match whatever their case."""

    sections: tuple[str, ...]
    names: tuple[str, ...] = ()
    tags: frozenset[str] = frozenset()

    def name(self, name: str) -> bool:
        return not self.names or name.casefold() in {wanted.casefold() for wanted in self.names}

    def tag(self, tags: Iterable[str]) -> bool:
        return not self.tags or not self.tags.isdisjoint(tags)


class Aim:
    """Turns entries into targets, one after the other. What cannot be aimed ends in `failed`, and is shown."""

    def __init__(
        self,
        wanted: Wanted,
        rows: Callable[[Entry], Iterable[Row]],
        build: Callable[[Entry, Row], Probe],
        at: float,  # seconds since 1970
    ) -> None:
        self.wanted = wanted
        self.rows = rows
        self.build = build
        self.at = at
        self.failed: list[Outcome] = []
        self.pages: dict[tuple[str, str], str] = {}  # status pages by target
        self.taken: set[tuple[str, str]] = set()

    def targets(self, entries: Sequence[Entry]) -> Iterator[Target]:
        """The targets asked for, in the order of the rules.

        Whatever takes long (a query, a library) is done before the first: later it would hold up what is being timed.
        """
        ready = [(entry, source) for entry in entries if (source := self._source(entry)) is not None]
        order = count()
        for entry, source in ready:
            for target in source if isinstance(source, list) else self._many(entry, source):
                self.taken.add(target.key)
                if isinstance(target.probe, Http) and target.probe.status_page:
                    self.pages[target.key] = target.probe.status_page
                yield target._replace(order=next(order))

    def _source(self, entry: Entry) -> list[Target] | Iterable[Row] | None:
        """The entry's one target, or the rows of its many; None when it is not wanted or cannot be had."""
        try:
            if entry.template is not None:
                return iter(self.rows(entry))
            return self._one(entry) or None
        except (DropmonError, OSError) as error:
            self.failed.append(unaimed(entry.name, entry, error, self.at))
            return None

    def _one(self, entry: Entry) -> list[Target]:
        if not self.wanted.name(entry.name):
            return []
        if entry.problem:
            raise RulesError((entry.problem,))
        if entry.probe is None or not self.wanted.tag(entry.probe.tags):
            return []
        entry.probe.prepare()
        for secret in entry.probe.credentials():
            remember(secret)
        return [Target(entry.section, entry.probe, entry.proof)]

    def _many(self, entry: Entry, rows: Iterable[Row]) -> Iterator[Target]:
        """The targets of one entry; its own name asks for all of them."""
        every = self.wanted.name(entry.name)
        try:
            for row in rows:
                if every or self.wanted.name(row.get("name", "")):
                    yield from self._target(entry, row)
        except (DropmonError, OSError) as error:
            self.failed.append(unaimed(entry.name, entry, error, self.at))

    def _target(self, entry: Entry, row: Row) -> Iterator[Target]:
        """The target of one row, unless it cannot be made."""
        try:
            probe = self.build(entry, row)
            if (entry.section, probe.name) in self.taken:
                raise DropmonError("another target has this name, too", "make `name` unique in the query or file")
        except DropmonError as error:
            self.failed.append(unaimed(row.get("name", entry.name), entry, error, self.at))
            return
        if self.wanted.tag(probe.tags):
            yield Target(entry.section, probe, entry.proof, secrets_of(row) + probe.credentials())


def secrets_of(row: Row) -> tuple[str, ...]:
    """The values of a row that must not be shown: all but what names it.

    >>> secrets_of({"name": "acme", "url": "https://acme.example", "token": "tok_1"})
    ('tok_1',)
    """
    return tuple(value for column, value in row.items() if column not in {"name", "url", "host"})


def unaimed(name: str, entry: Entry, error: Exception, at: float) -> Outcome:
    """What cannot be measured, as an outcome: it is shown, and the others go on."""
    what, hint = str(error), ""
    if isinstance(error, RulesError):
        what, hint = f"{error.problems[0].place}: {error.problems[0].what}", error.problems[0].hint
    elif isinstance(error, DropmonError):
        what, hint = error.what, error.hint
    return Outcome(name, entry.section, Verdict.UNKNOWN, at, error=what, hint=hint)


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
