"""`channels:` the ways of telling somebody. An entry named after its type need not say it.

They are the classes of `dropmon.alerts.channels`.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Union

from pydantic import BeforeValidator, Field, TypeAdapter

from dropmon.alerts.channel import Channel, Given
from dropmon.alerts.channels import kind, kinds
from dropmon.errors import DropmonError, RulesError
from dropmon.rules.checked import Checked, Part
from dropmon.rules.nodes import MapNode, Node, Scalar

if TYPE_CHECKING:
    from dropmon.rules.file import Rules

AnyChannel = Channel
empty = dict[str, Channel]


def typed(name: str, entry: Any) -> Any:
    """An entry with the type that it is named after, if it says none.

    >>> typed("slack", {}), typed("ops", {})
    ({'type': 'slack'}, {})
    """
    return {"type": name, **entry} if isinstance(entry, dict) and "type" not in entry and kind(name) else entry


def named(channels: Any) -> Any:
    """All entries with their types.

    >>> named({"slack": {}, "ops": {}})
    {'slack': {'type': 'slack'}, 'ops': {}}
    """
    if not isinstance(channels, dict):
        return channels
    return {name: typed(name, entry) for name, entry in channels.items()}


@cache
def union() -> Any:
    """What an entry may be: any of the classes, which are all imported for it."""
    return Annotated[Union[tuple(dict.fromkeys(kinds().values()))], Field(discriminator="type")]  # noqa: UP007


def __getattr__(name: str) -> Any:
    if name == "SHAPE":
        return Annotated[dict[str, union()], BeforeValidator(named)]  # type: ignore[misc]
    raise AttributeError(name)


@cache
def _adapter() -> TypeAdapter[Any]:
    return TypeAdapter(union())


def given(rules: Rules) -> dict[str, Given]:
    """Every channel by its name. One that is wrong, or lacks a variable, has a `problem`: it stops no other."""
    top = rules.part("channels") if "channels" in rules.given else None
    pairs = top.node.pairs if top and isinstance(top.node, MapNode) else {}
    return {name: _given(name, top.at(node, name)) for name, (_, node) in pairs.items()} if top else {}


def _given(name: str, part: Part) -> Given:
    checked = _checked(name, part)
    written = checked.written.get("fallback") if isinstance(checked.written, dict) else None
    fallback = written if isinstance(written, str) else None
    if checked.problems:
        return Given(name, problem=RulesError(checked.problems), fallback=fallback)
    if checked.unset:
        unset = checked.unset[0]
        return Given(name, problem=DropmonError(f"{unset.place}: {unset.what}", unset.hint), fallback=fallback)
    return Given(name, checked.value, fallback=fallback)


def _checked(name: str, part: Part) -> Checked:
    """An entry held against its own class; against all of them when something is wrong with it."""
    own = kind(_type(part.node) or name)
    if own:
        checked = part.as_(own).check(own.model_validate, lambda entry: typed(name, entry), alone=True)
        if not checked.problems and not checked.unset:
            return checked
    return part.as_(union()).check(_adapter().validate_python, lambda entry: typed(name, entry), alone=True)


def _type(node: Node) -> str:
    """The type that an entry says it is of."""
    found = node.pairs["type"][1] if isinstance(node, MapNode) and "type" in node.pairs else None
    return found.text if isinstance(found, Scalar) else ""
