"""The link to one daemon: it reconnects, resumes the stream of changes and reports gaps (app.md).

The link posts `Update`s on its event loop. It posts changes at most `1 / interval` times a second,
for any number of changes. It uses no widget.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from time import monotonic
from typing import Protocol

from corgea_tui.client import calls
from corgea_tui.client.api_call import RawChange
from corgea_tui.client.calls import FIRST_PAGE
from corgea_tui.client.client import Client
from corgea_tui.client.coalesce import Coalescer
from corgea_tui.client.errors import ClientError, ProtocolMismatch, Refused, Unreachable
from corgea_tui.client.updates import LinkState, Phase, Snapshot, Update
from daemon.protocol import DaemonInfo, Webhook
from daemon.util.tasks import Tasks

LONGEST_WAIT = 10.0
"""The most seconds between two attempts to connect (app.md, Behaviour)."""
FIRST_WAIT = 0.5
BUSY = 32
"""From this number of changes in a read on, the link pauses, so that the next read has more."""
FLOOD, FLOOD_PACE = 8, 2
"""After more than FLOOD deliveries in a batch, the next batch waits FLOOD_PACE times as long."""

Opener = Callable[[Callable[[str], None]], Awaitable[Client]]
"""Makes a client; it reports long steps through the given function."""
Post = Callable[[Update], None]
FirstLoad = Callable[[], Awaitable[Snapshot | None]]


class DaemonLink(Protocol):
    """The part of a link that the app uses."""

    @property
    def client(self) -> Client:
        """The client of the daemon; raises `Unreachable` while there is no link."""
        ...

    def start(self) -> None:
        """Start to connect."""
        ...

    def connect_now(self) -> None:
        """Connect now instead of at the end of the wait."""
        ...

    async def close(self) -> None:
        """End the link."""
        ...


class Link:
    """The link to one daemon."""

    def __init__(
        self,
        open_client: Opener,
        post: Post,
        *,
        host: str = "local",
        interval: float = 0.1,
        failed: Callable[[BaseException], None],
        jitter: Callable[[], float] = random.random,
        first_load: FirstLoad | None = None,
    ) -> None:
        """`failed` is called with each exception that is a bug.

        `first_load` reads the first lists faster than the link can; None: the link reads them.
        """
        self._open = open_client
        self._first_load = first_load
        self._post = post
        self._host = host
        self._interval = interval
        self._jitter = jitter
        self._tasks = Tasks(failed)
        self._client: Client | None = None
        self._connected = False
        self._retry_after = 0.0
        """Seconds to wait after a refusal, by the daemon's `Retry-After`."""
        self._seq: int | None = None
        self._last_contact: float | None = None
        self._changes = Coalescer()
        self._flush: asyncio.TimerHandle | None = None
        self._flood = False
        self._connect_requested = asyncio.Event()

    @property
    def client(self) -> Client:
        """The client of the daemon; raises `Unreachable` while there is no link."""
        if self._client is None or not self._connected:
            raise Unreachable("not connected to the daemon")
        return self._client

    def start(self) -> None:
        """Start to connect."""
        self._tasks.spawn(self._stay_connected(), "link")

    def connect_now(self) -> None:
        """Connect now instead of at the end of the wait."""
        self._connect_requested.set()

    async def close(self) -> None:
        """End the link. Safe to call twice."""
        await self._tasks.close()
        await self._disconnect()

    async def _stay_connected(self) -> None:
        attempts = 0
        if self._first_load is not None and (first := await self._first_load()) is not None:
            self._seq = first.seq
            self._post(first)
        while True:
            self._post_state(Phase.CONNECTING)
            phase, reason = await self._connect_and_follow()
            attempts = 1 if self._connected else attempts + 1
            await self._disconnect()
            wait = max(self._wait(attempts), self._retry_after)
            self._post_state(phase, reason, monotonic() + wait)
            await self._pause(wait)

    def _wait(self, attempts: int) -> float:
        """Seconds until the next attempt: doubled each time, with jitter between clients."""
        longest = min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** min(attempts - 1, 10))
        return longest * (0.5 + self._jitter() / 2)

    async def _pause(self, seconds: float) -> None:
        self._connect_requested.clear()
        try:
            async with asyncio.timeout(seconds):
                await self._connect_requested.wait()
        except TimeoutError:
            return

    async def _connect_and_follow(self) -> tuple[Phase, str]:
        """Run one connection until it ends; return the next phase and the reason."""
        self._retry_after = 0.0
        try:
            await self._connect()
        except ProtocolMismatch as error:
            return Phase.MISMATCH, f"{error.message}: {error.advice}"
        except Refused as error:
            self._retry_after = error.retry_after or 0.0
            return Phase.REFUSED, error.message
        except Unreachable as error:
            return Phase.LOST, error.message
        except ClientError as error:  # this user may not open the socket
            return Phase.REFUSED, error.message
        return Phase.LOST, "the daemon ended the stream of changes"

    async def _connect(self) -> None:
        self._client = await self._open(lambda words: self._post_state(Phase.CONNECTING, words))
        daemon = await self._client.daemon()
        if self._seq is None:
            await self._read_lists(self._client, daemon, gap=False)
        else:
            self._changes.add_daemon(daemon)
            self._flush_soon()
        self._note_contact()
        self._connected = True
        self._post_state(Phase.CONNECTED)
        await self._follow(self._client)

    async def _read_lists(self, client: Client, daemon: DaemonInfo, *, gap: bool) -> None:
        deliveries, (webhooks, seq) = await asyncio.gather(
            client.send(calls.deliveries(limit=FIRST_PAGE)), _all_webhooks(client)
        )
        self._changes.take()  # older than the lists
        self._seq = min(deliveries.seq, seq)
        self._post(Snapshot(daemon, webhooks, deliveries, self._seq, gap))

    async def _follow(self, client: Client) -> None:
        async with aclosing(client.changes(self._seq)) as stream:
            async for changes in stream:
                self._note_contact()
                await self._take(client, changes)
                if len(changes) >= BUSY:
                    await asyncio.sleep(self._interval / 2)

    async def _take(self, client: Client, changes: list[RawChange]) -> None:
        if not changes:
            return
        self._changes.add(changes)
        self._seq = changes[-1].seq
        if any(change.type == "gap" for change in changes):
            await self._read_lists(client, await client.daemon(), gap=True)
        else:
            self._flush_soon()

    def _flush_soon(self) -> None:
        if self._flush is None:
            pace = self._interval * (FLOOD_PACE if self._flood else 1)
            self._flush = asyncio.get_running_loop().call_later(pace, self._flush_now)

    def _flush_now(self) -> None:
        self._flush = None
        if (batch := self._changes.take()) is not None:
            self._flood = len(batch.deliveries) > FLOOD
            self._post(batch)

    def _note_contact(self) -> None:
        self._last_contact = monotonic()

    def _post_state(self, phase: Phase, reason: str = "", retry_at: float | None = None) -> None:
        self._post(LinkState(phase, self._host, reason, self._last_contact, retry_at))

    async def _disconnect(self) -> None:
        self._connected = False
        if self._flush is not None:
            self._flush.cancel()
            self._flush_now()
        if self._client is not None:
            await self._client.close()
            self._client = None


async def _all_webhooks(client: Client) -> tuple[tuple[Webhook, ...], int]:
    page = await client.send(calls.webhooks())
    found, seq = list(page.items), page.seq
    while page.next is not None:
        page = await client.send(calls.webhooks(cursor=page.next))
        found += page.items
    return tuple(found), seq
