"""Finding the demo that runs in a folder, and telling it to break something."""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import ProxyHandler, Request, build_opener

from dropmon.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

NOTE = "demo.json"
USUAL = Path("dropmon-demo")  # the folder of a demo, where it is started
PATIENCE = 5.0  # seconds for an answer


@contextmanager
def noted(folder: Path, control: str) -> Iterator[None]:
    """Leaves a note in the folder for as long as the demo runs there."""
    note = folder / NOTE
    note.write_text(json.dumps({"pid": os.getpid(), "control": control}) + "\n", "utf-8")
    try:
        yield
    finally:
        note.unlink(missing_ok=True)


def control(folder: Path) -> str | None:
    """The address of the demo that runs in this folder, None when none does.

    A note that a killed demo has left behind leads to nobody, or to one who does not answer as a demo does.
    """
    try:
        url = str(json.loads((folder / NOTE).read_text("utf-8"))["control"])
        _ask(Request(f"{url}/demo"))  # noqa: S310 our own note
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return url


def found(folder: Path | None) -> str | None:
    """The address of the demo that is meant: in this folder, or else in the usual one, or right here."""
    places = [folder] if folder else [USUAL, Path()]
    return next((url for place in places if (url := control(place))), None)


def suffer(url: str, name: str, how: str | None) -> None:
    """Breaks a part of a running demo this way, or mends it (None). Raises UsageError when it refuses."""
    verb, query = ("break", {"name": name, "how": how}) if how else ("mend", {"name": name})
    try:
        _ask(Request(f"{url}/demo/{verb}?{urlencode(query)}", method="POST"))  # noqa: S310 our own note
    except HTTPError as error:
        refusal = json.loads(error.read())
        raise UsageError(refusal["error"], refusal.get("hint", "")) from None


def _ask(request: Request) -> Any:
    direct = build_opener(ProxyHandler({}))  # a proxy of the environment does not know this machine
    with direct.open(request, timeout=PATIENCE) as answer:
        return json.load(answer)
