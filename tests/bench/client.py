"""A producer and a watcher that cost as little as possible: the daemon is measured, not they."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from tests.harness.client import NDJSON, UnixConnection


class Client:
    """One kept connection to one of the daemon's sockets."""

    def __init__(self, path: Path) -> None:
        self._connection = UnixConnection(path, 120)

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """The answer's JSON. Raises RuntimeError for a status of 300 or more."""
        content = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        return json.loads(self.raw(method, path, content) or b"null")

    def raw(
        self, method: str, path: str, content: bytes | None = None, kind: str = "application/json"
    ) -> bytes:
        """The answer's body. Raises RuntimeError for a status of 300 or more."""
        self._connection.request(method, path, content, {"Content-Type": kind})
        answer = self._connection.getresponse()
        read = answer.read()
        if answer.status >= 300:
            raise RuntimeError(f"{method} {path}: {answer.status} {read[:500]!r}")
        return read

    def submit(self, bodies: Iterable[bytes]) -> int:
        """Post NDJSON bodies one after the other; returns how many lines were answered."""
        return sum(self.raw("POST", "/v1/events", body, NDJSON).count(b"\n") for body in bodies)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


class Watcher:
    """Reads `/v1/watch` until it is closed, as an app does, and counts the bytes."""

    def __init__(self, control: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(str(control))
        self._socket.sendall(b"GET /v1/watch HTTP/1.1\r\nHost: corgea\r\n\r\n")
        self.bytes = len(self._socket.recv(65536))
        self._thread = threading.Thread(target=self._read)
        self._thread.start()

    def _read(self) -> None:
        while received := self._socket.recv(1 << 20):
            self.bytes += len(received)

    def close(self) -> None:
        """Close the connection."""
        self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._socket.close()


def wait_until(condition: Callable[[], bool], seconds: float = 300.0, every: float = 0.02) -> None:
    """Check `condition` every `every` seconds until it holds. Raises TimeoutError."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"the condition does not hold after {seconds:g} s")
        time.sleep(every)
