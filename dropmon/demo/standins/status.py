"""The providers' public status pages, in the shape of Atlassian's Statuspage; they tell the truth."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from dropmon.demo.exchange import Answer, Request, page, reply
from dropmon.demo.standin import Fault, Standin
from dropmon.model import moment

if TYPE_CHECKING:
    from collections.abc import Mapping

PROVIDERS = {"shopify": "Shopify", "stripe": "Stripe", "bigbuy": "BigBuy", "functions": "Supabase"}

# What a provider would publish: a revoked key and a spent limit are the customer's own matter.
PUBLISHED: Mapping[Fault | None, tuple[str, str, str]] = {
    Fault.DOWN: ("critical", "Major Service Outage", "major_outage"),
    Fault.WRONG: ("major", "Partial System Outage", "partial_outage"),
    Fault.EMPTY: ("major", "Partial System Outage", "partial_outage"),
    Fault.SLOW: ("minor", "Partially Degraded Service", "degraded_performance"),
}
OPERATIONAL = ("none", "All Systems Operational", "operational")


def summary(name: str, url: str, fault: Fault | None, since: float) -> dict[str, object]:
    """What `/api/v2/summary.json` says of a provider. `since` in seconds since 1970.

    >>> summary("Stripe", "http://127.0.0.1/stripe", Fault.SLOW, 0)["status"]
    {'indicator': 'minor', 'description': 'Partially Degraded Service'}
    >>> summary("Stripe", "http://127.0.0.1/stripe", Fault.AUTH, 0)["incidents"]
    []
    """
    indicator, description, component = PUBLISHED.get(fault, OPERATIONAL)
    at = moment(since)
    part = {
        "id": "api", "name": f"{name} API", "status": component, "group": False, "group_id": None,
        "only_show_if_degraded": False, "updated_at": at,
    }  # fmt: skip
    told = {"status": "investigating", "body": "We are investigating failing requests.", "created_at": at}
    incident = {
        "id": "demo", "name": f"{description}: {name} API", "status": "investigating", "impact": indicator,
        "created_at": at, "shortlink": url, "incident_updates": [told], "components": [part],
    }  # fmt: skip
    return {
        "page": {"id": "demo", "name": name, "url": url, "time_zone": "Etc/UTC", "updated_at": at},
        "status": {"indicator": indicator, "description": description},
        "components": [part],
        "incidents": [incident] if indicator != "none" else [],
        "scheduled_maintenances": [],
    }


class Status(Standin):
    """Status pages of the providers."""

    name: ClassVar[str] = "status"
    breakable: ClassVar[bool] = False

    def answer(self, request: Request) -> Answer:
        _, provider, *rest = request.path.split("/")
        if provider not in PROVIDERS:
            return page("<h1>404 Not Found</h1>", 404)
        standin = self.stage.cast[provider]
        told = summary(PROVIDERS[provider], f"{self.url}/{provider}", standin.fault, standin.since)
        match "/".join(rest):
            case "api/v2/summary.json":
                return reply(told)
            case "api/v2/status.json":
                return reply({"page": told["page"], "status": told["status"]})
            case "" | "index.html":
                return page(f"<h1>{PROVIDERS[provider]}: {PUBLISHED.get(standin.fault, OPERATIONAL)[1]}</h1>")
        return page("<h1>404 Not Found</h1>", 404)
