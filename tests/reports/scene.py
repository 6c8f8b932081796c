"""A history of some weeks, made up: probes with failures and gaps, counters with resets, incidents that overlap."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from dropmon.incidents.incident import Incident, State, packed
from dropmon.incidents.policy import Level, Policy
from dropmon.model import Event, Sample
from dropmon.rules import Rules, load
from dropmon.storage import Store, open_store
from dropmon.storage.alerts import Changed, alerts_of
from dropmon.storage.events import events_of
from dropmon.storage.incidents import incidents_of
from dropmon.storage.oncall import Held, oncall_of
from dropmon.storage.store import State as Said

STEP = 300.0
WEEK = 7 * 86400.0
MONDAY = datetime(2026, 11, 22, 23, tzinfo=UTC).timestamp()  # 2026-11-23 00:00 in Paris
AT = MONDAY + 9 * 3600
CHECKS = {"Shopify": ("apis", 0.4, 0.004), "Stripe": ("apis", 0.12, 0.0005), "storefront": ("web", 0.25, 0.001),
          "import": ("functions", 0.9, 0.01)}  # fmt: skip
RULES = """
platform: {name: Boutique, timezone: Europe/Paris, language: fr}
checks:
  apis:
    - {name: Shopify, url: "https://example.com/1"}
    - {name: Stripe, url: "https://example.com/2"}
    - {name: BigBuy, url: "https://example.com/3"}
  web: [{name: storefront, url: "https://example.com"}]
  functions: [{name: import, url: "https://example.com/4"}]
slos:
  - {name: uptime, target: 99.9%, window: 7d, good: 'probe_success{check="storefront"} == 1', total: 'probe_success{check="storefront"}'}
  - {name: api-success, target: 99.5%, window: 7d, good: 'probe_success{kind="apis"} == 1', total: 'probe_success{kind="apis"}'}
  - {name: query-time, target: 95%, window: 7d, value: pg_statement_mean_seconds, below: 100ms}
channels:
  mail: {type: smtp, host: 127.0.0.1, port: PORT, security: none, from: "Boutique <ops@example.com>", to: ops@example.com, timeout: 5s}
oncall:
  timezone: Europe/Paris
  start: 2026-01-05
  people: {alice: {name: Alice, email: alice@example.com}, bob: {name: Bob, email: bob@example.com}}
  rotation: [{primary: alice, backup: bob}, {primary: bob, backup: alice}]
report:
  weekly: {at: monday 09:00, channel: mail, to: [boss@example.com, board@example.com]}
