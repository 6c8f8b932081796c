"""The rules file: each section is read when it is first asked for, so that nobody trips over another's mistake."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from dropmon.errors import Problem, RulesError
from dropmon.rules import inventory, sections
from dropmon.rules.checked import Checked, Part
from dropmon.rules.entries import Entry, build, read_database, read_entry
from dropmon.rules.nodes import MapNode, is_empty

if TYPE_CHECKING:
    from dropmon.checks.probe import Probe
    from dropmon.rules.sections.alerts import Alert
    from dropmon.rules.sections.channels import AnyChannel
    from dropmon.rules.sections.databases import Database
    from dropmon.rules.sections.defaults import Defaults
    from dropmon.rules.sections.exclusions import Excluded
    from dropmon.rules.sections.history import History
    from dropmon.rules.sections.incidents import Incidents
    from dropmon.rules.sections.logs import Logs
    from dropmon.rules.sections.maintenance import Maintenance
    from dropmon.rules.sections.oncall import Oncall
    from dropmon.rules.sections.platform import Platform
    from dropmon.rules.sections.report import Report
    from dropmon.rules.sections.runbooks import Runbooks
    from dropmon.rules.sections.slos import Slo
    from dropmon.rules.sections.sources import Sources

T = TypeVar("T")


class Lazy(Generic[T]):
    """A section, validated at its first use. Raises RulesError with every problem of that section."""

    def __set_name__(self, _owner: type, name: str) -> None:
        self.name = name

    def __get__(self, rules: Rules, _owner: type | None = None) -> T:
        value: T = rules.checked(self.name).use()
        rules.__dict__[self.name] = value
        return value


class Read(NamedTuple):
    """Checks, the mistakes in them, and the variables that this environment lacks for them."""

    entries: list[Entry]
    problems: list[Problem]
    unset: list[Problem]
    written: list[tuple[tuple[str | int, ...], Any]]  # where each entry under `checks:` stands, and what is in it


class Rules:
    """A rules file whose top-level keys are known."""

    platform: Lazy[Platform] = Lazy()
    storage: Lazy[str] = Lazy()
    history: Lazy[History] = Lazy()
    defaults: Lazy[Defaults] = Lazy()
    databases: Lazy[dict[str, Database]] = Lazy()
    logs: Lazy[Logs] = Lazy()
    sources: Lazy[Sources] = Lazy()
    metrics: Lazy[dict[str, str]] = Lazy()
    slos: Lazy[tuple[Slo, ...]] = Lazy()
    exclusions: Lazy[tuple[Excluded, ...]] = Lazy()
    alerts: Lazy[tuple[Alert, ...]] = Lazy()
    channels: Lazy[dict[str, AnyChannel]] = Lazy()
    maintenance: Lazy[tuple[Maintenance, ...]] = Lazy()
    oncall: Lazy[Oncall] = Lazy()
    incidents: Lazy[Incidents] = Lazy()
    runbooks: Lazy[Runbooks] = Lazy()
    report: Lazy[Report] = Lazy()

    def __init__(self, path: Path, root: MapNode) -> None:
        self.path = path
        self.root = root
        self.whole = Part(str(path), path.parent, root)
        self.given = {key for key in sections.SECTIONS if key in root.pairs and not is_empty(root.pairs[key][1])}
        self._checked: dict[str, Checked] = {}

    def part(self, key: str) -> Part:
        """What stands under a top-level key."""
        return self.whole.at(self.root.pairs[key][1], key)

    def checked(self, key: str) -> Checked:
        """What a section holds and all that is wrong with it; never raises. `checks` are read by `read`."""
        if key not in self._checked:
            self._checked[key] = self._check(key) if key in self.given else Checked(sections.empty(key), {})
        return self._checked[key]

    def _check(self, key: str) -> Checked:
        return self.part(key).as_(sections.shape(key)).check(sections.adapter(key).validate_python)

    def entries(self, *wanted: str) -> tuple[Entry, ...]:
        """The checks of these sections (of all, and the databases, when none is named) in the file's order.

        An entry that lacks a variable has a `problem`. Raises RulesError with every other mistake in these sections.
        """
        found = self.read(*wanted)
        if found.problems:
            raise RulesError(tuple(sorted(found.problems)))
        return tuple(found.entries)

    def read(self, *wanted: str) -> Read:
        """The checks of these sections, and all that is wrong with them. Never raises."""
        parts: list[Part] = []
        problems: list[Problem] = []
        if "checks" in self.given:
            parts, problems = inventory.listed(self.part("checks"), inventory.kinds(), wanted)
        defaults = self.checked("defaults") if "defaults" in self.given else Checked()
        usual = {} if defaults.problems or defaults.unset else defaults.written or {}
        read = [read_entry(part, usual) for part in parts]
        problems += [*defaults.problems, *(problem for _, checked in read for problem in checked.problems)]
        found = [entry for entry, _ in read]
        unset = [problem for _, checked in read for problem in checked.unset]
        if not wanted or inventory.DATABASE in wanted:
            problems += self.checked("databases").problems
            found += self._databases(usual)
        written = [(part.path, checked.written) for part, (_, checked) in zip(parts, read, strict=True)]
        return Read(found, problems + list(inventory.taken(found)), unset, written)

    def _databases(self, usual: dict[str, Any]) -> Iterator[Entry]:
        """The checks of the databases that are written well."""
        if "databases" in self.given:
            for part in inventory.databases(self.part("databases")):
                shape = sections.shape("databases").__args__[1]
                database = part.as_(shape).check(shape.model_validate)
                if not database.problems:
                    yield read_database(part, database, usual)

    def build(self, entry: Entry, row: Mapping[str, str]) -> Probe:
        """One target of an entry that has `targets:`. Raises RulesError for a row that does not fit."""
        return build(entry, row)
