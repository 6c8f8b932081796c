"""Nodes → plain values: variables and files come in here, and what is secret of them becomes known."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from dropmon import secrets
from dropmon.errors import Problem
from dropmon.rules import core, secrecy, variables
from dropmon.rules.nodes import ListNode, MapNode, Node, Scalar, Steps
from dropmon.rules.variables import Column, Pending, RowText, Variable

LARGEST_FILE = 65536  # bytes of a `…_file:`
EXPRESSIONS = {"alerts": {"condition"}, "slos": {"good", "bad", "total", "value"}}  # PromQL may hold a $
BESIDE = {("authorities",), ("client_certificate", "certificate"), ("client_certificate", "key")}
NOT_FILES = {"labels", "matchers"}  # names of the user's own, which may well end in _file
MAPPING = {None, core.PREFIX + "map"}
LIST = {None, core.PREFIX + "seq"}


class Reading:
    """What was found on the way: mistakes; what only this environment lacks; the variables that prove who we are."""

    def __init__(
        self, file: str, folder: Path, rows: bool = False, environment: Mapping[str, str] = os.environ
    ) -> None:
        self.file = file
        self.folder = folder
        self.rows = rows  # ${column:…} is allowed
        self.environment = environment
        self.problems: list[Problem] = []
        self.unset: list[Problem] = []
        self.proof: list[str] = []
        self.waiting: set[tuple[int, int]] = set()  # lines and columns of strings that wait for a row
        self.brought: dict[tuple[int, int], str] = {}  # lines and columns of values that variables brought, and which

    def value(self, node: Node, path: Steps) -> object:
        """The node as str, number, bool, None, list or dict."""
        try:
            if isinstance(node, Scalar):
                return self._scalar(node, path)
            core.refuse_tag(node.tag, LIST if isinstance(node, ListNode) else MAPPING)
        except ValueError as error:
            self._complain(node, str(error))
            return None
        if isinstance(node, ListNode):
            return [self.value(item, (*path, index)) for index, item in enumerate(node.items)]
        return self._mapping(node, path)

    def _mapping(self, node: MapNode, path: Steps) -> dict[str, object]:
        for twice in node.repeated:
            first = node.pairs[twice.text][0]
            hint = f"first at line {first.line}, column {first.column}"
            self._complain(twice, f"key {twice.text!r} is written twice", hint)
        for odd in node.odd:
            self._complain(odd, "a key must be text", "quote ${…} and {…}")
        values: dict[str, object] = {}
        for key, (place, value) in node.pairs.items():
            name = key.removesuffix("_file")
            if name != key and name and isinstance(value, Scalar) and not _own_names(path):
                if name in node.pairs:
                    self._complain(place, f"both {name!r} and {key!r} are given", "keep one of them")
                values[name] = self._file(value, (*path, name))
            else:
                values[key] = self.value(value, (*path, key))
        return values

    def _scalar(self, node: Scalar, path: Steps) -> object:
        value = core.value(node)
        if not isinstance(value, str) or _verbatim(path):
            return value
        text = self._expanded(node, variables.split(value), path) if "$" in value else value
        for secret in secrecy.of_text(path, text):
            if not isinstance(text, Pending):
                secrets.remember(secret)
        return self._beside(text) if path[-2:] in BESIDE or path[-1:] in BESIDE else text

    def _beside(self, text: str) -> str:
        """A file that is named in the rules stands beside them, wherever the command is typed."""
        return text if isinstance(text, Pending) else str(self.folder / text)

    def _expanded(self, node: Scalar, parts: tuple[variables.Part, ...], path: Steps) -> str:
        """The parts put together; the text as written when one of them is unset."""
        found = [self._part(node, part, path, first=not index) for index, part in enumerate(parts)]
        known = [part for part in found if part is not None]
        if len(known) < len(found):
            return Pending(node.text)
        texts = [part for part in known if isinstance(part, str)]
        named = [f"${{{part.name}}}" for part in parts if isinstance(part, Variable)]
        if named:
            self.brought[node.line, node.column] = ", ".join(named)
        if len(texts) == len(known):
            return "".join(texts)
        self.waiting.add((node.line, node.column))
        return RowText(tuple(known))

    def _part(self, node: Scalar, part: variables.Part, path: Steps, first: bool) -> str | Column | None:
        if isinstance(part, Variable):
            return self._variable(node, part, path, first)
        if isinstance(part, Column) and not self.rows:
            self._complain(node, f"${{column:{part.name}}} has no row to come from", "only `targets:` bring rows")
            return None
        return part

    def _variable(self, node: Scalar, variable: Variable, path: Steps, first: bool) -> str | None:
        value = variable.value(self.environment)
        if value is None:
            self._lack(node, f"unset variable {variable.name}", f"export {variable.name}=…")
        elif secrecy.of_variable(path, first) and self.environment.get(variable.name):
            secrets.remember(value)
        if secrecy.proves(path):
            self.proof.append(variable.name)
        return value

    def _file(self, node: Scalar, path: Steps) -> object:
        """What stands in the file, without the newline at its end."""
        name = self._scalar(node, (*path[:-1], f"{path[-1]}_file"))
        try:
            value = _content(self.folder / str(name))
        except OverflowError:
            self._complain(node, f"{name} is larger than 64 KiB", f"'{path[-1]}_file' names a file with one value")
            return Pending(name)
        except UnicodeDecodeError:
            self._complain(node, f"{name} is not UTF-8 text")
            return Pending(name)
        except (OSError, ValueError) as error:
            self._lack(node, f"cannot read {name}: {getattr(error, 'strerror', None) or error}", "is the path right?")
            return Pending(name)
        if secrecy.proves(path):
            self.proof.append(str(name))
        for secret in [value] if secrecy.of_variable(path, first=True) else secrecy.of_text(path, value):
            secrets.remember(secret)
        return value

    def _complain(self, node: Node, what: str, hint: str = "") -> None:
        self.problems.append(Problem(self.file, node.line, node.column, what, hint))

    def _lack(self, node: Node, what: str, hint: str = "") -> None:
        self.unset.append(Problem(self.file, node.line, node.column, what, hint))


def _verbatim(path: Steps) -> bool:
    return path[0] == "metrics" or path[-1] in EXPRESSIONS.get(str(path[0]), ())


def _own_names(path: Steps) -> bool:
    return path[:1] == ("metrics",) or path[-1:] in {(name,) for name in NOT_FILES}


def _content(place: Path) -> str:
    with place.open("rb") as stream:
        content = stream.read(LARGEST_FILE + 1)
    if len(content) > LARGEST_FILE:
        raise OverflowError
    return content.decode().removesuffix("\n").removesuffix("\r")
