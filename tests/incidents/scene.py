"""Scenes on a given time line: what alerts and people do, minute by minute, and what is told. Nobody sleeps."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from dropmon.alerts.notification import Phase
from dropmon.alerts.plan import plan
from dropmon.alerts.state import State, Told, packed, unpacked
from dropmon.flows import response
from dropmon.flows.desk import Desk, policies
from dropmon.flows.tick import Ticked, tick
from dropmon.incidents.incident import Incident
from dropmon.incidents.incident import unpacked as read
from dropmon.incidents.policy import Level
from dropmon.rules import Rules, load
from dropmon.storage import Store, open_store
from dropmon.storage.alerts import Changed, Kept, alerts_of
from dropmon.storage.incidents import incidents_of

START = 1_795_400_000.0 - 1_795_400_000.0 % 60  # 2026-11-23, a Monday
MINUTE = 60.0
RULES = """
platform: {name: Shop, timezone: UTC}
channels:
  slack: {webhook: "https://example.com/s"}
  sms: {account: a, token: secret-token, from: f, to: "+33612345678"}
  email: {host: h, from: a@example.com, to: b@example.com, type: smtp}
  tracker: {type: github, repository: a/b, token: secret-token}
alerts:
  - {id: api_down, condition: a > 0, severity: critical, channels: [slack], name: "{{ labels.check }} is down", runbook: api-down}
  - {id: slow, condition: b > 0, severity: high, channels: [slack]}
  - {id: errors, condition: c > 0, severity: high, channels: [], depends_on: [api_down]}
  - {id: disk, condition: d > 0, severity: low, channels: []}
oncall:
  timezone: UTC
  start: 2026-01-05
  people:
    alice: {name: Alice, email: alice@example.com}
    bob: {name: Bob, email: bob@example.com}
  rotation: [{primary: alice, backup: bob}]
incidents:
  critical: {from: [critical], acknowledge: 5m, escalate: 15m, communicate: 0m, notify: [oncall, slack, sms], postmortem: required}
  major: {from: [high], acknowledge: 15m, investigate: 30m, communicate: 1h, notify: [oncall, slack, email], postmortem: if-recurrent}
  minor: {from: [medium, low], due: 24h, notify: [slack], ticket: true}
"""  # noqa: E501


class Scene:
    """A store, its rules, and what was told at which minute."""

    def __init__(self, folder: Path, rules: str = RULES) -> None:
        path = folder / "rules.yaml"
        path.write_text(rules)
        self.rules: Rules = load(path)
        self.plan = plan(self.rules)
        self.place = str(folder / "x.db")
        self.minute = 0.0
        self.told: list[tuple[float, str]] = []
        self.tick()  # the first one knows no past

    @property
    def at(self) -> float:
        return START + self.minute * MINUTE

    def store(self) -> Store:
        return open_store(self.place)

    def tick(self) -> Ticked:
        with self.store() as store:
            done = tick(self.rules, self.plan, store, self.at)
        self.told += [(self.minute, one.id.removeprefix("incident-")) for one in done.notifications]
        return done

    def play(self, script: Iterable[tuple[float, str]], ticks: Iterable[float]) -> list[tuple[float, str]]:
        """What is told by ticks at these minutes, while this happens at those; an act comes before a tick."""
        acts = sorted(script, key=lambda each: each[0])
        for minute in ticks:
            while acts and acts[0][0] <= minute:
                self.minute, act = acts.pop(0)
                self.act(*act.split())
            self.minute = minute
            self.tick()
        assert not acts
        return self.told

    def act(self, what: str, *words: str) -> None:
        """fire RULE CHECK [SEVERITY], end RULE CHECK, or what a person does: ack 1 alice."""
        if what in {"fire", "end"}:
            self.alert(words[0], words[1], what == "fire", words[2] if len(words) > 2 else "")
        else:
            self.person(what, int(words[0]), *words[1:])

    def alert(self, rule: str, check: str, fires: bool, severity: str = "") -> None:
        """An evaluation by which an alert goes from one phase to another, written as judging does."""
        own = next(each for each in self.plan.rules if each.id == rule)
        labels = (("check", check),)
        with self.store() as store:
            alerts = alerts_of(store)
            known = {(one.rule, one.labels): unpacked(one.body) for one in alerts.states()}
            before = known.get((rule, labels)) or State(rule, labels, severity=own.severity)
            level = type(own.severity)[severity.upper()] if severity else own.severity
            fired = self.at if not before.active else before.fired
            told = tuple(Told(name, self.at, open=True) for name in own.channels)
            after = before._replace(
                phase=Phase.FIRING if fires else Phase.RESOLVED, fired=fired, severity=level, at=self.at,
                ended=None if fires else self.at, told=told if fires else (), since=self.at,
            )  # fmt: skip
            with alerts.writing():
                alerts.keep([Kept(rule, labels, after.shown.value, self.at, packed(after))], (), self.at)
                if before.shown is not after.shown:
                    alerts.note([Changed(self.at, rule, labels, before.shown.value, after.shown.value)], self.at)

    def person(self, what: str, number: int, *words: str) -> None:
        who = words[0] if words else "alice"
        with self.store() as store:
            incidents = incidents_of(store)
            with incidents.writing():
                desk = Desk(incidents, self.rules, self.at, self.at)
                before = len(desk.told)
                self.acts(desk, what, number, who, words)
        self.told += [(self.minute, one.id.removeprefix("incident-")) for one in desk.told[before:]]

    def acts(self, desk: Desk, what: str, number: int, who: str, words: tuple[str, ...]) -> None:
        if what == "open":
            response.opening(desk, "x", policies(self.rules)[Level(who)], desk.at, "alice", fingerprint="x")
        elif what == "severity":
            response.severity(desk, number, policies(self.rules)[Level(who)], "alice")
        elif what == "merge":
            response.merge(desk, number, int(who), "alice")
        elif what == "told":
            then = desk.at + float(words[1]) * MINUTE if len(words) > 1 else None
            response.communicate(desk, number, "alice", {"state": who, "text": "t", "next": then})
        elif what == "call":
            response.escalate(desk, number, "alice", "text", who)
        elif what == "write":
            response.close(desk, number, "alice", "document")
        else:
            acts: dict[str, Callable[[Desk, int, str, str], object]] = {
                "ack": response.acknowledge, "resolve": response.resolve, "reopen": response.reopen,
                "escalate": response.escalate, "note": response.note, "assign": response.assign,
            }  # fmt: skip
            acts[what](desk, number, who, "text")

    def incident(self, number: int = 1) -> Incident:
        with self.store() as store:
            return read(incidents_of(store).bodies(number)[0])

    def states(self) -> list[str]:
        """Where every incident stands."""
        with self.store() as store:
            numbers = incidents_of(store).numbers()
        return [f"{self.incident(one).level} {self.incident(one).state}" for one in numbers]

    def waiting(self) -> list[str]:
        """The ids of what waits in the outbox, in its order."""
        from dropmon.storage.outbox import open_outbox

        with open_outbox(None, self.place) as outbox:
            return [row.id.removeprefix("incident-") for row in outbox.rows()]
