"""The rules file: found, read, validated section by section, every complaint at its place."""

from __future__ import annotations

from dropmon.rules.entries import Entry
from dropmon.rules.file import Rules
from dropmon.rules.location import config_folder, find, load

__all__ = ["Entry", "Rules", "config_folder", "find", "load"]
