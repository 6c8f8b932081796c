"""One entry of the rules for each kind, what its service answers, as its reference gives it, and what that comes to."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, NamedTuple

from tests.sources.api import Asked, Reply

NOW = 1_795_420_000  # seconds since 1970; a rule that asks for a time is answered around the machine's own
SECRET = "k3y-that-n0body-may-see"
METRICS = """# HELP pg_up Whether the last scrape of metrics from PostgreSQL was able to connect to the server.
# TYPE pg_up gauge
pg_up{supabase_project_ref="abcdefghijklmnopqrst",service_type="postgresql"} 1
# TYPE node_load1 gauge
node_load1 0.25
unwanted_total 3
quantiles{quantile="0.5"} NaN
"""


class Case(NamedTuple):
    """A kind: its entry with $url in it, its answers by path, and the samples they become."""

    rules: str
    answers: Mapping[str, Any]
    samples: Mapping[str, float]

    def answer(self, asked: Asked) -> Reply:
        """The answer to a request; a list of pairs is chosen from by what the request holds."""
        target = asked.headers.get("x-amz-target", "")
        found = self.answers.get(target or asked.path, Reply({"message": f"nothing at {asked.path}"}, 404))
        if callable(found):
            found = found()
        if isinstance(found, list):
            text = f"{asked.params} {asked.body.decode()}"
            found = next(each for word, each in found if word in text)
        return found if isinstance(found, Reply) else Reply(found)


def rollup(name: str, value: float) -> tuple[str, Any]:
    """What Speed Insights says of one vital."""
    return f"speed_insights.{name}", {"summary": [{f"vercel_speed_insights_{name}_p75": value}], "data": []}


ORGANIZATION = "/api/0/organizations/acme"
PROJECT = "/v1/projects/abcdefghijklmnopqrst"
UP = {"name": "auth", "healthy": True, "status": "ACTIVE_HEALTHY", "info": {"name": "GoTrue"}}
CASES = {
    "sentry": Case(
        f"sentry: {{organization: acme, project: [web, api], token: {SECRET}, environment: production, url: $url}}",
        {
            f"{ORGANIZATION}/projects/": [("", Reply([{"id": "1", "slug": "web"}, {"id": 2, "slug": "api"}]))],
            f"{ORGANIZATION}/events/": {
                "data": [
                    {"project": "web", "release": "shop@1.42.0", "count()": 412},
                    {"project": "web", "release": None, "count()": 3},
                ],
                "meta": {},
            },
            f"{ORGANIZATION}/stats_v2/": {
                "groups": [
                    {"by": {"outcome": "accepted", "project": 1}, "totals": {"sum(quantity)": 415}},
                    {"by": {"outcome": "rate_limited", "project": 1}, "totals": {"sum(quantity)": 9}},
                ]
            },
            f"{ORGANIZATION}/sessions/": [
                ("'release'", {"groups": [
                    {"by": {"project": 1, "release": "shop@1.42.0"},
                     "totals": {"crash_free_rate(session)": 0.9982, "crash_free_rate(user)": None, "sum(session)": 9}},
                ]}),
                ("", {"groups": [
                    {"by": {"project": n}, "totals": {
                        "crash_free_rate(session)": 0.99, "crash_free_rate(user)": 0.98, "sum(session)": 15230}}
                    for n in (1, 2)
                ]}),
            ],
            f"{ORGANIZATION}/releases/": [("", Reply([]))],
        },
        {
            "sentry_errors project=web release=shop@1.42.0": 412, "sentry_errors project=web": 3,
            "sentry_errors project=api": 0,
            "sentry_events outcome=accepted project=web": 415, "sentry_events outcome=rate_limited project=web": 9,
            "sentry_sessions project=web": 15230, "sentry_sessions project=api": 15230,
            "sentry_crash_free_ratio of=sessions project=web": 0.99,
            "sentry_crash_free_ratio of=users project=web": 0.98,
            "sentry_crash_free_ratio of=sessions project=api": 0.99,
            "sentry_crash_free_ratio of=users project=api": 0.98,
            "sentry_release_crash_free_ratio of=sessions project=web release=shop@1.42.0": 0.9982,
        },
    ),
    "vercel": Case(
        f"vercel: {{project: shop, team: acme, token: {SECRET}, url: $url, analytics: true, vitals: true}}",
        {
            "/v6/deployments": {"deployments": [], "pagination": {"count": 0, "next": None}},
            "/v1/query/web-analytics/visits/count": {"data": {"pageviews": 18423, "visitors": 5120}, "version": 1},
            "/v9/projects/shop": {"id": "prj_456", "accountId": "team_123", "name": "shop"},
            "/v2/observability/query": [
                rollup("lcp_ms", 2198), rollup("inp_ms", 180), rollup("ttfb_ms", 700), rollup("fcp_ms", 1500.5),
                ("speed_insights.cls", {"data": [{"timestamp": "2026-11-23T00:00:00Z", "value": 0.04}]}),
            ],
        },
        {
            "deployments project=shop state=ready": 0, "deployments project=shop state=failed": 0,
            "page_views project=shop": 18423, "visitors project=shop": 5120,
            "web_vital name=lcp project=shop quantile=0.75 source=vercel": 2.198,
            "web_vital name=inp project=shop quantile=0.75 source=vercel": 0.18,
            "web_vital name=cls project=shop quantile=0.75 source=vercel": 0.04,
            "web_vital name=ttfb project=shop quantile=0.75 source=vercel": 0.7,
            "web_vital name=fcp project=shop quantile=0.75 source=vercel": 1.5005,
        },
    ),
    "uptimerobot": Case(
        f"uptimerobot: {{key: {SECRET}, url: $url}}",
        {
            "/v3/monitors": {
                "data": [
                    {"id": 777, "friendlyName": "Shop", "type": "HTTP", "status": "UP",
                     "lastDayUptimes": {"bucketSize": 1, "histogram": [{"timestamp": 1, "uptime": 100}]}},
                    {"id": 778, "friendlyName": "Old", "type": "HTTP", "status": "PAUSED"},
                ],
                "nextLink": None,
            },
            "/v2/getMonitors": lambda: {
                "stat": "ok", "pagination": {"offset": 0, "limit": 50, "total": 1},
                "monitors": [
                    {"id": 777, "friendly_name": "Shop", "url": "https://shop.example", "type": 1, "interval": 300,
                     "status": 2, "custom_uptime_ratio": "100.000-99.987-99.941", "average_response_time": "312.4",
                     "response_times": [{"datetime": max(time.time(), NOW), "value": 298}]},
                ],
            },
        },
        {
            "outside_up monitor=Shop": 1, "outside_response_seconds monitor=Shop": 0.298,
            "outside_uptime_ratio monitor=Shop window=1d": 1, "outside_uptime_ratio monitor=Shop window=7d": 0.99987,
            "outside_uptime_ratio monitor=Shop window=30d": 0.99941,
        },
    ),
    "supabase": Case(
        "supabase: {project: abcdefghijklmnopqrst, services: [auth, storage], "
        f"token: {SECRET}, key: {SECRET}, url: $url, endpoint: $url}}",
        {
            PROJECT: {"ref": "abcdefghijklmnopqrst", "status": "ACTIVE_HEALTHY", "database": {}},
            f"{PROJECT}/health": [
                ("", Reply([UP, {"name": "storage", "healthy": False, "status": "UNHEALTHY", "error": "timeout"}]))
            ],
            f"{PROJECT}/advisors/security": {"lints": [{"name": "a", "level": "ERROR"}, {"level": "WARN"}]},
            f"{PROJECT}/advisors/performance": {"lints": []},
            "/v2/projects/abcdefghijklmnopqrst/advisors/run": {
                "data": {"attributes": {"lints": [{"name": "db_connection_limit_reached"}]}}
            },
            "/customer/v1/privileged/metrics": Reply(METRICS.encode()),
        },
        {
            "supabase_up": 1, "supabase_service_up service=auth": 1, "supabase_service_up service=storage": 0,
            "supabase_lints advisor=security level=error": 1, "supabase_lints advisor=security level=warn": 1,
            "supabase_lints advisor=security level=info": 0, "supabase_lints advisor=performance level=error": 0,
            "supabase_lints advisor=performance level=warn": 0, "supabase_lints advisor=performance level=info": 0,
            "supabase_finding lint=db_connection_limit_reached": 1,
            **{f"supabase_finding lint={name}": 0 for name in (
                "instance_db_down", "db_not_reachable", "db_connection_failing", "instance_telemetry_lost",
                "instance_alert_firing", "log_data_api_error_rate_high", "log_auth_error_rate_high",
                "log_storage_error_rate_high", "log_edge_function_error_rate_high")},
            "pg_up job=supabase service_type=postgresql supabase_project_ref=abcdefghijklmnopqrst": 1,
            "node_load1 job=supabase": 0.25,
        },
    ),
    "cloudwatch": Case(
        f"cloudwatch: {{region: eu-west-3, access_key: AKIDEXAMPLE, secret_key: {SECRET}, url: $url, "
        "metrics: [{metric: lambda_errors, namespace: AWS/Lambda, name: Errors, statistic: Sum}], "
        "queries: [{metric: log_errors, group: /aws/lambda/pay, query: stats count(*) by fn}]}",
        {
            "GraniteServiceVersion20100801.GetMetricData": lambda: {
                "MetricDataResults": [
                    {"Id": "m0", "Label": "Errors", "Timestamps": [time.time() - 400, time.time() - 700],
                     "Values": [3.0, 1.0],
                     "StatusCode": "Complete"},
                ],
                "Messages": [],
            },
            "Logs_20140328.StartQuery": {"queryId": "q1"},
            "Logs_20140328.GetQueryResults": {
                "status": "Complete",
                "results": [
                    [{"field": "fn", "value": "pay"}, {"field": "count(*)", "value": "3"},
                     {"field": "@ptr", "value": "x"}]
                ],
                "statistics": {"recordsMatched": 12.0, "recordsScanned": 900.0, "bytesScanned": 120034.0},
            },
        },
        {"lambda_errors": 3, "log_errors fn=pay": 3},
    ),
    "datadog": Case(
        f"datadog: {{key: {SECRET}, application_key: {SECRET}, url: $url, queries: ["
        "{metric: latency_seconds, query: 'avg:trace.duration{*} by {env}', scale: 0.001}, "
        "{metric: cpu_ratio, query: 'avg:system.cpu.user{*}', aggregator: avg, scale: 0.01}]}",
        {
            "/api/v1/query": {
                "status": "ok", "res_type": "time_series",
                "series": [{"metric": "trace.duration", "scope": "env:prod", "tag_set": ["env:prod"],
                            "pointlist": [[1795420000000, 200.0], [1795420060000, 250.0], [1795420120000, None]]}],
            },
            "/api/v2/query/scalar": {
                "data": {"type": "scalar_response", "attributes": {"columns": [
                    {"name": "host", "type": "group", "values": [["a"], ["b"]]},
                    {"name": "a", "type": "number", "values": [12.0, 50.0], "meta": {"unit": None}}]}}
            },
        },
        {"latency_seconds env=prod": 0.25, "cpu_ratio host=a": 0.12, "cpu_ratio host=b": 0.5},
    ),
    "newrelic": Case(
        f"newrelic: {{key: {SECRET}, account: 123, url: $url, queries: ["
        "{metric: transactions, query: SELECT count(*) FROM Transaction SINCE 1 hour ago}, "
        "{metric: slow_seconds, query: 'SELECT percentile(duration, 95) FROM Transaction FACET name'}]}",
        {
            "/graphql": [
                ("percentile", {"data": {"actor": {"account": {"nrql": {"results": [
                    {"facet": "GET /", "name": "GET /", "percentile.duration": {"95": 1.2}}]}}}}}),
                ("", {"data": {"actor": {"account": {"nrql": {"results": [{"count": 42}]}}}}}),
            ],
        },
        {"transactions": 42, "slow_seconds name=GET / quantile=0.95": 1.2},
    ),
    "prometheus": Case(
        f"prometheus: [{{metric: jobs_up, url: $url, query: up, headers: {{Authorization: Bearer {SECRET}}}}}]",
        {
            "/api/v1/query": {
                "status": "success",
                "data": {"resultType": "vector", "result": [
                    {"metric": {"__name__": "up", "job": "shop"}, "value": [1763890860.123, "1"]}]},
            },
        },
        {"jobs_up job=shop": 1},
    ),
    "openmetrics": Case(
        f"openmetrics: [{{name: exporter, url: $url/metrics, metrics: [pg_up, node_*], headers: {{X-Key: {SECRET}}}}}]",
        {"/metrics": Reply(METRICS.encode())},
        {
            "pg_up job=exporter service_type=postgresql supabase_project_ref=abcdefghijklmnopqrst": 1,
            "node_load1 job=exporter": 0.25,
        },
    ),
    "json": Case(
        f"json: [{{metric: stock, url: $url/stock, path: 'items[].{{shop: name, value: total}}', "
        f"headers: {{Authorization: Bearer {SECRET}}}}}]",
        {"/stock": {"items": [{"name": "paris", "total": 12}, {"name": "lyon", "total": "7.5"}]}},
        {"stock shop=paris": 12, "stock shop=lyon": 7.5},
    ),
}  # fmt: skip
INSIDE = {  # 200 OK, and an error inside, as each API writes it
    "sentry": {"detail": "Invalid query"},
    "vercel": {"error": {"code": "bad_request", "message": "Invalid query"}},
    "uptimerobot": {"stat": "fail", "error": {"type": "invalid_parameter", "message": "Invalid query"}},
    "supabase": {"message": "Invalid query"},
    "cloudwatch": {"__type": "InternalFailure", "message": "Invalid query"},
    "datadog": {"status": "error", "error": "Invalid query"},
    "newrelic": {"errors": [{"message": "Invalid query"}]},
    "prometheus": {"status": "error", "errorType": "bad_data", "error": "Invalid query"},
    "json": {"error": "Invalid query"},
}


def text(sample: Mapping[str, Any]) -> str:
    """A sample of the JSON output as a key: its name, and its labels but the project of Supabase."""
    labels = {
        name: value for name, value in sample["labels"].items() if value != "abcdefghijklmnopqrst" or "_ref" in name
    }
    return " ".join([sample["metric"], *(f"{name}={value}" for name, value in sorted(labels.items()))])
