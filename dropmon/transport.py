"""One HTTP conversation with a service that helps us: status pages, channels, sources. Never a measurement."""

from __future__ import annotations

import json
import queue
import threading
from typing import TYPE_CHECKING, Any

from dropmon import __version__
from dropmon.errors import TransportError
from dropmon.secrets import mask

if TYPE_CHECKING:
    import httpx

LARGEST = 8 << 20  # bytes of an answer that are read at the most


def get_json(url: str, timeout: float) -> Any:
    """The JSON at a URL within `timeout` seconds in all: names, redirects, headers and body, however slowly they drip.

    Proxies of the environment are not used. Raises TransportError, without secrets in its message.
    """
    import httpx

    said: queue.SimpleQueue[Any] = queue.SimpleQueue()
    with httpx.Client(timeout=timeout, follow_redirects=True, trust_env=False) as client:
        # httpx limits each step, not their sum; when the time is over the thread is left, and its connection closed
        threading.Thread(target=_converse, args=(client, url, said), name="dropmon-transport", daemon=True).start()
        try:
            answer = said.get(timeout=timeout)
        except queue.Empty:
            answer = TimeoutError(f"no whole answer in {timeout:g} s")
    if isinstance(answer, Exception):
        reason = str(answer).splitlines()[0] if str(answer) else type(answer).__name__
        raise TransportError(mask(f"{url}: {reason}"))
    return answer


def _converse(client: httpx.Client, url: str, said: queue.SimpleQueue[Any]) -> None:
    """Tells the answer, or the exception that came instead: whatever it is, somebody waits for it."""
    try:
        with client.stream("GET", url, headers={"User-Agent": f"dropmon/{__version__}"}) as response:
            response.raise_for_status()
            said.put(json.loads(_body(response)))
    except Exception as error:
        said.put(error)


def _body(response: httpx.Response) -> bytes:
    body = bytearray()
    for chunk in response.iter_bytes():
        body += chunk
        if len(body) > LARGEST:
            raise ValueError(f"the answer is larger than {LARGEST >> 20} MiB")
    return bytes(body)
