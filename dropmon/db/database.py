"""Which database is meant: one of the rules, an address, or the one that the environment names."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import tzinfo
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from dropmon.errors import UsageError
from dropmon.secrets import remember

if TYPE_CHECKING:
    from dropmon.rules import Rules
    from dropmon.rules.sections.databases import Database as Entry

TIMEOUT = 10.0  # seconds for connecting, and for each statement
NAMED = "name one of `databases:` with --database, or an address: postgresql://user@host:5432/name"


class Database(NamedTuple):
    """A database to ask. `url` may be empty: libpq finds its way by PGHOST, PGSERVICE and the like."""

    name: str  # the label `database` of its samples; empty until the server tells its own
    url: str
    timeout: float = TIMEOUT  # seconds
    thresholds: Mapping[str, float] = MappingProxyType({})  # in base units, a rate by the second
    labels: Mapping[str, str] = MappingProxyType({})
    zone: tzinfo | None = None


def choose(wanted: str | None, rules: Rules | None) -> Database:
    """The database of that name in the rules (`main`, or the only one, when none is named), or at that address.

    Without any in the rules it is DATABASE_URL, and without that whatever libpq finds. Raises UsageError.
    """
    if wanted is not None and ("://" in wanted or "=" in wanted):
        return at(wanted)
    if rules is None or "databases" not in rules.given:
        if wanted is not None:
            where = f"in {rules.path}" if rules else "without a rules file"
            raise UsageError(f"there is no database {wanted!r} {where}", NAMED)
        return at(os.environ.get("DATABASE_URL", ""))
    found = rules.databases
    name = wanted or ("main" if "main" in found or len(found) != 1 else next(iter(found)))
    if name not in found:
        what = f"there is no database {name!r} in {rules.path}" if wanted else "which database?"
        raise UsageError(what, f"--database with one of {', '.join(found)}")
    return of(name, found[name], rules.platform.timezone)


def at(url: str) -> Database:
    """The database at an address; its password is a secret from now on."""
    from dropmon.rules.secrecy import passwords

    for password in passwords(url):
        remember(password)
    return Database("", url)


def of(name: str, entry: Entry, zone: tzinfo | None = None) -> Database:
    """A database of the rules."""
    limits = {
        key: _base(value) for key, value in dict(entry.thresholds).items() if key in entry.thresholds.model_fields_set
    }
    return Database(name, entry.url.get_secret_value(), entry.timeout, limits, entry.labels, zone)


def _base(value: object) -> float:
    """A threshold as a number: a rate, which is an amount and seconds, by the second.

    >>> _base(0.1), _base((20, 10.0))
    (0.1, 2.0)
    """
    if isinstance(value, tuple):
        amount, seconds = value
        return float(amount) / float(seconds)
    return float(value)  # type: ignore[arg-type]
