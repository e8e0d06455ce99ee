"""Receivers that misbehave, each in its own way, over real TLS in a thread of their own."""

import asyncio
import gzip
import threading
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import NamedTuple, Self

import trustme

from tests.harness.receiver import Authority, read_request

BOMB = gzip.compress(bytes(50_000_000))
HEAD = b"HTTP/1.1 200 OK\r\n"
OK = HEAD + b"Content-Length: 2\r\n\r\nok"


class Peer(NamedTuple):
    """A connection from the daemon, and what `hold` waits for."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    gate: asyncio.Event

    async def send(self, data: bytes) -> None:
        """Write; ConnectionResetError once the peer has gone.

        Over TLS `drain` notices a closed connection only after half a minute, and until then it
        neither waits nor gives other tasks a turn.
        """
        self.writer.write(data)
        await self.writer.drain()
        await asyncio.sleep(0)
        if self.reader.at_eof() or self.writer.transport.is_closing():
            raise ConnectionResetError

    async def repeat(self, data: bytes, pause: float = 0.0) -> None:
        """Write the same again and again, until the peer goes."""
        while True:
            await self.send(data)
            await asyncio.sleep(pause)


Answer = Callable[[Peer], Awaitable[object]]


async def _ten_megabytes(peer: Peer) -> None:
    await peer.send(HEAD + b"Content-Length: 10485760\r\n\r\n")
    for _ in range(160):
        await peer.send(b"x" * 65536)


async def _hold(peer: Peer) -> None:
    await peer.gate.wait()
    await peer.send(OK)


def _says(data: bytes) -> Answer:
    return lambda peer: peer.send(data)


def _goes_on(first: bytes, then: bytes, pause: float = 0.0) -> Answer:
    async def answer(peer: Peer) -> None:
        await peer.send(first)
        await peer.repeat(then, pause)

    return answer


ANSWERS: dict[str, Answer] = {
    "fine": _says(OK),
    "hold": _hold,
    "hang": lambda peer: peer.reader.read(),
    "drip": _goes_on(HEAD + b"Content-Length: 1000\r\n\r\n", b".", 0.05),
    "drip head": _goes_on(HEAD, b"X", 0.05),
    "ten megabytes": _ten_megabytes,
    "endless body": _goes_on(HEAD + b"\r\n", b"x" * 65536),
    "endless headers": _goes_on(HEAD, b"X-More: and more\r\n" * 1000),
    "one endless header": _goes_on(HEAD + b"X-Long: ", b"x" * 65536),
    # A thousand to one, and not asked for.
    "bomb": _says(
        HEAD + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%b" % (len(BOMB), BOMB)
    ),
    "garbage": _says(bytes(range(256)) * 16),
    "close": _says(b""),
    "continue": _goes_on(b"", b"HTTP/1.1 100 Continue\r\n\r\n", 0.001),
    "not text": _says(
        b"HTTP/1.1 500 \xff\xfe\r\nX-Odd: \xff\x80\r\nContent-Length: 3\r\n\r\n\xff\xfe\xfd"
    ),
}


class Receivers:
    """Answers by path; in a `with`. `taken` counts whole requests by name."""

    def __init__(self, authority: Authority) -> None:
        self.ca = authority.file
        self._certificates = {"right": authority, "wrong": Authority(trustme.CA(), authority.file)}
        self._ports: dict[str, int] = {}
        self.taken: Counter[str] = Counter()
        self._gate = asyncio.Event()
        self._servers: list[asyncio.Server] = []
        self._tasks: set[asyncio.Task[None] | None] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def url(self, name: str, certificate: str = "right") -> str:
        """Where `name` answers."""
        return f"https://127.0.0.1:{self._ports[certificate]}/{name.replace(' ', '-')}"

    def release(self) -> None:
        """Have `hold` answer, now and from now on."""
        self._loop.call_soon_threadsafe(self._gate.set)

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._start(), self._loop).result(10)
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _start(self) -> None:
        for name, authority in self._certificates.items():
            server = await asyncio.start_server(
                self._serve, "127.0.0.1", 0, ssl=authority.context("127.0.0.1"), backlog=256
            )
            self._servers.append(server)
            self._ports[name] = server.sockets[0].getsockname()[1]

    async def _stop(self) -> None:
        for server in self._servers:
            server.close()
        tasks = [task for task in self._tasks if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0.05)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._tasks.add(asyncio.current_task())
        try:
            with suppress(asyncio.CancelledError, asyncio.IncompleteReadError, OSError):
                await self._answer(Peer(reader, writer, self._gate))
        finally:
            writer.close()
            self._tasks.discard(asyncio.current_task())

    async def _answer(self, peer: Peer) -> None:
        request = await read_request(peer.reader)
        name = request.path.strip("/").replace("-", " ")
        self.taken[name] += 1
        await ANSWERS[name](peer)
