"""A pool of connections under one set of certificates and one rule for addresses.

The only file that uses aiohttp's connector. Deliveries use it below `ClientSession`, which costs
two thirds of a request's time and adds headers, cookies and redirects that deliveries must not
have.
"""

import asyncio
import ssl
import sys
from collections.abc import Callable
from functools import partial
from socket import socket
from typing import cast

from aiohttp import ClientRequest, ClientTimeout, TCPConnector
from aiohttp.abc import AbstractResolver
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import AddrInfoType, Connection
from aiohttp.streams import StreamReader
from yarl import URL

from daemon.delivery.http.errors import AddressBlockedError, WireError, while_connecting
from daemon.delivery.http.network_policy import metadata_verdict
from daemon.delivery.http.timings import current_timings
from daemon.domain.deliveries.outcome import ErrorKind

KEPT_SECONDS = 15.0
"""How long an idle connection is kept for the next delivery."""

_HOSTS_REMEMBERED = 1024
_NO_TIMEOUT = ClientTimeout(total=None)
# Before Python 3.12.8 a TLS connection whose peer is gone may never finish closing
# (cpython#118950); aiohttp then aborts it after two seconds, and warns where that is not needed.
_TLS_CLOSE_HANGS = sys.version_info < (3, 12, 8)

Verdict = Callable[[str], str | None]
"""Why an address may not be dialled, or None when it may."""


