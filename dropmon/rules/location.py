"""Where the rules file is. To find that there is none costs nothing: what reads it is imported by `loading`."""

from __future__ import annotations

import os
from pathlib import Path

from dropmon.errors import UsageError

NAME = "rules.yaml"


def config_folder() -> Path:
    """The user's folder for settings: $XDG_CONFIG_HOME/dropmon, or ~/.config/dropmon."""
    folder = Path(os.environ.get("XDG_CONFIG_HOME") or "~/.config") / "dropmon"
    try:
        return folder.expanduser()
    except RuntimeError:  # a user without a home: the place is told as it is written, and holds nothing
        return folder


def find(path: Path | None = None) -> Path:
    """The file named, else ./rules.yaml, else the one in the user's config folder.

    Raises UsageError that names every place looked at.
    """
    if path:
        return path
    places = [Path(NAME), config_folder() / NAME]
    found = next((place for place in places if place.exists()), None)
    if not found:
        looked = f"no rules file: there is no ./{NAME} and no {places[1]}"
        raise UsageError(looked, "dropmon init writes one, --rules PATH names one")
    return found
