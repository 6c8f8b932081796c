"""One HTTP conversation with a service that helps us: status pages, channels, sources. Never a measurement."""

from __future__ import annotations

import json
import time
from typing import Any

from dropmon import __version__
from dropmon.errors import TransportError
from dropmon.secrets import mask

LARGEST = 8 << 20  # bytes of an answer that are read at the most


def get_json(url: str, timeout: float) -> Any:
    """The JSON at a URL within `timeout` seconds in all, however slowly it drips.

    Proxies of the environment are not used. Raises TransportError, without secrets in its message.
    """
    import httpx

    until = time.monotonic() + timeout
    try:
        with (
            httpx.Client(timeout=timeout, follow_redirects=True, trust_env=False) as client,
            client.stream("GET", url, headers={"User-Agent": f"dropmon/{__version__}"}) as response,
        ):
            response.raise_for_status()
            return json.loads(_body(response.iter_bytes(), until))
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, TimeoutError) as error:
        raise TransportError(
            mask(f"{url}: {str(error).splitlines()[0] if str(error) else type(error).__name__}")
        ) from None


def _body(chunks: Any, until: float) -> bytes:
    body = bytearray()
    for chunk in chunks:
        body += chunk
        if len(body) > LARGEST:
            raise ValueError(f"the answer is larger than {LARGEST >> 20} MiB")
        if time.monotonic() > until:
            raise TimeoutError("the answer did not end in time")
    return bytes(body)
