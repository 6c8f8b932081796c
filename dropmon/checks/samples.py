"""What an outcome leaves behind: Samples under the names that blackbox_exporter gave them."""

from __future__ import annotations

from collections.abc import Iterator

from dropmon.model import Outcome, Phases, Sample, Status

Labels = tuple[tuple[str, str], ...]


def samples(outcome: Outcome) -> Iterator[Sample]:
    """The samples of one outcome. What was not asked, or could not be told, leaves none: no data is its own state."""
    if not outcome.asked:
        return
    own = series(outcome)

    def sample(name: str, value: float, labels: Labels = own) -> Sample:
        return Sample(name, labels, outcome.at, value)

    if outcome.status is not Status.UNKNOWN:
        yield sample("probe_success", float(outcome.status is not Status.CRITICAL))
    if outcome.duration is not None:
        yield sample("probe_duration_seconds", outcome.duration)
    for phase, seconds in zip(Phases._fields, outcome.phases, strict=True):
        if seconds is not None:
            yield sample("probe_phase_seconds", seconds, tuple(sorted({**dict(own), "phase": phase}.items())))
    if outcome.status_code is not None:
        yield sample("probe_http_status_code", float(outcome.status_code))
    if outcome.certificate_expires is not None:
        yield sample("probe_ssl_earliest_cert_expiry", outcome.certificate_expires)


def series(outcome: Outcome) -> Labels:
    """The labels of its samples, but for those that have more."""
    return tuple(sorted({**outcome.labels, "check": outcome.name, "kind": outcome.kind}.items()))
