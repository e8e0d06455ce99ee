"""Forwards requests to a local port, byte for byte, and returns its answers."""

import aiohttp
from yarl import URL

from corgea_tui.client.errors import Usage
from corgea_tui.receiver.answers import ScriptedAnswer
from corgea_tui.receiver.received import Received

TIMEOUT = 30.0
HOP_BY_HOP = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "host",
        "content-length",
    }
)
"""Headers of one connection, and headers that each connection sets itself."""
OWN = frozenset({"date", "server"})
"""Headers that the receiver sets itself."""
BAD_GATEWAY = 502
GATEWAY_TIMEOUT = 504


class Forwarder:
    """Sends each request to one URL. Make, use and close it on one loop."""

    def __init__(self, url: str) -> None:
        """`url`: the address of the handler under development, http or https."""
        self._url = target(url)
        self._session: aiohttp.ClientSession | None = None

    async def forward(self, received: Received) -> ScriptedAnswer:
        """The handler's answer; without one, a 502 or 504 with the reason."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                auto_decompress=False,
                timeout=aiohttp.ClientTimeout(total=TIMEOUT),
                skip_auto_headers=("Accept", "Accept-Encoding", "User-Agent", "Content-Type"),
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        try:
            async with self._session.request(
                received.method,
                self._url,
                data=received.body,
                headers=[pair for pair in received.headers if pair[0].lower() not in HOP_BY_HOP],
                allow_redirects=False,
            ) as response:
                body = await response.read()
        except TimeoutError:
            return _failed(GATEWAY_TIMEOUT, f"{self._url} did not answer in {TIMEOUT:g} s")
        except aiohttp.ClientError as error:
            return _failed(BAD_GATEWAY, f"{self._url} did not answer: {error}")
        kept = [
            (name, value)
            for name, value in response.headers.items()
            if name.lower() not in HOP_BY_HOP | OWN
        ]
        return ScriptedAnswer(status=response.status, body=body, headers=tuple(kept))

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()


def target(text: str) -> URL:
    """The URL to forward to, from a URL, `host:port` or a port; raises `Usage`."""
    if text.isdecimal():
        text = f"http://127.0.0.1:{text}/"
    elif "://" not in text:
        text = f"http://{text}"
    try:
        url = URL(text, encoded=True)
    except ValueError:
        url = URL()
    if url.scheme not in {"http", "https"} or not url.host:
        raise Usage(f"--forward-to {text}: write a URL like http://127.0.0.1:5000/hook, or a port")
    return url


def _failed(status: int, why: str) -> ScriptedAnswer:
    kind = (("Content-Type", "text/plain"),)
    return ScriptedAnswer(status=status, body=why.encode(), headers=kind, problem=why)
