"""What was promised: a share of good events, and whether meeting it exactly is enough. Pure."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import NamedTuple

from dropmon.units import percent

PATTERN = r"^\s*(?:>=?|<=?)?\s*\d+(?:\.\d+)?%$"


class Target(NamedTuple):
    """The share that must be good; with `strict` it must be more."""

    share: Fraction
    strict: bool = False

    @property
    def budget(self) -> Fraction:
        """The share that may be bad."""
        return 1 - self.share

    def met(self, sli: Fraction) -> bool:
        """Whether a share of good events keeps the promise.

        >>> target("99.9%").met(Fraction(999, 1000)), target("> 99.9%").met(Fraction(999, 1000))
        (True, False)
        """
        return sli > self.share if self.strict else sli >= self.share


def target(text: str) -> Target:
    """What is written: '99.9%' is at least so many good; '> 99.5%' more; '< 0.1%' of bad ones is more than the rest.

    >>> target("99.9%"), target("> 99.5%") == target("<0.5%")
    (Target(share=Fraction(999, 1000), strict=False), True)
    """
    found = re.fullmatch(r"\s*(>=|<=|>|<)?\s*(\S+)\s*", text)
    if not found:
        raise ValueError(f"{text!r} is not a target: write 99.9%, > 99.5%, or < 0.1% of what is bad")
    sign, share = found[1] or ">=", percent(found[2])
    return Target(1 - share if sign[0] == "<" else share, sign in {">", "<"})


def shown(target: Target) -> str:
    """As the rules write it.

    >>> shown(target("99.9%")), shown(target("< 0.1%"))
    ('99.9%', '> 99.9%')
    """
    return f"{'> ' if target.strict else ''}{float(target.share * 100):.12g}%"
