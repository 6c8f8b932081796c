"""YAML text → nodes. No recursion, no tags, no alias bombs; values stay as they are written.

What is wrong with one section must not disturb the others: only what makes the whole file unreadable is refused here.
"""

from __future__ import annotations

from typing import Any, NamedTuple, NoReturn

import yaml

from dropmon.errors import Problem, RulesError
from dropmon.rules.nodes import ListNode, MapNode, Node, Scalar

DEEPEST = 100  # levels
MOST_BORROWED = 100_000  # values that all aliases and merges together may stand for
MERGE = "<<"

Pairs = dict[str, tuple[Node, Node]]

# PyYAML without its C part tells the same events, ten times slower
Parser: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read(text: str, file: str, parser: Any = Parser) -> Node | None:
    """The one document of a YAML text; None when there is none.

    Raises RulesError for what is not YAML, a second document, nesting beyond 100 levels, an alias bomb.
    """
    composer = Composer(file)
    try:
        for event in yaml.parse(text, Loader=parser):
            composer.take(event)
    except yaml.YAMLError as error:
        from dropmon.rules import syntax

        raise RulesError((syntax.problem(error, text, file),)) from None
    return composer.root


class Open(NamedTuple):
    """A list or mapping whose end has not come yet, and what is in it so far with the values each child stands for."""

    event: yaml.CollectionStartEvent
    children: list[Node]
    sizes: list[int]


class Composer:
    """Builds nodes from the parser's events, one at a time."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.root: Node | None = None
        self.open: list[Open] = []
        self.anchors: dict[str, tuple[Node, int]] = {}
        self.borrowed = 0

    def take(self, event: yaml.Event) -> None:
        if isinstance(event, yaml.ScalarEvent):
            self.add(Scalar(*place(event), event.tag, event.value, event.implicit[0]), 1, event.anchor)
        elif isinstance(event, yaml.AliasEvent):
            self.alias(event)
        elif isinstance(event, yaml.CollectionStartEvent):
            self.open.append(Open(event, [], []))
            if len(self.open) > DEEPEST:
                self.refuse(event, f"nested deeper than {DEEPEST} levels", "nothing in a rules file is")
        elif isinstance(event, yaml.CollectionEndEvent):
            done = self.open.pop()
            self.add(self.collection(done), 1 + sum(done.sizes), done.event.anchor)
        elif isinstance(event, yaml.DocumentStartEvent) and self.root is not None:
            self.refuse(event, "a second document starts here", "one file holds one: remove the '---'")

    def add(self, node: Node, size: int, anchor: str | None) -> None:
        if anchor:
            self.anchors[anchor] = node, size
        if self.open:
            self.open[-1].children.append(node)
            self.open[-1].sizes.append(size)
        else:
            self.root = node

    def alias(self, event: yaml.AliasEvent) -> None:
        if event.anchor not in self.anchors:
            self.refuse(event, f"*{event.anchor} stands for nothing", f"write &{event.anchor} before a value above it")
        node, size = self.anchors[event.anchor]
        self.borrow(event, size)
        self.add(node, size, None)

    def borrow(self, event: yaml.Event, size: int) -> None:
        """Counts what an alias stands for before anyone unfolds it."""
        self.borrowed += size
        if self.borrowed > MOST_BORROWED:
            self.refuse(event, f"the aliases of this file stand for more than {MOST_BORROWED:,} values", "use fewer")

    def collection(self, done: Open) -> Node:
        if isinstance(done.event, yaml.SequenceStartEvent):
            return ListNode(*place(done.event), done.event.tag, done.children)
        pairs: Pairs = {}
        merged: Pairs = {}
        repeated: list[Scalar] = []
        odd: list[Node] = []
        for key, value in zip(done.children[::2], done.children[1::2], strict=True):
            if not isinstance(key, Scalar):
                odd.append(key)
            elif key.text == MERGE and key.plain:
                merged = {**self.merged(done.event, value), **merged}
            elif key.text in pairs:
                repeated.append(key)
            else:
                pairs[key.text] = key, value
        return MapNode(*place(done.event), done.event.tag, {**merged, **pairs}, repeated, odd)

    def merged(self, event: yaml.Event, value: Node) -> Pairs:
        """The pairs that `<<: *name`, or a list of such, stands for; the first one wins."""
        pairs: Pairs = {}
        for source in reversed(value.items if isinstance(value, ListNode) else [value]):
            if not isinstance(source, MapNode):
                self.refuse(event, "'<<' merges something that is not a mapping", "write <<: *name of a mapping")
            self.borrow(event, len(source.pairs))
            pairs.update(source.pairs)
        return pairs

    def refuse(self, event: yaml.Event, what: str, hint: str) -> NoReturn:
        raise RulesError((Problem(self.file, *place(event), what, hint),))


def place(event: yaml.Event) -> tuple[int, int]:
    mark = event.start_mark
    return (mark.line + 1, mark.column + 1) if mark else (1, 1)
