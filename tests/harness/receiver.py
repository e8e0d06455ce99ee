"""A real HTTPS receiver on loopback, with a certificate authority of its own.

Each answer is made by a function of the request: it returns a status, or raises to hang up.
"""

import asyncio
import json
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import trustme


@dataclass(frozen=True)
class Received:
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def delivery(self) -> str:
        return self.headers["x-corgea-delivery"]


async def read_head(reader: asyncio.StreamReader) -> tuple[str, dict[str, str]]:
    """The path of a request, and its headers with names in lower case."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.split("\r\n")[:-2]
    pairs = (line.partition(":") for line in lines)
    return first.split()[1], {name.lower(): value.strip() for name, _, value in pairs}


async def read_request(reader: asyncio.StreamReader) -> Received:
    """A whole request. Raises IncompleteReadError when the connection ends first."""
    path, headers = await read_head(reader)
    return Received(path, headers, await reader.readexactly(int(headers["content-length"])))


Answer = Callable[[Received], Awaitable[int]]


async def accept(_: Received) -> int:
    return 200


async def fail(_: Received) -> int:
    return 500


def always(status: int) -> Answer:
    """Answer every request with this status."""

    async def answer(_: Received) -> int:
        return status

    return answer


def in_turn(*statuses: int) -> Answer:
    """Answer each request with the next of these statuses; there may be no more requests."""
    left = iter(statuses)

    async def answer(_: Received) -> int:
        return next(left)

    return answer


def accept_after(gate: asyncio.Event) -> Answer:
    """Take no request before the gate is opened."""

    async def answer(_: Received) -> int:
        await gate.wait()
        return 200

    return answer


class HangUp(Exception):
    """Raised by an answer: reset the connection."""


@dataclass
class HttpsReceiver:
    answer: Answer = accept
    received: list[Received] = field(default_factory=list)
    port: int = 0
    headers: bytes = b"X-Receiver: test\r\n"
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)

    def url(self, path: str = "/hook") -> str:
        return f"https://127.0.0.1:{self.port}{path}"

    async def start(self, context: ssl.SSLContext) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=context)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        self._server.close()
        for writer in list(self._writers):
            writer.close()
        await asyncio.sleep(0)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            while True:
                request = await read_request(reader)
                self.received.append(request)
                status = await self.answer(request)
                writer.write(
                    b"HTTP/1.1 %d Whatever\r\nContent-Length: 2\r\n%b\r\nok"
                    % (status, self.headers)
                )
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, ssl.SSLError):
            pass
        except HangUp:
            writer.transport.abort()
        finally:
            self._writers.discard(writer)
            writer.close()


@dataclass(frozen=True)
class Authority:
    """A certificate authority, and the file that a daemon trusts it by."""

    ca: trustme.CA
    file: Path

    @classmethod
    def make(cls, folder: Path) -> "Authority":
        ca, file = trustme.CA(), folder / "test-ca.pem"
        ca.cert_pem.write_to_path(str(file))
        return cls(ca, file)

    def context(self, *names: str) -> ssl.SSLContext:
        """A server's TLS context with a certificate for `names`, by default for loopback."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.ca.issue_cert(*(names or ("127.0.0.1", "localhost"))).configure_cert(context)
        return context
