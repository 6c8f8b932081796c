"""What may stand in a page for everybody to read: an address, and a key that opens nothing but the way in."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from typing import Any
from urllib.parse import urlsplit


def address(url: str) -> str:
    """An address that a browser can send to. Raises ValueError, which does not repeat it: it may hold a password.

    >>> address("https://abc.supabase.co/")
    'https://abc.supabase.co'
    >>> address("postgresql://me:pass@db.example/shop")
    Traceback (most recent call last):
    ValueError: --url is no address of a web server: write https://abc.supabase.co
    """
    parts = urlsplit(url.strip())
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("--url is no address of a web server: write https://abc.supabase.co")
    if "@" in parts.netloc:
        raise ValueError("--url holds a user or a password, which everybody could read: write it without")
    return url.strip().rstrip("/")


def key(text: str) -> str:
    """A publishable key. Raises ValueError, which does not repeat it, for one that must stay secret.

    Source: https://supabase.com/docs/guides/api/api-keys: sb_publishable_… and the JWT of the role anon may be shown.

    >>> key(" sb_publishable_x ")
    'sb_publishable_x'
    >>> key("sb_secret_x")
    Traceback (most recent call last):
    ValueError: --key is a secret key (sb_secret_…), which everybody could read in the page: give the publishable one
    """
    found = text.strip()
    if "sb_secret_" in found.casefold():
        raise ValueError(
            "--key is a secret key (sb_secret_…), which everybody could read in the page: give the publishable one"
        )
    if found.startswith("eyJ") and (role := claims(found).get("role")) != "anon":
        of = f"of the role {role}" if isinstance(role, str) and role.isidentifier() else "that names no role"
        raise ValueError(
            f"--key is a token {of}, which everybody could read in the page: give the one of anon, or sb_publishable_…"
        )
    return found


def claims(token: str) -> dict[str, Any]:
    """What a JSON Web Token says of itself (RFC 7519); nothing when it is none.

    >>> claims("eyJh.eyJyb2xlIjogImFub24ifQ.x"), claims("eyJh.?")
    ({'role': 'anon'}, {})
    """
    body = token.split(".")[1] if token.count(".") else ""
    try:
        found = json.loads(urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
