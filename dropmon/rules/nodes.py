"""What YAML is made of once read: scalars, lists and mappings that know their place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple


class Scalar(NamedTuple):
    """One value as it is written; `plain` when it has no quotes. Lines and columns count from 1."""

    line: int
    column: int
    tag: str | None
    text: str
    plain: bool


class ListNode(NamedTuple):
    """A list."""

    line: int
    column: int
    tag: str | None
    items: Sequence[Node]


class MapNode(NamedTuple):
    """A mapping: each key's text with the key itself and its value.

    Keys that are written twice, or are no text, are kept apart for whoever reads this mapping to complain about.
    """

    line: int
    column: int
    tag: str | None
    pairs: Mapping[str, tuple[Node, Node]]
    repeated: Sequence[Scalar] = ()
    odd: Sequence[Node] = ()


Node = Scalar | ListNode | MapNode
Steps = tuple[str | int, ...]


def walk(node: Node, path: Steps) -> tuple[Node, Node | None, int]:
    """The node a path leads to, its key if it has one, and how many of the steps led there.

    A step that leads nowhere is passed over: pydantic names the branch of a union there. `url` finds `url_file`.

    >>> key, value = Scalar(1, 1, None, "a", plain=True), Scalar(1, 4, None, "x", plain=True)
    >>> walk(MapNode(1, 1, None, {"a": (key, value)}), ("a", "int")) == (value, key, 1)
    True
    """
    key: Node | None = None
    taken = 0
    for step in path:
        if isinstance(node, MapNode) and (pair := node.pairs.get(str(step)) or node.pairs.get(f"{step}_file")):
            key, node = pair
            taken += 1
        elif isinstance(node, ListNode) and isinstance(step, int) and step < len(node.items):
            key, node = None, node.items[step]
            taken += 1
    return node, key, taken


def is_empty(node: Node) -> bool:
    """Whether nothing is written there: a key whose lines are all comments."""
    return isinstance(node, Scalar) and node.plain and node.text in {"", "~", "null"}
