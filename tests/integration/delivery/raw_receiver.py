"""A receiver that answers byte for byte as a test says, over real sockets and real TLS."""

import asyncio
import socket
import ssl
import struct
from collections.abc import Awaitable, Callable


class Conversation:
    """One connection at the receiver."""

    def __init__(self, receiver, number, reader, writer):
        self.number = number
        self.reader = reader
        self.writer = writer
        self._receiver = receiver

    async def request(self):
        """The next request, raw, head and body; None when the sender has gone."""
        try:
            head = await self.reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError:
            return None
        lengths = [
            int(line.split(b":")[1])
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"content-length:")
        ]
        raw = head + await self.reader.readexactly(lengths[0] if lengths else 0)
        self._receiver.requests.append(raw)
        self._receiver.asked.set()
        return raw

    async def send(self, data):
        self.writer.write(data)
        await self.writer.drain()

    async def reply(self, status="200 OK", body=b"ok", headers=b""):
        length = b"Content-Length: %d\r\n" % len(body)
        await self.send(b"HTTP/1.1 %b\r\n%b%b\r\n%b" % (status.encode(), headers, length, body))

    def reset(self):
        """End the connection with RST."""
        raw = self.writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


Talk = Callable[[Conversation], Awaitable[None]]


async def polite(talk):
    """Take every request with 200."""
    while await talk.request() is not None:
        await talk.reply()


class Receiver:
    """Listens on 127.0.0.1 while in its context; `requests` and `connections` tell what came."""

    def __init__(self, talk: Talk = polite, tls: ssl.SSLContext | None = None):
        self.requests: list[bytes] = []
        self.connections = 0
        self.asked = asyncio.Event()  # set when a request has arrived
        self.gone = asyncio.Event()  # set when a connection has ended
        self._talk = talk
        self._tls = tls
        self._tasks = set()

    async def __aenter__(self):
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._tls)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_):
        self._server.close()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._server.wait_closed()
        await asyncio.sleep(0)

    def url(self, target="/hook", host="localhost"):
        return f"https://{host}:{self.port}{target}"

    async def _serve(self, reader, writer):
        self._tasks.add(asyncio.current_task())
        self.connections += 1
        try:
            await self._talk(Conversation(self, self.connections, reader, writer))
        except (asyncio.CancelledError, ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.transport.abort()
            self.gone.set()
            self._tasks.discard(asyncio.current_task())
