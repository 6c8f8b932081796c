"""A report as JSON: raw numbers in seconds, ratios and bytes; null where nothing is known. Pure.

The time zone is null when it is the machine's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dropmon.model import moment
from dropmon.reports.comparison import Change
from dropmon.reports.methods import methods
from dropmon.reports.report import Figure, Report
from dropmon.reports.writer import Writer


def document(report: Report) -> Mapping[str, Any]:
    """All of it; the names of the guide's WeeklyReport in their usual spelling."""
    period = report.period
    found = report.deployments
    return {
        "report": period.kind, "platform": report.platform,
        "period": {
            "name": period.name, "start": moment(period.start), "end": moment(period.end),
            "hours": (period.end - period.start) / 3600, "timezone": getattr(period.zone, "key", None),
        },
        "made": moment(report.made), "coverage": report.coverage,
        "missing": [each._asdict() for each in report.missing],
        "figures": {each.key: figure(each) for each in report.figures},
        "slos": None if report.promises is None else [each._asdict() for each in report.promises],
        "days": [{**each._asdict(), "day": each.day.isoformat()} for each in report.days],
        "incidents": {
            **{each.level: {"count": each.incidents, "to_acknowledge_seconds": each.acknowledge,
                            "to_resolve_seconds": each.resolve, "before": each.before} for each in report.levels},
            "open_seconds": report.disturbed, "from_before": report.from_before, "still_open": report.still_open,
            "list": [{**each._asdict(), "opened": moment(each.opened)} for each in report.troubles],
        },
        "deployments": None if found is None else {
            "count": len(found), "failed": sum(each.state == "failed" for each in found),
            "rolled_back": sum(each.state == "rolled back" for each in found),
            "incidents_within_the_hour": report.after,
            "list": [{**each._asdict(), "at": moment(each.at)} for each in found],
        },
        "checks": [{**each._asdict(), "uptime": each.uptime, "since": change(each.since)} for each in report.checks],
        "databases": [each._asdict() for each in report.databases],
        "oncall": {"people": [each._asdict() for each in report.duties], "pages": report.pages},
        "methods": [*methods(Writer(report))],
    }  # fmt: skip


def figure(one: Figure) -> Mapping[str, Any]:
    """One number, those it is compared with, and by how much it changed."""
    return {
        "value": one.now.value, "unit": one.unit.value, "samples": one.now.samples, "method": one.method,
        "before": one.before.value, "four_before": one.base.value,
        "since": change(one.since), "against": change(one.against), **one.about,
    }  # fmt: skip


def change(found: Change) -> Mapping[str, Any]:
    return {"absolute": found.absolute, "relative": found.relative, "word": found.word or None}
