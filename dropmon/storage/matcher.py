"""Which series are meant: PromQL's label matchers."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class Matcher(NamedTuple):
    """One condition on one label; a label that a series has not is the empty string, as in Prometheus."""

    label: str
    op: Literal["=", "!=", "=~", "!~"]
    value: str

    def accepts(self, labels: Mapping[str, str]) -> bool:
        """Whether a series with these labels is meant. `re.error` when the pattern is none.

        >>> Matcher("kind", "=~", "api|apis").accepts({"kind": "apis"}), Matcher("kind", "!=", "").accepts({})
        (True, False)
        """
        text = labels.get(self.label, "")
        same = text == self.value if self.op in {"=", "!="} else bool(_pattern(self.value).fullmatch(text))
        return same is (self.op in {"=", "=~"})


@lru_cache(maxsize=256)
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.DOTALL)
