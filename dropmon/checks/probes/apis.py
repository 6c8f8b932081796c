"""Third-party APIs over HTTP."""

from __future__ import annotations

from dropmon.checks.http import Http


class Api(Http):
    """Third-party APIs over HTTP: do they answer as they should, in time, and with our token?"""
