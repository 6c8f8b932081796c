"""The alerts of a promise: who must hear that its budget goes too fast, and what is said. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

from dropmon.model import Sample
from dropmon.slo import burn
from dropmon.slo.burn import Threshold
from dropmon.slo.promise import Promise
from dropmon.slo.standing import Standing, rate
from dropmon.slo.tally import Tally, together
from dropmon.slo.words import faster
from dropmon.units import budget, human_duration

BURN, BAD = "slo_burn_rate", "slo_bad_events"
RECORDED = BURN, BAD
SEVERITIES = {"page": "critical", "ticket": "medium"}


TITLES = {
    "en": {
        "page": "SLO {name}: the error budget burns much too fast",
        "ticket": "SLO {name}: the error budget burns too fast",
    },
    "fr": {
        "page": "SLO {name} : le budget d'erreur fond beaucoup trop vite",
        "ticket": "SLO {name} : le budget d'erreur fond trop vite",
    },
}
WHOLE = {"en": "at {pace} a whole budget is gone in {time}", "fr": "à {pace}, un budget entier est épuisé en {time}"}
PACE = {"en": "{pace} over {long} and {short}", "fr": "{pace} sur {long} et {short}"}
LEFT = {"en": "{left} of the budget is left", "fr": "il reste {left} du budget"}
GONE = {"en": "it is gone in {time}", "fr": "il sera épuisé dans {time}"}
OVER = {"en": "the budget is gone", "fr": "le budget est épuisé"}


class Burning(NamedTuple):
    """An alert rule that a promise brings with it."""

    promise: Promise
    id: str
    severity: str
    condition: str
    name: str
    description: str
    depends_on: tuple[str, ...] = ()


class Rates(NamedTuple):
    """How fast a budget goes, by window, and how many events were bad."""

    burns: Mapping[str, Fraction | None]
    bad: Mapping[str, Fraction]


def alerts(promise: Promise, language: str = "en") -> list[Burning]:
    """One that pages, and one for which a ticket will do; the page goes before."""
    found: list[Burning] = []
    for kind, severity in SEVERITIES.items():
        own = [each for each in burn.thresholds(promise.window.nominal) if each.pair.severity == kind]
        if own:
            condition = " or ".join(f"({expression(promise, each)})" for each in own)
            found.append(
                Burning(
                    promise,
                    f"slo.{promise.name}.{kind}",
                    severity,
                    condition,
                    TITLES[language][kind].format(name=promise.name),
                    whole(promise, own[0], language),
                    tuple(each.id for each in found),
                )
            )
    return found


def expression(promise: Promise, threshold: Threshold) -> str:
    """When a pair of windows burns too fast, as PromQL over what is recorded of burn rates.

    >>> from dropmon.slo.indicator import events
    >>> from dropmon.slo.target import target
    >>> up = Promise("up", target("99.9%"), events("up == 1", None, "up"))
    >>> print(expression(up, burn.thresholds(30 * 86400)[0]))  # doctest: +NORMALIZE_WHITESPACE
    max by (slo) (slo_burn_rate{slo="up",window="1h"}) > 14.4
    and on (slo) slo_burn_rate{slo="up",window="5m"} > 14.4
    and on (slo) slo_bad_events{slo="up",window="1h"} >= 2
    """
    pair, factor = threshold
    long, short = (f'slo="{promise.name}",window="{each}"' for each in (pair.long, pair.short))
    limit = f"{float(factor):.12g}"
    # in six hours two failures may have nothing to do with each other; of five minutes one sample is all there may be
    bad = [long, short] if (pair.severity, pair.short) == ("page", "30m") else [long]
    return " and on (slo) ".join(
        (
            f"max by (slo) ({BURN}{{{long}}}) > {limit}",
            f"{BURN}{{{short}}} > {limit}",
            *(f"{BAD}{{{each}}} >= {promise.min_bad_events}" for each in bad),
        )
    )


def whole(promise: Promise, threshold: Threshold, language: str) -> str:
    """What a burn rate means, whatever is left of the budget."""
    seconds = Fraction(promise.window.nominal) / threshold.factor
    text = WHOLE[language].format(pace=faster(threshold.factor), time=human_duration(round(seconds)))
    return f"{text}. {doing(promise)}"


def doing(promise: Promise) -> str:
    """Where one sees more."""
    return f"dropmon slo show {quoted(promise.name)}"


def quoted(name: str) -> str:
    """A name as a shell takes it.

    >>> quoted("up"), quoted("api success")
    ('up', "'api success'")
    """
    return f"'{name}'" if " " in name else name


def rates(promise: Promise, cuts: Sequence[int], tallies: Sequence[Tally], at: float) -> Rates:
    """Burn rates from the tallies of the parts between these edges (ms)."""
    parts = list(zip(cuts, tallies, strict=False))
    found = {
        name: together(tally for edge, tally in parts if edge >= round(1000 * (at - length)))
        for name, length in burn.WINDOWS.items()
    }
    burns = {name: rate(promise, each) for name, each in found.items()}
    return Rates(burns, {name: each.bad for name, each in found.items()})


def samples(promise: Promise, found: Rates, at: float) -> Iterable[Sample]:
    """What the history keeps of them, of the windows that alerts look at."""
    pairs = [each.pair for each in burn.thresholds(promise.window.nominal)]
    for window in dict.fromkeys(name for pair in pairs for name in (pair.long, pair.short)):
        labels = (("slo", promise.name), ("window", window))
        burns = found.burns[window]
        if burns is not None:
            yield Sample(BURN, labels, at, float(burns))
            yield Sample(BAD, labels, at, float(found.bad[window]))


def said(standing: Standing, language: str = "en") -> dict[str, str]:
    """What the alerts of a promise say while its budget burns, by their ids."""
    promise, left, seconds = standing.promise, standing.remaining, standing.exhausted_in
    parts = []
    for pair, _ in standing.burning[:1]:
        pace = faster(burn.pace(standing.burns, pair) or Fraction(0))
        parts.append(PACE[language].format(pace=pace, long=pair.long, short=pair.short))
    if left is not None and left > 0:
        parts.append(LEFT[language].format(left=budget(left)))
    if seconds is not None:
        time = human_duration(round(seconds))
        parts.append(GONE[language].format(time=time) if seconds > 0 else OVER[language])
    text = f"{'; '.join(parts)}. {doing(promise)}"
    return {each.id: text for each in alerts(promise, language)}
