"""`sources:` what others know: errors, deployments, uptime, business numbers.

Those that are alive are the classes of `dropmon.sources.kinds`; the others are only checked.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, create_model

from dropmon.errors import DropmonError, Problem, RulesError
from dropmon.rules.addresses import Url
from dropmon.rules.checked import Part
from dropmon.rules.nodes import ListNode, MapNode
from dropmon.rules.promql import MetricName
from dropmon.rules.types import Duration, Header, Inactive, Listed, Secret, Section
from dropmon.sources.kinds import registry
from dropmon.sources.source import Given, Server, Source

if TYPE_CHECKING:
    from dropmon.rules.file import Rules


class Sentry(Section):
    """Errors of the application."""

    organization: str
    project: Listed[str]
    token: Secret
    url: Url = "https://sentry.io"
    environment: str | None = None
    every: Duration = 300.0


class UptimeRobot(Section):
    """What is measured from outside."""

    key: Secret
    monitors: tuple[str, ...] = Field((), description="Names; default: all.")
    every: Duration = 300.0


class CloudWatchMetric(Section):
    """One metric of CloudWatch."""

    metric: MetricName
    namespace: str
    name: str
    statistic: Literal["Average", "Sum", "Minimum", "Maximum", "SampleCount"] = "Average"
    dimensions: dict[str, str] = Field({}, description="Dimension to value.")
    period: Duration = 300.0


class CloudWatch(Section):
    """Metrics of AWS."""

    region: str
    access_key: str | None = Field(None, description="Default: the machine's own identity.")
    secret_key: Secret | None = None
    metrics: tuple[CloudWatchMetric, ...] = ()
    every: Duration = 300.0


class SupabaseMetrics(Section):
    """The project's own Prometheus endpoint: disk, memory, pooler."""

    project: str
    key: Secret = Field(description="The service role's secret key.")
    every: Duration = 60.0


class OpenMetrics(Section):
    """Any page that Prometheus could scrape."""

    name: str
    url: Url
    headers: dict[str, Header] = Field({}, description="Sent with every request.")
    metrics: tuple[str, ...] = Field((), description="Names that are kept; default: all.")
    every: Duration = 60.0


class Sources(Section):
    """What others know."""

    sentry: Annotated[Sentry | None, Inactive] = None
    uptimerobot: Annotated[UptimeRobot | None, Inactive] = None
    cloudwatch: Annotated[CloudWatch | None, Inactive] = None
    supabase: Annotated[SupabaseMetrics | None, Inactive] = None
    openmetrics: Annotated[tuple[OpenMetrics, ...], Inactive] = ()


def _alive() -> dict[str, Any]:
    """The keys of the kinds that can be asked, with what may stand under them."""
    return {name: _field(kind) for name, kind in registry().items()}


def _field(kind: Any) -> tuple[Any, Any]:
    return (tuple[kind, ...], ()) if kind.many else (kind | None, None)


SHAPE = create_model("Sources", __base__=Sources, **_alive())
empty = SHAPE.model_construct


def given(rules: Rules) -> list[Given]:
    """Every source that can be asked; one that lacks a variable has a `problem`.

    Raises RulesError with every other mistake in the section.
    """
    if "sources" not in rules.given:
        return []
    top = rules.part("sources").as_(SHAPE)
    if problems := top.check(SHAPE.model_validate, alone=True).problems:
        raise RulesError(problems)
    pairs = top.node.pairs if isinstance(top.node, MapNode) else {}
    found = [(name, kind, top.at(pairs[name][1], name)) for name, kind in registry().items() if name in pairs]
    return [_given(name, kind, part) for name, kind, top in found for part in _parts(top, kind)]


def _parts(part: Part, kind: type[Source]) -> Sequence[Part]:
    if not kind.many:
        return [part] if isinstance(part.node, MapNode) else []
    items = part.node.items if isinstance(part.node, ListNode) else ()
    return [part.at(item, index) for index, item in enumerate(items)]


def _given(name: str, kind: type[Source], part: Part) -> Given:
    checked = part.as_(kind).check(kind.model_validate, alone=True)
    if checked.unset:
        return Given(name, kind.called(checked.written, name), problem=_said(checked.unset[0]))
    return Given(name, checked.value.known_as(), checked.value)


def servers(rules: Rules) -> dict[str, Server]:
    """The databases that sources ask. One that is written wrongly stops only who asks it."""
    from dropmon.rules.sections.databases import Database

    top = rules.part("databases").node if "databases" in rules.given else None
    found: dict[str, Server] = {}
    for name, (_, node) in top.pairs.items() if isinstance(top, MapNode) else ():
        part = rules.part("databases").at(node, name).as_(Database)
        checked = part.check(Database.model_validate, alone=True)
        if wrong := checked.problems or checked.unset:
            found[name] = Server("", problem=_said(wrong[0]))
        else:
            found[name] = Server(checked.value.url.get_secret_value(), checked.value.timeout)
    return found


def _said(problem: Problem) -> DropmonError:
    return DropmonError(f"{problem.place}: {problem.what}", problem.hint)
