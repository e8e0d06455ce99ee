"""aiohttp's side of a connection, with what deliveries must know besides."""

import asyncio

from aiohttp.client_proto import ResponseHandler
from aiohttp.streams import StreamReader


class Connections:
    """The open connections of one route, and how many may be kept when they are idle."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._open: set[WireProtocol] = set()

    def opened(self, connection: "WireProtocol") -> None:
        """A connection was made."""
        self._open.add(connection)

    def closed(self, connection: "WireProtocol") -> None:
        """A connection has ended."""
        self._open.discard(connection)

    @property
    def crowded(self) -> bool:
        """Whether there are so many that none more is kept; aiohttp bounds only those in use."""
        return len(self._open) > self._most


class WireProtocol(ResponseHandler):
    """Knows whether an answer has begun, and fails the body when the connection fails.

    aiohttp does not tell a connection that was reset before the first byte of an answer from one
    that was reset after it; and where a later piece of a body is not valid HTTP, it leaves the
    body's reader waiting for ever.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, connections: Connections) -> None:
        super().__init__(loop)
        self.heard = False
        self._held = False
        self._body: StreamReader | None = None
        self._connections = connections

    @property
    def worth_keeping(self) -> bool:
        """Whether the next request may use this connection, now that an answer has ended."""
        return not (self.should_close or self._connections.crowded)

    def expect_answer(self) -> None:
        """A request goes out: nothing has been heard of its answer."""
        self.heard = False
        self._body = None

    def body_follows(self, body: StreamReader) -> None:
        """The head has been read; what fails the connection from now on fails `body`."""
        self._body = body

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection stands."""
        super().connection_made(transport)
        self._connections.opened(self)

    def connection_lost(self, exc: BaseException | None) -> None:
        """The connection has ended, by whomever."""
        self._connections.closed(self)
        super().connection_lost(exc)

    def pause_reading(self) -> None:
        """More has arrived than anybody has read."""
        self._held = True
        super().pause_reading()

    def resume_reading(self, resume_parser: bool = True) -> None:  # noqa: FBT001, FBT002  # aiohttp's
        """Go on after a pause. It is asked for with each piece of a body, paused or not."""
        if self._held:
            self._held = False
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
