"""Targets from a file that changes: YAML, JSON lines or CSV, a row a target; its length costs no memory."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from dropmon.errors import DropmonError, Problem, RulesError
from dropmon.rules import syntax
from dropmon.rules.targets import Row

PARSER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
SHAPE = "a file of targets is a list: `- {name: …, url: …}`, each value a plain text"
FRAME = (yaml.StreamStartEvent, yaml.StreamEndEvent, yaml.DocumentStartEvent, yaml.DocumentEndEvent)


def read_rows(path: Path) -> Iterator[Row]:
    """The rows of a file as text by column. Raises DropmonError, with the line of a row that is none."""
    formats = {
        **dict.fromkeys((".yaml", ".yml"), _yaml),
        **dict.fromkeys((".json", ".jsonl", ".ndjson"), _json_lines),
    }
    try:
        yield from formats.get(path.suffix, _csv)(path)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DropmonError(f"{path}: {error}", "`targets: {file: …}` names a YAML, JSON lines or CSV file") from None


def _json_lines(path: Path) -> Iterator[Row]:
    with path.open(encoding="utf-8-sig") as lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                try:
                    yield _cells(json.loads(line))
                except (ValueError, TypeError, RecursionError) as error:
                    what = str(error) if isinstance(error, TypeError) else f"not JSON: {error}"
                    raise DropmonError(f"{path}:{number}: {what}", 'write {"name": …, "url": …} a line') from None


def _cells(value: object) -> Row:
    if not isinstance(value, dict):
        raise TypeError("not an object")
    texts = {key: cell if isinstance(cell, str) else json.dumps(cell) for key, cell in value.items()}
    return {key: "" if value[key] is None else text for key, text in texts.items()}


def _csv(path: Path) -> Iterator[Row]:
    with path.open(encoding="utf-8-sig", newline="") as lines:
        reader = csv.DictReader(lines)
        for row in reader:
            if None in row or None in row.values():
                what = "this row has not as many cells as the first line has columns"
                hint = f"the columns are: {', '.join(reader.fieldnames or ())}"
                raise DropmonError(f"{path}:{reader.line_num}: {what}", hint)
            yield row


def _yaml(path: Path) -> Iterator[Row]:
    """Each mapping of one list, its values as they are written. Raises RulesError at the place of anything else."""
    with path.open(encoding="utf-8-sig") as stream:
        try:
            events = (event for event in yaml.parse(stream, Loader=PARSER) if not isinstance(event, FRAME))
            yield from _mappings(events, str(path))
        except yaml.YAMLError as error:
            text = path.read_text(encoding="utf-8-sig")
            raise RulesError((syntax.problem(error, text, str(path)),)) from None


def _mappings(events: Iterator[Any], file: str) -> Iterator[Row]:
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
