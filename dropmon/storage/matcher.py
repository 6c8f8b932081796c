"""Which series are meant: PromQL's label matchers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from dropmon.pattern import pattern

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class Matcher(NamedTuple):
    """One condition on one label; a label that a series has not is the empty string, as in Prometheus."""

    label: str
    op: Literal["=", "!=", "=~", "!~"]
    value: str

    def accepts(self, labels: Mapping[str, str]) -> bool:
        """Whether a series with these labels is meant. Raises PatternError when the pattern is none.

        >>> Matcher("kind", "=~", "api|apis").accepts({"kind": "apis"}), Matcher("kind", "!=", "").accepts({})
        (True, False)
        """
        return accepting(self.op, self.value)(labels.get(self.label, ""))


def accepting(op: str, value: str) -> Callable[[str], bool]:
    """Whether a matcher accepts the text of its label. Raises PatternError when its pattern is none.

    >>> [accepting(op, "a|b")("a") for op in ("=", "!=", "=~", "!~")]
    [False, True, True, False]
    """
    if op == "=":
        return value.__eq__
    if op == "!=":
        return value.__ne__
    match = pattern(value).fullmatch
    return (lambda text: match(text) is not None) if op == "=~" else lambda text: match(text) is None
