"""Calls over a Unix socket, on httpx's own transport.

Imported late: httpx costs more than the rest of the client together.
"""

import ssl
import sys
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path

import msgspec

from corgea_tui.client.client import Client, Query, Refused, Unreachable
from daemon.protocol import Problem

sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]  # httpx's own command line:
# it is optional there, and brings in click, rich and pygments for nothing
import httpx  # noqa: E402  # after the line above

CONNECT = 5.0
ANSWER = 60.0
"""Seconds for an answer: a test waits for a receiver, an event for a commit."""
SILENCE = 12.0
"""Seconds without a byte after which a stream counts as lost: two missed blank lines."""


class UnixCaller:
    """Calls the daemon behind one Unix socket; connections are kept and shared."""

    def __init__(self, socket: Path) -> None:
        never_used = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # else all of certifi is loaded
        transport = httpx.AsyncHTTPTransport(
            uds=str(socket),
            verify=never_used,
            trust_env=False,
            limits=httpx.Limits(max_connections=8),
        )
        self._socket = socket
        self._http = httpx.AsyncClient(
            transport=transport,
            base_url="http://corgea",
            timeout=httpx.Timeout(ANSWER, connect=CONNECT),
            trust_env=False,
        )

    async def call(
        self,
        method: str,
        path: str,
        *,
        query: Query | None = None,
        body: bytes = b"",
        version: int | None = None,
    ) -> bytes:
        """The body of a 2xx answer; `Refused` for any other."""
        headers = {"Content-Type": "application/json"} if body else {}
        if version is not None:
            headers["If-Match"] = str(version)
        request = self._http.build_request(
            method, path, params=_given(query), content=body, headers=headers
        )
        try:
            response = await self._http.send(request)
        except httpx.HTTPError as error:
            raise self._unreachable(error) from error
        if not response.is_success:
            raise Refused(problem_of(response.status_code, response.content))
        return response.content

    async def lines(self, path: str, query: Query) -> AsyncGenerator[list[bytes]]:
        """The lines that have arrived since the last time, blank ones too."""
        rest = b""
        async with aclosing(self._stream(path, query, SILENCE)) as stream:
            async for piece in stream:
                *lines, rest = (rest + piece).split(b"\n")
                if lines:
                    yield lines

    async def pieces(self, path: str, query: Query) -> AsyncGenerator[bytes]:
        """A long answer as it comes."""
        async with aclosing(self._stream(path, query, ANSWER)) as stream:
            async for piece in stream:
                yield piece

    async def _stream(self, path: str, query: Query, patience: float) -> AsyncGenerator[bytes]:
        timeout = httpx.Timeout(patience, connect=CONNECT)
        try:
            async with self._http.stream(
                "GET", path, params=_given(query), timeout=timeout
            ) as response:
                if not response.is_success:
                    raise Refused(problem_of(response.status_code, await response.aread()))
                async for piece in response.aiter_raw():
                    yield piece
        except httpx.HTTPError as error:
            raise self._unreachable(error) from error

    def _unreachable(self, error: httpx.HTTPError) -> Unreachable:
        if isinstance(error, httpx.ConnectError):
            return Unreachable(f"no daemon answers on {self._socket}")
        if isinstance(error, httpx.TimeoutException):
            return Unreachable("the daemon does not answer")
        return Unreachable("the daemon closed the connection")

    async def close(self) -> None:
        """Close the connections. Safe to call twice."""
        await self._http.aclose()


def problem_of(status: int, body: bytes) -> Problem:
    """The problem in an error answer; one made up from the status when it holds none."""
    try:
        return msgspec.json.decode(body, type=Problem)
    except msgspec.DecodeError:
        return Problem(title=f"the daemon answered {status}", status=status)


def connect(socket: Path) -> Client:
    """A client for the daemon behind `socket`. Nothing is dialled before the first call."""
    return Client(UnixCaller(socket))


def _given(query: Query | None) -> dict[str, str | int]:
    return {key: value for key, value in (query or {}).items() if value is not None}
