"""CloudWatch Logs of AWS."""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterator
from importlib import import_module
from typing import TYPE_CHECKING, Any

from pydantic import Field

from dropmon.errors import DropmonError, TransportError
from dropmon.logs.sources.source import Clock, PassingError, Row, Say, Source, Span
from dropmon.output import clean
from dropmon.rules.addresses import Url
from dropmon.rules.types import Listed, Secret
from dropmon.secrets import mask

if TYPE_CHECKING:
    from dropmon.logs.query import Query

MOST = 10_000  # events of a page
SENTENCE = {
    "AccessDeniedException": "the key needs the right logs:FilterLogEvents on the group",
    "UnrecognizedClientException": "AWS does not know the key: look at `access_key:` and `secret_key:`",
    "InvalidSignatureException": "look at `secret_key:`, and at this machine's clock",
    "ExpiredTokenException": "log in again: aws sso login",
    "ResourceNotFoundException": "no such log group in this region: aws logs describe-log-groups",
    "InvalidParameterException": "look at `group:` and `stream:`",
}
PASSING = ("ThrottlingException", "ServiceUnavailableException", "InternalFailure", "LimitExceededException")


class CloudWatch(Source):
    """Log groups of AWS, such as those of Lambda. Needs boto3: pip install 'dropmon[aws]'."""

    region: str
    group: Listed[str] = Field(description="One log group or several: /aws/lambda/checkout.")
    stream: str | None = Field(None, description="What the names of the log streams begin with; default: all.")
    access_key: str | None = Field(None, description="Default: the machine's own identity.")
    secret_key: Secret | None = None
    url: Url | None = Field(None, description="Another address than that of AWS.")

    def asks(self) -> str:
        return f"{self.region}: {', '.join(self.group)}"

    def told(self, span: Span, want: Query, clock: Clock, say: Say) -> Iterator[Row]:
        from dropmon.logs.sources.pattern import pattern

        del clock, say  # boto3 asks again by itself
        client, found = self._client(), pattern(want)
        groups = [self._events(client, group, span, found) for group in self.group]
        yield from heapq.merge(*groups, key=lambda row: row.at)

    def _events(self, client: Any, group: str, span: Span, found: str) -> Iterator[Row]:
        """The events of a group, page after page: an empty page is not the last."""
        import msgspec

        given: dict[str, Any] = {"logGroupName": group, "limit": MOST}
        given |= {"startTime": math.floor(span.since * 1000), "endTime": math.ceil(span.until * 1000) - 1}
        given |= {"filterPattern": found} if found else {}
        given |= {"logStreamNamePrefix": self.stream} if self.stream else {}
        while True:
            page = self._page(client, given)
            for event in sorted(page.get("events", ()), key=lambda event: int(event["timestamp"])):
                line = msgspec.json.encode({**event, **named(group)})
                yield Row(event["timestamp"] / 1000, f"{group} {event['eventId']}", line)
            if not page.get("nextToken"):
                return
            given["nextToken"] = page["nextToken"]

    def _page(self, client: Any, given: dict[str, Any]) -> dict[str, Any]:
        exceptions = import_module("botocore.exceptions")
        try:
            page: dict[str, Any] = client.filter_log_events(**given)
            return page
        except exceptions.ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", ""))
            kind = PassingError if code in PASSING else TransportError
            raise kind(f"CloudWatch: {mask(clean(str(error)))}", SENTENCE.get(code, "")) from None
        except exceptions.NoCredentialsError:
            hint = "set AWS_PROFILE or AWS_ACCESS_KEY_ID, or give `access_key:` and `secret_key:`"
            raise TransportError("CloudWatch: there is no key to sign with", hint) from None
        except exceptions.BotoCoreError as error:
            raise PassingError(f"CloudWatch: {mask(clean(str(error)))}", "check the region and the network") from None

    def _client(self) -> Any:
        try:
            boto3, config = import_module("boto3"), import_module("botocore.config")
        except ImportError:
            raise DropmonError("CloudWatch needs boto3, which is not installed", "pip install 'dropmon[aws]'") from None
        settings = config.Config(
            connect_timeout=self.timeout, read_timeout=self.timeout, retries={"mode": "standard", "max_attempts": 5}
        )
        secret = self.secret_key.get_secret_value() if self.secret_key else None
        session = boto3.Session(self.access_key, secret, region_name=self.region)
        return session.client("logs", endpoint_url=self.url, config=settings)


def named(group: str) -> dict[str, str]:
    """What the name of a log group tells of its events.

    >>> named("/aws/lambda/checkout"), named("shop")
    ({'logGroupName': '/aws/lambda/checkout', 'function': 'checkout'}, {'logGroupName': 'shop'})
    """
    function = group.partition("/aws/lambda/")[2]
    return {"logGroupName": group, **({"function": function} if function else {})}
