"""The receiver: an HTTPS server on loopback; a responder decides each answer."""

import asyncio
import socket
import ssl
import struct
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime
from weakref import WeakSet

from aiohttp import web

from corgea_tui.client.errors import Failed
from corgea_tui.receiver.answers import ScriptedAnswer
from corgea_tui.receiver.received import Received

Responder = Callable[[Received], Awaitable[ScriptedAnswer]]

ADDRESS = "127.0.0.1"
BODY_LIMIT = 16 * 1024 * 1024
BIG_BODY = 5 * 1024 * 1024
PIECE = 64 * 1024
DRIPS = 120
"""Bytes of a dripping answer, one a second."""
LEAVE_SECONDS = 0.2
"""Seconds that the current answers may still take when the receiver stops."""

_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class Receiver:
    """Listens on loopback from `start` until `stop`."""

    def __init__(self, context: ssl.SSLContext, respond: Responder, port: int = 0) -> None:
        """`respond` decides each answer; with `port` 0 the system chooses a free port."""
        self._context = context
        self._respond = respond
        self._runner: web.ServerRunner | None = None
        self._transports: WeakSet[asyncio.Transport] = WeakSet()
        self.port = port

    @property
    def url(self) -> str:
        """The receiver's URL, without a path."""
        return f"https://{ADDRESS}:{self.port}"

    async def start(self) -> None:
        """Begin to listen; raises `Failed` when the port is in use."""
        listener = socket.socket(socket.AF_INET)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((ADDRESS, self.port))
        except OSError as error:
            listener.close()
            raise Failed(
                f"cannot listen on {ADDRESS}:{self.port}: {error.strerror}",
                "choose another port with --port, or leave it out",
            ) from None
        self.port = listener.getsockname()[1]
        server = web.Server(self._handle, handler_cancellation=True, access_log=None)
        self._runner = web.ServerRunner(server, shutdown_timeout=LEAVE_SECONDS)
        await self._runner.setup()
        await web.SockSite(self._runner, listener, ssl_context=self._context).start()

    async def stop(self) -> None:
        """Stop listening and cut off hanging answers. Safe to call twice."""
        if self._runner is not None:
            await self._runner.cleanup()
        for transport in self._transports:
            transport.abort()  # TLS would wait for the peer to close
        await asyncio.sleep(0)

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.transport is not None:
            self._transports.add(request.transport)
        body = await _body(request)
        if body is None:
            return web.Response(status=413, text="too large")
        pairs = tuple((k.decode("latin-1"), v.decode("latin-1")) for k, v in request.raw_headers)
        now = datetime.now(UTC)
        answer = await self._respond(Received(now, request.method, request.raw_path, pairs, body))
        await asyncio.sleep(answer.delay)
        return await _answered(request, answer)


async def _body(request: web.BaseRequest) -> bytes | None:
    """The raw bytes; None when there are more than `BODY_LIMIT`."""
    pieces, size = [], 0
    async for piece in request.content.iter_any():
        size += len(piece)
        if size > BODY_LIMIT:
            return None
        pieces.append(piece)
    return b"".join(pieces)


async def _answered(request: web.BaseRequest, answer: ScriptedAnswer) -> web.StreamResponse:
    if answer.kind == "hang":
        await asyncio.Event().wait()
    if answer.kind == "reset":
        _reset(request)
    if answer.kind == "drip":
        return await _stream(request, [b"."] * DRIPS, pause=1.0)
    if answer.kind == "big":
        return await _stream(request, [b"x" * PIECE] * (BIG_BODY // PIECE), pause=0.0)
    headers = list(answer.headers)
    if answer.kind == "redirect":
        headers.append(("Location", "/elsewhere"))
    response = web.Response(status=answer.status, body=answer.body)
    for name, value in headers:
        response.headers[name] = value
    return response


async def _stream(
    request: web.BaseRequest, pieces: list[bytes], *, pause: float
) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    with suppress(ConnectionError):  # the client may stop reading
        for piece in pieces:
            await response.write(piece)
            await asyncio.sleep(pause)
        await response.write_eof()
    return response


def _reset(request: web.BaseRequest) -> None:
    transport = request.transport
    if transport is None:
        return
    peer = transport.get_extra_info("socket")
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
    transport.abort()
