"""The alerts that SLOs bring with them, through the same evaluation as every other."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from dropmon.alerts.lint import doubts
from dropmon.alerts.notification import Phase, Severity
from dropmon.flows.judge import Judged, history, judge
from dropmon.flows.planning import plan
from dropmon.model import Sample
from dropmon.rules import Rules, load
from dropmon.storage import open_store

END = 1_795_446_000.0  # 2026-11-23T15:00Z
RULES = """
platform: {{name: Shop, timezone: Europe/Paris, language: {language}}}
checks: {{web: [{{name: storefront, url: "https://x.example"}}]}}
slos:
  - {{name: uptime, target: 99.9%, good: 'probe_success == 1', total: probe_success, channels: [hook, oncall], {more}}}
channels: {{hook: {{type: webhook, url: "http://127.0.0.1:9/"}}}}
oncall: {{start: 2026-01-05, people: {{alice: {{name: Alice, phone: "+33600000001"}}}}, rotation: [{{primary: alice}}]}}
maintenance: [{{name: move, from: "2026-11-23 15:20", until: "2026-11-23 15:40", matchers: {{check: storefront}}}}]
"""
Judging = Callable[..., Judged]


def rules(folder: Path, more: str = "runbook: api-down", language: str = "en") -> Rules:
    path = folder / "rules.yaml"
    path.write_text(RULES.format(more=more, language=language))
    return load(path)


@pytest.fixture
def judged(tmp_path: Path) -> Judging:
    """Judges at the end of thirty days in which the probes of these minutes before the end failed."""

    def judging(
        failed: Iterable[int], at: float = END, more: str = "runbook: api-down", language: str = "en"
    ) -> Judged:
        loaded, down = rules(tmp_path, more, language), {END - 60 * back for back in failed}
        with open_store(str(tmp_path / "history.db")) as store:
            times = [END - 300 * back for back in range(30 * 288)]
            labels = ("check", "storefront"), ("kind", "web")
            store.record(Sample("probe_success", labels, time, float(time not in down)) for time in times)
            return judge(loaded, plan(loaded), store, history(loaded, store), at)

    return judging


def firing(done: Judged) -> dict[str, Severity]:
    return {each.rule: each.severity for each in done.step.states.values() if each.phase is Phase.FIRING}


def test_one_failed_probe_wakes_nobody(judged: Judging) -> None:
    assert firing(judged([0])) == {}


def test_one_failed_probe_would_have(judged: Judging) -> None:
    assert firing(judged([0], more="min_bad_events: 1"))["slo.uptime.page"] is Severity.CRITICAL


def test_two_failures_hours_apart_wake_nobody(judged: Judging) -> None:
    assert firing(judged([0, 300])) == {"slo.uptime.ticket": Severity.MEDIUM}


def test_two_failures_in_half_an_hour_page(judged: Judging) -> None:
    assert firing(judged([10, 15]))["slo.uptime.page"] is Severity.CRITICAL


def test_an_outage_pages_and_the_ticket_is_explained_by_it(judged: Judging) -> None:
    done = judged([0, 5, 10])
    assert firing(done) == {"slo.uptime.page": Severity.CRITICAL, "slo.uptime.ticket": Severity.MEDIUM}
    (hook,) = [one for one in done.step.notifications if one.channel == "hook"]
    (alert,) = hook.alerts
    assert (alert.name, alert.runbook) == ("SLO uptime: the error budget burns much too fast", "api-down")
    assert alert.value == 375  # 3 of the 8 that count in an hour, of a budget of 1 in 1000
    assert alert.description == (
        "375× over 1h and 5m; 65.2% of the budget is left; it is gone in 1h 15m. dropmon slo show uptime"
    )


def test_an_outage_that_is_over_is_told_to_be_over_soon(judged: Judging) -> None:
    assert firing(judged([10, 15, 20]))["slo.uptime.page"] is Severity.CRITICAL  # thirty minutes still burn
    assert "slo.uptime.page" not in firing(judged([35, 40, 45]))


def test_a_slow_burn_is_worth_a_ticket(judged: Judging) -> None:
    assert firing(judged([60, 700])) == {"slo.uptime.ticket": Severity.MEDIUM}


def test_maintenance_burns_nothing(judged: Judging) -> None:
    down = [40, 35, 30, 25]  # 15:20 to 15:40 in Paris is 14:20 to 14:40 here
    assert firing(judged(down)) == {}


def test_no_data_does_not_fire_and_is_not_known(judged: Judging) -> None:
    done = judged([0, 5, 10], at=END + 4 * 86400)
    assert firing(done) == {}
    assert done.samples == 0  # neither 0 nor 100 %: nothing is recorded


def test_alerts_speak_the_language_of_the_platform(judged: Judging) -> None:
    done = judged([0, 5, 10], language="fr")
    (alert,) = done.step.notifications[0].alerts
    assert alert.name == "SLO uptime : le budget d'erreur fond beaucoup trop vite"
    assert "il sera épuisé dans 1h 15m" in alert.description


def test_burn_rates_are_kept_for_later(judged: Judging, tmp_path: Path) -> None:
    judged([0, 5, 10])
    with open_store(str(tmp_path / "history.db")) as store:
        found = {dict(labels)["window"]: value for labels, (_, value) in store.latest("slo_burn_rate").items()}
    assert found["5m"] == 1000
    assert found["1h"] == 375
    assert {*found} == {"5m", "30m", "1h", "2h", "6h", "1d", "3d"}


def test_nothing_about_them_is_doubtful(tmp_path: Path) -> None:
    assert doubts(plan(rules(tmp_path)), {}, lambda name: True) == []


def test_they_have_ids_severities_and_channels(tmp_path: Path) -> None:
    found = plan(rules(tmp_path)).rules
    assert [(each.id, each.severity.word, each.channels, each.depends_on) for each in found] == [
        ("slo.uptime.page", "critical", ("hook", "oncall"), ()),
        ("slo.uptime.ticket", "medium", ("hook", "oncall"), ("slo.uptime.page",)),
    ]


def test_a_mistake_in_a_promise_keeps_no_other_alert_from_being_judged(tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text(
        "slos: [{name: up, target: 99.9, good: a == 1, total: a}]\n"
        "alerts: [{id: down, condition: a == 0, severity: high}]\n"
    )
    loaded = load(path)
    with open_store(str(tmp_path / "history.db")) as store:
        store.record([Sample("a", (), END, 0.0)])
        done = judge(loaded, plan(loaded), store, history(loaded, store), END)
    assert firing(done) == {"down": Severity.HIGH}
    assert "99.9 is not a share" in done.failed["slos"]
