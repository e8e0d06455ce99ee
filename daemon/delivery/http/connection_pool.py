"""One way out: connections under one set of certificates and one rule for addresses.

The only file that holds aiohttp's connector. It is used below `ClientSession`, which costs two
thirds of a request's time and adds headers, cookies and redirects that deliveries must not have.
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
from yarl import URL

from daemon.delivery.http import timings
from daemon.delivery.http.address_policy import metadata_verdict
from daemon.delivery.http.errors import AddressBlockedError, WireError, while_connecting
from daemon.delivery.http.protocol import Connections, WireProtocol
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


class ConnectionPool:
    """Makes and keeps connections, under bounds; retires without cutting what is on the wire.

    At most `limit` connections are in use at once, and no more than that are kept. Belongs to the
    running event loop and must be closed. Raises ValueError for a `proxy` that is no URL of one.
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
        self._retired: Callable[[], object] | None = None
        self._connector = TCPConnector(
            ssl=context,
            resolver=resolver,
            use_dns_cache=False,
            limit=limit,
            keepalive_timeout=KEPT_SECONDS,
            socket_factory=self._socket,
            enable_cleanup_closed=_TLS_CLOSE_HANGS,
        )
        # The connector has no public way to be given a protocol; the wire's tests pin this line.
        loop = asyncio.get_running_loop()
        protocols = partial(WireProtocol, loop, Connections(limit))
        self._connector._factory = cast("partial[ResponseHandler]", protocols)  # noqa: SLF001

    async def connect(self, host: str, port: int, *, fresh: bool = False) -> Connection:
        """A connection to `host`, kept or new; `fresh` gives up the kept ones, which may be dead.

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
        """Call `unused` once nobody is on the wire any more; the caller brings nobody new."""
        self._retired = unused
        if self._users == 0:
            unused()

    async def close(self) -> None:
        """Close every connection, those on the wire too. Can be called again."""
        await self._connector.close()

    def _left(self) -> None:
        self._users -= 1
        if self._users == 0 and self._retired is not None:
            self._retired()

    async def _open(self, host: str, port: int, *, fresh: bool) -> Connection:
        if self._proxy is not None and (reason := metadata_verdict(host)) is not None:
            raise WireError(ErrorKind.BLOCKED, reason)
        watched = timings.current()
        peer = self._peer(host, port)
        while True:
            try:
                connection = await self._connector.connect(peer, [], _NO_TIMEOUT)
            except Exception as error:
                raise while_connecting(error, host, watched) from error
            if watched.on_new_connection:
                watched.connected()
                return connection
            # Something that arrived unasked on a kept connection must not pass for an answer.
            if not (fresh or connection.protocol is None or connection.protocol.should_close):
                return connection
            drop(connection)

    def _peer(self, host: str, port: int) -> ClientRequest:
        """What the connector knows a peer by; costly to make, so remembered."""
        peer = self._peers.get((host, port))
        if peer is None:
            if len(self._peers) >= _HOSTS_REMEMBERED:
                self._peers.clear()
            url = URL.build(scheme="https", host=host, port=port)
            peer = ClientRequest("POST", url, proxy=self._proxy)
            self._peers[host, port] = peer
        return peer

    def _socket(self, info: AddrInfoType) -> socket:
        """Called by aiohttp with every address that it is about to dial, literals included."""
        family, kind, protocol, _, address = info
        reason = self._verdict(address[0])
        if reason is not None:
            timings.current().address_blocked(reason)
            raise AddressBlockedError(reason)
        timings.current().dialled()
        return socket(family, kind, protocol)


def _proxy_url(text: str) -> URL:
    url = URL(text)
    if url.scheme not in {"http", "https"} or not url.host:
        raise ValueError("the proxy must be given as http://HOST:PORT or https://HOST:PORT")
    return url


def drop(connection: Connection) -> None:
    """End a connection at once: a polite end of TLS would wait for a peer that may not answer."""
    if connection.protocol is not None:
        connection.protocol.abort()
    connection.close()
