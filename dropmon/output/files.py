"""Answers in files: a page in one, or a CSV file for each of its tables."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from errno import EISDIR
from pathlib import Path

from dropmon.errors import UsageError
from dropmon.output.page import WRITERS, Page, pages
from dropmon.output.table import Column, Format, Table
from dropmon.output.texts import as_csv

SUFFIXES = {
    ".html": Format.HTML, ".htm": Format.HTML, ".md": Format.MARKDOWN, ".json": Format.JSON, ".txt": Format.PLAIN,
}  # fmt: skip
INDEX = "_index.csv"  # what each file is; no report is called so
COLUMNS = tuple(Column(key, key) for key in ("name", "status", "headline", "file"))


def form_of(path: Path, wanted: Format | None) -> Format:
    """The format of a file: the one that is wanted, else by its name. Raises UsageError.

    >>> form_of(Path("week.html"), None), form_of(Path("week"), Format.JSON)
    (<Format.HTML: 'html'>, <Format.JSON: 'json'>)
    """
    form = wanted or SUFFIXES.get(path.suffix.lower())
    if form is None or form not in WRITERS:
        raise UsageError(f"in which format is {path}?", f"call it *{', *'.join(SUFFIXES)}, or add --format html")
    return form


def write_page(page: Page, path: Path, form: Format) -> None:
    """Writes a page to a file, in place of what is there once it is whole. Raises UsageError."""
    try:
        if path.exists() and not path.is_file():  # such as /dev/stdout
            with path.open("w", encoding="utf-8", newline="\n") as stream:
                stream.writelines(pages(page, form))
        else:
            whole(path.resolve(), pages(page, form))  # a link stays one
    except OSError as error:
        raise unwritable(path, error) from None


def unwritable(path: Path, error: OSError) -> UsageError:
    """Why a file cannot be written."""
    return UsageError(f"cannot write {path}: {error.strerror}", "name another file")


def tried(path: Path) -> None:
    """Finds out whether `whole` can write a file, before what cannot be undone. Raises UsageError."""
    try:
        place = path.resolve()
        if place.is_dir():
            raise IsADirectoryError(EISDIR, os.strerror(EISDIR))
        draft_of(place).touch()
        draft_of(place).unlink()
    except OSError as error:
        raise unwritable(path, error) from None


def draft_of(path: Path) -> Path:
    return path.with_name(f".{path.name}.{os.getpid()}")


def whole(path: Path, texts: Iterable[str]) -> None:
    """Writes a file beside the one that it then replaces: nobody ever reads half of it. Raises OSError."""
    draft = draft_of(path)
    try:
        with draft.open("w", encoding="utf-8", newline="\n") as stream:
            stream.writelines(texts)
        if path.exists():
            shutil.copymode(path, draft)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def write_folder(page: Page, folder: Path) -> None:
    """Writes each table to its own CSV file, over what is there, and which they are to an index. Raises UsageError.

    A table without columns has no file: the index says why.
    """
    rows = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, table in page.tables.items():
            path = folder / f"{name}.csv"
            if table.columns:
                whole(path, as_csv(table))
            else:
                path.unlink(missing_ok=True)  # an older one would pass for today's
            status = table.status.value if table.status else None
            file = path.name if table.columns else None
            rows.append({"name": name, "status": status, "headline": table.headline, "file": file})
        index = Table(page.name, COLUMNS, rows)
        whole(folder / INDEX, as_csv(index))
    except OSError as error:
        raise UsageError(f"cannot write to {folder}: {error.strerror}", "name another folder") from None
