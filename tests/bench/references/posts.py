"""POSTs and nothing else, no store, no queue: `… references.posts CLIENT URL CA COUNT [AT_ONCE]`.

Prints POSTs a second of a client, `AT_ONCE` (64) at a time:

`sender`: the same request again and again by the daemon's own sender (on aiohttp's connections).
`session`: the same bytes by `aiohttp.ClientSession.post`, as most programs do it.
`httpx`, `httpx2`: the same by their `AsyncClient.post`.

`alone` prints the p99 of milliseconds of `sender`, one at a time with pauses.
"""

import asyncio
import importlib
import ssl
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from daemon.delivery.http.network_policy import NetworkPolicy
from daemon.delivery.http.sender import Sender
from daemon.domain.deliveries.request import OutgoingRequest, lines_of
from daemon.domain.events.event import payload_bytes
from tests.bench import work
from tests.bench.result import percentile

AT_ONCE = 64
WARM = 2_000
PAUSE = 0.01

HEADERS = {
    "Content-Type": "application/json",
    "X-Corgea-Event": work.EVENT_TYPE,
    "X-Corgea-Delivery": "01946d2e-8c80-7000-8000-000000000000",
    "X-Corgea-Timestamp": "1736955900",
    "X-Corgea-Signature": "0" * 64,
    "User-Agent": "Corgea-Webhooks/1.0",
}
CONTENT = payload_bytes(
    HEADERS["X-Corgea-Delivery"],
    work.EVENT_TYPE,
    "2025-01-15T15:45:00.000Z",
    work.data(work.project(0)),
)
"""What the daemon would send."""

Post = Callable[[], Awaitable[None]]


@asynccontextmanager
async def by_sender(url: str, ca_file: Path) -> AsyncIterator[Post]:
    """As the daemon sends, without all that it does before and after."""
    sender = Sender(NetworkPolicy(allow=("127.0.0.0/8",), ca_file=ca_file))
    request = OutgoingRequest(url, lines_of(HEADERS.items()), len(HEADERS), CONTENT)

    async def post() -> None:
        assert (await sender.attempt(request, 10)).succeeded

    try:
        yield post
    finally:
        await sender.close()


@asynccontextmanager
async def by_session(url: str, ca_file: Path) -> AsyncIterator[Post]:
    """As a program without the daemon would send."""
    context = ssl.create_default_context(cafile=ca_file)
    connector = aiohttp.TCPConnector(ssl=context, limit=AT_ONCE)
    async with aiohttp.ClientSession(connector=connector) as session:

        async def post() -> None:
            async with session.post(url, data=CONTENT, headers=HEADERS) as response:
                await response.read()
                assert response.status == 200

        yield post


@asynccontextmanager
async def by_httpx(name: str, url: str, ca_file: Path) -> AsyncIterator[Post]:
    """By httpx or its successor, which have the same interface."""
    httpx = importlib.import_module(name)
    context = ssl.create_default_context(cafile=ca_file)
    limits = httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE)
    async with httpx.AsyncClient(verify=context, limits=limits, timeout=60) as client:

        async def post() -> None:
            response = await client.post(url, content=CONTENT, headers=HEADERS)
            assert response.status_code == 200

        yield post


async def rate(post: Post, measured: int, at_once: int) -> float:
    """POSTs a second."""

    async def some(left: list[int]) -> None:
        while left[0] > 0:
            left[0] -= 1
            await post()

    seconds = 0.0
    for count in (min(WARM, measured), measured):
        left = [count]
        started = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for _ in range(at_once):
                group.create_task(some(left))
        seconds = time.perf_counter() - started
    return measured / seconds


async def alone(post: Post, measured: int) -> float:
    """The p99 of one POST at a time, in milliseconds."""
    took = []
    for _ in range(measured):
        started = time.perf_counter()
        await post()
        took.append((time.perf_counter() - started) * 1000)
        await asyncio.sleep(PAUSE)
    return percentile(took[measured // 10 :], 0.99)


async def main(client: str, url: str, ca_file: Path, measured: int, at_once: int) -> float:
    """The figure of one client."""
    if client.startswith("httpx"):
        way = by_httpx(client, url, ca_file)
    else:
        way = (by_session if client == "session" else by_sender)(url, ca_file)
    async with way as post:
        return await (alone(post, measured) if client == "alone" else rate(post, measured, at_once))


if __name__ == "__main__":
    _, name, address, ca, count, *more = sys.argv
    at_once = int(more[0]) if more else AT_ONCE
    print(asyncio.run(main(name, address, Path(ca), int(count), at_once)))  # noqa: T201
