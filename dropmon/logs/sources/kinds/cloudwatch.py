"""CloudWatch Logs of AWS."""

from __future__ import annotations

import heapq
import math
import re
from collections.abc import Iterator
from importlib import import_module
from typing import TYPE_CHECKING, Any

from pydantic import Field

from dropmon.errors import DropmonError, TransportError
from dropmon.logs.formats.phrases import SENTENCES
from dropmon.logs.level import Level
from dropmon.logs.sources.source import Clock, PassingError, Row, Say, Source, Span
from dropmon.logs.sources.wide import keys, safe, threshold, words
from dropmon.output import clean
from dropmon.rules.addresses import Url
from dropmon.rules.types import Listed, Secret
from dropmon.secrets import mask

if TYPE_CHECKING:
    from dropmon.logs.query import Query

MOST = 10_000  # events of a page
LONGEST = 1024  # characters of a filter pattern
ESCAPED = r"\\u00"
ELSEWHERE = (
    "[Ee]xception", "Traceback", ESCAPED, r"\x1b", r"\Wno\W+\d", r"^\W\d\d?\d?\W", r"[EFW]\d{4}\s",
    r"\|\s[45]\d\d", r"statusCode\W+-1", "[Ss]hutdown", "BootFailure",
)  # fmt: skip
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
                line = msgspec.json.encode({**event, "logGroupName": group})
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


def pattern(want: Query) -> str:
    r"""The filter pattern of what may be wanted: one regular expression, which has no (?i), no parentheses, no quotes.

    >>> from dropmon.logs.query import Query
    >>> pattern(Query(requests=("r_1.2",))), pattern(Query())
    ('%r_1\\.2|\\\\u00%', '')
    """
    for values in (want.requests, want.users):
        if safe(values):
            return limited([*(re.escape(value) for value in values), ESCAPED])
    least = threshold(want)
    return limited(texts(least)) if least else ""


def texts(least: Level) -> list[str]:
    """What stands in every event of at least this level."""
    named = words(least)
    spoken = [said for level, said in SENTENCES if level >= least and not any(each in said.lower() for each in named)]
    stems = {key for key in keys() if not any(other != key and other in key for other in keys())}
    numbered = [rf"{folded(stem)}\w*\W+\d" for stem in sorted(stems)]
    return [
        *map(folded, named),
        *(re.sub(r"\W+", r"\\W+", said.strip(" :!")) for said in spoken),
        *numbered,
        *ELSEWHERE,
    ]


def folded(text: str) -> str:
    """
    >>> folded("err"), folded("@l")
    ('[Ee][Rr][Rr]', '@[Ll]')
    """
    return "".join(f"[{each.upper()}{each}]" if each.isalpha() else re.escape(each) for each in text)


def limited(found: list[str]) -> str:
    """The pattern, or none at all when it is longer than CloudWatch takes: then everything comes."""
    said = f"%{'|'.join(dict.fromkeys(found))}%"
    return said if len(said) <= LONGEST else ""
