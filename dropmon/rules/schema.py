"""The JSON Schema of the whole file, so that editors complete and check it while it is written."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from dropmon.rules import inventory, sections

TITLE = "The rules of dropmon"
DIALECT = "https://json-schema.org/draft/2020-12/schema"
VARIABLE = {"type": "string", "pattern": r"\$\{"}
NARROW = {"pattern", "enum", "const", "format", "minLength"}  # what a variable, written down, would not meet

Schema = dict[str, Any]


class Described(GenerateJsonSchema):
    """Shows defaults as they would be written: 5m, not 300.0."""

    def default_schema(self, schema: Any) -> Schema:
        described = super().default_schema(schema)
        written = schema["schema"].get("serialization", {})
        if "default" in described and written.get("type") == "function-plain":
            described["default"] = written["function"](schema["default"])
        return described


def schema() -> Schema:
    """Every section with its keys, types and what they are for."""
    keys = [key for key in sections.SECTIONS if key != "checks"]
    kinds = inventory.kinds()
    adapters: dict[str, TypeAdapter[Any]] = {
        **{key: sections.adapter(key) for key in keys},
        **{f"checks.{section}": TypeAdapter(tuple[kind, ...]) for section, kind in kinds.items()},  # type: ignore[valid-type]
    }
    inputs = [(name, "validation", adapter) for name, adapter in adapters.items()]
    parts, shared = TypeAdapter.json_schemas(inputs, schema_generator=Described)  # type: ignore[arg-type]
    of = {name: part for (name, _), part in parts.items()}
    checks = {"type": "object", "properties": {section: _maybe(of[f"checks.{section}"]) for section in kinds}}
    properties = {key: _maybe(of[key]) for key in keys} | {"checks": _maybe(checks | {"additionalProperties": False})}
    whole = {
        "type": "object",
        "properties": {key: properties[key] for key in sections.SECTIONS},
        "patternProperties": {"^x-": {}},
        "additionalProperties": False,
        "$defs": shared["$defs"],
    }
    return {"$schema": DIALECT, "title": TITLE, **_eased(whole)}


def _maybe(part: Schema) -> Schema:
    """A section whose lines are all comments is null; any other meets its schema, and hears what it does not meet."""
    return {"if": {"not": {"type": "null"}}, "then": part}


def _eased(part: Any) -> Any:
    """What can be written in a file and is not in the types: variables, `…_file:` keys, entries that are templates."""
    if not isinstance(part, dict):
        return part
    eased = {key: _below(key, value) for key, value in part.items() if key not in {"discriminator", "title"}}
    if "oneOf" in eased:  # a channel may leave out its type, so that several fit
        eased["anyOf"] = eased.pop("oneOf")
    if "properties" in eased and eased.get("additionalProperties") is False:
        return _filed(eased)
    return _variable(eased) if _is_narrow(eased) else eased


def _below(key: str, value: Any) -> Any:
    """The schemas that a schema holds under one of its keys."""
    if key in {"properties", "patternProperties", "$defs"}:
        return {name: _eased(part) for name, part in value.items()}
    if key in {"anyOf", "oneOf", "allOf", "prefixItems"}:
        return [_eased(part) for part in value]
    return _eased(value) if key in {"items", "additionalProperties", "then"} else value


def _is_narrow(part: Schema) -> bool:
    kind = part.get("type")
    return kind in {"integer", "number", "boolean"} or (kind == "string" and not NARROW.isdisjoint(part))


def _variable(part: Schema) -> Schema:
    """The value, or a string with a variable in it."""
    outside: Schema = {key: part.pop(key) for key in ("default", "description", "examples") if key in part}
    return {"anyOf": [part, VARIABLE], **outside}


def _filed(part: Schema) -> Schema:
    """`url_file:` wherever `url:` may stand; where a row brings them, neither name nor url need be written."""
    required = part.pop("required", [])
    brought = ["targets"] if "targets" in part["properties"] else []
    ways = [
        {"anyOf": [{"required": [name]} for name in (key, f"{key}_file", *(brought if key == "url" else []))]}
        for key in required
    ]
    filed = part | {"patternProperties": {"._file$": {"type": "string"}, **part.get("patternProperties", {})}}
    return filed | {"allOf": ways} if ways else filed
