"""The messages between a daemon and its worker processes, and their framing.

A message is MessagePack, preceded by its length in four bytes. Messages of one turn of the loop go
out together, a few in each write.
"""

import asyncio
import os
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from daemon.delivery.http.network_policy import NetworkPolicy
from daemon.domain.deliveries.outcome import Outcome
from daemon.domain.deliveries.request import OutgoingRequest


class UseNetwork(msgspec.Struct, array_like=True, tag=0):
    """To a worker: use this policy from now on."""

    policy: NetworkPolicy


class SendAttempt(msgspec.Struct, array_like=True, tag=1, gc=False):
    """To a worker: make attempt `number` within `timeout` seconds."""

    number: int
    timeout: float
    request: OutgoingRequest


class CutAttempt(msgspec.Struct, array_like=True, tag=2, gc=False):
    """To a worker: cancel attempt `number`, without an outcome."""

    number: int


class WorkerReady(msgspec.Struct, array_like=True, tag=0):
    """From a worker: it can send."""


class AttemptSent(msgspec.Struct, array_like=True, tag=1, gc=False):
    """From a worker: the outcome of attempt `number`."""

    number: int
    outcome: Outcome


class WorkerLog(msgspec.Struct, array_like=True, tag=2):
    """From a worker: a line for the daemon's log."""

    level: int
    logger: str
    text: str


ToWorker = UseNetwork | SendAttempt | CutAttempt
FromWorker = WorkerReady | AttemptSent | WorkerLog

MESSAGES_PER_WRITE = 8
"""With several writes, the peer handles the first messages while this end makes the next. With one
write for each turn, each end waited for the other."""

_LENGTH = struct.Struct("!I")


def _path_bytes(value: Any) -> Any:
    """A path as its bytes in the file system, which need not be text."""
    if isinstance(value, Path):
        return os.fsencode(value)
    raise NotImplementedError


def _path(kind: type, value: Any) -> Any:
    return kind(os.fsdecode(value))


_encode = msgspec.msgpack.Encoder(enc_hook=_path_bytes).encode
decode_to_worker = msgspec.msgpack.Decoder(ToWorker, dec_hook=_path).decode
"""Decodes a message to a worker."""
decode_from_worker = msgspec.msgpack.Decoder(FromWorker).decode
"""Decodes a message from a worker."""


class Frames(asyncio.Protocol):
    """One end of a connection between daemon and worker.

    `received` is called with the bytes of each message, `lost` once when the connection has ended.
    """

    def __init__(self, received: Callable[[bytes], None], lost: Callable[[], None]) -> None:
        self._received = received
        self._lost = lost
        self._buffer = bytearray()
        self._outgoing: list[bytes] = []
        self._transport: asyncio.WriteTransport | None = None
        self._loop = asyncio.get_running_loop()

    def put(self, message: ToWorker | FromWorker) -> None:
        """Send a message together with others of this turn; a peer that has ended misses it."""
        raw = _encode(message)
        if not self._outgoing:
            self._loop.call_soon(self._flush)
        self._outgoing += (_LENGTH.pack(len(raw)), raw)
        if len(self._outgoing) >= 2 * MESSAGES_PER_WRITE:
            self._flush()

    def abort(self) -> None:
        """End the connection at once."""
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection is open."""
        if isinstance(transport, asyncio.WriteTransport):
            self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Bytes from the peer, in pieces of any size."""
        buffer = self._buffer
        buffer += data
        at = 0
        while len(buffer) - at >= _LENGTH.size:
            start = at + _LENGTH.size
            end = start + _LENGTH.unpack_from(buffer, at)[0]
            if end > len(buffer):
                break
            self._received(bytes(memoryview(buffer)[start:end]))
            at = end
        del buffer[:at]

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  # asyncio's
        """The connection has been closed, by either end."""
        self._transport = None
        self._lost()

    def _flush(self) -> None:
        outgoing, self._outgoing = self._outgoing, []
        if outgoing and self._transport is not None:
            self._transport.write(b"".join(outgoing))
