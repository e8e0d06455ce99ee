"""What a daemon and its sender processes say to each other, and how it is framed.

A message is MessagePack behind its length; those of one turn of the loop go together, a few in each
write.
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
    """To a process: go by this policy from now on."""

    policy: NetworkPolicy


class SendAttempt(msgspec.Struct, array_like=True, tag=1, gc=False):
    """To a process: make attempt `number` within `timeout` seconds."""

    number: int
    timeout: float
    request: OutgoingRequest


class CutAttempt(msgspec.Struct, array_like=True, tag=2, gc=False):
    """To a process: end attempt `number`, of which nobody wants to know any more."""

    number: int


class WorkerReady(msgspec.Struct, array_like=True, tag=0):
    """From a process: it can send."""


class AttemptSent(msgspec.Struct, array_like=True, tag=1, gc=False):
    """From a process: what came of attempt `number`."""

    number: int
    outcome: Outcome


class WorkerLog(msgspec.Struct, array_like=True, tag=2):
    """From a process: a line for the daemon's log."""

    level: int
    logger: str
    text: str


ToProcess = UseNetwork | SendAttempt | CutAttempt
FromProcess = WorkerReady | AttemptSent | WorkerLog

A_WRITE = 8
"""Messages that go in one write: so the other end begins with the first of them while this one
makes the next. With all of a turn in one write, each end waited for the other."""

_LENGTH = struct.Struct("!I")


def _raw(value: Any) -> Any:
    """A path as the bytes that it has in the file system; they need not be text."""
    if isinstance(value, Path):
        return os.fsencode(value)
    raise NotImplementedError


def _cooked(kind: type, value: Any) -> Any:
    return kind(os.fsdecode(value))


_encode = msgspec.msgpack.Encoder(enc_hook=_raw).encode
read_to_process = msgspec.msgpack.Decoder(ToProcess, dec_hook=_cooked).decode
"""A message to a process, from its bytes."""
read_from_process = msgspec.msgpack.Decoder(FromProcess).decode
"""A message from a process, from its bytes."""


class Frames(asyncio.Protocol):
    """One end of a connection: hands over each message that arrives, and sends others."""

    def __init__(self, got: Callable[[bytes], None], lost: Callable[[], None]) -> None:
        self._got = got
        self._lost = lost
        self._arrived = bytearray()
        self._leaving: list[bytes] = []
        self._transport: asyncio.WriteTransport | None = None
        self._loop = asyncio.get_running_loop()

    def put(self, message: ToProcess | FromProcess) -> None:
        """Send a message, with others of this turn. One for a peer that is gone is lost."""
        raw = _encode(message)
        if not self._leaving:
            self._loop.call_soon(self._flush)
        self._leaving += (_LENGTH.pack(len(raw)), raw)
        if len(self._leaving) >= 2 * A_WRITE:
            self._flush()

    def abort(self) -> None:
        """End the connection at once."""
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection stands."""
        if isinstance(transport, asyncio.WriteTransport):
            self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Some of what the peer sent, in pieces of any size."""
        arrived = self._arrived
        arrived += data
        at = 0
        while len(arrived) - at >= _LENGTH.size:
            start = at + _LENGTH.size
            end = start + _LENGTH.unpack_from(arrived, at)[0]
            if end > len(arrived):
                break
            self._got(bytes(memoryview(arrived)[start:end]))
            at = end
        del arrived[:at]

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  # asyncio's
        """The peer has gone, or this end has."""
        self._transport = None
        self._lost()

    def _flush(self) -> None:
        leaving, self._leaving = self._leaving, []
        if leaving and self._transport is not None:
            self._transport.write(b"".join(leaving))
