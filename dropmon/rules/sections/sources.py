"""`sources:` what others know: errors, deployments, uptime, business numbers.

Its keys are the classes of `dropmon.sources.kinds`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from pydantic import Field, create_model

from dropmon.errors import DropmonError, Problem, RulesError
from dropmon.rules.checked import Part
from dropmon.rules.nodes import ListNode, MapNode
from dropmon.rules.types import Section
from dropmon.sources.kinds import registry
from dropmon.sources.source import Given, Server, Source

if TYPE_CHECKING:
    from dropmon.rules.file import Rules


class Sources(Section):
    """What others know."""


@cache
def shape(*names: str) -> type[Sources]:
    """What may stand under `sources:`, these kinds of it: each that is imported takes its time."""
    fields: dict[str, Any] = {}
    for name in names:
        field = f"{name}_" if hasattr(Section, name) else name  # pydantic needs `json` for itself
        fields[field] = _field(name, registry()[name])
    return create_model("Sources", __base__=Sources, **fields)


def _field(name: str, kind: Any) -> tuple[Any, Any]:
    """A list of entries, or one."""
    shape, default = (tuple[kind, ...], ()) if kind.distinct_by else (kind | None, None)
    return shape, Field(default, alias=name) if hasattr(Section, name) else default


def __getattr__(name: str) -> Any:
    """SHAPE is that of all kinds: for whoever checks the file, or describes it."""
    if name == "SHAPE":
        return shape(*registry())
    raise AttributeError(name)


def empty() -> Sources:
    return Sources.model_construct()


def given(rules: Rules) -> list[Given]:
    """Every source that can be asked; one that lacks a variable has a `problem`.

    Raises RulesError with every other mistake in the section.
    """
    if "sources" not in rules.given:
        return []
    node = rules.part("sources").node
    pairs = node.pairs if isinstance(node, MapNode) else {}
    kinds = {name: registry()[name] for name in registry() if name in pairs}
    top = rules.part("sources").as_(shape(*kinds) if kinds.keys() == pairs.keys() else shape(*registry()))
    if problems := top.check(top.shape.model_validate, alone=True).problems:
        raise RulesError(problems)
    found = [(name, kind, top.at(pairs[name][1], name)) for name, kind in kinds.items()]
    return [_given(name, kind, part) for name, kind, top in found for part in _parts(top, kind)]


def _parts(part: Part, kind: type[Source]) -> Sequence[Part]:
    if not kind.distinct_by:
        return [part] if isinstance(part.node, MapNode) else []
    items = part.node.items if isinstance(part.node, ListNode) else ()
    return [part.at(item, index) for index, item in enumerate(items)]


def _given(name: str, kind: type[Source], part: Part) -> Given:
    checked = part.as_(kind).check(kind.model_validate, alone=True)
    if checked.unset:
        return Given(name, kind.called(checked.written, name), problem=_said(checked.unset[0]))
    return Given(name, checked.value.known_as(), checked.value)


def servers(rules: Rules) -> dict[str, Server]:
    """The databases that sources ask. One that is written wrongly stops only who asks it."""
    from dropmon.rules.sections.databases import Database

    top = rules.part("databases").node if "databases" in rules.given else None
    found: dict[str, Server] = {}
    for name, (_, node) in top.pairs.items() if isinstance(top, MapNode) else ():
        part = rules.part("databases").at(node, name).as_(Database)
        checked = part.check(Database.model_validate, alone=True)
        if wrong := checked.problems or checked.unset:
            found[name] = Server("", problem=_said(wrong[0]))
        else:
            found[name] = Server(checked.value.url.get_secret_value(), checked.value.timeout)
    return found


def _said(problem: Problem) -> DropmonError:
    return DropmonError(f"{problem.place}: {problem.what}", problem.hint)
