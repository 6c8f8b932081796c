"""The same check with async httpx: one client and a semaphore, plain, or tuned to keep no connections."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path

import httpx


async def main(targets: list[str], at_once: int, plain: bool) -> None:
    gate = asyncio.Semaphore(at_once)
    times: list[float] = []
    good = 0

    async def check(client: httpx.AsyncClient, url: str) -> None:
        nonlocal good
        async with gate:
            began = time.perf_counter()
            response = await client.get(url)
            times.append((time.perf_counter() - began) * 1000)
            good += response.is_success

    tuned = httpx.Limits(max_connections=at_once, max_keepalive_connections=0)
    made = httpx.AsyncClient(timeout=10) if plain else httpx.AsyncClient(limits=tuned, timeout=10, trust_env=False)
    async with made as client:
        await asyncio.gather(*(check(client, url) for url in targets))
    print(json.dumps({"good": good, "times": times}))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]).read_text().split(), int(sys.argv[2]), sys.argv[3:] == ["plain"]))
