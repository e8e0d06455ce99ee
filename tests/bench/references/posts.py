"""POSTs and nothing else, no store, no queue: `… references.posts KIND URL CA COUNT`.

`transport`: a prepared `httpx.Request` again and again on the daemon's own transport, 64 at once.
`session`: the same bytes by `aiohttp.ClientSession.post`, as most would write it, 64 at once.
`alone`: one at a time on `transport`, with pauses; prints the p99 of the milliseconds each takes.
"""

import asyncio
import ssl
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import httpx

from daemon.delivery.http.network_policy import NetworkPolicy
from daemon.delivery.http.transport import WireTransport
from daemon.domain.events.event import payload_bytes
from tests.bench import work
from tests.bench.figures import percentile

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
    "Accept-Encoding": "identity",
}

Post = Callable[[], Awaitable[None]]


def body() -> bytes:
    """What the daemon would send."""
    return payload_bytes(
        HEADERS["X-Corgea-Delivery"],
        work.EVENT_TYPE,
        "2025-01-15T15:45:00.000Z",
        work.data(work.project(0)),
    )


@asynccontextmanager
async def by_transport(url: str, ca_file: Path):
    """Prepared once; sent again and again."""
    transport = WireTransport(NetworkPolicy(allow=("127.0.0.0/8",), ca_file=ca_file))
    request = httpx.Request("POST", url, headers=HEADERS, content=body())

    async def post() -> None:
        response = await transport.handle_async_request(request)
        async for _ in response.stream:
            pass
        await response.aclose()
        assert response.status_code == 200

    try:
        yield post
    finally:
        await transport.aclose()


@asynccontextmanager
async def by_session(url: str, ca_file: Path):
    """As a program without the daemon would send."""
    context = ssl.create_default_context(cafile=ca_file)
    connector = aiohttp.TCPConnector(ssl=context, limit=AT_ONCE)
    content = body()
    async with aiohttp.ClientSession(connector=connector) as session:

        async def post() -> None:
            async with session.post(url, data=content, headers=HEADERS) as response:
                await response.read()
                assert response.status == 200

        yield post


async def rate(post: Post, measured: int) -> float:
    """POSTs a second, 64 at once."""

    async def some(left: list[int]) -> None:
        while left[0] > 0:
            left[0] -= 1
            await post()

    seconds = 0.0
    for count in (WARM, measured):
        left = [count]
        started = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
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


async def main(kind: str, url: str, ca_file: Path, measured: int) -> float:
    """One figure."""
    ways = by_session if kind == "session" else by_transport
    async with ways(url, ca_file) as post:
        return await (alone if kind == "alone" else rate)(post, measured)


if __name__ == "__main__":
    print(asyncio.run(main(sys.argv[1], sys.argv[2], Path(sys.argv[3]), int(sys.argv[4]))))  # noqa: T201
