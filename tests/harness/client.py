"""Calls to a daemon over its sockets as a script makes them, and raw bytes for all other calls."""

import asyncio
import json
import socket
from contextlib import asynccontextmanager, closing, suppress
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

NDJSON = "application/x-ndjson"


class Refused(Exception):
    """An answer of 400 or more."""

    def __init__(self, status: int, problem: Any, retry_after: str | None) -> None:
        super().__init__(f"{status}: {problem}")
        self.status = status
        self.problem = problem
        self.retry_after = retry_after


class UnixConnection(HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path: Path, timeout: float) -> None:
        super().__init__("corgea", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        """Connect to the socket."""
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        try:
            self.sock.connect(str(self._path))
        except OSError:
            self.close()
            raise


def ask(
    path: Path,
    method: str,
    target: str,
    body: Any = None,
    *,
    timeout: float = 30.0,
    headers: dict[str, str] | None = None,
) -> Any:
    """Make one call on a connection of its own; returns its JSON, of NDJSON a list.

    Raises `Refused`, OSError and the like.
    """
    content = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    with closing(UnixConnection(path, timeout)) as connection:
        connection.request(method, target, content, headers or {})
        answer = connection.getresponse()
        raw = answer.read()
        if answer.status >= 400:
            raise Refused(answer.status, json.loads(raw), answer.getheader("Retry-After"))
        if answer.getheader("Content-Type") == NDJSON:
            return [json.loads(line) for line in raw.splitlines()]
        return json.loads(raw) if raw else None


@asynccontextmanager
async def raw_connection(path: Path):
    """A connection to a socket for bytes that no HTTP library would send."""
    reader, writer = await asyncio.open_unix_connection(str(path), limit=64 * 1024 * 1024)
    try:
        yield reader, writer
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


async def raw_answer(reader: asyncio.StreamReader) -> tuple[int, dict[str, str], bytes]:
    """Read one answer with a Content-Length: status, headers in lower case, body."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    status, *lines = head.split("\r\n")[:-2]
    headers = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    body = await reader.readexactly(int(headers["content-length"]))
    return int(status.split()[1]), headers, body
