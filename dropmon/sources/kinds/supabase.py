"""Supabase: are the project and its services well, what do its advisors find, and what does its server say?

Source: https://supabase.com/docs/reference/api (health, project, advisors), https://supabase.com/docs/guides/telemetry/metrics
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Literal, Self
from urllib.parse import quote

from pydantic import Field, field_validator, model_validator

from dropmon import secrets
from dropmon.rules.addresses import Url
from dropmon.rules.types import Listed, Secret, show_duration
from dropmon.sources.scrape import scraped
from dropmon.sources.source import Reading, Told
from dropmon.sources.web import Web, bearer, inside
from dropmon.transport import Request

LEAST = 60.0  # seconds between two looks: the metrics are written once a minute
USER = "service_role"
HEALTHY = "ACTIVE_HEALTHY"
LEVELS = ("ERROR", "WARN", "INFO")
LINTS = (
    "instance_db_down", "db_not_reachable", "db_connection_limit_reached", "db_connection_failing",
    "instance_telemetry_lost", "instance_alert_firing", "log_data_api_error_rate_high", "log_auth_error_rate_high",
    "log_storage_error_rate_high", "log_edge_function_error_rate_high",
)  # fmt: skip
BLIND = "advisor_check_unavailable"
KEPT = (  # of about 200: is it up, connections, cache, deadlocks, size, disk, memory, load, replication, HTTP
    "pg_up", "pgbouncer_up", "postgresql_restarts_total", "pg_stat_database_num_backends",
    "max_connections_connection_count", "pgbouncer_pools_client_active_connections",
    "pgbouncer_pools_client_waiting_connections", "pgbouncer_pools_client_maxwait_seconds",
    "supavisor_connections_active", "pg_stat_database_blks_hit_total", "pg_stat_database_blks_read_total",
    "pg_stat_database_deadlocks_total", "pg_database_size_bytes", "node_filesystem_avail_bytes",
    "node_filesystem_size_bytes", "node_memory_MemAvailable_bytes", "node_memory_MemTotal_bytes", "node_load1",
    "node_load5", "physical_replication_lag_physical_replication_lag_seconds",
    "pg_settings_default_transaction_read_only", "pgrst_db_pool_available", "pgrst_db_pool_timeouts_total",
    "http_status_codes_total",
)  # fmt: skip

Service = Literal["auth", "db", "db_postgres_user", "pooler", "realtime", "rest", "storage", "pg_bouncer"]


class Supabase(Web):
    """Status, health of each service and findings of the advisors (`token`); the project's own metrics (`key`)."""

    project: str = Field(description="Its reference: abcdefghijklmnopqrst.")
    token: Secret | None = Field(None, description="An access token, for status, health and advisors.")
    key: Secret | None = Field(None, description="The service role's secret key, for the metrics.")
    services: Listed[Service] = ("auth", "db", "pooler", "realtime", "rest", "storage")
    advisors: bool = Field(True, description="Whether the advisors are asked, too.")
    metrics: Listed[str] = Field((), description="Names that are kept, with * for anything. Default: about twenty.")
    url: Url = "https://api.supabase.com"
    endpoint: Url | None = Field(None, description="Of the metrics. Default: https:// the project .supabase.co.")

    @field_validator("every")
    @classmethod
    def _patient(cls, every: float) -> float:
        if every < LEAST:
            raise ValueError(f"{show_duration(every)} is too often for Supabase: write 60s or more")
        return every

    @model_validator(mode="after")
    def _some(self) -> Self:
        if not self.token and not self.key:
            raise ValueError("give a `token` (status, health, advisors), a `key` (metrics), or both")
        return self

    def asks(self) -> str:
        asked = [*(["status", "health"] if self.token else ()), *(["metrics"] if self.key else ())]
        return f"{', '.join(asked)} of {self.project}"

    def tell(self, at: float) -> Iterable[Told]:
        asked: dict[str, Callable[[float], Iterable[Reading]]] = {}
        if self.token:
            asked |= {"supabase_up": self.status, "supabase_service_up": self.health}
        if self.token and self.advisors:
            asked |= {"supabase_finding": self.findings, "supabase_lints": self.lints}
        if self.key:
            asked |= {"metrics": self.page}
        return self.apart(*(
            self.part(partial(ask, at), name, project=self.project) for name, ask in asked.items()
        ))  # fmt: skip

    def status(self, at: float) -> Iterator[Reading]:
        """Whether the project is up: paused, upgrading and unhealthy is not."""
        page = self.ask(self.request(""), at)
        said = inside({"": page.body}, "").get("status")
        if not isinstance(said, str):
            raise self.without(page, "status")
        if said == "UNKNOWN":
            yield self.failed("Supabase itself does not know how the project is", "https://status.supabase.com")
            return
        yield self.reading("supabase_up", float(said == HEALTHY), project=self.project)

    def health(self, at: float) -> Iterator[Reading]:
        """Each service: one that is coming up is not up."""
        asked = tuple(("services", service) for service in self.services)
        page = self.ask(self.request("/health", *asked), at)
        told = {str(each.get("name")): each.get("status") for each in self.objects(page)}
        for service in self.services:
            if told.get(service) is None:
                yield self.failed(f"Supabase told nothing of {service}", "does this project have it? see `services:`")
                continue
            up = float(told[service] == HEALTHY)
            yield self.reading("supabase_service_up", up, project=self.project, service=service)

    def findings(self, at: float) -> Iterator[Reading]:
        """What is wrong now, by the health advisor: 1 for each finding, 0 for what it looked for and did not find."""
        asked = {"type": "project_advisors", "attributes": {"lints": [{"name": name} for name in LINTS]}}
        request = self.request("/advisors/run", version="v2")
        headers = (*request.headers, ("Content-Type", "application/json"))
        body = json.dumps({"data": asked}).encode()
        page = self.ask(request._replace(method="POST", headers=headers, body=body), at)
        found = {str(each.get("name")) for each in self.objects(page, "data", "attributes", "lints")}
        blind = BLIND in found
        if blind:
            yield self.failed("the health advisor could not look everywhere", "it will be asked again")
        for name in sorted(found - {BLIND} if blind else {*LINTS, *found}):
            yield self.reading("supabase_finding", float(name in found), project=self.project, lint=name)

    def lints(self, at: float) -> Iterator[Reading]:
        """How many lints of each level the other two advisors have."""
        for of in ("security", "performance"):
            page = self.ask(self.request(f"/advisors/{of}"), at)
            levels = Counter(str(each.get("level")) for each in self.objects(page, "lints"))
            for level in dict.fromkeys((*LEVELS, *levels)):
                labels = {"project": self.project, "advisor": of, "level": level.lower()}
                yield self.reading("supabase_lints", levels[level], **labels)

    def page(self, at: float) -> Iterator[Reading]:
        """The page that Prometheus would scrape."""
        assert self.key
        login = secrets.remember(secrets.basic(USER, self.key.get_secret_value()))
        address = f"{self.endpoint or f'https://{self.project}.supabase.co'}/customer/v1/privileged/metrics"
        answer = self.answer(Request(address, (), (("Authorization", f"Basic {login}"),)), at)
        yield from scraped(self, answer, self.metrics or KEPT, at, asked=bool(self.metrics))

    def request(self, path: str, *params: tuple[str, str], version: str = "v1") -> Request:
        assert self.token
        address = f"{self.url}/{version}/projects/{quote(self.project, safe='')}{path}"
        return Request(address, params, (bearer(self.token.get_secret_value()),))
