"""An expression as a tree. Times and durations are in milliseconds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, Union

if TYPE_CHECKING:
    from dropmon.storage.matcher import Matcher

Kind = Literal["scalar", "string", "vector", "matrix"]
At = int | Literal["start", "end"] | None


class Number(NamedTuple):
    value: float
    kind: Kind = "scalar"


class Literally(NamedTuple):
    """A string."""

    value: str
    kind: Kind = "string"


class Selector(NamedTuple):
    matchers: tuple[Matcher, ...]
    offset: int = 0
    at: At = None
    kind: Kind = "vector"


class Range(NamedTuple):
    """Of each series the samples of so long: `x[5m]`."""

    selector: Selector
    length: int
    kind: Kind = "matrix"

    @property
    def offset(self) -> int:
        return self.selector.offset

    @property
    def at(self) -> At:
        return self.selector.at


class Subquery(NamedTuple):
    """An expression at many moments: `x[1h:5m]`."""

    inner: Node
    length: int
    step: int  # 0: the default
    offset: int = 0
    at: At = None
    kind: Kind = "matrix"


class Call(NamedTuple):
    function: str
    arguments: tuple[Node, ...]
    kind: Kind


class Aggregation(NamedTuple):
    operator: str
    inner: Node
    parameter: Node | None
    labels: tuple[str, ...]
    without: bool
    kind: Kind = "vector"


class Negation(NamedTuple):
    inner: Node
    kind: Kind


class Matching(NamedTuple):
    """Which samples of two vectors belong together."""

    on: bool  # by these labels, else by all but these
    labels: tuple[str, ...]
    many: Literal["", "left", "right"] = ""  # the side of which several may belong to one of the other
    include: tuple[str, ...] = ()  # labels that the one side gives


class Binary(NamedTuple):
    operator: str
    left: Node
    right: Node
    matching: Matching
    boolean: bool  # 0 or 1 instead of leaving out
    kind: Kind


Node = Union[Number, Literally, Selector, Range, Subquery, Call, Aggregation, Negation, Binary]  # noqa: UP007
