"""What the rules come to: every value with its defaults, as YAML that could be loaded again; secrets are masked."""

from __future__ import annotations

from typing import Any

import yaml
from pydantic import SecretStr

from dropmon.rules import inventory, sections
from dropmon.rules.file import Rules
from dropmon.rules.secrecy import passwords
from dropmon.secrets import MASK, mask

ALWAYS = {"platform", "storage", "history", "defaults"}
PARTLY = {"headers", "url"}  # secrets that are shown but for their secret part


def effective(rules: Rules, wanted: str | None = None) -> str:
    """The section asked for, or every section that is given, as YAML.

    Raises RulesError for mistakes in them, and for variables that are not set except in checks, which are left out.
    """
    keys = [wanted] if wanted else [key for key in sections.SECTIONS if key in rules.given | ALWAYS]
    values = {key: _checks(rules) if key == "checks" else _section(rules, key) for key in keys}
    return str(yaml.safe_dump(values, sort_keys=False, allow_unicode=True, width=1000))


def _section(rules: Rules, key: str) -> Any:
    value = rules.checked(key).use()
    return _plain(sections.adapter(key).dump_python(value, by_alias=True, exclude_none=True), ())


def _checks(rules: Rules) -> dict[str, list[Any]]:
    shown: dict[str, list[Any]] = {}
    for entry in rules.entries():
        if entry.section != inventory.DATABASE and not entry.problem:
            values = entry.probe.model_dump(by_alias=True, exclude_none=True) if entry.probe else entry.template
            shown.setdefault(entry.section, []).append(_plain(values, ()))
    return shown


def _plain(value: Any, path: tuple[str, ...]) -> Any:
    """Mappings, lists and scalars only, without what is empty."""
    if isinstance(value, dict):
        below = {str(key): _plain(item, (*path, str(key))) for key, item in value.items()}
        return {key: item for key, item in below.items() if item not in ({}, [], "")}
    if isinstance(value, list | tuple):
        return [_plain(item, path) for item in value]
    if isinstance(value, SecretStr):
        return _masked(value.get_secret_value()) if PARTLY & set(path[-2:]) else MASK
    return mask(str(value)) if isinstance(value, str) else value


def _masked(text: str) -> str:
    for secret in passwords(text):
        text = text.replace(secret, MASK)
    return mask(text)
