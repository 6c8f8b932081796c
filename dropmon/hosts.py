"""Hosts: which of them are this machine."""

from __future__ import annotations

import re

LOCAL = re.compile(r"|localhost|127\.[0-9.]+|::1|/.*|@.*")


def local(host: str) -> bool:
    """Whether a host is this machine, and so tells nothing about our line. An empty one is a socket of its own.

    >>> local("127.0.0.1"), local("localhost"), local("::1"), local("/run/postgresql"), local("127.example.com")
    (True, True, True, True, False)
    """
    return LOCAL.fullmatch(host) is not None
