"""Carries the app's calls over a Unix socket with httpx.

This module is imported late and in a thread: httpx takes longer to import than the rest of the
client.
"""

import ssl
import sys
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from pathlib import Path

from corgea_tui.client.api_call import ApiCall
from corgea_tui.client.client import Client
from corgea_tui.client.errors import FIRST_ERROR, ClientError, Unreachable, error_of
from corgea_tui.client.host import not_allowed, not_listening

sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]  # httpx's own command line:
# it is optional there, and imports click, rich and pygments that are not used here
import httpx  # noqa: E402  # after the line above

CONNECT_TIMEOUT = 5.0
ANSWER_TIMEOUT = 60.0
"""Seconds for an answer: a test waits for a receiver, an event for a commit."""
STREAM_TIMEOUT = 12.0
"""Seconds without a byte after which a stream counts as lost: two heartbeats are missing."""


class HttpxCarrier:
    """Calls the daemon behind one Unix socket; connections are kept and shared."""

    def __init__(self, socket: Path, transport: httpx.AsyncBaseTransport | None = None) -> None:
        """`transport` replaces the socket in tests."""
        self._socket = socket
        self._http = httpx.AsyncClient(
            transport=transport or _over(socket),
            base_url="http://corgea",
            timeout=httpx.Timeout(ANSWER_TIMEOUT, connect=CONNECT_TIMEOUT),
            trust_env=False,
        )

    async def call(self, call: ApiCall[object]) -> bytes:
        """The body of a 2xx answer; raises `Refused` for another status."""
        try:
            response = await self._http.send(self._request(call))
        except httpx.HTTPError as error:
            raise self._error(error) from error
        _raise_for(response)
        return response.content

    async def lines(self, call: ApiCall[object]) -> AsyncGenerator[list[bytes]]:
        """The lines in batches as they arrive, blank ones too; a partial line waits."""
        rest = b""
        async with aclosing(self._stream(call, STREAM_TIMEOUT)) as stream:
            async for piece in stream:
                *lines, rest = (rest + piece).split(b"\n")
                if lines:
                    yield lines

    async def pieces(self, call: ApiCall[object]) -> AsyncGenerator[bytes]:
        """A long answer in pieces as they arrive."""
        async with aclosing(self._stream(call, ANSWER_TIMEOUT)) as stream:
            async for piece in stream:
                yield piece

    async def close(self) -> None:
        """Close the connections. Safe to call twice."""
        await self._http.aclose()

    async def _stream(self, call: ApiCall[object], seconds: float) -> AsyncGenerator[bytes]:
        request = self._request(call, httpx.Timeout(seconds, connect=CONNECT_TIMEOUT))
        try:
            response = await self._http.send(request, stream=True)
            async with aclosing(response):
                if response.status_code >= FIRST_ERROR:
                    await response.aread()
                _raise_for(response)
                async for piece in response.aiter_raw():
                    yield piece
        except httpx.HTTPError as error:
            raise self._error(error) from error

    def _request(
        self, call: ApiCall[object], timeout: httpx.Timeout | None = None
    ) -> httpx.Request:
        return self._http.build_request(
            call.method,
            call.path,
            params=call.parameters,
            content=call.body,
            headers=call.headers,
            timeout=timeout or httpx.USE_CLIENT_DEFAULT,
        )

    def _error(self, error: httpx.HTTPError) -> ClientError:
        if isinstance(error, httpx.ConnectError):
            causes = list(_causes(error))
            if any(isinstance(cause, PermissionError) for cause in causes):
                return not_allowed(self._socket)
            return not_listening(self._socket)
        if isinstance(error, httpx.TimeoutException):
            return Unreachable("the daemon does not answer")
        return Unreachable("the daemon closed the connection")


def connect(socket: Path) -> Client:
    """A client for the daemon at `socket`. The first call opens the connection."""
    return Client(HttpxCarrier(socket))


def _over(socket: Path) -> httpx.AsyncHTTPTransport:
    never_used = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # without it all of certifi is loaded
    limits = httpx.Limits(max_connections=8)
    return httpx.AsyncHTTPTransport(
        uds=str(socket), verify=never_used, trust_env=False, limits=limits
    )


def _raise_for(response: httpx.Response) -> None:
    if not response.is_success:
        wait = response.headers.get("retry-after")
        raise error_of(response.status_code, response.content, wait)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
