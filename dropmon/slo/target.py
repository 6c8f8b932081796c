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
    of_bad: bool = False  # it was written as the share that may be bad, and people read it so

    @property
    def budget(self) -> Fraction:
        """The share that may be bad."""
        return 1 - self.share

    def seen(self, share: Fraction) -> Fraction:
        """A share of good events, or of its own, as it is compared by people with what is written.

        >>> target("99.9%").seen(Fraction(998, 1000)), target("< 0.1%").seen(Fraction(998, 1000))
        (Fraction(499, 500), Fraction(1, 500))
        """
        return 1 - share if self.of_bad else share

    def met(self, sli: Fraction) -> bool:
        """Whether a share of good events keeps the promise.

        >>> target("99.9%").met(Fraction(999, 1000)), target("> 99.9%").met(Fraction(999, 1000))
        (True, False)
        """
        return sli > self.share if self.strict else sli >= self.share


def target(text: str) -> Target:
    """What is written: '99.9%' is at least so many good; '> 99.5%' more; '< 0.1%' of bad ones is more than the rest.

    >>> target("99.9%"), target("> 99.5%")[:2] == target("<0.5%")[:2]
    (Target(share=Fraction(999, 1000), strict=False, of_bad=False), True)
    """
    found = re.fullmatch(r"\s*(>=|<=|>|<)?\s*(\S+)\s*", text)
    if not found:
        raise ValueError(f"{text!r} is not a target: write 99.9%, > 99.5%, or < 0.1% of what is bad")
    sign, share = found[1] or ">=", percent(found[2])
    of_bad = sign[0] == "<"
    return Target(1 - share if of_bad else share, sign in {">", "<"}, of_bad)


def shown(target: Target) -> str:
    """As the rules write it.

    >>> shown(target("99.9%")), shown(target("> 99.5%")), shown(target("< 0.1%")), shown(target("<= 1%"))
    ('99.9%', '> 99.5%', '< 0.1%', '<= 1%')
    """
    sign = {(False, True): "> ", (True, True): "< ", (True, False): "<= "}.get((target.of_bad, target.strict), "")
    return f"{sign}{bare(target)}"


def bare(target: Target) -> str:
    """Its number alone, as the rules write it.

    >>> bare(target("> 99.5%")), bare(target("< 0.1%"))
    ('99.5%', '0.1%')
    """
    return f"{float(target.seen(target.share) * 100):.12g}%"
