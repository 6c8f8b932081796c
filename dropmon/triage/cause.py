"""A likely cause, with what speaks for it."""

from __future__ import annotations

from typing import NamedTuple


class Cause(NamedTuple):
    """What it probably is."""

    rule: str  # which inference says so: 'vendor', 'certificate', …
    title: str
    weight: float  # how much speaks for it, from 0 to 1: only its order is shown
    evidence: tuple[str, ...]
    at: float | None = None  # since when, seconds since 1970
    next: tuple[str, ...] = ()  # commands to type
    runbook: str = ""
