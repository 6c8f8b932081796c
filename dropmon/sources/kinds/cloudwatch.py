"""CloudWatch: metrics of AWS, and what Logs Insights counts.

Source: the service models of botocore (cloudwatch: GetMetricData; logs: StartQuery, GetQueryResults)
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from importlib import import_module
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from dropmon.errors import DropmonError, TransportError
from dropmon.output import clean
from dropmon.rules.addresses import Url
from dropmon.rules.types import Duration, Listed, Secret
from dropmon.secrets import mask
from dropmon.sources.parts import Part, together
from dropmon.sources.question import Question, Rows
from dropmon.sources.source import Clock, Reading, Server, Source, Told

MOST = 500  # metrics of one call
LATE = 900.0  # seconds: AWS tells its numbers some minutes later
VALUE = "value"
POINTER = "@ptr"
SENTENCE = {
    "AccessDenied": "the key needs the right {}",
    "AccessDeniedException": "the key needs the right {}",
    "UnrecognizedClientException": "AWS does not know the key: look at `access_key:` and `secret_key:`",
    "InvalidClientTokenId": "AWS does not know the key: look at `access_key:` and `secret_key:`",
    "InvalidSignatureException": "look at `secret_key:`, and at this machine's clock",
    "SignatureDoesNotMatch": "look at `secret_key:`, and at this machine's clock",
    "ExpiredTokenException": "log in again: aws sso login",
    "ExpiredToken": "log in again: aws sso login",
    "ResourceNotFoundException": "no such log group in this region: aws logs describe-log-groups",
    "MalformedQueryException": "try the query in Logs Insights",
    "Throttling": "it will be asked again; ask less often: `every:`",
    "ThrottlingException": "it will be asked again; ask less often: `every:`",
}
ELSE = "is `url` right? a proxy may have answered"
NONE = "no data in the last {:.0f} min"
LOOK = "look at namespace, name and dimensions; missing: 0 if AWS tells nothing when there is none"
Statistic = Annotated[str, Field(pattern=r"^(Average|Sum|Minimum|Maximum|SampleCount|p\d{1,2}(\.\d{1,10})?)$")]


class CloudWatchMetric(Question):
    """One metric, or an expression of several."""

    namespace: str | None = None
    name: str | None = None
    statistic: Statistic = "Average"
    dimensions: dict[str, str] = Field({}, description="Dimension to value.")
    expression: str | None = Field(None, description="Instead of them: SEARCH(…), SELECT … (Metrics Insights).")
    period: Duration = Field(300.0, ge=60)
    missing: float | None = Field(None, description="The number when AWS tells none; default: that it is missing.")

    @model_validator(mode="after")
    def _one(self) -> Self:
        if bool(self.expression) == bool(self.namespace and self.name):
            raise ValueError("give a `namespace` and a `name`, or an `expression`")
        return self

    def asked(self, id_: str) -> dict[str, Any]:
        """As GetMetricData wants it."""
        if self.expression:
            return {"Id": id_, "Expression": self.expression, "Period": int(self.period)}
        pairs = [{"Name": name, "Value": value} for name, value in self.dimensions.items()]
        metric = {"Namespace": self.namespace, "MetricName": self.name, "Dimensions": pairs}
        return {"Id": id_, "MetricStat": {"Metric": metric, "Period": int(self.period), "Stat": self.statistic}}


class CloudWatchQuery(Question):
    """One query of Logs Insights: `value` or the last field of a row is its number, the others are labels."""

    group: Listed[str] = Field(description="One log group or several: /aws/lambda/checkout.")
    query: str = Field(min_length=1, description="filter @message like /ERROR/ | stats count(*) as value")
    window: Duration = Field(300.0, description="How far back it looks.")
    missing: float | None = Field(None, description="The number when no row is found; default: that it is missing.")


class CloudWatch(Source):
    """Metrics of AWS, and queries of its logs. Needs boto3: pip install 'dropmon[aws]'."""

    region: str
    access_key: str | None = Field(None, description="Default: the machine's own identity.")
    secret_key: Secret | None = None
    metrics: tuple[CloudWatchMetric, ...] = Field((), max_length=MOST)
    queries: tuple[CloudWatchQuery, ...] = Field((), description="Of the logs. AWS takes money for what they read.")
    timeout: Duration = Field(20.0, description="Of each request, and of each query.")
    url: Url | None = Field(None, description="Another address than that of AWS.")

    def asks(self) -> str:
        named = [each.expression or f"{each.namespace} {each.name}" for each in self.metrics]
        return "; ".join(
            [f"{self.region}: {', '.join(named)}" if named else self.region, *(q.query for q in self.queries)]
        )

    @classmethod
    def told(cls, lane: Sequence[Self], servers: Mapping[str, Server], clock: Clock) -> Iterator[Iterable[Told]]:
        for source in lane:
            yield source.tell(clock())

    def tell(self, at: float) -> Iterable[Told]:
        """What it tells at a time (seconds since 1970). Raises DropmonError without boto3."""
        parts = []
        if self.metrics:
            client = self.client("cloudwatch")
            parts.append(Part(partial(self.measured, client, at), self.failed("")))
        if self.queries:
            client = self.client("logs")
            parts += [Part(partial(self.counted, client, each, at), each.missed(self.labels)) for each in self.queries]
        return together(parts)

    def measured(self, client: Any, at: float) -> Iterator[Reading]:
        """The last whole period of each metric, all in one call."""
        back = max(back_of(each) for each in self.metrics)
        asked = {
            "StartTime": datetime.fromtimestamp(at - back, UTC), "EndTime": datetime.fromtimestamp(at, UTC),
            "MetricDataQueries": [each.asked(f"m{place}") for place, each in enumerate(self.metrics)],
        }  # fmt: skip
        found: list[Mapping[str, Any]] = []
        while True:
            page = called(client.get_metric_data, "cloudwatch:GetMetricData", **asked)
            found += expected(page, "MetricDataResults")
            if not page.get("NextToken"):
                break
            asked["NextToken"] = page["NextToken"]
        for place, each in enumerate(self.metrics):
            yield from self.readings(each, [one for one in found if one.get("Id") == f"m{place}"], at)

    def readings(
        self, asked: CloudWatchMetric, found: Sequence[Mapping[str, Any]], at: float
    ) -> Iterator[Reading]:  # fmt: skip
        """What the results of one metric come to; those of a SEARCH are told apart by their labels."""
        for one in found:
            if one.get("StatusCode") in {"Forbidden", "InternalError"}:
                said = "; ".join(str(each.get("Value")) for each in one.get("Messages") or ())
                yield asked.missed(self.labels, f"CloudWatch: {one['StatusCode']}: {said}"[:300], "look at its rights")
                return
        back = back_of(asked)
        values = {str(label): value for label, value in latest(found, at - asked.period, at - back).items()}
        if not values:
            if asked.missing is None:
                yield asked.missed(self.labels, NONE.format(back / 60), LOOK)
            else:
                yield from asked.told(self.labels, [({}, asked.missing)])
        several = len({one.get("Label") for one in found}) > 1
        rows: Rows = [({"label": label} if several else {}, value) for label, value in values.items()]
        yield from asked.told(self.labels, rows)

    def counted(self, client: Any, asked: CloudWatchQuery, at: float) -> Iterator[Reading]:
        """The rows of a query of the logs: it is begun, and looked after until it is over."""
        begun = called(
            client.start_query, "logs:StartQuery", logGroupNames=list(asked.group), queryString=asked.query,
            startTime=int(at - asked.window), endTime=int(at), limit=1000,
        )  # fmt: skip
        rows = [row for fields in self.waited(client, expected(begun, "queryId")) if (row := split(fields))]
        if rows:
            return asked.told(self.labels, rows)
        if asked.missing is not None:
            return asked.told(self.labels, [({}, asked.missing)])
        hint = "missing: 0 if no row means none"
        return iter([asked.missed(self.labels, "no data: the query found no row", hint)])

    def waited(self, client: Any, id_: str) -> Sequence[Any]:
        """The results of a query. Raises DropmonError when it fails, or takes longer than `timeout`."""
        until, pause = time.monotonic() + self.timeout, 0.1
        while time.monotonic() < until:
            page = called(client.get_query_results, "logs:GetQueryResults", queryId=id_)
            status = expected(page, "status")
            if status == "Complete":
                return list(page.get("results") or ())
            if status not in {"Scheduled", "Running"}:
                raise DropmonError(f"CloudWatch: the query ended as {status}", "try the query in Logs Insights")
            time.sleep(min(pause, max(0.0, until - time.monotonic())))
            pause = min(2 * pause, 2.0)
        with suppress(DropmonError):
            called(client.stop_query, "logs:StopQuery", queryId=id_)
        raise DropmonError(
            f"CloudWatch: the query took longer than {self.timeout:g} s", "raise its `timeout`, or ask less"
        )

    def client(self, service: str) -> Any:
        try:
            boto3, config = import_module("boto3"), import_module("botocore.config")
        except ImportError:
            raise DropmonError("CloudWatch needs boto3, which is not installed", "pip install 'dropmon[aws]'") from None
        patience = {"connect_timeout": self.timeout, "read_timeout": self.timeout}
        settings = config.Config(**patience, retries={"mode": "standard", "total_max_attempts": 2})
        secret = self.secret_key.get_secret_value() if self.secret_key else None
        session = boto3.Session(self.access_key, secret, region_name=self.region)
        return session.client(service, endpoint_url=self.url, config=settings)


def called(ask: Callable[..., Any], right: str, **given: Any) -> Mapping[str, Any]:
    """What AWS answers. Raises TransportError with what to do."""
    exceptions = import_module("botocore.exceptions")
    try:
        page: Mapping[str, Any] = ask(**given)
        return page
    except exceptions.ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        hint = SENTENCE.get(code, "it will be asked again").format(right)
        raise TransportError(f"CloudWatch: {mask(clean(str(error)))}"[:400], hint) from None
    except exceptions.NoCredentialsError:
        hint = "set AWS_PROFILE or AWS_ACCESS_KEY_ID, or give `access_key:` and `secret_key:`"
        raise TransportError("CloudWatch: there is no key to sign with", hint) from None
    except exceptions.BotoCoreError as error:
        raise TransportError(
            f"CloudWatch: {mask(clean(str(error)))}"[:400], "check the region and the network"
        ) from None
    except Exception as error:  # boto3 reads whatever comes: what is no answer of AWS ends in its parser
        what = f"CloudWatch: no answer of AWS: {type(error).__name__}: {mask(clean(str(error)))}"
        raise TransportError(what[:400], ELSE) from None


def expected(page: Mapping[str, Any], key: str) -> Any:
    """What an answer holds under a key: boto3 makes an empty answer of whatever is none. Raises TransportError."""
    if key not in page:
        raise TransportError(f"CloudWatch: no answer of AWS: {key} is missing", ELSE)
    return page[key]


def back_of(asked: CloudWatchMetric) -> float:
    """Seconds after which a number of a metric is no longer how things are."""
    return max(3 * asked.period, LATE)


def latest(results: Iterable[Mapping[str, Any]], until: float, since: float = 0.0) -> dict[str, float]:
    """The last value of each label whose period was over at `until` (seconds since 1970): one that runs is a part.

    Those from before `since` are nobody's last value: a metric of a longer period was asked for beside this one.

    >>> at = [datetime.fromtimestamp(seconds, UTC) for seconds in (900, 600)]
    >>> latest([{"Label": "Errors", "Timestamps": at, "Values": [1.0, 3.0]}], 700)
    {'Errors': 3.0}
    """
    found: dict[str, tuple[float, float]] = {}
    for one in results:
        label = str(one.get("Label", ""))
        for when, value in zip(one.get("Timestamps", ()), one.get("Values", ()), strict=False):
            if since <= when.timestamp() <= until and when.timestamp() >= found.get(label, (0.0, 0.0))[0]:
                found[label] = when.timestamp(), value
    return {label: value for label, (_, value) in found.items()}


def split(fields: object) -> tuple[dict[str, object], object] | None:
    """The dimensions of a row of Logs Insights, and its number.

    >>> split([{"field": "fn", "value": "pay"}, {"field": "count(*)", "value": "3"}, {"field": "@ptr", "value": "x"}])
    ({'fn': 'pay'}, '3')
    """
    told = [each for each in fields if isinstance(each, dict)] if isinstance(fields, list) else []
    pairs = {str(each.get("field")): each.get("value") for each in told if each.get("field") != POINTER}
    if not pairs:
        return None
    value = VALUE if VALUE in pairs else list(pairs)[-1]
    return {name: text for name, text in pairs.items() if name != value}, pairs[value]
