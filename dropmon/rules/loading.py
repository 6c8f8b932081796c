"""What is in the rules file: read, with its top-level keys checked."""

from __future__ import annotations

from pathlib import Path

from dropmon.errors import Problem, RulesError
from dropmon.rules import document, sections
from dropmon.rules.file import Rules
from dropmon.rules.nodes import MapNode
from dropmon.rules.problems import suggest


def load(path: Path) -> Rules:
    """The file, its top-level keys checked, its sections not yet.

    Raises RulesError when it cannot be read, is not YAML, is empty or no mapping, or has an unknown or repeated key.
    """
    root = document.read(_text(path), str(path))
    if root is None or not isinstance(root, MapNode):
        what = "the file is empty" if root is None else "the file must be a mapping of sections (platform:, checks:, …)"
        raise RulesError((Problem(str(path), 1, 1, what, "dropmon init --path FILE writes one to start from"),))
    rules = Rules(path, root)
    if problems := _keys(rules):
        raise RulesError(problems)
    return rules


def _text(path: Path) -> str:
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise RulesError((Problem(str(path), 0, 0, "there is no such file", "dropmon init writes one"),)) from None
    except OSError as error:
        raise RulesError((Problem(str(path), 0, 0, f"cannot be read: {error.strerror}"),)) from None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line, column = content.count(b"\n", 0, error.start) + 1, error.start - content.rfind(b"\n", 0, error.start)
        what = f"the byte 0x{content[error.start]:02X} is not UTF-8"
        raise RulesError((Problem(str(path), line, column, what, "save the file as UTF-8"),)) from None


def _keys(rules: Rules) -> tuple[Problem, ...]:
    """Complaints about the top level. `x-…` keys hold what anchors share."""
    root = rules.root
    unknown = [
        rules.whole.problem(key, f"unknown key {name!r}", suggest(name, sections.SECTIONS))
        for name, (key, _) in root.pairs.items()
        if name not in sections.SECTIONS and not name.startswith("x-")
    ]
    repeated = [
        rules.whole.problem(key, f"key {key.text!r} is written twice", f"first at line {root.pairs[key.text][0].line}")
        for key in root.repeated
    ]
    odd = [rules.whole.problem(key, "a section's name must be text") for key in root.odd]
    return tuple(sorted(unknown + repeated + odd))
