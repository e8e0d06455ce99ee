"""One connection: its user and its deadlines.

By default, aiohttp waits forever for the rest of a request's head, answers unparsable input in
plain text, and lets a peer that never reads block a handler. `ServerConnection` overrides its
public methods to change all three.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Literal

from aiohttp import web
from aiohttp.abc import AbstractAccessLogger

from daemon.api import problems
from daemon.api.access import Credentials, credentials_of
from daemon.api.quotas import QuotaUsage
from daemon.protocol import Problem
from daemon.util.clock import SystemClock

log = logging.getLogger(__name__)

ARRIVAL = 10.0
"""Seconds for the headers and body of a request to arrive (interfaces.md)."""
IDLE = 75.0
"""Seconds for which a connection without a request stays open."""
FIRST = 1.0
"""Seconds in which a new connection may send its first request while the daemon stops."""
STALL = 60.0
"""Seconds for which a peer may leave an answer unread."""
LINGER = 2.0
"""Seconds for which the rest of a refused body is read, so that the peer can read the answer."""
READ_BUFFER = 256 * 1024
HEADER_LINE = 16 * 1024

_numbers = count(1)

SocketName = Literal["control", "inbox"]


class NoAccessLog(AbstractAccessLogger):
    """Logs no requests: there are thousands a second."""

    @property
    def enabled(self) -> bool:
        """False: no request is logged."""
        return False

    def log(self, request: web.BaseRequest, response: web.StreamResponse, time: float) -> None:
        """Do nothing."""


@dataclass(frozen=True)
class SharedBySocket:
    """Shared by the connections of one socket: its name, the quotas in use, all that are open."""

    name: SocketName
    usage: QuotaUsage
    live: set["ServerConnection"]


class ServerConnection(web.RequestHandler):
    """aiohttp's protocol with deadlines and the user of the peer.

    The deadline of a request counts from its first byte. After a request, a part of the next one
    may have arrived with it. The connection may be idle for `IDLE` seconds only when it has not.
    """

    def __init__(
        self, server: web.Server, shared: SharedBySocket, loop: asyncio.AbstractEventLoop
    ) -> None:
        super().__init__(
            server,
            loop=loop,
            tcp_keepalive=False,
            access_log_class=NoAccessLog,
            logger=log,
            max_line_size=HEADER_LINE,
            max_field_size=HEADER_LINE,
            lingering_time=LINGER,
            read_bufsize=READ_BUFFER,
            auto_decompress=False,
        )
        self._shared = shared
        self._timer: asyncio.TimerHandle | None = None
        self._stalled: asyncio.TimerHandle | None = None
        self._first = b""
        self._received = 0
        self._at_head = False
        self._request: web.BaseRequest | None = None
        self._wake: Callable[[], None] | None = None
        self.over = False
        """Whether the peer has disconnected, or the daemon stops."""
        self.peer = Credentials(0, -1, -1)
        self.number = next(_numbers)
        self.since_ms = SystemClock().now_ms()
        self._opened = loop.time()
        self.requests = 0
        self.refused = False
        """Whether this connection exceeds the quota of its user."""
        self.may_stall = False
        """Whether the peer may leave the answer unread for any time, as in streams."""
        self.started = 0.0
        """When the first byte of the current request came, by the loop's clock."""

    @property
    def socket_name(self) -> SocketName:
        """Which of the two sockets it came through."""
        return self._shared.name

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Note the user, and whether it has too many connections."""
        super().connection_made(transport)
        self.peer = credentials_of(transport)
        self.refused = not self._shared.usage.opened(self.peer.uid)
        if self._shared.usage.flooded(self.peer.uid):
            self.force_close()
            return
        self._shared.live.add(self)
        self._wait(IDLE)

    def connection_lost(self, exc: BaseException | None) -> None:
        """Release timers and quota, and end a stream."""
        self._cancel_timer()
        self._cancel_stalled()
        self._shared.live.discard(self)
        self._shared.usage.closed(self.peer.uid)
        self.hang_up()
        super().connection_lost(exc)

    def watch(self, wake: Callable[[], None] | None) -> None:
        """Set the function that wakes this connection's stream; None when the stream has ended."""
        self._wake = wake

    @property
    def watching(self) -> bool:
        """Whether a stream of changes is read here."""
        return self._wake is not None

    @property
    def expected(self) -> bool:
        """Whether the connection is new and its first request may still arrive."""
        return not self.requests and self._loop.time() < self._opened + FIRST

    def wake_stream(self) -> None:
        """Wake the stream of this connection, if there is one."""
        if self._wake is not None:
            self._wake()

    def hang_up(self) -> None:
        """End the stream of this connection."""
        self.over = True
        self.wake_stream()

    def data_received(self, data: bytes) -> None:
        """Start the deadline of a request with its first byte."""
        if data:
            self._received += len(data)
            if self._request is None and not self._at_head:
                self._begin(data)
        super().data_received(data)

    def _begin(self, data: bytes) -> None:
        self._at_head = True
        self._first = data
        self.started = self._loop.time()
        self._wait(ARRIVAL)

    def begin_request(self, request: web.BaseRequest) -> None:
        """A request's head is complete; its body must be read by `deadline`."""
        self._cancel_timer()
        if not self._at_head:
            self.started = self._loop.time()
        self._request = request
        self.requests += 1

    @property
    def deadline(self) -> float:
        """When the body of the current request must be there, by the loop's clock."""
        return self.started + ARRIVAL

    def end_request(self) -> None:
        """The current request has been handled."""
        request, self._request = self._request, None
        clean = request is not None and self._at_head and self._used_up(request)
        self._at_head = False
        self._first = b""
        self._received = 0
        if self.transport is not None:
            self._wait(IDLE if clean else ARRIVAL)

    def _used_up(self, request: web.BaseRequest) -> bool:
        """Whether every received byte certainly belongs to this request."""
        head = self._first.find(b"\r\n\r\n") + 4
        chunked = "Transfer-Encoding" in request.headers
        body = request.content.total_bytes
        return head >= 4 and not chunked and self._received == head + body  # noqa: PLR2004

    def _wait(self, seconds: float) -> None:
        self._cancel_timer()
        self._timer = self._loop.call_later(seconds, self._expired)

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _expired(self) -> None:
        """Close: the next request did not arrive completely in time."""
        self._timer = None
        transport = self.transport
        if transport is None or self._request is not None:
            return
        if self._at_head and transport.get_write_buffer_size() == 0:
            transport.write(problems.bytes_of(problems.too_slow(ARRIVAL)))
        self.force_close()

    def pause_writing(self) -> None:
        """The peer does not read; it has `STALL` seconds to go on."""
        super().pause_writing()
        if not self.may_stall:
            self._stalled = self._loop.call_later(STALL, self.cut)

    def resume_writing(self) -> None:
        """The peer reads again."""
        self._cancel_stalled()
        super().resume_writing()

    def _cancel_stalled(self) -> None:
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None

    def cut(self) -> None:
        """Close at once and drop unsent bytes."""
        if self.transport is not None:
            self.transport.abort()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer what aiohttp could not parse, and unexpected errors, as problems."""
        if request.writer.output_size > 0:
            raise ConnectionError("the answer has begun, an error cannot follow")
        if status == 400:  # noqa: PLR2004
            response = problems.answer(Problem("Bad request", 400, _first_line(message)))
        else:
            if not isinstance(exc, ConnectionError):  # a peer that disconnects is not logged
                log.error("a request failed outside of its handler", exc_info=exc)
            response = problems.answer(problems.internal())
        response.force_close()
        return response


def _first_line(message: str | None) -> str:
    """The parser's message without the quoted input that follows it."""
    lines = (message or "").strip().splitlines()
    return f"not HTTP/1.1: {lines[0].rstrip(':')}" if lines else "not HTTP/1.1"
