"""The HTTPS receiver of the crash tests, in a process of its own that is never killed.

Before each answer it writes a line: webhook, delivery, event, digest of the body, whether the
signature is right, and the status of the answer. The path names the webhook, which decides on the
answer.
"""

import asyncio
import hashlib
import hmac
import json
import random
import ssl
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TextIO

from tests.crash.events import SECRET
from tests.harness.receiver import read_head

SIGNED = ("plain", "flaky")
_SLOWEST = 0.012


class Receiver:
    """Answers by webhook: ok, 503 to some first attempts, 500, or never."""

    def __init__(self, log: TextIO, seed: int) -> None:
        self._log = log
        self._random = random.Random(seed)
        self._seen: set[str] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        try:
            while True:
                await self._exchange(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError, ssl.SSLError):
            pass  # the daemon has died, or has ended politely
        finally:
            writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        path, headers = await read_head(reader)
        try:
            body = await reader.readexactly(int(headers["content-length"]))
        except asyncio.IncompleteReadError:
            self._write({"partial": headers["x-corgea-delivery"]})
            raise
        name = path.strip("/")
        status = self._status(name, headers["x-corgea-delivery"])
        self._write(
            {
                "webhook": name,
                "delivery": headers["x-corgea-delivery"],
                "event": _event_of(body),
                "digest": hashlib.sha256(body).hexdigest()[:16],
                "signed": name not in SIGNED or _signed(body, headers),
                "status": status,
            }
        )
        await asyncio.sleep(60 if name == "hang" else self._random.random() * _SLOWEST)
        writer.write(b"HTTP/1.1 %d Whatever\r\nContent-Length: 2\r\n\r\nok" % status)
        await writer.drain()

    def _status(self, name: str, delivery: str) -> int:
        first = delivery not in self._seen
        self._seen.add(delivery)
        if name == "flaky" and first and int(delivery[-2:], 16) % 3 == 0:
            return 503
        return 500 if name == "aside" else 200

    def _write(self, line: dict[str, object]) -> None:
        self._log.write(json.dumps(line) + "\n")
        self._log.flush()


def _event_of(body: bytes) -> str:
    payload = json.loads(body)
    found: str = payload["text"] if "text" in payload else payload["event_id"]
    return found


def _signed(body: bytes, headers: dict[str, str]) -> bool:
    expected = hmac.new(SECRET.encode(), body, "sha256").hexdigest()
    return hmac.compare_digest(expected, headers.get("x-corgea-signature", ""))


def run(log: Path, certificate: Path, seed: int, port: Connection) -> None:
    """The process: serve until it is ended; sends its port once."""
    asyncio.run(_run(log, certificate, seed, port))


async def _run(log: Path, certificate: Path, seed: int, port: Connection) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with log.open("a") as file:
        receiver = Receiver(file, seed)
        server = await asyncio.start_server(
            receiver.serve, "127.0.0.1", 0, ssl=context, backlog=512
        )
        port.send(server.sockets[0].getsockname()[1])
        async with server:
            await server.serve_forever()
