"""Calls to a daemon over its sockets, as a script would make them."""

import json
import socket
from contextlib import closing
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
        """Dial the socket."""
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
    patience: float = 30.0,
    headers: dict[str, str] | None = None,
) -> Any:
    """Make one call on a connection of its own; its JSON, of NDJSON a list.

    Raises `Refused`, OSError and the like.
    """
    content = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    with closing(UnixConnection(path, patience)) as connection:
        connection.request(method, target, content, headers or {})
        answer = connection.getresponse()
        raw = answer.read()
        if answer.status >= 400:
            raise Refused(answer.status, json.loads(raw), answer.getheader("Retry-After"))
        if answer.getheader("Content-Type") == NDJSON:
            return [json.loads(line) for line in raw.splitlines()]
        return json.loads(raw) if raw else None


def pages(path: Path, target: str) -> list[Any]:
    """Every item of a list."""
    mark = "&" if "?" in target else "?"
    found: list[Any] = []
    cursor = ""
    while True:
        page = ask(path, "GET", f"{target}{mark}limit=500{cursor}")
        found += page["items"]
        if page["next"] is None:
            return found
        cursor = f"&cursor={page['next']}"
