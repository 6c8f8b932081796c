"""The checks as the rules write them: each entry is one check, or a template of many."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic import ValidationError

from dropmon.errors import Problem, RulesError
from dropmon.rules.checked import UNFINISHED, Checked, Part
from dropmon.rules.inventory import DATABASE
from dropmon.rules.problems import translate
from dropmon.rules.targets import Fill, MissingColumnError, Row, filler

if TYPE_CHECKING:
    from dropmon.checks.probe import Probe

SOMEWHERE = "https://column.invalid"  # stands in for the url that a row will bring

Values = Mapping[str, Any]


class Entry(NamedTuple):
    """One check, or many, with exactly one of `probe`, `problem` and `template`."""

    name: str
    section: str
    place: str  # file:line:column
    probe: Probe | None = None
    problem: Problem | None = None  # a variable that this environment lacks
    template: Values | None = None  # as written, with its `targets:`; Rules.build makes the probes
    proof: tuple[str, ...] = ()  # the variables and files by which it identifies itself
    part: Part | None = None
    fill: Fill | None = None


def read_entry(part: Part, defaults: Values) -> tuple[Entry, Checked]:
    """The entry that stands there, and what is wrong with it."""
    kind = part.shape

    def prepare(written: Any) -> Any:
        return {**_applying(defaults, kind), **written} if isinstance(written, dict) else written

    def validate(values: Any, context: Any) -> Probe:
        stand_in = {"url": SOMEWHERE} if part.rows and isinstance(values, dict) else {}
        probe: Probe = kind.model_validate({**stand_in, **values} if stand_in else values, context=context)
        return probe

    checked = part.check(validate, prepare, alone=True)
    values = checked.written if isinstance(checked.written, dict) else {}
    entry = Entry(str(values.get("name", "")), str(part.path[1]), part.place, proof=checked.proof, part=part)
    if checked.unset:
        return entry._replace(problem=checked.unset[0]), checked
    if part.rows:
        return entry._replace(template=values, fill=filler(values)), checked
    return entry._replace(probe=checked.value), checked


def read_database(part: Part, database: Checked, defaults: Values) -> Entry:
    """The check of a database that is written well: whether it answers."""
    name, kind = str(part.path[1]), part.shape
    entry = Entry(name, DATABASE, part.place, proof=database.proof, part=part)
    if database.unset:
        return entry._replace(problem=database.unset[0])
    own = {key: value for key, value in database.written.items() if key in kind.model_fields}
    probe = kind.model_validate({**_applying(defaults, kind), **own, "name": name}, context=UNFINISHED)
    return entry._replace(probe=probe)


def _applying(defaults: Values, kind: type[Probe]) -> dict[str, Any]:
    """The defaults of keys that this kind has and that need not be written: a heartbeat's `every` must be."""
    known = {info.alias or name for name, info in kind.model_fields.items() if not info.is_required()}
    return {key: value for key, value in defaults.items() if key in known}


def build(entry: Entry, row: Row) -> Probe:
    """One target of a template.

    Its secrets are not remembered: whoever asks it masks with the row's values. Raises RulesError when the row lacks a
    column, or makes something that the entry's kind refuses.
    """
    part, fill = entry.part, entry.fill
    if part is None or fill is None:
        raise ValueError(f"{entry.name} has no targets")
    try:
        probe: Probe = part.shape.model_validate(fill(row), context=UNFINISHED)
    except MissingColumnError as missing:
        what = f"{entry.name}: nothing in the column {missing.column!r}"
        hint = f"the columns are: {', '.join(row)}"
        raise RulesError((part.problem(part.node, what, hint),)) from None
    except ValidationError as error:
        found = translate(error, part.shape, part.node, part.path, part.file)
        target = f"target {row.get('name')!r}: "
        raise RulesError(tuple(problem._replace(what=target + problem.what) for problem in found)) from None
    return probe
