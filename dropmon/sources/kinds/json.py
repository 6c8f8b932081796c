"""Any API that answers in JSON."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field

from dropmon.rules.addresses import Url
from dropmon.rules.paths import JmesPath
from dropmon.rules.promql import MetricName
from dropmon.rules.types import Header, Secret
from dropmon.sources.question import FEWER, SCALE
from dropmon.sources.source import Reading
from dropmon.sources.values import limited, measured, merged, named
from dropmon.sources.web import Web, reason
from dropmon.transport import Request

VALUE = "value"
BESIDE = "if that is no failure, let the path name it: [total, error] | [0]"
EXAMPLE = "a number, or objects with a `value`: items[].{shop: name, value: total}"


class Json(Web):
    """Any JSON API: what the JMESPath finds is the number, or a list of objects with a `value` and its labels."""

    distinct_by: ClassVar[str] = "metric"

    metric: MetricName
    url: Url
    path: JmesPath = Field(description="JMESPath: data.total, or items[].{shop: name, value: total}.")
    headers: dict[str, Header] = Field({}, description="Sent with every request.")
    method: Literal["GET", "POST"] = "GET"
    body: Secret | None = Field(
        None, description="Sent with a POST, as application/json unless `headers` say otherwise."
    )
    scale: float = Field(1.0, description=SCALE)

    def asks(self) -> str:
        return self.path

    def lane(self) -> str:
        return f"{self.url} {self.metric}"

    def tell(self, at: float) -> Iterable[Reading]:
        page = self.ask(self.request(), at)
        if said := complaint(page.body, self.path):
            return [self.failed(f"it answered with an error beside: {said}", BESIDE)]
        found = searched(self.path, page.body)
        if found is None:
            said = reason(page.answer)
            return [self.failed(f"no data: nothing at {self.path}" + (f"; it says: {said}" if said else ""), EXAMPLE)]
        if isinstance(found, list) and not found:
            return [self.failed(f"no data: an empty list at {self.path}", EXAMPLE)]
        return limited(map(self.row, found if isinstance(found, list) else [found]), FEWER)

    def row(self, found: object) -> Reading:
        """One thing that was found."""
        value, others = found, {}
        if isinstance(found, Mapping):
            value = found.get(VALUE)
            others = {name: text for name, text in found.items() if name != VALUE and not isinstance(text, dict | list)}
        if isinstance(value, bool):
            value = int(value)
        return measured(self.metric, merged(self.labels, named(others.items())), value, self.scale, EXAMPLE)

    def request(self) -> Request:
        headers = {name.lower(): text.get_secret_value() for name, text in self.headers.items()}
        body = self.body.get_secret_value().encode() if self.body else None
        default = {"accept": "application/json", **({"content-type": "application/json"} if body else {})}
        return Request(self.url, (), tuple({**default, **headers}.items()), self.method, body)


def complaint(body: object, path: str) -> str:
    """The error that stands beside the numbers of an answer, unless the path names it: those are no numbers then.

    >>> complaint({"total": 0, "error": "quota exceeded"}, "total"), complaint({"total": 3, "error": None}, "total")
    ('quota exceeded', '')
    >>> complaint({"total": 0, "error": 7}, "error"), complaint([1], "[0]")
    ('', '')
    """
    for key in ("error", "errors"):
        said = body.get(key) if isinstance(body, Mapping) else None
        if said and not re.search(rf"\b{key}\b", path):
            return " ".join(str(said).split())[:200]
    return ""


def searched(path: str, document: Any) -> Any:
    """What a JMESPath finds; None when it finds nothing, or cannot be applied to this.

    >>> searched("a.b", {"a": {"b": 3}}), searched("length(a)", {"a": 3})
    (3, None)
    """
    import jmespath

    try:
        return jmespath.search(path, document)
    except jmespath.exceptions.JMESPathError:
        return None
