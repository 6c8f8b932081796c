"""`logs:` where log lines come from when they are not piped in.

Beside files, these are the classes of `dropmon.logs.sources.kinds`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import Field, create_model

from dropmon.errors import DropmonError, RulesError, UsageError
from dropmon.logs.sources.kinds import registry
from dropmon.rules.problems import suggest
from dropmon.rules.types import Duration, Section

if TYPE_CHECKING:
    from dropmon.logs.sources.source import Source
    from dropmon.rules.file import Rules


class LogFile(Section):
    """A file that grows."""

    path: str = Field(description="A path or pattern, beside the rules file.")
    service: str | None = Field(None, description="The service of lines that do not name one.")


class Logs(Section):
    """Where log lines come from when they are not piped in."""

    files: dict[str, LogFile] = Field({}, description="Named files.")
    every: Duration = Field(300.0, description="How often they are counted.")


def _alive() -> dict[str, Any]:
    return {name: (kind | None, None) for name, kind in registry().items()}


SHAPE = create_model("Logs", __base__=Logs, **_alive())
empty = SHAPE.model_construct


def source(rules: Rules, name: str) -> Source:
    """The source of that key, as the rules give it. Only its own part of the file must be right.

    Raises UsageError when there is none, RulesError for what is written wrongly, DropmonError for an unset variable.
    """
    kinds = registry()
    if name not in kinds:
        raise UsageError(f"there is no source {name!r}", suggest(name, list(kinds)))
    top = rules.part("logs") if "logs" in rules.given else None
    pairs = getattr(top.node, "pairs", {}) if top else {}
    if top is None or name not in pairs:
        raise UsageError(f"the rules name no {name} under `logs:`", f"add it: logs: {{{name}: {{…}}}}")
    checked = top.at(pairs[name][1], name).as_(kinds[name]).check(kinds[name].model_validate, alone=True)
    if checked.problems:
        raise RulesError(checked.problems)
    if checked.unset:
        unset = checked.unset[0]
        raise DropmonError(f"{unset.place}: {unset.what}", unset.hint)
    found: Source = checked.value
    return found
