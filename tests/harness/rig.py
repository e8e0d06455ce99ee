"""The daemon in this process, on a home of its own, with a receiver that it trusts.

`ServiceRig` is the service without sockets; `DaemonRig` is the whole daemon, called over HTTP.
"""

import asyncio
import io
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import httpx
import msgspec

from daemon.domain.events.catalogue import EventLimits
from daemon.domain.events.event import parse_event
from daemon.protocol.caller import Caller
from daemon.protocol.paths import Paths
from daemon.runtime.serve import Daemon
from daemon.runtime.service import Service
from daemon.services.log import Log
from daemon.settings import DeliverySettings, NetworkSettings, Settings
from daemon.settings.live import LiveSettings
from daemon.store.database import connection_of
from daemon.store.delivery_rows import fetch, select_deliveries
from daemon.store.models import DeliveryModel
from tests.harness.receiver import Authority, HttpsReceiver

ADMIN = Caller("ann", 1000, 1, "admin")
SETTINGS = """
[delivery]
schedule = [0.02, 0.02]
timeout = 2
drain = 2
[network]
ca_file = "{ca}"
"""


class Rig:
    """What both rigs have: a home, a receiver, and a service once they are started."""

    service: Service

    def __init__(self, home: Path, authority: Authority) -> None:
        self.paths = Paths.resolve({"CORGEA_HOME": str(home)})
        self.paths.make()
        self.authority = authority
        self.receiver = HttpsReceiver()

    def form(self, name: str, **more: Any) -> dict[str, Any]:
        """A webhook for `scan.completed` at the receiver."""
        return {"name": name, "url": self.receiver.url(), "events": ["scan.completed"], **more}

    async def until(self, condition, seconds: float = 5.0) -> None:
        """Wait until `condition` holds."""
        async with asyncio.timeout(seconds):
            while not condition():
                await asyncio.sleep(0.005)

    async def settled(self, seconds: float = 5.0) -> None:
        """Wait until nothing waits and nothing is in flight."""
        intake, dispatcher = self.service.intake, self.service.dispatcher
        await self.until(lambda: not intake.waiting and not dispatcher.in_flight, seconds)


SomeRig = TypeVar("SomeRig", bound=Rig)


@asynccontextmanager
async def running(rig: SomeRig) -> AsyncIterator[SomeRig]:
    """Start the rig and its receiver; stop both at the end."""
    await rig.receiver.start(rig.authority.context())
    await rig.start()
    yield rig
    await rig.stop()
    await rig.receiver.close()
    await asyncio.sleep(0)


class ServiceRig(Rig):
    """A service without sockets."""

    def __init__(self, home: Path, authority: Authority) -> None:
        super().__init__(home, authority)
        self.settings = Settings(
            network=NetworkSettings(ca_file=authority.file),
            delivery=DeliverySettings(schedule=(0.05, 0.1), timeout=2.0, drain=2.0),
        )

    async def start(self, **delivery) -> None:
        self.settings = replace(self.settings, delivery=replace(self.settings.delivery, **delivery))
        self.service = Service(self.paths, self.settings)
        await self.service.start()

    async def stop(self) -> None:
        await self.service.stop()

    async def restart(self, **delivery) -> None:
        await self.stop()
        await self.start(**delivery)

    async def die(self) -> None:
        """End as after kill -9: nothing is released, nothing recorded, the file as it was."""
        service = self.service
        service.dispatcher._stopping = True
        service.dispatcher._results.clear()
        service.dispatcher._in_flight.cut()
        await service.dispatcher._tasks.close()
        await service.writer.close()
        await service.sender.close()
        service.hub.close()
        service.readers.close()
        service.db.close()

    async def webhook(self, name="hook", **form):
        return (await self.service.webhooks.create(self.form(name, **form), ADMIN)).entry

    async def emit(self, event_type="scan.completed", data=None, **more):
        raw = json.dumps(
            {"event_type": event_type, "data": {"n": 1} if data is None else data, **more}
        ).encode()
        event = parse_event(raw, limits=EventLimits(), known_types=self.service.catalogue.names())
        (answer,) = await self.service.intake.accept([event])
        return answer

    def deliveries(self):
        return fetch(self.service.db, select_deliveries().order_by(DeliveryModel.id))

    def delivery(self, uid):
        (found,) = fetch(self.service.db, select_deliveries(DeliveryModel.uid == uid))
        return found

    def attempts(self, record):
        rows = connection_of(self.service.db).execute(
            "SELECT number, manual, http_status, error_kind FROM attempts"
            " WHERE delivery_row = ? ORDER BY number",
            (record.row,),
        )
        return rows.fetchall()


def counts(entry) -> dict[str, int]:
    counted = msgspec.to_builtins(entry.statistics())
    return {key: counted[key] for key in ("total", "successful", "failed", "pending", "discarded")}


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


class DaemonRig(Rig):
    """A whole daemon, and calls on its control socket. `settings` are added to `SETTINGS`."""

    def __init__(self, home: Path, authority: Authority, settings: str = "") -> None:
        super().__init__(home, authority)
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
        answer = await self.call("POST", "/v1/webhooks", self.form(name, **form))
        assert answer.status == 201, answer.json
        return answer.json

    async def emit(self, data=None, event_type="scan.completed", **more):
        event = {"event_type": event_type, "data": {"n": 1} if data is None else data, **more}
        answer = await self.call("POST", "/v1/events", event)
        assert answer.status == 202, answer.json
        return answer.json