"""  # noqa: E501


def rules(folder: Path, port: int = 2525, text: str = RULES) -> Rules:
    """The rules, written to a file."""
    path = folder / "rules.yaml"
    path.write_text(text.replace("PORT", str(port)))
    return load(path)


def probes(start: float, end: float, seed: int = 7) -> Iterator[Sample]:
    """Probes of every check; nobody looked on the third day of each week from 10:00 to 12:00."""
    chance = random.Random(seed)
    gap = 2 * 86400 + 10 * 3600
    for name, (kind, usual, share) in CHECKS.items():
        labels = (("check", name), ("kind", kind))
        at = start + chance.uniform(0, 30)
        while at < end:
            if not gap <= (at - start) % WEEK < gap + 7200:
                good = chance.random() > share
                took = chance.lognormvariate(0, 0.5) * usual if good else chance.choice([0.05, 10.0])
                yield Sample("probe_success", labels, at, float(good))
                yield Sample("probe_duration_seconds", labels, at, took)
            at += STEP


def counters(start: float, end: float, seed: int = 3) -> Iterator[Sample]:
    """Log lines, counted; the counter is set back now and then."""
    chance = random.Random(seed)
    for level, often in (("error", 0.02), ("info", 5.0), ("fatal", 0.001)):
        value, at = 1000.0, start
        while at < end:
            value = 0.0 if chance.random() < 0.001 else value + float(int(chance.expovariate(1) * often * 10))
            yield Sample("log_entries_total", (("level", level), ("service", "workers")), at, value)
            at += STEP


def database(start: float, end: float) -> Iterator[Sample]:
    """A database that grows by a mebibyte an hour."""
    labels = (("database", "main"),)
    at, hits, deadlocks = start, 0.0, 5.0
    while at < end:
        hits += 990
        deadlocks += at % 86400 < 3600
        yield Sample("pg_database_bytes", (*labels, ("datname", "shop")), at, 2**30 + (at - start) / 3600 * 2**20)
        yield Sample("pg_connections_used", labels, at, 40 + 30 * (at % 86400 < 3600))
        yield Sample("pg_max_connections", labels, at, 100.0)
        yield Sample("pg_blocks_hit_total", labels, at, hits)
        yield Sample("pg_blocks_read_total", labels, at, hits / 99)
        yield Sample("pg_deadlocks_total", (*labels, ("datname", "shop")), at, deadlocks)
        at += 3600.0


def incident(store: Store, level: Level, opened: float, acked: float | None, resolved: float | None, title: str) -> int:
    """An incident that was taken and resolved so many seconds after it was opened."""
    own = incidents_of(store)
    with own.writing():
        number = own.number()
        state = State.RESOLVED if resolved is not None else State.TRIGGERED
        found = Incident(
            number, title, Policy(level), opened, state=state, changed=opened + (resolved or 0.0),
            acknowledged=None if acked is None else opened + acked,
            resolved=None if resolved is None else opened + resolved,
        )  # fmt: skip
        own.keep(number, state.value, opened, found.changed, packed(found))
    return number


def deployment(id_: str, at: float, title: str, state: str) -> Event:
    return Event("deployment", "vercel", id_, at, title, state, "https://example.com/x")


def played(place: Path, weeks: int = 5, end: float = MONDAY) -> None:
    """Writes all of it."""
    start = end - weeks * WEEK
    week = end - WEEK
    with open_store(str(place)) as store:
        store.record([*probes(start, end)])
        store.record([*counters(start, end), *database(start, end)])
        store.record((), [Said("source", "vercel", "told", end - 600, end - 600)])
        for level, opened, acked, resolved, title in (
            (Level.MAJOR, week + 86400, 240.0, 3600.0, "Shopify ne répond plus"),
            (Level.MINOR, week + 86400 + 1800, 600.0, 5400.0, "Réponses lentes <script>alert(1)</script>"),
            (Level.MINOR, week + 3 * 86400, None, None, "Disque presque plein"),
            (Level.MINOR, week - 86400, 100.0, 200.0, "La semaine d'avant"),
            (Level.CRITICAL, week - 2 * WEEK, 60.0, 900.0, "Il y a trois semaines"),
        ):
            incident(store, level, opened, acked, resolved, title)
        made = (
            ("a", week + 86400 - 1200, "Panier plus rapide", "ready"),
            ("b", week + 2 * 86400, "Nouveau thème", "failed"),
            ("c", week + 4 * 86400, "Retour au thème d'avant", "rolled back"), ("d", week - 3600, "Avant", "ready"),
        )  # fmt: skip
        events_of(store).keep([deployment(*each) for each in made], end)
        fired = (week + 86400, week + 86400 + 60, week + 2 * 86400 + 2 * 3600, week - 60)
        alerts = alerts_of(store)
        with alerts.writing():
            alerts.note([Changed(at, "slow", (), "pending", "firing") for at in fired], end)
        oncall = oncall_of(store)
        with oncall.writing():
            oncall.serve([
                Held("primary", week - 86400, week + 3 * 86400, week + 3 * 86400, "alice", "rotation"),
                Held("backup", week - 86400, week + 3 * 86400, week + 3 * 86400, "bob", "rotation"),
                Held("primary", week + 3 * 86400, end + 86400, end, "bob", "override"),
                Held("backup", week + 3 * 86400, end + 86400, end, "alice", "override"),
            ])  # fmt: skip
