"""The transport of deliveries: httpx's interface over aiohttp's connections.

It writes the headers it is given and none of its own, takes the request target as bytes, follows
nothing, keeps no cookies, reads no environment and unpacks nothing. Time limits are the caller's.

The sender goes in below httpx's interface, with a request that is bytes already: making httpx's
objects for a request and its answer costs as much as a third of sending it.
"""

from collections.abc import Sequence

import httpx

from daemon.delivery.http.errors import UnansweredError, WireError
from daemon.delivery.http.exchange import RawResponse, exchange
from daemon.delivery.http.network_policy import NetworkPolicy
from daemon.delivery.http.pool_selection import PoolSelection
from daemon.delivery.http.resolver import Lookup, system_lookup
from daemon.delivery.http.target import Target
from daemon.delivery.http.timings import AttemptTimings, watch
from daemon.domain.deliveries.outcome import ErrorKind


class WireTransport(httpx.AsyncBaseTransport):
    """Sends prepared requests, whose headers must be complete (Host and Content-Length too).

    Failures are WireError. Belongs to the running event loop and must be closed.
    """

    def __init__(self, policy: NetworkPolicy, lookup: Lookup = system_lookup) -> None:
        self._routes = PoolSelection(policy, lookup)

    def reconfigure(self, policy: NetworkPolicy) -> None:
        """Go by `policy` from the next request on; those on the wire end as they began.

        Raises ValueError, and changes nothing, for an unusable certificate file, range or proxy.
        """
        self._routes.reconfigure(policy)

    async def send(
        self, destination: Target, request: bytes, progress: AttemptTimings
    ) -> RawResponse:
        """Send `request`, a whole one; the answer's body is still to be read, and it to be closed.

        Raises WireError.
        """
        watch(progress)
        host, port = destination.host, destination.port
        try:
            connection = await self._routes.choose(host).connect(host, port)
            return await exchange(connection, request, progress)
        except UnansweredError:
            if progress.on_new_connection:
                raise
        # A kept connection that the receiver had given up (rules.md §3): once more at once.
        progress.start_over()
        connection = await self._routes.choose(host).connect(host, port, fresh=True)
        return await exchange(connection, request, progress)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """As `send`, for those who speak httpx."""
        url = request.url
        if url.scheme != "https":
            raise WireError(ErrorKind.BLOCKED, "nothing is sent in clear, only over https://")
        line = b"%b %b HTTP/1.1\r\n" % (request.method.encode("ascii"), url.raw_path)
        wire = _head_of(line, request.headers.raw) + await _body(request)
        return _response(await self.send(Target.at(url, url.raw_path), wire, AttemptTimings()))

    async def aclose(self) -> None:
        """Close every connection. Requests still on the wire fail: cancel them before."""
        await self._routes.close()


def check_head(head: bytes, *, lines: int) -> None:
    """Raises WireError where a value would begin a line of its own: there must be `lines`."""
    if b"\0" in head or not head.count(b"\r") == head.count(b"\n") == lines:
        raise WireError(ErrorKind.PROTOCOL, "a header or the URL has a line break or NUL in it")


def _head_of(line: bytes, headers: Sequence[tuple[bytes, bytes]]) -> bytes:
    head = b"".join([line, *[b"%b: %b\r\n" % header for header in headers]])
    check_head(head, lines=1 + len(headers))
    return head + b"\r\n"


async def _body(request: httpx.Request) -> bytes:
    if isinstance(request.stream, httpx.SyncByteStream):
        return b"".join(request.stream)
    return b"".join([piece async for piece in request.stream])


def _response(answer: RawResponse) -> httpx.Response:
    reason = (answer.head.reason or "").encode("utf-8", "surrogateescape")
    return httpx.Response(
        answer.head.code,
        headers=list(answer.head.raw_headers),
        stream=answer,
        extensions={"reason_phrase": reason},
    )
