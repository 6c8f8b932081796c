"""Whose message is whose, where several rules files share one history, and which of them is next.

A message belongs to the rules file that wrote it: another's channel of the same name leads elsewhere. One whose file
has not run for a while is anybody's who has a channel of that name, so that a file that moved loses nothing.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

ALONE = 600.0  # seconds for which a message, and those of a file that was judged or sent by, are nobody else's
OFTEN = 60.0  # seconds within which it is not written down again that a file is in use
SKEW = 60.0  # seconds that clocks may differ before one is taken to have been set back
GIVE_UP = 86400.0  # seconds after which nobody wants to hear of it any more
STUBBORN = 5  # attempts after which a message lets others go first, and is given up when they get through

USED = f"SELECT path FROM rules_files WHERE path != :rules AND ran <= :at + {SKEW} AND until > :at"  # noqa: S608
HEIRLESS = f"""
state IN ('waiting', 'sending') AND rules != :rules
AND (rules = '' OR created NOT BETWEEN :at - {ALONE} AND :at + {SKEW} AND rules NOT IN ({USED}))
"""
INHERIT = f"""
UPDATE outbox SET rules = :rules WHERE {HEIRLESS} AND channel IN (SELECT value FROM json_each(:channels))
"""  # noqa: S608
# What nobody inherits comes to an end too, without a word to people whom it was not for.
ABANDON = f"""
UPDATE outbox SET state = 'dead', touched = :at, error = 'no rules file that is in use has this channel'
WHERE {HEIRLESS} AND created < :at - {GIVE_UP}
"""  # noqa: S608
ABANDON_JOINED = """
UPDATE outbox SET state = 'dead', touched = :at
WHERE state = 'joined' AND (SELECT state FROM outbox AS whole WHERE whole.id = substr(outbox.error, 9)) = 'dead'
"""
WAITING = f"""
SELECT EXISTS (SELECT 1 FROM outbox WHERE state IN ('waiting', 'sending') AND rules = :rules
               AND (next_at <= :at OR touched > :at + {SKEW}))
    OR EXISTS (SELECT 1 FROM outbox WHERE {HEIRLESS})
"""  # noqa: S608
UNTOLD = "SELECT EXISTS (SELECT 1 FROM outbox WHERE state = 'waiting' AND attempts > 0 AND told = 0 AND rules = ?)"
# One message of a channel at a time and in their order. While one waits for another attempt, the channel gets nothing;
# when it is a stubborn one, which may itself be what is wrong, what is critical passes. A receiver that named a time
# (Retry-After) gets nothing until then.
DUE = f"""
SELECT number FROM outbox
WHERE rules = :rules AND state IN ('waiting', 'sending') AND next_at <= :at
  AND channel NOT IN (SELECT channel FROM outbox WHERE rules = :rules AND state IN ('waiting', 'sending')
                      AND next_at > :at AND (state = 'sending' OR attempts > 0 AND attempts < {STUBBORN}))
  AND channel NOT IN (SELECT channel FROM outbox_pauses WHERE rules = :rules AND until > :at)
  AND channel NOT IN (SELECT value FROM json_each(:but))
  AND (channel NOT IN (SELECT channel FROM outbox WHERE rules = :rules AND state IN ('waiting', 'sending')
                       AND next_at > :at AND attempts >= {STUBBORN})
       OR CASE WHEN json_valid(payload) THEN EXISTS (
           SELECT 1 FROM json_tree(payload, '$.alerts') WHERE key = 'severity' AND atom = 'critical' AND path LIKE '%]')
       END)
ORDER BY attempts >= {STUBBORN}, number LIMIT 1
"""  # noqa: S608
CLAIM = """
UPDATE outbox SET state = 'sending', next_at = :at + :lease, touched = :at, attempts = attempts + 1, doubt = 1
WHERE number = :number
"""
# What was touched in the future belongs to a clock that has been set back: its wait counts from now. By as much
# came in earlier what came in since: how late it is, and what was told at the same moment, stays as it was. What came
# in before now did so by a clock that was right: it was only touched when one ran ahead.
LATEST = "SELECT max(touched) FROM outbox WHERE state IN ('waiting', 'sending')"
REBASE_CREATED = f"""
UPDATE outbox SET created = created - (({LATEST}) - :at) WHERE created > :at + {SKEW} AND ({LATEST}) > :at + {SKEW}
"""  # noqa: S608
REBASE = f"""
UPDATE outbox SET next_at = :at + max(0, next_at - touched), touched = :at
WHERE state IN ('waiting', 'sending') AND touched > :at + {SKEW}
"""  # noqa: S608
REBASE_PAUSES = f"""
UPDATE outbox_pauses SET until = :at + max(0, until - touched), touched = :at WHERE touched > :at + {SKEW}
"""  # noqa: S608


def waiting(database: sqlite3.Connection, at: float, rules: str) -> bool:
    """Whether a rules file may claim anything; takes no lock."""
    return bool(database.execute(WAITING, {"at": at, "rules": rules}).fetchone()[0])


def untold(database: sqlite3.Connection, rules: str) -> bool:
    """Whether anything has failed and no other channel was told in its stead; takes no lock."""
    return bool(database.execute(UNTOLD, (rules,)).fetchone()[0])


def inherit(database: sqlite3.Connection, at: float, rules: str, channels: Iterable[str]) -> None:
    """Takes over what nobody else sends any more through channels of these names, within a transaction."""
    own = {"at": at, "rules": rules}
    database.execute(INHERIT, {**own, "channels": json.dumps([*channels])})
    if database.execute(ABANDON, own).rowcount:
        database.execute(ABANDON_JOINED, own)


def others(database: sqlite3.Connection, at: float, rules: str) -> tuple[str, ...]:
    """The other rules files that used this history a while ago; the same one by another name is none."""
    found = database.execute(f"{USED} ORDER BY path", {"at": at, "rules": rules})
    return tuple(path for (path,) in found if not _same(path, rules))


def _same(one: str, other: str) -> bool:
    """Whether two paths lead to one file."""
    try:
        return Path(one).samefile(other)
    except OSError:  # one of them is gone
        return False


def in_use(database: sqlite3.Connection, at: float, every: float, rules: str) -> bool:
    """Whether it is written down that a file is in use, which it is once in so many seconds; takes no lock."""
    row = database.execute("SELECT ran, until FROM rules_files WHERE path = ?", (rules,)).fetchone()
    return not rules or (row is not None and 0 <= at - row[0] < OFTEN and row[1] >= at + lasting(every) - OFTEN)


def use(database: sqlite3.Connection, at: float, every: float, rules: str) -> None:
    """Writes down that a file is in use, and forgets others of which that was long ago, within a transaction."""
    if in_use(database, at, every, rules):
        return
    database.execute("INSERT OR REPLACE INTO rules_files VALUES (?, ?, ?)", (rules, at, at + lasting(every)))
    database.execute("DELETE FROM rules_files WHERE until < ?", (at - 86400.0,))


def lasting(every: float) -> float:
    """Seconds for which a file is in use after a run: cron may be late, and may miss one."""
    return max(ALONE, 2 * every)
