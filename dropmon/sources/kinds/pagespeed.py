"""PageSpeed Insights: what Chrome's users have waited for, and a run of Lighthouse on Google's own machines.

Source: https://developers.google.com/speed/docs/insights/rest/v5/pagespeedapi/runpagespeed
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any, Literal

from pydantic import Field

from dropmon.rules.addresses import Url
from dropmon.rules.types import Duration, Listed, Secret
from dropmon.sources.parts import Part
from dropmon.sources.source import Labels, Reading, Told
from dropmon.sources.values import merged
from dropmon.sources.web import Web
from dropmon.transport import Request
from dropmon.vitals import pagespeed
from dropmon.vitals.reading import numbers, origin, shown
from dropmon.vitals.vital import EVERY, METRIC

DEVICES = {"phone": "mobile", "desktop": "desktop"}  # as we call them, and as it does


class PageSpeed(Web):
    """Core Web Vitals of Chrome's users (28 days), and of a run of Lighthouse at Google."""

    key: Secret | None = Field(None, description="An API key of Google's; without one few questions are answered.")
    pages: Listed[Url] = Field(min_length=1, description="Addresses that anybody can open.")
    form_factors: Listed[Literal["phone", "desktop"]] = ("phone", "desktop")
    every: Duration = EVERY["pagespeed"]
    timeout: Duration = Field(90.0, description="Of each run: 10 to 40 s are usual.")
    url: Url = "https://www.googleapis.com"

    def asks(self) -> str:
        return f"web vitals and Lighthouse of {', '.join(map(shown, self.pages))} ({', '.join(self.form_factors)})"

    def tell(self, at: float) -> Iterable[Told]:
        return once(self.apart(*(self.one(page, each, at) for page in self.pages for each in self.form_factors)))

    def one(self, page: str, form_factor: str, at: float) -> Part:
        """The question about one page on one kind of device."""
        labels = {"source": "pagespeed", "page": shown(page), "form_factor": form_factor}
        return self.part(partial(self.run, page, form_factor, at), METRIC, **labels)

    def run(self, page: str, form_factor: str, at: float) -> Iterator[Told]:
        """What is known of one page on one kind of device; visitors' numbers and the run each for themselves."""
        key = (("key", self.key.get_secret_value()),) if self.key else ()
        given = (("url", page), ("strategy", DEVICES[form_factor]), ("category", "PERFORMANCE"), *key)
        found = self.ask(Request(f"{self.url}/pagespeedonline/v5/runPagespeed", given), at)
        if not isinstance(found.body, dict) or not {"lighthouseResult", "loadingExperience"} & found.body.keys():
            raise self.without(found, "run of Lighthouse")
        yield from self._field(found.body, page, form_factor)
        yield from self._lab(found.body, page, form_factor)

    def _field(self, body: Any, page: str, form_factor: str) -> Iterator[Told]:
        field = pagespeed.field(body)
        of = origin(page) if field.origin else shown(page)
        for told in field.vitals:
            for each in numbers(told, source="pagespeed", page=of, form_factor=form_factor):
                yield self.reading(each.metric, each.value, **each.labels)

    def _lab(self, body: Any, page: str, form_factor: str) -> Iterator[Told]:
        labels = {"source": "lighthouse", "page": shown(page), "form_factor": form_factor}
        found = list(pagespeed.lab(body))
        for told in found:
            for each in numbers(told, 1, **labels):
                yield self.reading(each.metric, each.value, **each.labels)
        if not found:
            why = pagespeed.lab_error(body) or "it measured nothing"
            what, hint = f"Lighthouse failed: {why}", "can anybody open the page, without a login?"
            yield Reading(METRIC, merged(self.labels, labels), error=what, hint=hint)
        if (score := pagespeed.score(body)) is not None and found:
            labels = {"page": shown(page), "form_factor": form_factor}
            yield self.reading("lighthouse_performance_score", score, **labels)


def once(told: Iterable[Told]) -> Iterator[Told]:
    """Without what is told again of an origin: several of its pages fall back to the same visitors of it.

    >>> of = (("page", "https://a.example"), ("source", "pagespeed"))
    >>> [each.value for each in once([Reading("web_vital", of, 2.1), Reading("web_vital", of, 2.1)])]
    [2.1]
    """
    seen: set[tuple[str, Labels]] = set()
    for each in told:
        if isinstance(each, Reading) and each.value is not None and ("source", "pagespeed") in each.labels:
            page = dict(each.labels).get("page", "")
            if page == origin(page) and each[:2] in seen:
                continue
            seen.add(each[:2])
        yield each
