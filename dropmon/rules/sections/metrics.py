"""`metrics:` names for PromQL expressions, as Prometheus' recording rules."""

from __future__ import annotations

from dropmon.rules.promql import MetricName, PromQL

SHAPE = dict[MetricName, PromQL]
empty = SHAPE
