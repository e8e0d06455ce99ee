"""The transport of deliveries: httpx's interface over aiohttp's connections.

It writes the headers it is given and none of its own, takes the request target as bytes, follows
nothing, keeps no cookies, reads no environment and unpacks nothing. Time limits are the caller's.
"""

import httpx

from daemon.delivery.errors import UnansweredError, WireError
from daemon.delivery.exchange import Answer, exchange
from daemon.delivery.network import NetworkPolicy
from daemon.delivery.progress import Progress, watch
from daemon.delivery.resolver import Lookup, system_lookup
from daemon.delivery.routes import Routes
from daemon.domain.outcome import ErrorKind

_HTTPS_PORT = 443


class WireTransport(httpx.AsyncBaseTransport):
    """Sends prepared requests, whose headers must be complete (Host and Content-Length too).

    Two extensions of a request are understood: `target`, the bytes of the request target where they
    differ from the URL's, and `progress`, the Progress to report to. Failures are WireError.
    Belongs to the running event loop and must be closed.
    """

    def __init__(self, policy: NetworkPolicy, lookup: Lookup = system_lookup) -> None:
        self._routes = Routes(policy, lookup)

    def reconfigure(self, policy: NetworkPolicy) -> None:
        """Go by `policy` from the next request on; those on the wire end as they began.

        Raises ValueError, and changes nothing, for an unusable certificate file, range or proxy.
        """
        self._routes.reconfigure(policy)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send `request`; the answer's body is still to be read, and the answer to be closed."""
        progress = request.extensions.get("progress") or Progress()
        watch(progress)
        wire = _head(request) + await _body(request)
        try:
            answer = await self._send(request.url, wire, progress, fresh=False)
        except UnansweredError:
            if progress.on_new_connection:
                raise
            # A kept connection that the receiver had given up (spec.md §3): once more at once.
            progress.start_over()
            answer = await self._send(request.url, wire, progress, fresh=True)
        return _response(answer)

    async def aclose(self) -> None:
        """Close every connection. Requests still on the wire fail: cancel them before."""
        await self._routes.close()

    async def _send(
        self, url: httpx.URL, wire: bytes, progress: Progress, *, fresh: bool
    ) -> Answer:
        if url.scheme != "https":
            raise WireError(ErrorKind.BLOCKED, "nothing is sent in clear, only over https://")
        host = url.raw_host.decode("ascii")
        route = self._routes.choose(host)
        connection = await route.connect(host, url.port or _HTTPS_PORT, fresh=fresh)
        return await exchange(connection, wire, progress)


def _head(request: httpx.Request) -> bytes:
    """Request line and headers. Raises WireError where a value would begin a line of its own."""
    target: bytes = request.extensions.get("target") or request.url.raw_path
    lines = [b"%b %b HTTP/1.1\r\n" % (request.method.encode("ascii"), target)]
    lines += [b"%b: %b\r\n" % header for header in request.headers.raw]
    head = b"".join(lines)
    if b"\0" in head or not head.count(b"\r") == head.count(b"\n") == len(lines):
        raise WireError(ErrorKind.PROTOCOL, "a header or the URL has a line break or NUL in it")
    return head + b"\r\n"


async def _body(request: httpx.Request) -> bytes:
    if isinstance(request.stream, httpx.SyncByteStream):
        return b"".join(request.stream)
    return b"".join([piece async for piece in request.stream])


def _response(answer: Answer) -> httpx.Response:
    reason = answer.head.reason or ""
    return httpx.Response(
        answer.head.code,
        headers=list(answer.head.raw_headers),
        stream=answer,
        extensions={
            "answer": answer,
            "reason_phrase": reason.encode("utf-8", "surrogateescape"),
        },
    )
