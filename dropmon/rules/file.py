"""The rules file: each section is read when it is first asked for, so that nobody trips over another's mistake."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

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
            found = Checked(sections.empty(key), {})
            if key in self.given:
                found = self.part(key).as_(sections.shape(key)).check(sections.adapter(key).validate_python)
            self._checked[key] = found
        return self._checked[key]

    def entries(self, *wanted: str) -> tuple[Entry, ...]:
        """The checks of these sections (of all, and the databases, when none is named) in the file's order.

        An entry that lacks a variable has a `problem`. Raises RulesError with every other mistake in these sections.
        """
        found, problems = self.read(*wanted)
        if problems:
            raise RulesError(tuple(sorted(problems)))
        return tuple(found)

    def read(self, *wanted: str) -> tuple[list[Entry], list[Problem]]:
        """The checks of these sections, and every mistake in them. Never raises."""
        parts: list[Part] = []
        problems: list[Problem] = []
        if "checks" in self.given:
            parts, problems = inventory.listed(self.part("checks"), inventory.kinds())
        defaults = self.checked("defaults")
        usual = {} if defaults.problems or defaults.unset else defaults.written
        read = [read_entry(part, usual) for part in parts if not wanted or part.path[1] in wanted]
        problems += [*defaults.problems, *(problem for _, checked in read for problem in checked.problems)]
        found = [entry for entry, _ in read]
        if not wanted or inventory.DATABASE in wanted:
            problems += self.checked("databases").problems
            found += self._databases(usual)
        return found, problems + list(inventory.taken(found))

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
