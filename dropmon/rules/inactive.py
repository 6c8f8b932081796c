"""What a file says that is valid and does nothing in this version: sections, and keys of those that are alive."""

from __future__ import annotations

from collections.abc import Iterator

from dropmon.rules import inventory, sections
from dropmon.rules.checked import Part
from dropmon.rules.file import Rules
from dropmon.rules.nodes import MapNode
from dropmon.rules.types import Inactive


def inactive(rules: Rules) -> list[str]:
    """Each once, in the usual order, such as `checks.web[].vitals` and `alerts`."""
    found: list[str] = []
    for section in sections.SECTIONS:
        if section in rules.given:
            found += _keys(rules, section) if section in sections.ACTIVE else [section]
    return list(dict.fromkeys(found))


def _keys(rules: Rules, section: str) -> Iterator[str]:
    for name, part in _mappings(rules.part(section)):
        fields = getattr(part.shape, "model_fields", {})
        for key in part.node.pairs if isinstance(part.node, MapNode) else ():
            field = fields.get(key) or fields.get(key.removesuffix("_file"))
            if field and Inactive in field.metadata:
                yield f"{name}.{key}"


def _mappings(top: Part) -> Iterator[tuple[str, Part]]:
    """Every mapping of a section whose keys are fields, with what it is called."""
    section = str(top.path[0])
    if section == "checks":
        yield from ((f"checks.{part.path[1]}[]", part) for part in inventory.listed(top, inventory.kinds(), ())[0])
    elif section == "databases":
        shape = sections.shape(section).__args__[1]
        yield from (("databases.*", part.as_(shape)) for part in inventory.databases(top))
    else:
        yield section, top.as_(sections.shape(section))
