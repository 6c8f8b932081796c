"""Where pages are found: in the user's folder, and among those that come with dropmon."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from dropmon.runbooks.page import RunbookError

FOLDER = "runbooks"
SUFFIX = ".md"
NAME = re.compile(r"\w[\w.-]{0,150}")
LARGEST = 256 << 10  # bytes; nobody reads more at 03:00


class Book(NamedTuple):
    """A page that is there."""

    name: str
    path: Path
    own: bool  # the user's; not one that comes with dropmon


def shipped() -> Path:
    """The folder of the pages that come with dropmon: in the package, or beside it in a source tree."""
    packed = Path(__file__).with_name("pages")
    return packed if packed.is_dir() else Path(__file__).parents[2] / FOLDER


def proper(name: str) -> bool:
    """Whether a page can have that name: no path, and not hidden.

    >>> proper("api-down"), proper("../x"), proper("a/b"), proper(".."), proper("")
    (True, False, False, False, False)
    """
    return NAME.fullmatch(name) is not None


class Shelf(NamedTuple):
    """The folders that are looked into, the first that has a page wins."""

    own: Path | None = None  # the user's

    def book(self, name: str) -> Book | None:
        """The page of that name, if there is one."""
        if not proper(name):
            return None
        for folder, own in self._folders():
            path = folder / f"{name}{SUFFIX}"
            if path.exists() or path.is_symlink():
                return Book(name, path, own)
        return None

    def books(self) -> list[Book]:
        """Every page, by name. Raises RunbookError for a folder that cannot be read."""
        found: dict[str, Book] = {}
        for folder, own in reversed(self._folders()):
            found |= {path.stem: Book(path.stem, path, own) for path in _pages(folder)}
        return [found[name] for name in sorted(found)]

    def _folders(self) -> list[tuple[Path, bool]]:
        ours = shipped()
        own = [(self.own, self.own.resolve() != ours.resolve())] if self.own else []
        return [*own, (ours, False)]


def _pages(folder: Path) -> list[Path]:
    try:
        return [path for path in folder.iterdir() if path.suffix == SUFFIX and proper(path.stem)]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise RunbookError(f"the folder {folder} cannot be read: {error.strerror}", "see `runbooks.folder`") from None


def content(path: Path) -> str:
    """The text of a page. Raises RunbookError for what is no file, not UTF-8, or far too long."""
    try:
        if path.is_dir():
            raise RunbookError(f"{path} is a folder, and no page", "a page is one file NAME.md")
        if not path.is_file() and path.exists():
            raise RunbookError(f"{path} is no file", "a page is one file NAME.md")
        with path.open("rb") as stream:
            raw = stream.read(LARGEST + 1)
    except OSError as error:
        raise RunbookError(f"{path} cannot be read: {error.strerror}", "dropmon runbook list shows all pages") from None
    if len(raw) > LARGEST:
        raise RunbookError(f"{path} is larger than {LARGEST >> 10} KiB", "a page is what one can read at 03:00")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        number = raw.count(b"\n", 0, error.start) + 1
        column = error.start - raw.rfind(b"\n", 0, error.start)
        what = f"{path}:{number}:{column}: the byte 0x{raw[error.start]:02X} is not UTF-8"
        raise RunbookError(what, "save the page as UTF-8") from None


def copied(names: Sequence[str], folder: Path) -> tuple[list[Path], list[Path]]:
    """Copies pages that come with dropmon into a folder; what it wrote, and what was there already.

    Raises RunbookError for a page that does not come with dropmon, and a folder that cannot be written.
    """
    there = {book.name: book.path for book in Shelf().books()}
    if unknown := sorted(set(names) - there.keys()):
        raise RunbookError(f"no runbook {unknown[0]!r} comes with dropmon", f"there are: {', '.join(there)}")
    wrote: list[Path] = []
    kept: list[Path] = []
    if folder.exists() and not folder.is_dir():
        raise RunbookError(f"{folder} is a file, and no folder", "see `runbooks.folder` in the rules")
    for name in dict.fromkeys(names or there):
        path = folder / f"{name}{SUFFIX}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with path.open("xb") as stream:
                stream.write(there[name].read_bytes())
            wrote.append(path)
        except FileExistsError:
            kept.append(path)
        except OSError as error:
            raise RunbookError(f"cannot write {path}: {error.strerror}", "see `runbooks.folder` in the rules") from None
    return wrote, kept
