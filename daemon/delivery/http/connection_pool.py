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
    """Knows whether an answer has begun, and fails the body when the connection fails.

    aiohttp reports a connection that was reset before the first byte of an answer as it does one
    that was reset after it; and where a later piece of a body is not valid HTTP, it leaves the
    body's reader waiting for ever.

    `connections` are the open ones of its pool, of which at most `kept` stay open when idle.
    """

    def __init__(
        self, loop: asyncio.AbstractEventLoop, connections: set["WireProtocol"], kept: int
    ) -> None:
        super().__init__(loop)
        self.heard = False
        """Whether a byte of the answer has arrived."""
        self._paused = False
        self._body: StreamReader | None = None
        self._connections = connections
        self._kept = kept

    @property
    def worth_keeping(self) -> bool:
        """Whether the next request may use this connection, now that an answer has ended.

        aiohttp bounds only the connections in use.
        """
        return not self.should_close and len(self._connections) <= self._kept

    def expect_answer(self) -> None:
        """A request goes out: nothing has been heard of its answer."""
        self.heard = False
        self._body = None

    def body_follows(self, body: StreamReader) -> None:
        """The head has been read; what fails the connection from now on fails `body`."""
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
        """Stop reading: more has arrived than has been read."""
        self._paused = True
        super().pause_reading()

    def resume_reading(self, resume_parser: bool = True) -> None:  # noqa: FBT001, FBT002  # aiohttp's
        """Go on after a pause. aiohttp calls this with each piece of a body, paused or not."""
        if self._paused:
            self._paused = False
            super().resume_reading(resume_parser)

    def data_received(self, data: bytes) -> None:
        """Bytes arrived, in clear."""
        self.heard = True
        super().data_received(data)

    def set_exception(self, exc: BaseException, exc_cause: BaseException | None = None) -> None:
        """The connection failed."""
        cause = exc if exc_cause is None else exc_cause
        super().set_exception(exc, cause)
        body = self._body
        if body is not None and not body.is_eof() and body.exception() is None:
            body.set_exception(exc, cause)


class ConnectionPool:
    """Makes and keeps connections; once retired, it ends when its last exchange has.

    At most `limit` connections are in use at once, and no more than that are kept. Belongs to the
    running event loop and must be closed. Raises ValueError for a `proxy` that is not the URL of
    one.
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
        """Call `unused` once no connection is in use; the caller asks for none from now on."""
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
            # Bytes that arrived before a request on a kept connection must not pass for its answer.
            if not (fresh or connection.protocol is None or connection.protocol.should_close):
                return connection
            drop(connection)

    def _peer(self, host: str, port: int) -> ClientRequest:
        """The key under which the connector keeps a peer's connections; costly to make, so kept."""
        peer = self._peers.get((host, port))
        if peer is None:
            if len(self._peers) >= _HOSTS_REMEMBERED:
                self._peers.clear()
            url = URL.build(scheme="https", host=host, port=port)
            peer = ClientRequest("POST", url, proxy=self._proxy)
            self._peers[host, port] = peer
        return peer

    def _socket(self, info: AddrInfoType) -> socket:
        """Called by aiohttp before it dials an address, also one that the URL itself names."""
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
    """End a connection at once: an orderly end of TLS would wait for a peer that may not answer."""
    if connection.protocol is not None:
        connection.protocol.abort()
    connection.close()
