"""What the provider says of itself: is a failure their incident, or ours?

Shapes: Atlassian Statuspage `/api/v2/summary.json` (Shopify, Stripe, Supabase, Vercel, GitHub …), and Slack's own.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from dropmon.errors import TransportError
from dropmon.model import Outcome, Status

PATIENCE = 3.0  # seconds for all pages together: the screen does not wait longer for other people's pages
OVER = {"resolved", "postmortem", "completed"}
WORKING = {"none", "ok", "operational"}


def summary_url(page: str) -> str:
    """Where a page keeps its summary.

    >>> summary_url("https://www.shopifystatus.com/"), summary_url("https://slack-status.com")
    ('https://www.shopifystatus.com/api/v2/summary.json', 'https://slack-status.com/api/v2.0.0/current')
    """
    if page.rstrip("/").endswith((".json", "/current")):
        return page
    return page.rstrip("/") + ("/api/v2.0.0/current" if "slack-status.com" in page else "/api/v2/summary.json")


def says(summary: Any) -> str:
    """One sentence from a summary.

    >>> says({"status": {"indicator": "none"}, "incidents": []})
    'not theirs: their status page reports no incident'
    >>> says({"status": {"indicator": "major"}, "incidents": [{"name": "API errors", "status": "investigating"}]})
    'their incident: API errors (investigating)'
    """
    if not isinstance(summary, Mapping):
        return "their status page has no summary that can be read"
    incidents = summary.get("incidents") or summary.get("active_incidents") or ()
    named = [_named(each) for each in incidents if isinstance(each, Mapping) and each.get("status") not in OVER]
    state = summary.get("status")
    indicator = state.get("indicator") if isinstance(state, Mapping) else state
    if named:
        return f"their incident: {'; '.join(named[:2])}"
    if indicator in WORKING:
        return "not theirs: their status page reports no incident"
    described = state.get("description", indicator) if isinstance(state, Mapping) else indicator
    return f"their incident: {described}" if described else "their status page has no summary that can be read"


def _named(incident: Mapping[str, Any]) -> str:
    return f"{incident.get('name') or incident.get('title')} ({incident.get('status', 'open')})"


def ask(pages: Iterable[str], within: float = PATIENCE) -> dict[str, str]:
    """What each page says, asked at the same time; a page that does not answer in time says so."""
    answers = dict.fromkeys(pages, "their status page did not answer")
    threads = [threading.Thread(target=_ask, args=(page, answers), daemon=True) for page in answers]
    until = time.monotonic() + within
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, until - time.monotonic()))
    return dict(answers)


def _ask(page: str, answers: dict[str, str]) -> None:
    from dropmon.transport import get_json

    try:
        answers[page] = says(get_json(summary_url(page), PATIENCE))
    except TransportError as error:
        answers[page] = f"their status page cannot be read: {error.what}"
    except Exception:  # JSON of a shape that theirs has never had
        answers[page] = "their status page has no summary that can be read"


def explained(
    outcomes: Sequence[Outcome], pages: Mapping[tuple[str, str], str], within: float = PATIENCE
) -> list[Outcome]:
    """The outcomes; each failing one that has a status page with what that page says."""
    failing = {
        pages[key] for outcome in outcomes if (key := (outcome.kind, outcome.name)) in pages and _theirs(outcome)
    }
    answers = ask(failing, within) if failing else {}
    return [
        outcome._replace(hint="; ".join(filter(None, (answers[page], outcome.hint))))
        if (page := pages.get((outcome.kind, outcome.name))) in answers and page and _theirs(outcome)
        else outcome
        for outcome in outcomes
    ]


def _theirs(outcome: Outcome) -> bool:
    return outcome.asked and outcome.status is not Status.OK
