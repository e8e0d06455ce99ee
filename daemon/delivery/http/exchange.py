"""One request and its answer on one connection; the request is written byte for byte."""

from itertools import chain

import aiohttp
from aiohttp.connector import Connection
from aiohttp.http import RawResponseMessage
from aiohttp.streams import StreamReader

from daemon.delivery.http.connection_pool import WireProtocol, drop
from daemon.delivery.http.errors import (
    WireError,
    answer_reset,
    unanswered,
    while_reading,
    while_waiting,
)
from daemon.delivery.http.timings import AttemptTimings
from daemon.domain.deliveries.outcome import BODY_LIMIT, ErrorKind
from daemon.util import failpoints

LINE_LIMIT = 8190
"""The most bytes of a header of an answer."""

HEADER_LIMIT = 128
"""The most headers of an answer."""

HEAD_LIMIT = 64 * 1024
"""The most bytes of all headers of an answer, which are stored with the attempt."""

_INTERIM_LIMIT = 16
_SWITCHING_PROTOCOLS = 101
_FIRST_FINAL = 200


class RawResponse:
    """An answer whose head has been read; `read` reads its body."""

    def __init__(
        self,
        connection: Connection,
        protocol: WireProtocol,
        head: RawResponseMessage,
        body: StreamReader,
    ) -> None:
        self.head = head
        self._connection = connection
        self._protocol = protocol
        self._body = body

    async def read(self, body: bytearray, limit: int) -> bool:
        """Add to `body` until it has `limit` bytes or the answer ends; returns whether it ended.

        Raises WireError when the body is incomplete. The connection is kept when the body has
        ended, and dropped otherwise, so that a receiver cannot send ten megabytes.
        """
        ended = False
        try:
            while not (ended := self._body.at_eof()) and len(body) < limit:
                try:
                    body += await self._body.readany()
                except Exception as error:
                    raise while_reading(self._protocol.exception()) from error
            if len(body) < limit and self._cut_short():
                raise answer_reset()
            return ended
        finally:
            if ended and self._protocol.reusable:
                self._connection.release()
            else:
                drop(self._connection)

    def _cut_short(self) -> bool:
        """Whether a body without a length, which ends with the connection, ended with a reset."""
        lost = isinstance(self._protocol.exception(), aiohttp.ClientOSError)
        return lost and not self.head.chunked and "Content-Length" not in self.head.headers


async def exchange(connection: Connection, request: bytes, timings: AttemptTimings) -> RawResponse:
    """Write `request` and wait for the head of its answer.

    Raises UnansweredError when the connection ended before an answer began, WireError for other
    failures; then the connection is dropped.
    """
    try:
        protocol = _write(connection, request)
        timings.sent()
        head, body = await _final_head(protocol)
    except BaseException:
        drop(connection)
        raise
    timings.head_arrived()
    protocol.body_follows(body)
    return RawResponse(connection, protocol, head, body)


def _write(connection: Connection, request: bytes) -> WireProtocol:
    """Prepare the connection for one answer and write the request."""
    protocol = connection.protocol
    if not isinstance(protocol, WireProtocol) or protocol.transport is None:
        raise unanswered()
    protocol.expect_answer()
    protocol.set_response_params(
        auto_decompress=False,
        read_until_eof=True,
        read_bufsize=BODY_LIMIT,
        max_line_size=LINE_LIMIT,
        max_field_size=LINE_LIMIT,
        max_headers=HEADER_LIMIT,
    )
    failpoints.hit("send.before")
    failpoints.half(protocol.transport.write, request)
    protocol.transport.write(request)
    failpoints.hit("send.after")
    return protocol


async def _final_head(protocol: WireProtocol) -> tuple[RawResponseMessage, StreamReader]:
    """The first head that is not an interim one (100 Continue, 103 Early Hints)."""
    for _ in range(_INTERIM_LIMIT):
        try:
            head, body = await protocol.read()
        except Exception as error:
            raise while_waiting(error, answer_began=protocol.answer_began) from error
        if head.code >= _FIRST_FINAL or head.code == _SWITCHING_PROTOCOLS:
            if sum(map(len, chain.from_iterable(head.raw_headers))) > HEAD_LIMIT:
                raise WireError(ErrorKind.PROTOCOL, "the headers of the answer are too large")
            return head, body
    raise WireError(ErrorKind.PROTOCOL, "interim answers only (1xx), no final one")
