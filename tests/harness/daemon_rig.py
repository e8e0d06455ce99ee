"""A whole daemon in this process, with its sockets, on a home of its own."""

import asyncio
import io
import json
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from daemon.protocol.paths import Paths
from daemon.runtime.serve import Daemon
from daemon.runtime.service import Service
from daemon.services.log import Log
from daemon.settings.live import LiveSettings
from tests.harness.https_receiver import Authority, HttpsReceiver

SETTINGS = """
[delivery]
schedule = [0.02, 0.02]
timeout = 2
drain = 2
[network]
ca_file = "{ca}"
"""


@dataclass
class Answer:
    status: int
    headers: httpx.Headers
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def lines(self) -> list[Any]:
        return [json.loads(line) for line in self.body.splitlines()]

    @property
    def problems(self) -> dict[str, str]:
        """The complaints of a problem by field."""
        assert self.headers["content-type"] == "application/problem+json"
        assert self.json["status"] == self.status
        return {error["field"]: error["message"] for error in self.json.get("errors", [])}


class DaemonRig:
    """A daemon, a receiver that it trusts, and calls on its control socket."""

    def __init__(self, home: Path, authority: Authority, settings: str = "") -> None:
        self.paths = Paths.resolve({"CORGEA_HOME": str(home)})
        self.paths.make()
        self.receiver = HttpsReceiver()
        self.authority = authority
        self.settings(settings)
        self.stops = 0

    def settings(self, more: str) -> None:
        self.paths.settings.write_text(SETTINGS.format(ca=self.authority.file) + more)

    async def start(self) -> None:
        self.log = Log(io.StringIO())
        live = LiveSettings(self.paths.settings)
        self.log.apply("info", "text")
        self.service = Service(self.paths, live.current)
        self.daemon = Daemon(self.service, live, self.log, self._stop)
        self.live = live
        await self.daemon.start()
        self._open_client()

    async def stop(self) -> None:
        await self.client.aclose()
        await self.daemon.stop()
        self.log.close()

    def _open_client(self) -> None:
        transport = httpx.AsyncHTTPTransport(uds=str(self.paths.control))
        self.client = httpx.AsyncClient(transport=transport, base_url="http://corgea", timeout=20)

    async def fresh_client(self) -> None:
        """Go on with connections that are yet to be made."""
        await self.client.aclose()
        self._open_client()

    async def stop_watching(self) -> None:
        """Have every stream of changes come to its end."""
        for connection in self.api.connections():
            if connection.watching:
                connection.hang_up()

    @property
    def api(self):
        return self.daemon._api

    def _stop(self) -> None:
        self.stops += 1

    async def call(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        content = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = await self.client.request(method, path, content=content, headers=sent)
        return Answer(answer.status_code, answer.headers, answer.content)

    async def get(self, path: str, **query: Any) -> Answer:
        answer = await self.client.get(path, params=query)
        return Answer(answer.status_code, answer.headers, answer.content)

    async def webhook(self, name="hook", **form):
        form = {"name": name, "url": self.receiver.url(), "events": ["scan.completed"], **form}
        answer = await self.call("POST", "/v1/webhooks", form)
        assert answer.status == 201, answer.json
        return answer.json

    async def emit(self, data=None, event_type="scan.completed", **more):
        event = {"event_type": event_type, "data": {"n": 1} if data is None else data, **more}
        answer = await self.call("POST", "/v1/events", event)
        assert answer.status == 202, answer.json
        return answer.json

    async def settled(self, seconds: float = 5.0) -> None:
        """Nothing waits and nothing is on the wire."""
        async with asyncio.timeout(seconds):
            while self.service.intake.waiting or self.service.dispatcher.in_flight:
                await asyncio.sleep(0.005)


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
    """One answer with a Content-Length."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    status, *lines = head.split("\r\n")[:-2]
    headers = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    body = await reader.readexactly(int(headers["content-length"]))
    return int(status.split()[1]), headers, body
