"""What an outcome leaves behind: Samples under the names that blackbox_exporter gave them."""

from __future__ import annotations

from collections.abc import Iterator

from dropmon.model import Outcome, Phases, Sample, Status

PHASES = Phases._fields


def samples(outcome: Outcome) -> Iterator[Sample]:
    """The samples of one outcome. What could not be told leaves none: no data is not a failure, and not a success."""
    if not measured(outcome):
        return
    labels = {
        **{k: v for k, v in outcome.labels.items() if k != "tags"},
        "check": outcome.name,
        "kind": outcome.kind,
    }
    own = tuple(sorted(labels.items()))

    def sample(name: str, value: float, **more: str) -> Sample:
        return Sample(name, tuple(sorted((*own, *more.items()))) if more else own, outcome.at, value)

    if outcome.status is not Status.UNKNOWN:
        yield sample("probe_success", float(outcome.status is not Status.CRITICAL))
    if outcome.duration is not None:
        yield sample("probe_duration_seconds", outcome.duration)
    for phase in PHASES:
        if (seconds := getattr(outcome.phases, phase)) is not None:
            yield sample("probe_phase_seconds", seconds, phase=phase)
    if outcome.status_code is not None:
        yield sample("probe_http_status_code", float(outcome.status_code))
    if outcome.certificate_expires is not None:
        yield sample("probe_ssl_earliest_cert_expiry", outcome.certificate_expires)


def measured(outcome: Outcome) -> bool:
    """Whether something was learnt: a check that was not asked, or whose line was dead, tells nothing."""
    return outcome.status is not Status.UNKNOWN or outcome.duration is not None


def series(outcome: Outcome) -> tuple[tuple[str, str], ...]:
    """The labels of its samples, but for those that have more."""
    labels = {**outcome.labels, "check": outcome.name, "kind": outcome.kind}
    labels.pop("tags", None)
    return tuple(sorted(labels.items()))
