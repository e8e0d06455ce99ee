"""A service without sockets, on a home of its own, with a receiver that it trusts."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import msgspec

from daemon.domain.events.event import parse_event
from daemon.domain.events.limits import EventLimits
from daemon.protocol.caller import Caller
from daemon.protocol.paths import Paths
from daemon.runtime.service import Service
from daemon.settings import DeliverySettings, NetworkSettings, Settings
from daemon.store.database import connection_of
from daemon.store.row_mapping import deliveries
from tests.harness.https_receiver import Authority, HttpsReceiver

ADMIN = Caller("ann", 1000, 1, "admin")


class Rig:
    """A service on a home of its own and a receiver that it trusts."""

    def __init__(self, home: Path, authority: Authority) -> None:
        self.paths = Paths.resolve({"CORGEA_HOME": str(home)})
        self.paths.make()
        self.authority = authority
        self.receiver = HttpsReceiver()
        self.settings = Settings(
            network=NetworkSettings(ca_file=authority.file),
            delivery=DeliverySettings(schedule=(0.05, 0.1), timeout=2.0, drain=2.0),
        )
        self.service: Service

    async def start(self, **delivery) -> "Rig":
        self.settings = replace(self.settings, delivery=replace(self.settings.delivery, **delivery))
        self.service = Service(self.paths, self.settings)
        await self.service.start()
        return self

    async def stop(self) -> None:
        await self.service.stop()

    async def restart(self) -> None:
        await self.stop()
        await self.start()

    async def die(self) -> None:
        """End as after kill -9: nothing is released, nothing recorded, the file as it was."""
        service = self.service
        service.dispatcher._stopping = True
        service.dispatcher._wire._landed.clear()
        service.dispatcher._wire.cut()
        await service.dispatcher._tasks.close()
        await service.writer.close()
        await service.sender.close()
        service.hub.close()
        service.readers.close()
        service.db.close()

    async def webhook(self, name="hook", **form):
        form = {"name": name, "url": self.receiver.url(), "events": ["scan.completed"], **form}
        return (await self.service.webhooks.create(form, ADMIN)).entry

    async def emit(self, event_type="scan.completed", data=None, **more):
        raw = json.dumps(
            {"event_type": event_type, "data": {"n": 1} if data is None else data, **more}
        ).encode()
        event = parse_event(raw, limits=EventLimits(), known_types=self.service.catalogue.names())
        (answer,) = await self.service.intake.accept([event])
        return answer

    async def until(self, condition, seconds=5.0):
        async with asyncio.timeout(seconds):
            while not condition():
                await asyncio.sleep(0.005)

    async def settled(self, seconds=5.0):
        """Nothing waits and nothing is on the wire."""
        await self.until(
            lambda: self.service.intake.waiting == 0 and not self.service.dispatcher.in_flight,
            seconds,
        )

    def deliveries(self):
        return deliveries(connection_of(self.service.db), "ORDER BY d.id")

    def delivery(self, uid):
        (found,) = deliveries(connection_of(self.service.db), "WHERE d.uid = ?", (uid,))
        return found

    def attempts(self, record):
        rows = connection_of(self.service.db).execute(
            "SELECT number, manual, http_status, error_kind FROM attempts"
            " WHERE delivery_row = ? ORDER BY number",
            (record.row,),
        )
        return rows.fetchall()


def counts(entry) -> dict[str, int]:
    shown = msgspec.to_builtins(entry.statistics())
    return {key: shown[key] for key in ("total", "successful", "failed", "pending", "discarded")}
