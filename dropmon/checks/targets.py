"""What to measure: the entries of the rules, and the many targets that a query or a file names."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from dropmon.checks.http import Http
from dropmon.checks.target import Target
from dropmon.checks.threads import Errand
from dropmon.errors import DropmonError, RulesError, UsageError
from dropmon.model import Outcome, Verdict
from dropmon.rules.secrecy import TELLING, passwords
from dropmon.rules.variables import RowText
from dropmon.secrets import remember

if TYPE_CHECKING:
    from dropmon.checks.probe import Probe
    from dropmon.rules import Entry

Row = Mapping[str, str]
Rows = Iterable[Row] | Callable[[], Iterable[Row]]  # work to do for them takes a while
PAUSE = 0.01  # seconds between two looks at whether a query is over
SECRET_KEYS = ("headers", "login", "body", "proxy", "client_certificate", "url")


class Wanted(NamedTuple):
    """Which checks: all of some sections, or those of some names or tags. Names match whatever their case."""

    sections: tuple[str, ...]
    names: tuple[str, ...] = ()
    tags: frozenset[str] = frozenset()

    def name(self, name: str) -> bool:
        return not self.names or name.casefold() in {wanted.casefold() for wanted in self.names}

    def missing(self, names: Iterable[str]) -> list[str]:
        """The names asked for that are not among these."""
        have = {name.casefold() for name in names}
        return [name for name in self.names if name.casefold() not in have]

    def tag(self, tags: Iterable[str]) -> bool:
        return not self.tags or not self.tags.isdisjoint(tags)


class Awaited(NamedTuple):
    """An entry whose rows are being asked for."""

    place: int  # in the rules
    entry: Entry
    errand: Errand[Iterable[Row]]

    def rows(self) -> Iterator[Row]:
        """They are there. Raises whatever kept them from it."""
        yield from self.errand.result(0.0)


class Aim:
    """Turns entries into targets, one after the other. What cannot be aimed ends in `failed`, and is shown."""

    def __init__(
        self,
        wanted: Wanted,
        rows: Callable[[Entry], Rows],
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
        self.strangers: list[str] = []  # names asked for that are no entry's: a row may have them
        self.awaited: list[Awaited] = []

    def coming(self, entries: Sequence[Entry]) -> Iterator[Target | None]:
        """The targets asked for, those of queries when these are over: None says that nothing is there yet.

        What else takes long (a library) is done before the first: later it would hold up what is being timed.
        """
        self.strangers = self.wanted.missing(entry.name for entry in entries)
        ready = [(entry, source) for entry in entries if (source := self._source(entry)) is not None]
        self.awaited = [
            Awaited(place, entry, Errand(source)) for place, (entry, source) in enumerate(ready) if callable(source)
        ]
        for place, (entry, source) in enumerate(ready):
            if not callable(source):
                yield from self._placed(place, source if isinstance(source, list) else self._many(entry, source))
        while self.awaited:
            if one := next((one for one in self.awaited if one.errand.over), None):
                self.awaited.remove(one)
                yield from self._placed(one.place, self._many(one.entry, one.rows()))
            else:
                yield None

    def chosen(self, entries: Sequence[Entry]) -> Iterator[Target | None]:
        """The targets asked for by name; where a query or a file may have it, all found before the first is asked.

        Raises UsageError for a name that nothing has, unless the place where it might be could not be read.
        """
        if not self.wanted.missing(entry.name for entry in entries):
            return (yield from self.coming(entries))
        found = list(waited(self.coming(entries)))
        missing = self.wanted.missing([*(entry.name for entry in entries), *(target.probe.name for target in found)])
        if missing and not self.failed:
            raise unknown(missing[0], self.wanted, [entry.name for entry in entries])
        yield from found

    def _placed(self, place: int, targets: Iterable[Target]) -> Iterator[Target]:
        """The targets of one entry, each with where it stands."""
        for number, target in enumerate(targets):
            self.taken.add(target.key)
            if isinstance(target.probe, Http) and target.probe.status_page:
                self.pages[target.key] = target.probe.status_page
            yield target._replace(order=(place, number))

    def _source(self, entry: Entry) -> list[Target] | Iterator[Row] | Callable[[], Iterable[Row]] | None:
        """The entry's one target, or the rows of its many; None when it is not wanted or cannot be had."""
        try:
            if entry.template is None:
                return self._one(entry) or None
            rows = self.rows(entry) if self._opens(entry) else None
            return rows if rows is None or callable(rows) else iter(rows)
        except (DropmonError, OSError) as error:
            self.failed.append(unaimed(entry.name, entry, error, self.at))
            return None

    def _opens(self, entry: Entry) -> bool:
        """Whether a template may hold what is wanted: a query that nobody asked for is not run."""
        tags = entry.template.get("tags", ()) if entry.template else ()
        return self.wanted.tag(tags) and (self.wanted.name(entry.name) or bool(self.strangers))

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
        every, none = self.wanted.name(entry.name), True
        try:
            for row in rows:
                none = False
                if every or self.wanted.name(row.get("name", "")):
                    yield from self._target(entry, row)
            if none:
                raise DropmonError("its query or file names no target at all", "is that right? then remove the entry")
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
            yield Target(
                entry.section, probe, entry.proof, secrets_of(row, secret_columns(entry.template)) + probe.credentials()
            )


def waited(targets: Iterable[Target | None]) -> Iterator[Target]:
    """The targets, where it does not matter how long they take."""
    for target in targets:
        if target:
            yield target
        else:
            time.sleep(PAUSE)


def secret_columns(value: object) -> frozenset[str]:
    """The columns that a template uses where secrets stand."""
    used = [value[key] for key in SECRET_KEYS if key in value] if isinstance(value, Mapping) else []
    return frozenset(column for each in used for column in _columns(each))


def _columns(value: object) -> Iterator[str]:
    if isinstance(value, RowText):
        yield from (part.name for part in value.parts if not isinstance(part, str))
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _columns(inner)


def secrets_of(row: Row, columns: frozenset[str]) -> tuple[str, ...]:
    """The values of a row that must not be shown: of those columns, of telling names, and what opens its URL.

    >>> row = {"name": "a", "url": "https://u:pass@a.example/?key=k1", "t": "tok_1", "plan": "free"}
    >>> secrets_of(row, frozenset("t"))
    ('tok_1', 'pass', 'key=k1')
    """
    hidden = [value for column, value in row.items() if column in columns or TELLING.search(column)]
    url = row.get("url", "")
    _, _, query = url.partition("?")
    return (*hidden, *passwords(url), *([query] if query else []))


def unaimed(name: str, entry: Entry, error: Exception, at: float) -> Outcome:
    """What cannot be measured, as an outcome: it is shown, and the others go on."""
    what, hint = str(error), ""
    if isinstance(error, RulesError):
        what, hint = f"{error.problems[0].place}: {error.problems[0].what}", error.problems[0].hint
    elif isinstance(error, DropmonError):
        what, hint = error.what, error.hint
    return Outcome(name, entry.section, Verdict.UNKNOWN, at, error=what, hint=hint, asked=False)


def unknown(name: str, wanted: Wanted, names: Sequence[str]) -> UsageError:
    """The error about a name that no check has, with the nearest that there are."""
    import difflib

    have = {each.casefold(): each for each in names}
    near = [have[close] for close in difflib.get_close_matches(name.casefold(), have, 3, 0.5)]
    hint = f"did you mean {' or '.join(near)}?" if near else f"there are: {', '.join(names[:10]) or 'none'}"
    return UsageError(f"no check is named {name!r} in {', '.join(wanted.sections)}", hint)
