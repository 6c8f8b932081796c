"""Which series of a store a selector means, found without looking at each."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from dropmon.history.promql.value import NAME, Labels
from dropmon.storage.matcher import accepting

if TYPE_CHECKING:
    from dropmon.storage import Matcher, Store

SHARE = 2.5  # intervals that a sample stands for: one late run of cron must not make a series blink
USUAL = 300_000  # milliseconds that a sample stands for at least
LITERAL = re.compile(r"[\w:/ -]*", re.ASCII)


class Known(NamedTuple):
    """A series, ready to be matched."""

    id: int
    labels: Labels
    have: Mapping[str, str]
    stands: int  # milliseconds


class Named:
    """The series of one name, or of any; sorted by their labels. `texts` has those of each text of a label."""

    def __init__(self, every: Sequence[Known]) -> None:
        self.every = sorted(every, key=attrgetter("labels"))
        self._texts: dict[str, dict[str, list[Known]]] = {}
        self._sorted: dict[str, list[str]] = {}

    def texts(self, label: str) -> dict[str, list[Known]]:
        """The series by what they have in a label; the empty text is that of those without."""
        found = self._texts.get(label)
        if found is None:
            found = self._texts[label] = {}
            for each in self.every:
                found.setdefault(each.have.get(label, ""), []).append(each)
        return found

    def meant(self, matcher: Matcher) -> list[Known]:
        """The series that a matcher accepts: each text is looked at once, however many series have it."""
        texts = self.texts(matcher.label)
        if matcher.op == "=":
            return texts.get(matcher.value, [])
        accepts = accepting(matcher.op, matcher.value)
        accepted = [text for text in self._likely(matcher) if accepts(text)]
        if len(accepted) == 1:
            return texts[accepted[0]]
        if len(accepted) == len(texts):
            return self.every
        ids = {each.id for text in accepted for each in texts[text]}
        return (
            [each for each in self.every if each.id in ids]
            if 4 * len(ids) > len(self.every)
            else sorted((each for text in accepted for each in texts[text]), key=attrgetter("labels"))
        )

    def _likely(self, matcher: Matcher) -> Sequence[str]:
        """The texts that may be accepted: those that begin as the pattern does."""
        texts = self.texts(matcher.label)
        begin = beginning(matcher.value) if matcher.op == "=~" else ""
        if not begin or len(texts) < 10:
            return list(texts)
        ranked = self._sorted.get(matcher.label)
        if ranked is None:
            ranked = self._sorted[matcher.label] = sorted(texts)
        first = last = bisect_left(ranked, begin)
        while last < len(ranked) and ranked[last].startswith(begin):
            last += 1
        return ranked[first:last]


class Catalogue:
    """The series of a store, read once for each name. `interval` gives the seconds between two samples of one."""

    def __init__(self, store: Store, interval: Callable[[Mapping[str, str]], float]) -> None:
        self._store = store
        self._interval = interval
        self._named: dict[str | None, Named] = {}
        self._found: dict[tuple[Matcher, ...], list[Known]] = {}

    def find(self, matchers: Sequence[Matcher]) -> list[Known]:
        """The series that every matcher accepts, in the order of their labels. Raises StorageError."""
        key = tuple(matchers)
        found = self._found.get(key)
        if found is None:
            found = self._found[key] = self._look(key)
        return found

    def _look(self, matchers: Sequence[Matcher]) -> list[Known]:
        """Those that one matcher accepts are looked up, those of equal texts first; the others are tried on them."""
        name = next((value for label, op, value in matchers if label == NAME and op == "="), None)
        named = self._name(name)
        others = [each for each in matchers if each.label != NAME or each.op != "="]
        if not others:
            return named.every if all(value == name for label, _, value in matchers if label == NAME) else []
        first, *rest = sorted(others, key=lambda each: each.op != "=" or not each.value)
        found = named.meant(first)
        for label, op, value in rest:
            accepts = accepting(op, value)
            found = [each for each in found if accepts(each.have.get(label, ""))]
        return found

    def _name(self, name: str | None) -> Named:
        found = self._named.get(name)
        if found is None:
            series = self._store.series(name)
            found = self._named[name] = Named([self._known(one.id, one.name, one.labels) for one in series])
        return found

    def _known(self, number: int, name: str, labels: Labels) -> Known:
        whole: Labels = ((NAME, name), *labels)
        if labels and labels[0][0] < NAME:  # upper case
            whole = tuple(sorted(whole))
        have = dict(whole)
        return Known(number, whole, have, max(USUAL, round(1000 * SHARE * self._interval(have))))


def beginning(text: str) -> str:
    """What everything that a pattern matches begins with.

    >>> beginning("i-1."), beginning("ab*c"), beginning("a|b"), beginning("(?i)a"), beginning("api")
    ('i-1', 'a', '', '', 'api')
    """
    if "|" in text:
        return ""
    found = LITERAL.match(text)
    begin = found[0] if found else ""
    return begin[:-1] if text[len(begin) :][:1] in {"*", "?", "{"} else begin
