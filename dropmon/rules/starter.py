"""The file that a newcomer starts from."""

from __future__ import annotations

import os
from importlib.resources import files
from pathlib import Path

from dropmon.errors import UsageError


def write(path: Path) -> None:
    """Writes the starter, for its owner's eyes only. Raises UsageError when there is a file already, or none can be."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        if path.exists() or path.is_symlink():
            hint = "dropmon rules check examines it; --path NAME writes another"
            raise UsageError(f"{path} is already there, and stays as it is", hint) from None
        raise UsageError(f"cannot write {path}: {error.strerror}", "--path NAME writes it elsewhere") from None
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(files(__package__).joinpath("starter.yaml").read_bytes())