class WireProtocol(ResponseHandler):
    """Tracks whether an answer has begun, and fails the body when the connection fails.

    aiohttp does not distinguish a reset before the first byte of an answer from one after it. When
    a later piece of a body is not valid HTTP, it leaves the body's reader waiting forever.

    `connections` are the open connections of its pool; at most `kept` stay open when idle.
    """

    def __init__(
        self, loop: asyncio.AbstractEventLoop, connections: set["WireProtocol"], kept: int
    ) -> None:
        super().__init__(loop)
        self.answer_began = False
        """Whether a byte of the answer has arrived."""
        self._paused = False
        self._body: StreamReader | None = None
        self._connections = connections
        self._kept = kept

    @property
    def reusable(self) -> bool:
        """Whether the next request may use this connection after the end of an answer.

        aiohttp limits only the connections in use.
        """
        return not self.should_close and len(self._connections) <= self._kept

    def expect_answer(self) -> None:
        """A request is sent; no byte of its answer has arrived."""
        self.answer_began = False
        self._body = None

    def body_follows(self, body: StreamReader) -> None:
        """The head has been read; from now on an error of the connection fails `body`."""
        self._body = body

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection is open."""
        super().connection_made(transport)
        self._connections.add(self)

    def connection_lost(self, exc: BaseException | None) -> None:
        """The connection is closed, by either end."""
        self._connections.discard(self)
        super().connection_lost(exc)

    def pause_reading(self) -> None:
        """Stop reading, because the reader is behind."""
        self._paused = True
        super().pause_reading()

    def resume_reading(self, resume_parser: bool = True) -> None:  # noqa: FBT001, FBT002  # aiohttp's
        """Continue after a pause. aiohttp calls this for each piece of a body, paused or not."""
        if self._paused:
            self._paused = False
            super().resume_reading(resume_parser)

    def data_received(self, data: bytes) -> None:
        """Decrypted bytes have arrived."""
        self.answer_began = True
        super().data_received(data)

    def set_exception(self, exc: BaseException, exc_cause: BaseException | None = None) -> None:
        """The connection failed."""
        cause = exc if exc_cause is None else exc_cause
        super().set_exception(exc, cause)
        body = self._body
        if body is not None and not body.is_eof() and body.exception() is None:
            body.set_exception(exc, cause)


class ConnectionPool:
    """Opens and keeps connections. A retired pool ends with its last exchange.

    At most `limit` connections are in use at once, and at most as many are kept. It belongs to the
    running event loop and must be closed. Raises ValueError for a `proxy` that is not the URL of a
    proxy.
    """

    def __init__(
        self,
        context: ssl.SSLContext,
        verdict: Verdict,
        resolver: AbstractResolver,
        *,
        limit: int,
        proxy: str | None = None,
    ) -> None:
        self._verdict = verdict
        self._proxy = None if proxy is None else _proxy_url(proxy)
        self._peers: dict[tuple[str, int], ClientRequest] = {}
        self._users = 0
        self._unused: Callable[[], object] | None = None
        self._connector = TCPConnector(
            ssl=context,
            resolver=resolver,
            use_dns_cache=False,
            limit=limit,
            keepalive_timeout=KEPT_SECONDS,
            socket_factory=self._socket,
            enable_cleanup_closed=_TLS_CLOSE_HANGS,
        )
        # The connector has no public way to be given a protocol; the tests of delivery pin this
        # line.
        loop = asyncio.get_running_loop()
        protocols = partial(WireProtocol, loop, set(), limit)
        self._connector._factory = cast("partial[ResponseHandler]", protocols)  # noqa: SLF001

    async def connect(self, host: str, port: int, *, fresh: bool = False) -> Connection:
        """A connection to `host`, kept or new; `fresh` closes the kept ones, which may be dead.

        Raises WireError. The caller ends it with `release` or `drop`.
        """
        self._users += 1
        try:
            connection = await self._open(host, port, fresh=fresh)
        except BaseException:
            self._left()
            raise
        connection.add_callback(self._left)
        return connection

    def retire(self, unused: Callable[[], object]) -> None:
        """Call `unused` once no connection is in use; the caller requests no further ones."""
        self._unused = unused
        if self._users == 0:
            unused()

    async def close(self) -> None:
        """Close every connection, those in use too. Can be called again."""
        await self._connector.close()

    def _left(self) -> None:
        self._users -= 1
        if self._users == 0 and self._unused is not None:
            self._unused()

    async def _open(self, host: str, port: int, *, fresh: bool) -> Connection:
        if self._proxy is not None and (reason := metadata_verdict(host)) is not None:
            raise WireError(ErrorKind.BLOCKED, reason)
        timings = current_timings()
        peer = self._peer(host, port)
        while True:
            try:
                connection = await self._connector.connect(peer, [], _NO_TIMEOUT)
            except Exception as error:
                raise while_connecting(error, host, timings) from error
            if timings.on_new_connection:
                timings.connected()
                return connection
            # Bytes that arrived on a kept connection before a request are not its answer.
            if not (fresh or connection.protocol is None or connection.protocol.should_close):
                return connection
            drop(connection)

    def _peer(self, host: str, port: int) -> ClientRequest:
        """The connector's key for a peer's connections. It is costly to make, so it is cached."""
        peer = self._peers.get((host, port))
        if peer is None:
            if len(self._peers) >= _HOSTS_REMEMBERED:
                self._peers.clear()
            url = URL.build(scheme="https", host=host, port=port)
            peer = ClientRequest("POST", url, proxy=self._proxy)
            self._peers[host, port] = peer
        return peer

    def _socket(self, info: AddrInfoType) -> socket:
        """Make a socket: aiohttp calls it before it dials an address, also one of the URL."""
        family, kind, protocol, _, address = info
        reason = self._verdict(address[0])
        if reason is not None:
            current_timings().address_blocked(reason)
            raise AddressBlockedError(reason)
        current_timings().dialled()
        return socket(family, kind, protocol)


def _proxy_url(text: str) -> URL:
    url = URL(text)
    if url.scheme not in {"http", "https"} or not url.host:
        raise ValueError("the proxy must be given as http://HOST:PORT or https://HOST:PORT")
    return url


def drop(connection: Connection) -> None:
    """Close a connection at once: an orderly end of TLS would wait for the peer's answer."""
    if connection.protocol is not None:
        connection.protocol.abort()
    connection.close()
