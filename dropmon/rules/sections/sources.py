"""`sources:` what others know: errors, deployments, uptime, business numbers."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from dropmon.rules.addresses import Url
from dropmon.rules.promql import MetricName
from dropmon.rules.types import Duration, Header, Listed, Secret, Section


class Sentry(Section):
    """Errors of the application."""

    organization: str
    project: Listed[str]
    token: Secret
    url: Url = "https://sentry.io"
    environment: str | None = None
    every: Duration = 300.0


class Vercel(Section):
    """Deployments of the frontend."""

    project: Listed[str]
    token: Secret
    team: str | None = None
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


class Query(Section):
    """A number from a query: its first column, or one sample a row with the other columns as labels."""

    metric: MetricName
    query: str
    database: str = Field("main", description="An entry of `databases:`.")
    labels: dict[str, str] = Field({}, description="Labels on every sample.")
    every: Duration = 300.0


class Sources(Section):
    """What others know."""

    sentry: Sentry | None = None
    vercel: Vercel | None = None
    uptimerobot: UptimeRobot | None = None
    cloudwatch: CloudWatch | None = None
    supabase: SupabaseMetrics | None = None
    openmetrics: tuple[OpenMetrics, ...] = ()
    sql: tuple[Query, ...] = ()


SHAPE = Sources
empty = Sources.model_construct
