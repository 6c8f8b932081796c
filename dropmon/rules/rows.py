"""A YAML file of targets: one list of flat mappings, read as it comes, so that its length costs no memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from dropmon.errors import Problem, RulesError
from dropmon.rules import syntax

PARSER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
SHAPE = "a file of targets is a list: `- {name: …, url: …}`, each value a plain text"
FRAME = (yaml.StreamStartEvent, yaml.StreamEndEvent, yaml.DocumentStartEvent, yaml.DocumentEndEvent)


def read_rows(path: Path) -> Iterator[dict[str, str]]:
    """Each mapping of the list, its values as they are written.

    Raises RulesError, at the place, for anything that is no such list; OSError when the file cannot be read.
    """
    text = path.read_text(encoding="utf-8-sig")
    events = (event for event in yaml.parse(text, Loader=PARSER) if not isinstance(event, FRAME))
    try:
        yield from _rows(events, str(path))
    except yaml.YAMLError as error:
        raise RulesError((syntax.problem(error, text, str(path)),)) from None


def _rows(events: Iterator[Any], file: str) -> Iterator[dict[str, str]]:
    first = next(events, None)
    if first is None:
        return
    _expect(first, yaml.SequenceStartEvent, file)
    while not isinstance(event := next(events), yaml.SequenceEndEvent):
        _expect(event, yaml.MappingStartEvent, file)
        row: dict[str, str] = {}
        while not isinstance(key := next(events), yaml.MappingEndEvent):
            value = next(events)
            row[_text(key, file)] = _text(value, file)
        yield row
    extra = next(events, None)
    if extra is not None:
        raise RulesError((_problem(extra, file),))


def _text(event: Any, file: str) -> str:
    _expect(event, yaml.ScalarEvent, file)
    return "" if event.implicit[0] and event.value in {"~", "null"} else str(event.value)


def _expect(event: Any, kind: type, file: str) -> None:
    if not isinstance(event, kind):
        raise RulesError((_problem(event, file),))


def _problem(event: Any, file: str) -> Problem:
    mark = event.start_mark
    return Problem(file, mark.line + 1, mark.column + 1, "this is no target", SHAPE)
