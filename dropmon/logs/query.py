"""What is wanted. One filter: it judges entries here, and tells a source what it may leave out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import NamedTuple

from dropmon.logs import compare, where
from dropmon.logs.condition import All, Comparison, Condition
from dropmon.logs.entry import Entry
from dropmon.logs.grep import Grep
from dropmon.logs.level import Level

Judge = Callable[[Entry], bool]
VERBATIM = re.compile(r"[A-Za-z0-9_.-]+")  # what JSON writes in one way, or with \u
REWRITTEN = frozenset({"none", "null", "true", "false", "nan", "inf", "-inf", "infinity", "-infinity"})
REREAD = frozenset({"level", "time", "duration", "message", "service", "status", "trace", "kind", "id"})
"""Keys whose value may be in other words than the bytes."""


class Query(NamedTuple):
    """All of it must hold; of several functions, services, requests or users any one."""

    least: Level | None = None  # entries that name no level pass with INFO and below
    only: frozenset[Level] = frozenset()
    functions: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    requests: tuple[str, ...] = ()
    users: tuple[str, ...] = ()
    since: float | None = None  # seconds since 1970; an entry that tells no time passes
    until: float | None = None  # seconds since 1970; this moment does not pass
    grep: tuple[str, ...] = ()  # expressions that are all found in the bytes of an entry, its trace included
    without: tuple[str, ...] = ()  # expressions none of which is
    where: tuple[str, ...] = ()  # conditions

    def passes(self, entry: Entry) -> bool:
        """Whether the entry is wanted. What an input said of its own failure never is.

        >>> Query(least=Level.ERROR, functions=("pay",)).passes(Entry(b"", Level.FATAL, function="pay"))
        True
        """
        return judge(self)(entry)

    def needs(self) -> tuple[bytes, ...]:
        r"""Bytes all of which stand in the block of every wanted entry, unless there is a \u escape in it.

        >>> Query(functions=("pay",), users=("a", "b"), where=("context.code = E_CARD and x > 1",)).needs()
        (b'pay', b'E_CARD')
        """
        return needs(self)

    @property
    def is_level_only(self) -> bool:
        """Whether nothing but the level counts."""
        return self == Query(self.least, self.only)


@lru_cache(maxsize=16)
def judge(query: Query) -> Judge:
    """The query, ready to be asked, what is cheap first. Raises UsageError for an expression that cannot be."""
    tests = tuple(demands(query))

    def passes(entry: Entry) -> bool:
        if entry.failure is not None:
            return False
        for test in tests:  # noqa: SIM110 a generator takes twice as long
            if not test(entry):
                return False
        return True

    return passes


def demands(query: Query) -> Iterator[Judge]:
    """Each thing that must hold."""
    if query.only or query.least is not None:
        levels = passing(query.least, query.only)
        yield lambda entry: entry.level in levels
    if query.functions:
        yield lambda entry: entry.function in query.functions
    if query.services:
        yield lambda entry: entry.service in query.services
    if query.requests:
        yield lambda entry: entry.request in query.requests
    if query.users:
        yield lambda entry: entry.user in query.users
    if query.since is not None or query.until is not None:
        yield within(query.since, query.until)
    for condition in query.where:
        yield compare.judge(where.parse(condition))
    for expression in query.grep:
        yield present(expression)
    for expression in query.without:
        yield absent(expression)


def passing(least: Level | None, only: frozenset[Level]) -> frozenset[Level]:
    """The levels that are wanted.

    >>> sorted(passing(Level.ERROR, frozenset())), Level.UNKNOWN in passing(Level.INFO, frozenset())
    ([<Level.ERROR: 5>, <Level.FATAL: 6>], True)
    """
    wanted = {level for level in Level if least is None or level >= least}
    if least is None or least <= Level.INFO:
        wanted.add(Level.UNKNOWN)
    return frozenset(wanted & only if only else wanted)


def within(since: float | None, until: float | None) -> Judge:
    start = float("-inf") if since is None else since
    end = float("inf") if until is None else until
    return lambda entry: entry.time is None or start <= entry.time < end


def present(expression: str) -> Judge:
    found = Grep(expression).found
    return lambda entry: found(entry.raw)


def absent(expression: str) -> Judge:
    found = Grep(expression).found
    return lambda entry: not found(entry.raw)


@lru_cache(maxsize=16)
def needs(query: Query) -> tuple[bytes, ...]:
    """What Query.needs says."""
    single = (values[0] for values in (query.functions, query.requests, query.users) if len(values) == 1)
    values = [value for value in single if verbatim(value)]
    values += [value for condition in query.where for value in literals(where.parse(condition))]
    plain = (Grep(expression).literal for expression in query.grep)
    return tuple(dict.fromkeys([*(value.encode() for value in values), *(each for each in plain if each)]))


def literals(condition: Condition) -> Iterator[str]:
    """The texts that a condition cannot hold without. Numbers have many spellings.

    >>> list(literals(where.parse("a = x and (b = y or c = z) and d = 42 and e = true and level = error")))
    ['x']
    """
    if isinstance(condition, All):
        for part in condition.parts:
            yield from literals(part)
    if not isinstance(condition, Comparison) or condition.operator != "=" or condition.path in REREAD:
        return
    if verbatim(condition.value.text) and compare.number(condition.value.text) is None:
        yield condition.value.text


def verbatim(value: str) -> bool:
    """Whether a text stands in the bytes as it is: 1e3 may be written 1000, and None null.

    >>> [verbatim(value) for value in ("req_1", "42", "1e3", "None", "a b")]
    [True, True, False, False, False]
    """
    spelt = compare.number(value) is not None and not value.isdecimal()
    return bool(VERBATIM.fullmatch(value)) and not spelt and value.lower() not in REWRITTEN
