"""Edge functions over HTTP."""

from __future__ import annotations

from dropmon.checks.http import Http


class Function(Http):
    """Edge functions over HTTP: deployed, allowed to us, and quick enough?"""
