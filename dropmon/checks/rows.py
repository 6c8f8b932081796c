"""Targets from a file that changes: CSV, JSON lines or YAML, a row a target, read as they come."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from dropmon.errors import DropmonError

Row = Mapping[str, str]


def read(path: Path, read_yaml: Callable[[Path], Iterator[Row]]) -> Iterator[Row]:
    """The rows of a file as text by column. Raises DropmonError with the line of a row that is none."""
    try:
        if path.suffix in {".yaml", ".yml"}:
            yield from read_yaml(path)
        elif path.suffix in {".json", ".jsonl", ".ndjson"}:
            yield from _json_lines(path)
        else:
            yield from _csv(path)
    except (OSError, UnicodeDecodeError) as error:
        raise DropmonError(f"{path}: {error}", "`targets: {file: …}` names a YAML, JSON lines or CSV file") from None


def _json_lines(path: Path) -> Iterator[Row]:
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                try:
                    yield _row(json.loads(line), path, number)
                except ValueError as error:
                    raise DropmonError(f"{path}:{number}: not JSON: {error}", "write one object a line") from None


def _csv(path: Path) -> Iterator[Row]:
    with path.open(encoding="utf-8-sig", newline="") as lines:
        reader = csv.DictReader(lines)
        for row in reader:
            if None in row or None in row.values():
                raise DropmonError(
                    f"{path}:{reader.line_num}: this row has not as many cells as the first line has columns",
                    f"the columns are: {', '.join(reader.fieldnames or ())}",
                )
            yield row


def _row(value: object, path: Path, number: int) -> Row:
    if not isinstance(value, Mapping):
        raise DropmonError(f"{path}:{number}: not an object", 'write {"name": …, "url": …} a line')
    return {str(key): "" if cell is None else str(cell) for key, cell in value.items()}
